"""One metric over time: the whole window, the highest and the lowest bucket, a chart and a table."""

from __future__ import annotations

from collections.abc import Sequence

from domain.evidence import Chart, Fact, ToolResult
from domain.formatting import format_value
from domain.metrics import METRICS, Metric
from tools.arguments import TrendArguments
from tools.base import Tool, ToolContext
from tools.charts import line_chart
from tools.figures import Cited, Group, fact, refuse_mixed_money, why
from tools.grouping import KEYS, Entry, entries, table
from tools.labels import in_sentence, when_label
from tools.reader import Reader, answered, claims_caveats, partial_caveats


def run(context: ToolContext, arguments: TrendArguments) -> ToolResult:
    """The metric per bucket of the period."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: TrendArguments) -> ToolResult:
    metric = METRICS[arguments.metric]
    days = reader.span(arguments.period)
    rows = reader.totals(days, KEYS["day"])
    books = reader.books(rows)
    group = Group.of(rows)
    refuse_mixed_money([metric], group, books)
    overall = fact(metric, group, reader.selection.entity, days, books)
    name = f"{metric.label}{reader.where(rows)}"
    cited = Cited()
    if days.reason:
        text = f"{name}, {days.label}, is {cited.cite(overall)}: {why(overall)}."
        return reader.result(text, cited, [days])
    listed = entries(reader, arguments.by, rows, days, books, [metric])
    text = _text(overall, listed, arguments.by, reader.where(rows), cited)
    caveats = claims_caveats([metric], [group], books) + partial_caveats([metric], [group])
    if any(not e.whole for e in listed):
        caveats.append(
            f"a {arguments.by} at the edge{' or with days left out' if days.left_out else ''} is partial: it counts "
            "neither as highest nor as lowest and is drawn hollow"
        )
    if len(listed) < 2:
        caveats.append(f"no chart: {days.label} holds a single {arguments.by}; ask for a longer period")
    title = f"{name} by {arguments.by}, {days.label}"
    full = table(title, arguments.by, [metric], [e for e in listed if not e.left_out], overall.currency)
    return reader.result(text, cited, [days], caveats, full, _chart(title, metric, listed, arguments.by, overall))


def _text(overall: Fact, listed: Sequence[Entry], by: str, where: str, cited: Cited) -> str:
    when = when_label(overall.window, overall.left_out)
    said = f"{cited.cite_with_reason(overall)} {in_sentence(overall.label)}{where}, {when}."
    known = [e for e in listed if e.value is not None and e.whole]
    if len(known) < 2:
        return said
    high = max(known, key=lambda e: e.value or 0)
    low = min(known, key=lambda e: e.value or 0)
    if high.value == low.value:
        return f"{said} Every {by} is the same."
    highest, lowest = cited.cite(high.facts[0]), cited.cite(low.facts[0])
    return f"{said} By {by}: highest {highest} ({high.name}), lowest {lowest} ({low.name})."


def _chart(title: str, metric: Metric, listed: Sequence[Entry], by: str, overall: Fact) -> Chart | None:
    points = [(e.facts[0].window.start, None if e.value is None else float(e.value), e.whole) for e in listed]
    known = [e for e in listed if e.value is not None and e.whole] or [e for e in listed if e.value is not None]
    if sum(e.value is not None for e in listed) < 2:
        return None
    unit = f" ({overall.currency})" if overall.currency else " (%)" if metric.unit == "percent" else ""
    png = line_chart(
        title,
        points,
        x_label={"day": "Day", "week": "Week starting", "month": "Month starting"}[by],
        y_label=f"{metric.label}{unit}" + ("" if metric.denominator else f" per {by}"),
        unit=metric.unit,
        currency=overall.currency,
    )
    first, last = known[0], known[-1]
    gaps = ", with gaps where there is no value" if any(e.value is None for e in listed) else ""
    edges = f"; a hollow point is a part of a {by}" if any(not e.whole for e in listed) else ""
    alt = (
        f"Line chart: {title}. From {format_value(first.facts[0])} ({first.name}) "
        f"to {format_value(last.facts[0])} ({last.name}){gaps}{edges}."
    )
    return Chart(title, png, alt)


TOOL = Tool(
    "trend",
    "One metric over time by day, week or month: a chart, the total, the highest and the lowest.",
    TrendArguments,
    run,
)
