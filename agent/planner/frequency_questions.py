"""Questions about how often each person sees the ads: "what is the frequency of Prospecting?"."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall


def often(reading: Reading, context: PlanContext) -> Plan | None:
    """The mean daily frequency of each campaign asked for. Raises CannotRead for a period or a grouping."""
    if not reading.frequency:
        return None
    if reading.periods or reading.baseline or reading.left_out or reading.promotions or reading.ahead:
        raise CannotRead(
            "People of several days do not add up: the same person is counted again each day. I tell the mean daily "
            "frequency of the last 7 days with figures: ask 'frequency of CAMPAIGN' without a period."
        )
    if other := [by for by in reading.by if by != "campaign"]:
        raise CannotRead(
            f"People of several campaigns do not add up, so frequency is told by campaign, not by {other[0]}."
        )
    return make_plan(reading, [ToolCall("frequency", reading.named.filters(context))])
