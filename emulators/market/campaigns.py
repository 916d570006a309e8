"""Who advertises and how the market truly answers: one shop in Europe, seven campaigns, six budgets.

Amounts are euros a day. They are chosen so that a marketer finds them plausible (cost per click
0.30 to 1.60, click rate 0.5 to 9 %, conversion rate 1.5 to 6 %, ROAS 1.7 to 11) and so that the
money lies wrongly: Generic Search and Benelux are starved, Shopping and Retargeting are saturated.
"""

from __future__ import annotations

from dataclasses import dataclass

CURRENCY = "EUR"
TIMEZONE = "Europe/Berlin"
ACCOUNT_ID = "1234567890"
ACCOUNT_NAME = "Acme EU"
MANAGER_ID = "9876543210"
MICROS = 1_000_000
BILLABLE_UNIT_MICROS = 10_000

WEEKDAY_DEMAND = (1.06, 1.02, 1.0, 0.98, 0.95, 0.94, 1.05)  # Monday first
WEEKDAY_CONVERSION = (1.08, 1.04, 1.0, 0.97, 0.92, 0.90, 1.09)


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """One campaign and its true response: ``max_conversions * s / (s + half_spend)`` conversions for ``s`` euros.

    ``demand`` is what it would spend on a mean day if no budget stopped it.
    """

    id: str
    name: str
    channel: str  # the platform's advertising_channel_type
    bid_strategy: str
    budget_id: str
    demand: float
    max_conversions: float
    half_spend: float
    order_value: float
    cost_per_click: float
    click_rate: float
    share: float = 1.0  # of its budget, where several campaigns spend from one
    platform: str = "google_ads"
    category: str = ""  # what it sells, where a feed may break for one category alone


@dataclass(frozen=True, slots=True)
class BudgetSpec:
    """One budget: where it stands today, and the levels that earlier tests tried in blocks of days."""

    id: str
    name: str
    daily: float
    shared: bool
    tested: tuple[float, ...]  # multiples of ``daily``, one a block, the last block is today's
    block_days: int


_TESTS = (1.0, 0.7, 1.3, 1.0, 0.6, 1.45, 0.85, 1.15, 0.7, 1.4, 1.0, 0.55, 1.25, 0.8, 1.5)


def _tests(start: int) -> tuple[float, ...]:
    return (*_TESTS[start:], *_TESTS[:start], 1.0)


BUDGETS: tuple[BudgetSpec, ...] = (
    BudgetSpec("5001", "Brand Search", 400.0, False, (1.0,), 14),
    BudgetSpec("5002", "Generic Search DE", 640.0, False, _tests(0), 11),
    BudgetSpec("5003", "Competitor Search", 240.0, False, (1.0,), 14),
    BudgetSpec("5004", "Shopping Bestsellers", 840.0, False, _tests(5), 12),
    BudgetSpec("5005", "Display Retargeting", 220.0, False, _tests(9), 13),
    BudgetSpec("5006", "Benelux shared", 480.0, True, _tests(12), 10),
)

CAMPAIGNS: tuple[CampaignSpec, ...] = (
    CampaignSpec("7001", "Brand Search", "SEARCH", "TARGET_IMPRESSION_SHARE", "5001", 180, 60, 270, 82, 0.45, 0.09),
    CampaignSpec("7002", "Generic Search DE", "SEARCH", "MAXIMIZE_CONVERSIONS", "5002", 1900, 125, 2200, 95, 1.1, 0.03),
    CampaignSpec("7003", "Competitor Search", "SEARCH", "MANUAL_CPC", "5003", 520, 20, 800, 90, 1.6, 0.021),
    CampaignSpec("7004", "Shopping Bestsellers", "SHOPPING", "TARGET_ROAS", "5004", 1500, 57, 360, 78, 0.55, 0.011),
    CampaignSpec("7005", "Display Retargeting", "DISPLAY", "TARGET_CPA", "5005", 560, 15.5, 120, 74, 0.35, 0.005),
    CampaignSpec("7006", "Search NL", "SEARCH", "MAXIMIZE_CONVERSIONS", "5006", 1000, 48, 700, 88, 0.8, 0.031, 0.6),
    CampaignSpec("7007", "Search BE", "SEARCH", "MAXIMIZE_CONVERSIONS", "5006", 640, 26.5, 440, 86, 0.85, 0.029, 0.4),
)  # fmt: skip
