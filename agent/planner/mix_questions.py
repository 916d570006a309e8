"""Questions for a media mix: "how much revenue does each channel really drive?"."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall


def mixed(reading: Reading, _context: PlanContext) -> Plan | None:
    """The mix of all channels. Raises CannotRead for a part of them or a period: a mix needs all of both."""
    if not reading.mix:
        return None
    if reading.periods or reading.baseline or reading.left_out or reading.promotions or reading.ahead:
        raise CannotRead(
            "A media mix is learned from all days that the shop and the ads have in common: ask without a period."
        )
    if reading.named:
        raise CannotRead(
            "A media mix is of all channels at once; leaving some out would credit their sales to the rest. Ask 'media "
            "mix'."
        )
    other = [by for by in reading.by if by != "platform" and not by.startswith("label:")]
    if other or len(reading.by) > 1:
        what = other[0] if other else "several things"
        raise CannotRead(f"A media mix is told by platform or by one label, not by {what}.")
    by = next(iter(reading.by), "platform")
    return make_plan(reading, [ToolCall("media_mix", {"by": by})])
