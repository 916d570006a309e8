"""The market as the file that a person would download from Google Ads."""

from __future__ import annotations

import csv
import io
from datetime import date

from emulators.market.campaigns import MICROS
from emulators.market.world import Market

_HEADER = ("Day", "Campaign", "Currency code", "Cost", "Impr.", "Clicks", "Conversions", "Conv. value")


def google_ads_csv(market: Market, start: date, end: date) -> str:
    """A campaign report by day: two preamble lines, the header, the rows, a totals row."""
    rows = market.rows(start, end)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Campaign report"])
    writer.writerow([f"{start:%B %d, %Y} - {end:%B %d, %Y}"])
    writer.writerow(_HEADER)
    for r in rows:
        figures = (
            f"{r.spend_micros / MICROS:.2f}",
            r.impressions,
            r.clicks,
            f"{r.conversions:.2f}",
            f"{r.revenue:.2f}",
        )
        writer.writerow([r.day.isoformat(), r.campaign.name, market.currency, *figures])
    spend = sum(r.spend_micros for r in rows) / MICROS
    counts = sum(r.impressions for r in rows), sum(r.clicks for r in rows)
    values = sum(r.conversions for r in rows), sum(r.revenue for r in rows)
    total = (f"{spend:.2f}", *counts, *(f"{v:.2f}" for v in values))
    writer.writerow(["Total: Account", " --", market.currency, *total])
    return text.getvalue()
