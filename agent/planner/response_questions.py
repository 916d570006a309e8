"""Questions about what more spend would bring: "marginal ROAS of Meta", "is Brand saturated?", "how much more could it
spend?"."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall


def responded(reading: Reading, context: PlanContext) -> Plan | None:
    """The response of each campaign asked for. Raises CannotRead for a period: it is told as of now."""
    if not reading.response:
        return None
    if reading.periods or reading.baseline or reading.left_out or reading.promotions or reading.ahead:
        raise CannotRead(
            "What the next unit of spend brings is told as of now, from the last half year: ask 'marginal ROAS of "
            "CAMPAIGN' without a period."
        )
    if other := [by for by in reading.by if by not in ("campaign", "platform", "account")]:
        raise CannotRead(f"What the next unit of spend brings is told campaign by campaign, not by {other[0]}.")
    args = {**reading.named.filters(context), "about": reading.response}
    return make_plan(reading, [ToolCall("response", args)])
