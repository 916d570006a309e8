"""What can be mutated here: budgets, a campaign's own bid target, a portfolio strategy's target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.ads.googleads.v26.services.types import bidding_strategy_service, campaign_budget_service, campaign_service

from emulators.google_ads import budgets, targets
from emulators.google_ads.budgets import Wanted
from emulators.market.world import Market


@dataclass(frozen=True)
class Kind:
    """One mutate method: what it answers with, what it asks for (in millionths), and how an operation is checked."""

    method: str
    resource: str
    response: Any
    result: Any
    asked: Callable[[Any], int]
    check: Callable[[Market, str, Any, int], Wanted]


KINDS = (
    Kind(
        "mutate_campaign_budgets", "campaign_budget", campaign_budget_service.MutateCampaignBudgetsResponse,
        campaign_budget_service.MutateCampaignBudgetResult, lambda update: int(update.amount_micros),
        budgets.check_operation,
    ),
    Kind(
        "mutate_campaigns", "campaign", campaign_service.MutateCampaignsResponse,
        campaign_service.MutateCampaignResult, targets.asked, targets.check_operation,
    ),
    Kind(
        "mutate_bidding_strategies", "bidding_strategy", bidding_strategy_service.MutateBiddingStrategiesResponse,
        bidding_strategy_service.MutateBiddingStrategyResult, targets.asked, targets.check_operation,
    ),
)  # fmt: skip
