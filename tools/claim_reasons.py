"""Why a platform's count and the shop's differ: each reason by kind, with what of it the data can measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from domain.utm_sources import platform_of
from store import order_sums
from store.performance import AccountDays, Totals
from tools.labels import platform_label
from tools.shop import ShopReader, Sold

Kind = Literal[
    "cancelled", "missing days", "time zone", "refunds", "tax and shipping", "double counting", "no source", "consent",
    "attribution window", "view-through", "what is counted",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """``orders`` and ``revenue`` are what the data measure of it, None where they cannot."""

    kind: Kind
    says: str
    orders: Decimal | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the platforms claim over the days, together and on days for which no orders are loaded."""

    conversions: Decimal
    revenue: Decimal | None
    uncovered: Decimal
    uncovered_revenue: Decimal


def claimed(rows: Iterable[Totals], first: date, last: date) -> Claimed:
    """Sums of daily claims. ``first`` to ``last`` are the days for which orders are loaded."""
    conversions, revenue, uncovered, uncovered_revenue = Decimal(0), None, Decimal(0), Decimal(0)
    for row in rows:
        count, value = row.sums["conversions"] or Decimal(0), row.sums["revenue"]
        conversions += count
        revenue = revenue if value is None else (revenue or Decimal(0)) + value
        if row.day is not None and not first <= row.day <= last:
            uncovered += count
            uncovered_revenue += value or Decimal(0)
    return Claimed(conversions, revenue, uncovered, uncovered_revenue)


def reasons(reader: ShopReader, ads: list[AccountDays], sold: Sold, claims: Claimed) -> list[Reason]:
    """Every reason that may hold, the measured ones first."""
    found = [
        Reason("cancelled", "claimed when ordered, cancelled since", Decimal(sold.cancelled), sold.cancelled_gross),
        Reason("missing days", "claims on days outside the loaded orders", claims.uncovered, claims.uncovered_revenue),
        *_zones(reader, ads),
        Reason("refunds", "platforms keep what was paid back", None, sold.refunds),
        Reason("tax and shipping", "in the shop's gross, perhaps not in a claim", None,
               _sum(sold.tax, sold.shipping)),
    ]  # fmt: skip
    if len({a.platform for a in ads}) > 1:
        over = max(claims.conversions - sold.orders - sold.cancelled, Decimal(0))
        found.append(Reason("double counting", "one order claimed twice: at least so many", over))
    refused, worth = (Decimal(sold.refused), sold.refused_gross) if sold.asked else (None, None)
    return [
        *found,
        Reason("consent", "refused tracking: no platform sees them", refused, worth),
        Reason("attribution window", "dated by its click or view, days before"),
        Reason("view-through", "orders claimed after an ad was only seen"),
        Reason("what is counted", "a conversion need not be a purchase"),
    ]


def by_source(reader: ShopReader) -> dict[str | None, tuple[int, Decimal]]:
    """Orders and gross per ad platform that their source names; None for orders whose source names none."""
    found: dict[str | None, tuple[int, Decimal]] = {}
    for row in reader.sums(("source",)):
        platform = platform_of(row.source)
        orders, gross = found.get(platform, (0, Decimal(0)))
        found[platform] = (orders + row.orders, gross + row.gross)
    return found


def _zones(reader: ShopReader, ads: list[AccountDays]) -> list[Reason]:
    """Per zone that is not the shop's: orders that the days would gain or lose there, net."""
    shops = {shop.id: shop for shop in reader.shops}
    zones: dict[str, list[str]] = {}
    for account in ads:
        if any(account.timezone != shop.timezone for shop in reader.shops):
            zones.setdefault(account.timezone, []).append(account.platform)
    if not zones:
        return []
    window = reader.days.window
    placed = [m for m in order_sums.moments(reader.session, reader.context.scope, window.start, window.end)
              if m[0] in shops]  # fmt: skip
    untimed = all(at.astimezone(ZoneInfo(shops[i].timezone)).strftime("%H%M%S") == "000000" for i, at, _, _ in placed)
    said = []
    for zone, platforms in zones.items():
        who = " and ".join(sorted({platform_label(p) for p in platforms}))
        if untimed:
            said.append(Reason("time zone", f"{who} counts days in {zone}; the orders have no time of day"))
            continue
        there = ZoneInfo(zone)
        moved = [((at.astimezone(there).date() in window) - (day in window), gross) for _, at, day, gross in placed]
        orders = sum(step for step, _ in moved)
        revenue = sum((step * gross for step, gross in moved), Decimal(0))
        said.append(Reason("time zone", f"{who} counts days in {zone}: orders that this moves, net", Decimal(orders),
                           revenue))  # fmt: skip
    return said


def _sum(*parts: Decimal | None) -> Decimal | None:
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if known else None


def moved_by_zones(found: Iterable[Reason]) -> tuple[Decimal, Decimal]:
    """Orders and revenue that the measured day boundaries add to a platform's days, net."""
    zones = [r for r in found if r.kind == "time zone"]
    return (
        sum((r.orders for r in zones if r.orders is not None), Decimal(0)),
        sum((r.revenue for r in zones if r.revenue is not None), Decimal(0)),
    )


def shown_table(found: Iterable[Reason], money: Mapping[Decimal, str]) -> tuple[tuple[str, ...], ...]:
    """The reasons as a person reads them; what cannot be measured says so."""
    return tuple(
        (r.kind, r.says, _cell(None if r.orders is None else f"{r.orders:,.0f}", r),
         _cell(None if r.revenue is None else money[r.revenue], r))
        for r in found
    )  # fmt: skip


def _cell(value: str | None, reason: Reason) -> str:
    nothing = reason.orders is None and reason.revenue is None
    return value if value is not None else "not measurable" if nothing else "-"
