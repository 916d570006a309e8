"""Questions which ad or ad set to show more: "which ad should get more?"."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall


def shown_more(reading: Reading, context: PlanContext) -> Plan | None:
    """The shares within each ad set or campaign. Raises CannotRead for a period or a figure of one's own."""
    if not reading.creatives:
        return None
    if reading.periods or reading.baseline or reading.left_out or reading.by or reading.bound:
        raise CannotRead(
            "Which ads to show more is told as of now, from the last weeks: ask 'which ad should get more in CAMPAIGN' "
            "without a period."
        )
    if reading.metrics and not set(reading.metrics) <= {"conversions", "clicks"}:
        raise CannotRead("Ads are judged by conversions or by clicks: ask 'which ad is the best by clicks'.")
    reward = {"reward": reading.metrics[0]} if reading.metrics else {}
    args = {"by": reading.creatives, **reward, **reading.named.filters(context)}
    return make_plan(reading, [ToolCall("creatives", args)])
