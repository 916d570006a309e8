"""New and returning customers of the shop, and what a new one cost."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import ToolResult
from store import order_sums
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import window_label
from tools.shop import ShopReader, answered
from tools.shop_arguments import CustomersArguments


def run(context: ToolContext, arguments: CustomersArguments) -> ToolResult:
    """A customer is new on the day of their first order in the whole store."""
    return answered(context, arguments, arguments.period, _answer)


def _answer(reader: ShopReader, _arguments: CustomersArguments) -> ToolResult:
    sold = reader.sold()
    window = reader.days.window
    ids = {shop.id for shop in reader.shops}
    rows = order_sums.customers(reader.session, reader.context.scope, window.start, window.end)
    found = [row for row in rows if row.account_id in ids]
    known = sum(row.new_orders + row.returning_orders for row in found)
    unknown = sum(row.unknown for row in found)
    if sold.orders and not known:
        raise CannotAnswer(
            "the orders of these days name no customers, so new and returning cannot be told apart; an export with a "
            "customer's e-mail or id would make it possible"
        )
    new, returning = sum(row.new for row in found), sum(row.returning for row in found)
    new_gross = sum((row.new_gross for row in found), Decimal(0))
    how = "customers whose first order in the store lies in these days"
    cited = Cited()
    facts = (
        reader.fact("New customers", new, "count", sold.runs, how),
        reader.fact("Returning customers", returning, "count", sold.runs, "customers with an earlier order"),
        reader.fact("Gross revenue of new customers", new_gross, "money", sold.runs, f"gross revenue of {how}"),
    )
    fresh, old, revenue = (cited.cite(fact) for fact in facts)
    text = (
        f"{fresh} new customers and {old} returning ones, {window_label(window)}; the new ones brought {revenue} gross."
        f"\n{_cost(reader, new, cited)}"
    )
    if unknown:
        nameless = reader.fact("Orders without a customer", unknown, "count", sold.runs, "orders that name no customer")
        text += f"\n{cited.cite(nameless)} orders name no customer and are in neither count."
    first = min(shop.first_day for shop in reader.shops if shop.first_day is not None)
    caveats = [
        f"a customer is new on their first order since {first}, where the loaded orders begin: who bought before "
        "that and again since counts as new"
    ]
    if len(reader.shops) > 1:
        caveats.append("a customer of two shops counts once in each")
    return reader.result(text, cited, [*caveats, *reader.ads_gaps()])


def _cost(reader: ShopReader, new: int, cited: Cited) -> str:
    """What a new customer cost, or why that cannot be said."""
    try:
        group, books = reader.spend()
    except CannotAnswer as no:
        return f"What one cost cannot be said: {no}."
    spend = group.sums["spend"] or Decimal(0)
    cost = reader.fact("Cost per new customer", spend / new if new else None, "money", {}, "ad spend / new customers",
                       reason="undefined: no new customer in these days", source=books.source(group))  # fmt: skip
    total = reader.fact("Ad spend", spend, "money", {}, "sum(spend) of every platform", source=books.source(group))
    said = cited.cite_with_reason(cost)
    return (
        f"Cost per new customer {said}: all ad spend, {cited.cite(total)}, over all new customers, whether or not an "
        "ad brought them."
    )


TOOL = Tool(
    "customers",
    "New and returning customers of the shop and the cost per new customer (nCAC): all ad spend over customers whose "
    "first order in the store lies in the period. Needs loaded orders.",
    CustomersArguments,
    run,
)
