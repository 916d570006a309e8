"""What is in the calendar, as a tool call."""

from __future__ import annotations

from datetime import timedelta

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.windows import Days
from agent.state import Plan, PlanContext, ToolCall


def in_the_calendar(reading: Reading, context: PlanContext) -> Plan | None:
    """ "what's in the calendar in june", "which holidays are in may"; without a period thirty days around today."""
    if not reading.calendar or reading.metrics:
        return None
    around = Days(context.today - timedelta(days=30), context.today + timedelta(days=30), "days")
    notes = [] if reading.periods else [f"No period was named: {around.start} to {around.end}."]
    calls = [ToolCall("calendar", {"period": p.to_json()}) for p in reading.periods or [around]]
    return make_plan(reading, calls, notes)
