"""A small market whose campaigns are stopped by their bids, so that targets do something; its truth is the oracle."""

from __future__ import annotations

from emulators.market.bidding import TargetSpec
from emulators.market.campaigns import BudgetSpec, CampaignSpec
from emulators.market.world import Market

MARGIN = 0.5
TRIED = (1.0, 0.85, 1.2, 0.9, 1.3, 0.8, 1.1, 0.95, 1.25, 0.88, 1.15, 1.0)
CAMPAIGNS = (
    CampaignSpec("1", "Search tight", "SEARCH", "TARGET_CPA", "11", 1500, 60, 400, 90, 0.8, 0.03),
    CampaignSpec("2", "Shopping loose", "SHOPPING", "TARGET_ROAS", "12", 2500, 57, 360, 78, 0.55, 0.011),
    CampaignSpec("3", "Generic starved", "SEARCH", "TARGET_CPA", "13", 1900, 125, 2200, 95, 1.1, 0.03),
    CampaignSpec("4", "By hand", "SEARCH", "MANUAL_CPC", "14", 300, 20, 300, 90, 1.0, 0.03),
)
BUDGETS = (
    BudgetSpec("11", "Search tight", 2000.0, False, (1.0,), 14),
    BudgetSpec("12", "Shopping loose", 4000.0, False, (1.0,), 14),
    BudgetSpec("13", "Generic starved", 500.0, False, (1.0, 0.7, 1.3, 0.8, 1.2, 0.6, 1.4, 0.9, 1.1, 1.0), 14),
    BudgetSpec("14", "By hand", 400.0, False, (1.0,), 14),
)
TARGETS = (
    TargetSpec("campaigns/1", "Search tight", "TARGET_CPA", 12.0, ("1",), TRIED),
    TargetSpec("campaigns/2", "Shopping loose", "TARGET_ROAS", 3.0, ("2",), TRIED),
    TargetSpec("campaigns/3", "Generic starved", "TARGET_CPA", 45.0, ("3",)),
)


def bid_market(seed: int = 3) -> Market:
    """Half a year of it; the next conversion of Search is worth more than it costs, the next euro of Shopping not."""
    return Market(seed=seed, campaigns=CAMPAIGNS, budgets=BUDGETS, targets=TARGETS)


def profit(market: Market, owner: str, level: float) -> float:
    """What is truly left a day of a target's campaigns at ``level``: margin on revenue less spend."""
    spend, _, revenue = market.truth.at_target(owner, level)
    return MARGIN * revenue - spend
