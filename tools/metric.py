"""One figure per metric for one period."""

from __future__ import annotations

from domain.evidence import Fact, ToolResult
from domain.metrics import METRICS
from tools.arguments import MetricArguments
from tools.base import Tool, ToolContext
from tools.bursts import daily, name_bursts
from tools.figures import Cited, Group, fact, refuse_mixed_money, why
from tools.labels import in_sentence, when_label
from tools.plan_aims import name_aims
from tools.reader import Reader, answered, claims_caveats, partial_caveats


def run(context: ToolContext, arguments: MetricArguments) -> ToolResult:
    """The metrics over all rows that the filters leave."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: MetricArguments) -> ToolResult:
    metrics = [METRICS[slug] for slug in dict.fromkeys(arguments.metrics)]
    days = reader.span(arguments.period)
    rows = reader.totals(days, daily(days))
    group, books = Group.of(rows), reader.books(rows)
    refuse_mixed_money(metrics, group, books)
    selection = reader.selection
    found = [fact(m, group, selection.entity, days, books, per_day=arguments.per_day) for m in metrics]
    cited = Cited()
    text = _text(found, reader.where(rows), cited)
    text += name_bursts(reader, metrics, [(days, rows)], books, cited, per_day=arguments.per_day)
    text += name_aims(reader, metrics, arguments, days, cited)
    caveats = claims_caveats(metrics, [group], books) + partial_caveats(metrics, [group])
    if arguments.per_day and any(m.denominator for m in metrics):
        caveats.append("a ratio has no average per day: it is over the whole period")
    return reader.result(text, cited, [days], caveats)


def _text(found: list[Fact], where: str, cited: Cited) -> str:
    when = when_label(found[0].window, found[0].left_out)
    if len(found) == 1:
        (only,) = found
        name = in_sentence(only.label)
        if only.value is not None:
            return f"{cited.cite(only)} {name}{where}, {when}."
        return f"{only.label}{where}, {when}, is {cited.cite(only)}: {why(only)}."
    if all(f.value is None for f in found) and len({f.reason for f in found}) == 1:
        names = ", ".join(f"{in_sentence(f.label)} {cited.cite(f)}" for f in found)
        return f"{names[:1].upper()}{names[1:]}{where}, {when}: {why(found[0])}."
    figures = ", ".join(f"{in_sentence(f.label)} {cited.cite_with_reason(f)}" for f in found)
    return f"{figures[:1].upper()}{figures[1:]}{where}, {when}."


TOOL = Tool(
    "metric",
    "One figure per metric for one period, over everything the filters leave. "
    "For a figure per platform, campaign, account or time bucket use breakdown.",
    MetricArguments,
    run,
)
