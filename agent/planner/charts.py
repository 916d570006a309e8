"""A question for a chart as tool calls."""

from __future__ import annotations

from agent.planner.plans import make_plan, one_period
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.planner.windows import Days
from agent.state import Plan, PlanContext, ToolCall


def charted(reading: Reading, context: PlanContext) -> Plan | None:
    """A chart per metric and platform named."""
    if not reading.chart:
        return None
    if "campaign" in reading.by or "account" in reading.by:
        raise CannotRead(
            "A chart shows one series over time. Name one campaign or platform for a chart, "
            "or ask for a table by campaign."
        )
    if len(reading.periods) > 1 or reading.baseline:
        raise CannotRead(
            "A chart shows one period. Which one? Ask for the comparison without a chart to see both in figures."
        )
    notes: list[str] = []
    period = one_period(reading, context, notes)
    step = next((by for by in reading.by if by in ("day", "week", "month")), _step(period))
    narrow = [reading.named.filters(context)]
    if "platform" in reading.by or len(reading.named.platforms) > 1:
        narrow = [{**narrow[0], "platforms": [p]} for p in reading.named.platforms or context.platforms]
    calls = [
        ToolCall("trend", {"metric": metric, "by": step, "period": period.to_json(), **filters})
        for metric in reading.metrics or ("spend",)
        for filters in narrow
    ]
    return make_plan(reading, calls, notes)


def _step(period: Days) -> str:
    return "day" if period.length <= 45 else "week" if period.length <= 200 else "month"
