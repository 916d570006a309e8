"""Questions about the health of campaigns: "how healthy is Brand?"."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall


def healthy(reading: Reading, context: PlanContext) -> Plan | None:
    """The score of each campaign asked for. Raises CannotRead for a period: health is told as of now."""
    if not reading.health:
        return None
    if reading.periods or reading.baseline or reading.left_out or reading.promotions:
        raise CannotRead(
            "Health is told as of now, over the last weeks: ask 'how healthy is CAMPAIGN' without a period."
        )
    return make_plan(reading, [ToolCall("health", reading.named.filters(context))])
