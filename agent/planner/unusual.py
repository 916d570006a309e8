"""Questions whether days are out of the ordinary: which call judges them."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.planner.windows import ONE_DAY, Days
from agent.state import Plan, PlanContext, ToolCall

USUAL = ("spend", "conversions", "cpa")


def judged(reading: Reading, context: PlanContext) -> Plan | None:
    """The days asked about, yesterday where none are. Raises CannotRead for what days are not judged by."""
    if not reading.unusual:
        return None
    if reading.rank or reading.share or reading.bound or reading.by:
        raise CannotRead(
            "I judge whether a figure is unusual for everything or for what you name, day by day. Ask for example "
            "'is yesterday's spend unusual' or 'was cpa of CAMPAIGN unusual last week'."
        )
    notes = []
    day = context.today - ONE_DAY
    if not reading.periods:
        notes.append(f"No period named: yesterday, {day}.")
    if not reading.metrics:
        notes.append("No figure named: spend, conversions and CPA are judged.")
    if len(reading.periods) > 1:
        notes.append("Each day is judged by the days before it, so only the first period is judged.")
    period = reading.periods[0] if reading.periods else Days(day, day, "day")
    args = {
        "metrics": list(reading.metrics or USUAL),
        "period": period.to_json(),
        **reading.named.filters(context),
    }
    return make_plan(reading, [ToolCall("unusual", args)], notes)
