"""What every kind of question needs to become a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.planner.baselines import default_period
from agent.planner.occasions import left_out_of
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.planner.windows import Days
from agent.state import Plan, PlanContext, ToolCall

# "How did we do": what a marketer looks at first.
STANDARD = ("spend", "conversions", "cpa", "revenue", "roas")

TIME_STEPS = ("day", "week", "month", "weekday")

MOST_CALLS = 4

# The tools that can leave days out.
FIGURES = ("metric", "breakdown", "trend", "compare")

# The tools that a thread carries on beside figures.
OTHERS = ("forecast", "pacing", "profit", "reconcile", "shop", "customers", "unusual", "what_if")

Kind = Callable[[Reading, PlanContext], Plan | None]


def make_plan(reading: Reading, calls: list[ToolCall], notes: list[str] | None = None) -> Plan:
    """The plan of these calls. Raises CannotRead where they are too many to read."""
    if len(calls) > MOST_CALLS:
        raise CannotRead(
            f"That asks for {len(calls)} separate answers; I give at most {MOST_CALLS} at a time. "
            "Name fewer periods or figures."
        )
    calls = [_without(call, reading) for call in calls]
    return Plan(calls=tuple(calls), exact=reading.exact, notes=(*reading.notes, *(notes or ())))


def _without(call: ToolCall, reading: Reading) -> ToolCall:
    """The call with the days that the question leaves out. Raises CannotRead where a tool can leave none out."""
    if not (reading.left_out or reading.promotions):
        return call
    if call.name not in FIGURES:
        raise CannotRead("Days can be left out of figures and comparisons only. For example 'roas q1 without march'.")
    left_out = left_out_of(reading.left_out, reading.promotions, call.args)
    if not left_out:
        return call
    return replace(call, args={**call.args, "without": [days.to_json() for days in left_out]})


def one_period(reading: Reading, context: PlanContext, notes: list[str], by: str | None = None) -> Days:
    """The first period named, or the usual one with a note that says so."""
    if reading.periods:
        return reading.periods[0]
    period, note = default_period(context, by=by or "")
    notes.append(note)
    return period


def sides(reading: Reading) -> list[str]:
    """Names side by side are shown side by side, unless they were asked for together."""
    if reading.together:
        return []
    keys = [label.partition("=")[0] for label in reading.named.labels]
    if beside := next((key for key in keys if keys.count(key) > 1), None):
        return [f"label:{beside}"]
    if len(reading.named.campaigns) > 1:
        return ["campaign"]
    return ["platform"] if len(reading.named.platforms) > 1 else []
