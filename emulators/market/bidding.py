"""What automated bidding aims at, and how far it therefore goes: until the average conversion costs the target.

A target CPA of T makes the platform spend until ``spend / conversions(spend)`` is T, which on a curve
``m * s / (s + h)`` is at ``s = T * m - h``; a target ROAS of R is a target CPA of (order value / R). A budget or the
demand may stop it earlier: then the target binds nothing, and moving it a little changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from emulators.market.campaigns import CampaignSpec

PATHS = {
    "TARGET_CPA": "target_cpa.target_cpa_micros",
    "MAXIMIZE_CONVERSIONS": "maximize_conversions.target_cpa_micros",
    "TARGET_ROAS": "target_roas.target_roas",
    "MAXIMIZE_CONVERSION_VALUE": "maximize_conversion_value.target_roas",
}


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """What a campaign (``owner`` is ``campaigns/7005``) or a portfolio (``biddingStrategies/9001``) aims at.

    ``level`` is euros a conversion, or revenue per euro. ``tested`` are multiples of it, one a block of days, the last
    block is today's.
    """

    owner: str
    name: str
    strategy: Literal["TARGET_CPA", "MAXIMIZE_CONVERSIONS", "TARGET_ROAS", "MAXIMIZE_CONVERSION_VALUE"]
    level: float
    campaigns: tuple[str, ...]
    tested: tuple[float, ...] = (1.0,)
    block_days: int = 14

    @property
    def of_roas(self) -> bool:
        return self.strategy in ("TARGET_ROAS", "MAXIMIZE_CONVERSION_VALUE")

    @property
    def path(self) -> str:
        """Where the platform keeps the target, in a campaign and in a portfolio alike."""
        return PATHS[self.strategy]

    def most_cpa(self, spec: CampaignSpec, level: float) -> float:
        """What a conversion of this campaign may cost on average at a target of ``level``."""
        return spec.order_value / level if self.of_roas else level


@dataclass(frozen=True, slots=True)
class BidEvent:
    """A change of one target, in millionths, as the platform's change history keeps it (of campaigns only)."""

    at: datetime
    owner: str
    old_micros: int
    new_micros: int
    by: str
    client: str


TARGETS: tuple[TargetSpec, ...] = (
    TargetSpec("campaigns/7004", "Shopping Bestsellers", "TARGET_ROAS", 2.5, ("7004",)),
    TargetSpec("campaigns/7005", "Display Retargeting", "TARGET_CPA", 45.0, ("7005",)),
)
"""Both loose enough to bind nothing within the budgets that were tried: there the budget is what limits."""
