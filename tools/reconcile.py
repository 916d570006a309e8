"""What the platforms claim against what the shop sold, with typed reasons and what remains unexplained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from domain.formatting import format_money
from domain.metrics import Base
from domain.utm_sources import platform_of
from domain.window import Window
from store.performance import AccountDays, Totals
from tools.base import Tool, ToolContext
from tools.claim_gap import difference
from tools.claim_reasons import Reason, by_source, claimed, reasons, shown_table
from tools.figures import Books, Cited, Group
from tools.labels import join_words, platform_label, window_label
from tools.shop import ShopReader, Sold, answered
from tools.shop_arguments import ReconcileArguments
from tools.spans import span

BOTH = (
    "Both count what they say they count: a platform the conversions that its own rules give to its ads, the shop each "
    "paid order once, on the day it was placed. What was sold, the shop's orders record; which ad caused it, "
    "neither shows."
)


def run(context: ToolContext, arguments: ReconcileArguments) -> ToolResult:
    """Claims per platform and together against orders, the differences, and why they may be."""
    return answered(context, arguments, arguments.period, _answer)


def _answer(reader: ShopReader, arguments: ReconcileArguments) -> ToolResult:
    ads = _chosen(reader, arguments.platforms)
    reader = _over_both(reader, ads, arguments)
    rows = [row for row in reader.claims(by_day=True) if row.account_id in {a.id for a in ads}]
    if not rows:
        raise CannotAnswer("the platforms report nothing for these days; load their exports for the same days")
    if others := {a.currency for a in ads} - {reader.currency}:
        raise CannotAnswer(
            f"claims in {join_words(sorted(others))} are not set against {reader.currency} without a rate"
        )
    sold = reader.sold()
    first, last = _loaded(reader)
    claims = claimed(rows, first, last)
    found = reasons(reader, ads, sold, claims)
    cited = Cited()
    text = [
        *_claims(reader, ads, rows, cited),
        _shop(reader, sold, cited),
        *difference(reader, ads, sold, claims, found, cited),
        *_named(reader, ads, cited),
        BOTH,
    ]
    table = _table(reader, ads, rows, found, arguments)
    return reader.result("\n".join(text), cited, reader.ads_gaps(), table)


def _chosen(reader: ShopReader, platforms: Sequence[str]) -> list[AccountDays]:
    known = sorted({a.platform for a in reader.ads})
    if missing := [p for p in platforms if p not in known]:
        there = join_words([platform_label(p) for p in known]) or "none"
        raise CannotAnswer(f"there are no data of {join_words([platform_label(p) for p in missing])}; there is {there}")
    return [a for a in reader.ads if not platforms or a.platform in platforms]


def _over_both(reader: ShopReader, ads: list[AccountDays], arguments: ReconcileArguments) -> ShopReader:
    """The same days on both sides: those of the period that either side has, so that a missing day is seen."""
    days = span([*reader.shops, *ads], arguments.period, reader.context.today, reader.days.window.timezone)
    return replace(reader, days=days, ads=tuple(ads))


def _loaded(reader: ShopReader) -> tuple[date, date]:
    firsts = [s.first_day for s in reader.shops if s.first_day is not None]
    lasts = [s.last_day for s in reader.shops if s.last_day is not None]
    return min(firsts), max(lasts)


def _claims(reader: ShopReader, ads: list[AccountDays], rows: list[Totals], cited: Cited) -> list[str]:
    books = reader.books(rows)
    said = []
    platforms = sorted({a.platform for a in ads})
    for platform in platforms:
        own = [r for r in rows if books.accounts[r.account_id].platform == platform]
        said.append(f"{platform_label(platform)} claims {_claim(reader, platform, own, books, cited)}")
    when = window_label(reader.days.window)
    if len(platforms) == 1:
        return [f"{said[0]}, {when}."]
    together = _claim(reader, " + ".join(platforms), rows, books, cited)
    return [f"{'; '.join(said)}, {when}. Together {together}: platform claims, may double-count."]


def _claim(reader: ShopReader, entity: str, rows: list[Totals], books: Books, cited: Cited) -> str:
    group = Group.of(rows)
    conversions = _claimed_fact(reader, "Conversions claimed", "conversions", group, entity, books)
    revenue = _claimed_fact(reader, "Revenue claimed", "revenue", group, entity, books)
    return f"{cited.cite_with_reason(conversions)} conversions worth {cited.cite_with_reason(revenue)}"


def _claimed_fact(reader: ShopReader, label: str, base: Base, group: Group, entity: str, books: Books) -> Fact:
    value = group.sums.get(base)
    made = reader.fact(label, value, "money" if base == "revenue" else "count", {}, f"sum({base})", entity=entity,
                       source=books.source(group), reason=f"{base} is not in the data")  # fmt: skip
    return replace(made, basis="as each platform attributes conversions, by its own rules")


def _shop(reader: ShopReader, sold: Sold, cited: Cited) -> str:
    orders = reader.fact("Orders", sold.orders, "count", sold.runs, "orders sold, cancelled ones left out")
    gross = reader.fact("Gross revenue", sold.gross, "money", sold.runs, "what customers paid, with tax and shipping")
    return f"The shop sold {cited.cite(orders)} orders worth {cited.cite(gross)}, whatever brought them."


def _named(reader: ShopReader, ads: list[AccountDays], cited: Cited) -> list[str]:
    """Claims against the orders whose own source names the platform, where any does."""
    found = by_source(reader)
    if not set(found) - {None}:
        return ["No order's source names an ad platform, so orders cannot be told apart by what brought them."]
    said = []
    for platform in sorted({a.platform for a in ads}):
        orders, gross = found.get(platform, (0, Decimal(0)))
        facts = (
            reader.fact("Orders by source", orders, "count", {}, f"orders that name {platform}", entity=platform),
            reader.fact("Gross by source", gross, "money", {}, f"gross of those naming {platform}", entity=platform),
        )  # fmt: skip
        count, worth = (cited.cite(replace(fact, source=reader.source(_runs(reader)))) for fact in facts)
        said.append(f"{count} orders worth {worth} name {platform_label(platform)} as their source")
    none = reader.fact("Orders without an ad platform", found.get(None, (0, Decimal(0)))[0], "count", _runs(reader),
                       "orders whose source names no ad platform")  # fmt: skip
    return [f"{'; '.join(said)}; {cited.cite(none)} name no ad platform (the last click the shop saw, as it saw it)."]


def _runs(reader: ShopReader) -> dict[int, tuple[int, int]]:
    return dict(Sold.of(reader.sums()).runs)


def _table(
    reader: ShopReader, ads: list[AccountDays], rows: list[Totals], found: list[Reason], arguments: ReconcileArguments
) -> Table:
    if arguments.by == "day":
        return _by_day(reader, ads, rows)
    if arguments.by == "source":
        return _by_source(reader)
    money = {r.revenue: format_money(r.revenue, reader.currency) for r in found if r.revenue is not None}
    plain = tuple((r.kind, r.says, _number(r.orders), _number(r.revenue)) for r in found)
    columns = ("Reason", "What it does", "Orders", "Revenue")
    return Table("Why they may differ", columns, plain, shown=shown_table(found, money))


def _by_day(reader: ShopReader, ads: list[AccountDays], rows: list[Totals]) -> Table:
    platforms = sorted({a.platform for a in ads})
    homes = {a.id: a.platform for a in ads}
    sold: dict[date | None, int] = {}
    for row in reader.sums(("day",)):
        sold[row.day] = sold.get(row.day, 0) + row.orders
    window: Window = reader.days.window
    lines = []
    for n in range(window.days):
        day = window.start + timedelta(days=n)
        own = {p: [r.sums["conversions"] for r in rows if r.day == day and homes[r.account_id] == p] for p in platforms}
        claims = {
            p: sum((v for v in values if v is not None), Decimal(0)) if values else None for p, values in own.items()
        }
        known = [v for v in claims.values() if v is not None]
        orders = sold.get(day, 0) if reader.days.reason is None else None
        gap = float(sum(known, Decimal(0)) - orders) if known and orders is not None else None
        lines.append((day, *(_number(claims[p]) for p in platforms), orders, gap))
    columns = ("Day", *(f"{platform_label(p)} claims" for p in platforms), "Orders", "Claimed less sold")
    return Table("Claims and orders by day", columns, tuple(lines))


def _by_source(reader: ShopReader) -> Table:
    rows = sorted(reader.sums(("source",)), key=lambda r: (-r.orders, r.source or ""))
    lines = tuple(
        (r.source or "no source", platform_label(p) if (p := platform_of(r.source)) else "none", r.orders,
         float(r.gross), _number(r.refunds)) for r in rows
    )  # fmt: skip
    shown = tuple(
        (*line[:2], f"{line[2]:,}", format_money(r.gross, reader.currency),
         "unknown" if r.refunds is None else format_money(r.refunds, reader.currency))
        for line, r in zip(lines, rows, strict=True)
    )  # fmt: skip
    return Table("Orders by source", ("Source", "Ad platform named", "Orders", "Gross", "Refunds"), lines, shown=shown)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


TOOL = Tool(
    "reconcile",
    "What the platforms claim (conversions, revenue) against the shop's orders over a period, per platform and "
    "together, with the reasons that may explain the difference and what remains unexplained. Needs loaded orders.",
    ReconcileArguments,
    run,
)
