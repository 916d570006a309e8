"""A sheet of one's own: a day, a cost, and whatever else of a campaign's figures."""

from __future__ import annotations

from connectors.files.layouts.base import CLICKS, CONVERSIONS, CURRENCY, DAY, IMPRESSIONS, REVENUE, SPEND, Layout

GENERIC = Layout(
    "generic",
    {
        "day": DAY,
        "campaign": ("campaign", "campaign name", "kampagne", "kampagnenname", "campagne", "campaña", "campagna",
                     "campanha"),
        "spend": SPEND,
        "impressions": (*IMPRESSIONS, "imps"),
        "clicks": CLICKS,
        "conversions": (*CONVERSIONS, "purchases", "orders"),
        "revenue": (*REVENUE, "conversions value", "sales"),
        "account": ("account name", "account"),
        "currency": CURRENCY,
    },
)  # fmt: skip
