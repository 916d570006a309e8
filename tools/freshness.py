"""How far the data reach, per platform and account, and which loads they came from."""

from __future__ import annotations

from datetime import timedelta

from domain.evidence import Table, ToolResult
from domain.window import Window
from tools.arguments import Filters, FreshnessArguments
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import platform_label
from tools.reader import Reader, answered
from tools.spans import Span


def run(context: ToolContext, _arguments: FreshnessArguments) -> ToolResult:
    """The last usable day per platform, and days that are missing in between."""
    return answered(context, Filters(), _answer)


def _answer(reader: Reader, _filters: Filters) -> ToolResult:
    latest = reader.freshness()
    yesterday = reader.context.today - timedelta(days=1)
    said = []
    for platform, day in sorted(latest.items()):
        late = "" if day == yesterday else f": the days after it, up to {yesterday}, are missing"
        said.append(f"{platform_label(platform)}: data through {day}{late}.")
    absent = [p for p in reader.selection.platforms if p not in latest]
    said += [f"{platform_label(p)}: no data yet." for p in absent]
    rows = tuple(
        (platform_label(a.platform), a.name, a.first_day, a.last_day, a.currency, a.timezone)
        for a in reader.selection.accounts
    )
    columns = ("Platform", "Account", "First day", "Last day", "Currency", "Time zone")
    return reader.result("\n".join(said), Cited(), _whole(reader), (), Table("Data in the store", columns, rows))


def _whole(reader: Reader) -> list[Span]:
    """From the first to the last day of all data: gaps inside are said as caveats."""
    yesterday = reader.context.today - timedelta(days=1)
    days = [(a.first_day, min(a.last_day, yesterday)) for a in reader.selection.accounts if a.first_day and a.last_day]
    spans = [(first, last) for first, last in days if first <= last]
    if not spans:
        return []
    window = Window(min(f for f, _ in spans), max(t for _, t in spans), reader.context.timezone)
    return [Span(window, None, ())]


TOOL = Tool("freshness", "How far the data reach per platform and account. Reads no figures.", FreshnessArguments, run)
