"""What the shop sold by day, week or month, and what that is against the ad spend of the same days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from domain.formatting import format_value
from domain.window import Window
from store.order_sums import OrderSums
from store.performance import Totals
from tools.buckets import buckets, start_of
from tools.figures import Cited, Group
from tools.labels import bucket_label, window_label
from tools.shop import ShopReader, Sold
from tools.shop_arguments import ShopFigure
from tools.shop_compare import LABELS, figure_of

LISTED = 8
NOT_LEFT = (
    "what is left of the shop's money is not broken down by {by}; ask for one {by} at a time, or for net revenue or "
    "MER by {by}"
)
NO_ORDER = "the loaded orders have none in these days"


def over_time(reader: ShopReader, figures: Sequence[ShopFigure], by: str) -> ToolResult:
    """Each figure per day, week or month, in order. Raises CannotAnswer for what is not known by them."""
    if "contribution" in figures:
        raise CannotAnswer(NOT_LEFT.format(by=by))
    reader.sold()  # no order at all is a no
    figures = tuple(dict.fromkeys(figures))
    if spent := "mer" in figures:
        reader.spend()  # as is spend in another currency
    starts = reader.context.week_start
    sold: dict[date, list[OrderSums]] = {}
    for row in reader.sums(("day",)):
        if row.day is not None:
            sold.setdefault(start_of(by, row.day, starts), []).append(row)
    costs: dict[date, list[Totals]] = {}
    for total in reader.claims(by_day=True) if spent else ():
        if total.day is not None:
            costs.setdefault(start_of(by, total.day, starts), []).append(total)
    rows: list[tuple[str, bool, list[Fact]]] = []
    for window, whole in buckets(by, reader.days.window, starts):
        first = start_of(by, window.start, starts)
        name = f"{bucket_label(by, first)}{'' if whole else f' (part of the {by})'}"
        facts = _facts(reader, window, figures, sold.get(first, []), costs.get(first, []))
        rows.append((name, whole, [replace(f, entity=f"{reader.name}, {name}") for f in facts]))
    cited = Cited()
    text = _told(rows, by, window_label(reader.days.window), cited)
    return reader.result(text, cited, reader.ads_gaps() if spent else (), _table(rows, figures, by))


Rows = Sequence[tuple[str, bool, Sequence[Fact]]]


def _facts(
    reader: ShopReader, window: Window, figures: Sequence[ShopFigure], rows: list[OrderSums], costs: list[Totals]
) -> list[Fact]:
    part, sold = replace(reader, days=reader.days.part(window)), Sold.of(rows)
    if not rows:
        return [part.fact(LABELS[f][0], None, LABELS[f][1], {}, "no orders", reason=NO_ORDER) for f in figures]
    return [_mer(part, sold, costs) if f == "mer" else figure_of(part, sold, f) for f in figures]


def _mer(part: ShopReader, sold: Sold, costs: list[Totals]) -> Fact:
    group, books = Group.of(costs), part.books(costs)
    spend = group.sums.get("spend")
    return part.fact(
        *("MER", sold.gross / spend if spend else None, "ratio", sold.runs, "gross revenue / ad spend"),
        reason="no ad spend is loaded for these days" if spend is None else "undefined: no ad spend",
        source=f"{part.source(sold.runs)}; {books.source(group)}" if group.runs else None,
    )


def _told(rows: Rows, by: str, when: str, cited: Cited) -> str:
    """Every line where they are few; else, of each figure, the highest and the lowest whole one."""
    if len(rows) <= LISTED:
        lines = [f"• {name}: {_line(facts, cited)}" for name, _, facts in rows]
        return "\n".join([f"The shop by {by}, {when}:", *lines])
    said = []
    for at in range(len(rows[0][2])):
        known = [
            (value, name, facts[at]) for name, whole, facts in rows if whole and (value := facts[at].value) is not None
        ]
        if not known:
            continue
        (_, most, high), (_, least, low) = (pick(known, key=_value) for pick in (max, min))
        said.append(f"{high.label} was highest on {most} with {cited.cite(high)}, and lowest on {least} with "
                    f"{cited.cite(low)}.")  # fmt: skip
    return "\n".join([f"The shop by {by}, {when}: all {len(rows)} are in the table.", *said])


def _value(known: tuple[Decimal, str, Fact]) -> Decimal:
    return known[0]


def _line(facts: Sequence[Fact], cited: Cited) -> str:
    return ", ".join(f"{fact.label if fact.label == 'MER' else fact.label.lower()} {cited.cite_with_reason(fact)}"
                     for fact in facts)  # fmt: skip


def _table(rows: Rows, figures: Sequence[ShopFigure], by: str) -> Table:
    plain = tuple((name, *(None if f.value is None else float(f.value) for f in facts)) for name, _, facts in rows)
    shown = tuple(
        (name, *("unknown" if f.value is None else format_value(f) for f in facts)) for name, _, facts in rows
    )
    columns = (by.title(), *(LABELS[figure][0] for figure in figures))
    return Table(f"The shop by {by}", columns, plain, shown=shown)
