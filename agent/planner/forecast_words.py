"""Words of a forecast: that one is wanted, and the days to come that it is about."""

# ruff: noqa: E501 - phrases are read row by row; broken rows would hide what belongs together

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.planner.dates import MONTH, MONTHS
from agent.planner.relative import NUMBER, NUMBERS, UNIT, UNITS, unit_at
from agent.planner.text import Words
from agent.planner.windows import ONE_DAY, Days, months
from agent.state import PlanContext

USUAL_DAYS = 28

# What depends on a decision, or asks how to reach a figure, is no forecast of what comes by itself.
_CONDITIONAL = (
    r"what if|(?:if|should) (?:we|i)|what happens? if|what would|extra (?:budget|money)|\d+k? (?:extra|more)|least (?:damage|harm|pain)|"
    r"without (?:killing|hurting|losing)|simulat\w+|scenarios?|(?:hit|reach|make it to|get to|miss|beat|exceed)|on track|targets?|goals?|plan|budgets?|land|landing|"
    r"tips?|ideas?|(?:raise|increase|cut|move|shift|pause|scale)"
)
_WISH = (
    r"(?:(?:a|the|your|our) )?(?:forecasts?|predictions?|projections?|outlook)(?: (?:of|for|on))?|forecast|predict|project(?= (?:our|the|my|spend|cost|conversions|revenue|cpa|roas))|projected|forecasted|"
    r"(?:what|which|how (?:much|many))(?= (?:\w+ ){0,2}(?:will|do (?:we|you) expect|should we expect|can we expect|are we expecting)(?!\w))|"
    r"(?:(?:do|should|can|are) (?:we|you) )?expect(?:ing)?|expected|"
    r"(?:what|how) will|will(?= (?:the |our )?(?:\w+ )?be(?!\w))"
)
_AHEAD = (
    rf"(?:(?:for|in|over|during|of) )?(?:the )?(?:next|coming|upcoming|following) (?:{NUMBER} )?({UNIT[1:-1]}|days?)"
)
_REST = rf"(?:(?:for|in|over|during|until|by) )?(?:the )?(?:rest|remainder) of (?:the |this )?{UNIT}"
_MONTH_END = (
    r"(?:(?:at|by|for|until|till) )?(?:the )?(?:month'?s? ?-?end|eom|end of (?:the |this )?month)|"
    r"(?:(?:for|in|over|during|of) )?(?:the |this )(?:current )?month"
)
_MONTH_AHEAD = rf"(?:(?:for|in|over|during|of|this|next) )?{MONTH}(?: (20\d\d))?"


@dataclass(frozen=True, slots=True)
class Ahead:
    """The days to come that a forecast is wanted for; ``assumed`` where none were named, ``so_far`` with what is known
    of them already."""

    days: Days
    assumed: bool = False
    so_far: bool = False


def take(words: Words, context: PlanContext) -> Ahead | None:
    """ "forecast spend for next month", "what will we spend next week"; nothing where it hangs on a decision."""
    wished = words.has(_WISH)
    if words.has(_CONDITIONAL) or not (wished or words.has(_AHEAD) or words.has("tomorrow")):
        return None
    found = _ahead(words, context)
    if found is None and wished and words.took(_MONTH_END):
        _take_wish(words)
        return Ahead(this_month(context), so_far=True)
    if found is None and not wished:
        return None
    if found is None and words.has(
        rf"(?:last|past|previous|this|since|yesterday|ytd|mtd|\d+) ?(?:{UNIT[1:-1]}|days?)?"
    ):
        return None
    _take_wish(words)
    return Ahead(found, False) if found else Ahead(_usual(context), True)


def take_behind(words: Words, context: PlanContext) -> Ahead | None:
    """In a thread whose last question was a forecast: "for august?" and "next week?" are days to come again."""
    if words.has(_CONDITIONAL):
        return None
    wished = words.has(_WISH)
    found = _ahead(words, context)
    if found is None and words.took(_MONTH_END):
        _take_wish(words)
        return Ahead(this_month(context), so_far=True)
    if wished:
        _take_wish(words)
    return Ahead(found, False) if found else Ahead(_usual(context), True) if wished else None


def this_month(context: PlanContext) -> Days:
    """The month that today is in, to its end."""
    return months(context.today.year, context.today.month, context.today.month, "month")


def _take_wish(words: Words) -> None:
    words.take(_WISH)
    words.take("will (?:we|i|it|they|the|our)|will|we(?= spend)")
    words.take(r"(?:get|see|have|bring in|come in at|look like|be)")


def _ahead(words: Words, context: PlanContext) -> Days | None:
    if words.took("(?:for |by )?tomorrow"):
        day = context.today + ONE_DAY
        return Days(day, day, "day")
    if match := next(iter(words.take(_AHEAD)), None):
        return _next(match[1], match[2], context)
    if match := next(iter(words.take(_REST)), None):
        return replace(unit_at(context.today, UNITS[match[1]], context.week_start), start=context.today, unit="days")
    if match := next(iter(words.take(_MONTH_AHEAD)), None):
        return _month(match, context)
    return None


def _next(number: str | None, unit: str, context: PlanContext) -> Days:
    count = 1 if number is None else NUMBERS.get(number) or int(number)
    if unit.startswith("day"):
        return Days(context.today, context.today + timedelta(days=max(count, 1) - 1), "days")
    named = UNITS[unit]
    first = unit_at(context.today, named, context.week_start)
    last = first
    for _ in range(max(count, 1)):
        last = unit_at(last.end + ONE_DAY, named, context.week_start)
    start = unit_at(first.end + ONE_DAY, named, context.week_start).start
    return Days(start, last.end, named)


def _month(match: re.Match[str], context: PlanContext) -> Days | None:
    """The next month of that name that is not over; None for one that is in the past."""
    number = MONTHS[match[1]]
    year = int(match[2]) if match[2] else context.today.year
    found = months(year, number, number, "month")
    if found.end < context.today:
        if match[2]:
            return None
        found = months(year + 1, number, number, "month")
    return found


def _usual(context: PlanContext) -> Days:
    return Days(context.today, context.today + timedelta(days=USUAL_DAYS - 1), "days")
