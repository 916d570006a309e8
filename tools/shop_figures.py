"""What the shop sold, and what that is against ad spend: orders, returns, net revenue, MER, contribution."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import ToolResult
from store import plans
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import join_words, window_label
from tools.shop import ShopReader, Sold, answered
from tools.shop_arguments import ShopArguments, ShopFigure
from tools.shop_compare import compared, figure_of, split
from tools.shop_time import over_time

MARGIN_MISSING = (
    "at which margin? The orders know what was paid, not what the goods cost. Add it to the question, for example "
    "'are we making money after returns at 35% margin', or load a plan that names one margin for these months"
)


def run(context: ToolContext, arguments: ShopArguments) -> ToolResult:
    """Each figure in a sentence of its own, in the order asked."""
    return answered(context, arguments, arguments.period, _answer)


def _answer(reader: ShopReader, arguments: ShopArguments) -> ToolResult:
    if arguments.by is not None and arguments.baseline is not None:
        raise CannotAnswer(f"two periods by {arguments.by} at once are not given; ask for each period by itself")
    if arguments.by == "country" or arguments.by == "category":
        return split(reader, arguments.figures, arguments.by)
    if arguments.by is not None:
        return over_time(reader, arguments.figures, arguments.by)
    if arguments.baseline is not None:
        return compared(reader, arguments.figures, arguments.baseline)
    sold, cited = reader.sold(), Cited()
    caveats = [*_partial(sold)]
    said = []
    for figure in dict.fromkeys(arguments.figures):
        match figure:
            case "mer":
                said.append(_mer(reader, sold, cited))
                caveats += reader.ads_gaps()
            case "contribution":
                said.append(_contribution(reader, sold, arguments.margin, cited))
                caveats += [*reader.ads_gaps(), *_unstated(sold)]
            case _:
                said.append(_plain(reader, sold, figure, cited))
                caveats += _unstated(sold) if figure == "net_revenue" else []
    return reader.result("\n".join(said), cited, caveats)


def _plain(reader: ShopReader, sold: Sold, figure: ShopFigure, cited: Cited) -> str:
    when, runs = window_label(reader.days.window), sold.runs
    match figure:
        case "orders":
            orders = cited.cite(
                reader.fact("Orders", sold.orders, "count", runs, "orders sold, without cancelled ones")
            )
            off = cited.cite(reader.fact("Cancelled orders", sold.cancelled, "count", runs, "orders cancelled"))
            return f"{orders} orders in the shop, {when}; {off} more were cancelled and are not counted."
        case "gross":
            fact = reader.fact("Gross revenue", sold.gross, "money", runs, "what customers paid, with tax and shipping")
            return f"{cited.cite(fact)} gross revenue of the shop, {when}: what customers paid, before refunds."
        case "aov":
            fact, gross = figure_of(reader, sold, "aov"), figure_of(reader, sold, "gross")
            orders = cited.cite(figure_of(reader, sold, "orders"))
            return (
                f"{cited.cite_with_reason(fact)} average order value of the shop, {when}: {cited.cite(gross)} gross "
                f"over {orders} orders, before refunds."
            )
        case "refunds":
            refunds = reader.fact("Refunds", sold.refunds, "money", runs, "sum of refunds of the orders of these days",
                                  reason="refunds are not in the data")  # fmt: skip
            rate, reason = (None, "undefined: nothing was sold") if not sold.gross else (
                None if sold.refunds is None else sold.refunds / sold.gross, "refunds are not in the data")  # fmt: skip
            share = reader.fact("Refund rate", rate, "percent", runs, "refunds / gross revenue", reason=reason)
            return (
                f"{cited.cite(refunds)} of the orders of {when} was paid back so far, {cited.cite(share)} of gross "
                "revenue. Refunds count on the day of their order."
            )
        case _:
            fact = reader.fact("Net revenue", sold.net, "money", runs, sold.net_how)
            gross = reader.fact("Gross revenue", sold.gross, "money", runs, "what customers paid")
            said = f"{cited.cite(fact)} net revenue, {when}: {sold.net_how}, with {cited.cite(gross)} gross."
            return said + _within_refunds(reader, sold, cited)


def _mer(reader: ShopReader, sold: Sold, cited: Cited) -> str:
    group, books = reader.spend()
    spend = group.sums["spend"] or Decimal(0)
    source = f"{reader.source(sold.runs)}; {books.source(group)}"
    net, how = sold.net, sold.net_how
    ratios = [
        reader.fact(label, value / spend if spend else None, "ratio", sold.runs, f"{formula} / ad spend",
                    reason="undefined: no ad spend in these days", source=source)
        for label, value, formula in (("MER", sold.gross, "gross revenue"), ("MER after returns and tax", net, how))
    ]  # fmt: skip
    money = [
        reader.fact("Gross revenue", sold.gross, "money", sold.runs, "what customers paid"),
        reader.fact("Ad spend", spend, "money", {}, "sum(spend) of every platform", source=books.source(group)),
    ]
    mer, after = (cited.cite_with_reason(ratio) for ratio in ratios)
    gross, cost = (cited.cite(fact) for fact in money)
    return (
        f"MER {mer}, {window_label(reader.days.window)}: {gross} of shop revenue over {cost} of ad spend, whoever "
        f"claims the orders; {after} with {how}."
    )


def _contribution(reader: ShopReader, sold: Sold, margin: float | None, cited: Cited) -> str:
    rate, whence = (
        (Decimal(str(margin)), "the question") if margin is not None else (_planned_margin(reader), "the plan")
    )
    if rate is None:
        raise CannotAnswer(MARGIN_MISSING)
    group, books = reader.spend()
    spend = group.sums["spend"] or Decimal(0)
    net, how = sold.net, sold.net_how
    source = f"{reader.source(sold.runs)}; {books.source(group)}"
    left = net * rate - spend
    facts = (
        reader.fact("Contribution", left, "money", sold.runs, f"({how}) * margin - ad spend", source=source),
        reader.fact("Net revenue", net, "money", sold.runs, how),
        reader.fact("Margin", rate, "percent", {}, f"as in {whence}", source=whence),
        reader.fact("Ad spend", spend, "money", {}, "sum(spend) of every platform", source=books.source(group)),
    )
    result, revenue, share, cost = (cited.cite(fact) for fact in facts)
    verdict = "Yes" if left > 0 else "No" if left < 0 else "Neither"
    said = (
        f"{verdict}: {result} left after goods, returns and ads, {window_label(reader.days.window)}. {revenue} net "
        f"revenue ({how}) at {share} margin, less {cost} of ad spend. Wages, rent and other costs are not in it."
    )
    return said + _within_refunds(reader, sold, cited)


def _within_refunds(reader: ShopReader, sold: Sold, cited: Cited) -> str:
    """The assumption that net revenue rests on, with its size; nothing where there is nothing to assume."""
    if not sold.within_refunds:
        return ""
    how = "each order's tax and shipping * its refund / its gross"
    fact = reader.fact("Tax and shipping in refunds", sold.within_refunds, "money", sold.runs, how)
    return (
        f" Of the refunds, {cited.cite(fact)} is taken to be tax and shipping, in proportion to each order, and is "
        "taken off once: the orders do not say what a refund paid back."
    )


def _planned_margin(reader: ShopReader) -> Decimal | None:
    """The one margin that the plan names for these months; None where it names none, or several."""
    window = reader.days.window
    planned = plans.lines(reader.session, reader.context.scope, window.start, window.end)
    margins = {line.margin for line in planned if line.margin is not None}
    return margins.pop() if len(margins) == 1 else None


def _partial(sold: Sold) -> list[str]:
    if not sold.partial:
        return []
    return [f"{join_words(sorted(sold.partial))} is not stated on some orders: the sum is of those that do"]


def _unstated(sold: Sold) -> list[str]:
    missing = [name for name in ("refunds", "tax", "shipping") if getattr(sold, name) is None]
    return [f"{join_words(missing)} is not in the orders: net revenue is too high by it"] if missing else []


TOOL = Tool(
    "shop",
    "What the shop itself sold (not what platforms claim): orders, gross, refunds, net revenue; MER (shop revenue over "
    "all ad spend); contribution (net revenue times margin less ad spend). Needs loaded orders.",
    ShopArguments,
    run,
)
