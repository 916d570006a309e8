"""The shop's figures of two periods side by side, and by country or category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult, Unit
from domain.formatting import format_money
from store.order_sums import OrderSums
from tools.arguments import Period
from tools.figures import Cited
from tools.labels import quoted, window_label
from tools.shop import ShopReader, Sold
from tools.shop_arguments import ShopFigure
from tools.spans import span

LABELS: dict[ShopFigure, tuple[str, Unit]] = {
    "orders": ("Orders", "count"), "gross": ("Gross revenue", "money"), "refunds": ("Refunds", "money"),
    "net_revenue": ("Net revenue", "money"), "mer": ("MER", "ratio"),
    "aov": ("Average order value", "money"),
}  # fmt: skip
NAMED = 5
NOT_IN_PAIRS = "what is left of the money is given for one period at a time; ask for each by itself"
NOT_BY = "{what} is not split by {by}: ad spend is not known by it. Ask for orders, gross, refunds or net revenue"


def compared(reader: ShopReader, figures: Sequence[ShopFigure], baseline: Period) -> ToolResult:
    """Each figure in both periods, with the difference. Days of both that have no data are said."""
    if "contribution" in figures:
        raise CannotAnswer(NOT_IN_PAIRS)
    days = span(reader.shops, baseline, reader.context.today, reader.days.window.timezone)
    before = replace(reader, days=days)
    now, then, cited, said = reader.sold(), before.sold(), Cited(), []
    for figure in dict.fromkeys(figures):
        one, other = figure_of(reader, now, figure), figure_of(before, then, figure)
        line = f"{one.label}: {cited.cite_with_reason(one)} in {window_label(reader.days.window)}, "
        line += f"{cited.cite_with_reason(other)} in {window_label(days.window)}"
        if one.value is not None and other.value is not None:
            line += f": {_moved(one, one.value, other.value, cited)}"
        said.append(f"{line}.")
    caveats = list(days.caveats)
    if reader.days.days != days.days:
        caveats.append(f"the periods differ in length: {reader.days.days} days against {days.days}")
    return reader.result("\n".join(said), cited, caveats)


def _moved(one: Fact, now: Decimal, then: Decimal, cited: Cited) -> str:
    """``+20 (+20.0 %)``: the difference, and its share of the second period where that is above nothing."""
    how = f"{one.label.lower()} of the first period less that of the second"
    gap = replace(one, label=f"{one.label}, difference", value=now - then, form="signed", how=how)
    if then <= 0:
        return cited.cite(gap)
    rise = replace(gap, label=f"{one.label}, change", value=(now - then) / then, unit="percent", currency=None,
                   how="difference / second period")  # fmt: skip
    return f"{cited.cite(gap)} ({cited.cite(rise)})"


def split(reader: ShopReader, figures: Sequence[ShopFigure], by: Literal["country", "category"]) -> ToolResult:
    """The figures per country or category as the orders state it; those that state none stand apart."""
    for figure in ("mer", "contribution"):
        if figure in figures:
            raise CannotAnswer(NOT_BY.format(what="MER" if figure == "mer" else "contribution", by=by))
    if reader.days.reason is not None:
        raise CannotAnswer(f"no orders for these days: {reader.days.reason}")
    groups: dict[str | None, list[OrderSums]] = {}
    for row in reader.sums((by,)):
        groups.setdefault(row.key, []).append(row)
    if not set(groups) - {None}:
        raise CannotAnswer(f"no order of these days states its {by}; a file with a column of it would be needed")
    sold = {key: Sold.of(rows) for key, rows in groups.items()}
    first = figures[0]
    keys = sorted(sold, key=lambda k: (k is None, -_value(sold[k], first), k or ""))
    cited, said = Cited(), []
    for key in [*[k for k in keys if k is not None][:NAMED], *([None] if None in sold else [])]:
        name = f"no {by} stated" if key is None else key
        facts = [replace(figure_of(reader, sold[key], f), entity=name) for f in dict.fromkeys(figures)]
        told = ", ".join(f"{fact.label.lower()} {cited.cite_with_reason(fact)}" for fact in facts)
        said.append(f"{'Orders that state none' if key is None else quoted(name)}: {told}")
    more = "; the others are in the table" if len([k for k in keys if k is not None]) > NAMED else ""
    text = f"By {by}, {window_label(reader.days.window)}: {'; '.join(said)}{more}."
    return reader.result(text, cited, (), _table(reader, sold, keys, by))


def _value(sold: Sold, figure: ShopFigure) -> Decimal:
    values = {"orders": Decimal(sold.orders), "refunds": sold.refunds or Decimal(0), "net_revenue": sold.net,
              "aov": sold.gross / sold.orders if sold.orders else Decimal(0)}  # fmt: skip
    return values.get(figure, sold.gross)


def figure_of(reader: ShopReader, sold: Sold, figure: ShopFigure) -> Fact:
    """One figure of these days; MER reads the ad spend. Raises CannotAnswer where that is unknown."""
    label, unit = LABELS[figure]
    if figure == "mer":
        group, books = reader.spend()
        spend = group.sums["spend"] or Decimal(0)
        source = f"{reader.source(sold.runs)}; {books.source(group)}"
        return reader.fact(label, sold.gross / spend if spend else None, unit, sold.runs, "gross revenue / ad spend",
                           reason="undefined: no ad spend", source=source)  # fmt: skip
    if figure == "aov":
        value = sold.gross / sold.orders if sold.orders else None
        return reader.fact(
            label, value, unit, sold.runs, "gross revenue / orders", reason="undefined: nothing was sold"
        )
    values = {"orders": Decimal(sold.orders), "gross": sold.gross, "refunds": sold.refunds, "net_revenue": sold.net}
    hows = {"orders": "orders sold, without cancelled ones", "gross": "what customers paid, with tax and shipping",
            "refunds": "sum of refunds of the orders of these days", "net_revenue": sold.net_how}  # fmt: skip
    return reader.fact(label, values[figure], unit, sold.runs, hows[figure], reason="refunds are not in the data")


def _table(reader: ShopReader, sold: dict[str | None, Sold], keys: Sequence[str | None], by: str) -> Table:
    rows = [(key or f"no {by} stated", sold[key]) for key in keys]
    money = [(name, s.orders, s.gross, s.refunds, s.net) for name, s in rows]
    shown = tuple(
        (name, f"{orders:,}", *("unknown" if v is None else format_money(v, reader.currency) for v in amounts))
        for name, orders, *amounts in money
    )
    plain = tuple(
        (name, orders, *(None if v is None else float(v) for v in amounts)) for name, orders, *amounts in money
    )
    columns = (by.title(), "Orders", "Gross", "Refunds", "Net revenue")
    return Table(f"The shop by {by}", columns, plain, shown=shown)
