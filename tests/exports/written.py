"""The same figures in every platform's file, and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from connectors.base import DailyRow
from emulators.market import downloads
from emulators.market.downloads import Sold

CAMPAIGNS = ("Brand", "Été, promo", "Prospecting | DE")
PARTS = ("Cold", "Warm")
FIRST = date(2024, 3, 28)


def sold(parts: Sequence[str] = ("",), days: int = 6) -> list[Sold]:
    """Figures that differ in every cell, with thousands and cents, over the turn of a month."""
    rows = []
    for number, (offset, campaign, part) in enumerate((d, c, p) for d in range(days) for c in CAMPAIGNS for p in parts):
        rows.append(
            Sold(
                FIRST + timedelta(days=offset),
                campaign,
                spend=Decimal(123_457 + 7_919 * number) / 100,
                impressions=12_345 + 977 * number,
                clicks=1_021 + 13 * number,
                conversions=Decimal(1_250 + 75 * number) / 100,
                revenue=Decimal(456_789 + 10_007 * number) / 100,
                part=part,
            )
        )
    return rows


Written = Callable[[], bytes]
WHOLE, SPLIT = sold(), sold(PARTS)
FILES: dict[str, tuple[str, str, Written]] = {
    **{
        f"google_ads {language}": ("google_ads", "EUR", partial(downloads.google_ads, WHOLE, "EUR", language))
        for language in downloads.TONGUES
    },
    "google_ads excel": ("google_ads", "EUR", partial(downloads.google_ads, WHOLE, "EUR", excel=True)),
    **{
        f"meta {language}": ("meta", "EUR", partial(downloads.meta, WHOLE, "EUR", language))
        for language in downloads.TONGUES
    },
    "meta ad sets": ("meta", "USD", partial(downloads.meta, SPLIT, "USD")),
    "microsoft": ("microsoft", "EUR", partial(downloads.microsoft, WHOLE, "EUR")),
    "linkedin": ("linkedin", "EUR", partial(downloads.linkedin, WHOLE, "EUR")),
    "linkedin ads": ("linkedin", "USD", partial(downloads.linkedin, SPLIT, "USD")),
    "tiktok": ("tiktok", "EUR", partial(downloads.tiktok, WHOLE, "EUR")),
    "tiktok ad groups": ("tiktok", "USD", partial(downloads.tiktok, SPLIT, "USD")),
    "ga4": ("ga4", "EUR", partial(downloads.ga4, WHOLE)),
}
"""Every layout: name -> (platform, currency, how it is written)."""
ADDED_UP = ("meta ad sets", "linkedin ads", "tiktok ad groups")


def truth(name: str) -> dict[tuple[date, str], tuple[object, ...]]:
    """What a right reading of the file holds: (day, campaign) -> its five figures, summed with Python's Decimal."""
    platform, _, _ = FILES[name]
    rows = SPLIT if name in ADDED_UP else WHOLE
    held: dict[tuple[date, str], list[Sold]] = {}
    for row in rows:
        held.setdefault((row.day, row.campaign), []).append(row)
    sums = {key: downloads.total(group) for key, group in held.items()}
    if platform == "ga4":
        return {k: (None, None, None, float(s.conversions), float(s.revenue)) for k, s in sums.items()}
    return {
        k: (int(s.spend * 1_000_000), s.impressions, s.clicks, float(s.conversions), float(s.revenue))
        for k, s in sums.items()
    }


def figures(rows: Sequence[DailyRow]) -> dict[tuple[date, str], tuple[object, ...]]:
    """What was read, in the shape of the truth."""
    return {(r.day, r.campaign): (r.spend_micros, r.impressions, r.clicks, r.conversions, r.revenue) for r in rows}
