"""The site behind the clicks, as Google Analytics counts it: who arrived, from where, and what they bought there.

Of those who click most arrive and may be counted; some refuse, some close the page before it has loaded. Others come
without an ad. Draws are seeded by campaign and day, so that the same market has the same visitors. What analytics
counts is on the day of the visit and not attributed later.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import numpy as np

from emulators.market.world import Market

ARRIVE = 0.86  # of the clicks; the rest refuses to be counted or never sees the page
SEEN_BUYING = 0.8  # of what tracking of the platform records
OTHERS = {"(direct)": 700.0, "(organic)": 1100.0}
"""Visits a day that no ad brought."""
_SEED = 2005
_HEADER = ("Date", "Session campaign", "Sessions", "Ecommerce purchases", "Purchase revenue")


def ga4_csv(market: Market, start: date, end: date) -> str:
    """A report by day and session campaign: ``#`` lines, the header, a grand total first, the rows."""
    rows: list[tuple[date, str, int, int, float]] = []
    figures = {(r.day, r.campaign.id): r for r in market.rows(start, end)}
    for n in range((end - start).days + 1):
        day = start + timedelta(days=n)
        for spec in market.campaigns:
            row = figures.get((day, spec.id))
            if row is None:
                continue
            rng = np.random.default_rng([market.seed, _SEED, int(spec.id), day.toordinal()])
            came = int(rng.binomial(row.clicks, ARRIVE * market.arriving(spec, day)))
            bought = int(rng.binomial(round(row.conversions), SEEN_BUYING))
            worth = row.revenue * bought / row.conversions if row.conversions else 0.0
            if came:
                rows.append((day, spec.name, came, bought, round(worth, 2)))
        for number, (name, level) in enumerate(OTHERS.items()):
            rng = np.random.default_rng([market.seed, _SEED, number, day.toordinal()])
            came = int(rng.poisson(level * np.exp(rng.normal(0, 0.06))))
            bought = int(rng.binomial(came, 0.01))
            rows.append((day, name, came, bought, bought * 80.0))
    text = io.StringIO()
    writer = csv.writer(text)
    for line in (
        "Traffic acquisition",
        "Account: Acme",
        f"Property: {market.account_name}",
        f"{start:%Y%m%d}-{end:%Y%m%d}",
    ):
        writer.writerow([f"# {line}"])
    writer.writerow([])
    writer.writerow(_HEADER)
    total = (sum(r[2] for r in rows), sum(r[3] for r in rows))
    writer.writerow(["", "", *total, f"{sum(r[4] for r in rows):.2f}", "Grand total"])
    writer.writerows((f"{day:%Y%m%d}", name, came, bought, f"{worth:.2f}") for day, name, came, bought, worth in rows)
    return text.getvalue()
