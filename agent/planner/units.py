"""Calendar units by name: quarters, halves, weeks by number, parts of a month, years."""

# ruff: noqa: E501 - one form a row

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from agent.planner import relative
from agent.planner.dates import DAY_FORMS, MONTH_FORMS, YEAR, Forms, alternatives, read_part, year_of
from agent.planner.relative import NUMBERS
from agent.planner.text import CannotRead
from agent.planner.windows import ONE_DAY, Days, months, shift_months, week_of
from agent.state import PlanContext

ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}


def _week_of(match: re.Match[str], context: PlanContext) -> Days:
    day = read_part(match[1], context, DAY_FORMS)
    return replace(week_of(day.start, context.week_start), guessed_year=day.guessed_year)


def _quarter(match: re.Match[str], context: PlanContext) -> Days:
    number = int(match[1])
    year, guessed = year_of(match[2], number * 3 - 2, 1, context.today)
    return replace(months(year, number * 3 - 2, number * 3, "quarter"), guessed_year=guessed)


def _year_quarter(match: re.Match[str], _context: PlanContext) -> Days:
    number = int(match[2])
    return months(int(match[1]), number * 3 - 2, number * 3, "quarter")


def _ordinal_quarter(match: re.Match[str], context: PlanContext) -> Days:
    number = ORDINALS[match[1]]
    year, guessed = year_of(match[2], number * 3 - 2, 1, context.today)
    return replace(months(year, number * 3 - 2, number * 3, "quarter"), guessed_year=guessed)


def _half(match: re.Match[str], context: PlanContext) -> Days:
    number = ORDINALS.get(match[1]) or int(match[1])
    year, guessed = year_of(match[2], number * 6 - 5, 1, context.today)
    return replace(months(year, number * 6 - 5, number * 6, "half"), guessed_year=guessed)


def _part_of(match: re.Match[str], context: PlanContext) -> Days:
    """ "first week of june", "last 5 days of may", "second half of last month", "last month of q2".

    Weeks are counted from the first day (the last one back from the last day), halves of a month split after the 15th.
    """
    which, count, unit = ORDINALS[match[1]], match[2], match[3]
    whole = _whole_unit(match[4], context)
    if unit == "half":
        part = _half_of(whole, which, match[0])
    elif unit == "month":
        part = _month_of(whole, match[1], which)
    else:
        days = (7 if unit == "week" else 1) * ((NUMBERS.get(count) or int(count)) if count else 1)
        part = _days_of(whole, match[1], which, days, counted=count is not None)
    if part.start < whole.start or part.end > whole.end:
        raise CannotRead(f"There is no such part as '{match[0]}'. Which days do you mean?")
    return replace(part, guessed_year=whole.guessed_year)


def _whole_unit(text: str, context: PlanContext) -> Days:
    """The unit with all of its days, those to come too."""
    if found := re.fullmatch(rf"{relative.THIS} {relative.UNIT}|the (month|quarter|year)", text):
        return relative.unit_at(context.today, relative.UNITS[found[1] or found[2]], context.week_start)
    return read_part(text, context, *WHOLES)


def _days_of(whole: Days, named: str, which: int, length: int, *, counted: bool) -> Days:
    if length < 1 or (counted and named not in ("first", "1st", "last")):
        return replace(whole, start=whole.end + ONE_DAY)  # "second 5 days": no such part
    start = (
        whole.end - timedelta(days=length - 1)
        if named == "last"
        else whole.start + timedelta(days=length * (which - 1))
    )
    return Days(start, start + timedelta(days=length - 1), "day" if length == 1 else "days")


def _month_of(whole: Days, named: str, which: int) -> Days:
    start = whole.end.replace(day=1) if named == "last" else shift_months(whole.start, which - 1)
    return months(start.year, start.month, start.month, "month")


def _half_of(whole: Days, which: int, said: str) -> Days:
    if whole.unit == "year" and which < 3:
        return months(whole.start.year, which * 6 - 5, which * 6, "half")
    if whole.unit != "month" or 2 < which < 4:
        raise CannotRead(f"Which days are '{said}'? Name the first and the last day.")
    middle = whole.start.replace(day=15)
    return Days(whole.start, middle, "days") if which == 1 else Days(middle + ONE_DAY, whole.end, "days")


def _calendar_week(match: re.Match[str], context: PlanContext) -> Days:
    year, number = int(match[2] or context.today.year), int(match[1])
    try:
        start = date.fromisocalendar(year, number, 1)
        if not match[2] and start >= context.today:
            start = date.fromisocalendar(year - 1, number, 1)
    except ValueError:
        raise CannotRead(f"There is no week {number} in {year}. Which week do you mean?") from None
    return week_of(start, context.week_start)


def _whole_year(match: re.Match[str], _context: PlanContext) -> Days:
    return months(int(match[1]), 1, 12, "year")


QUARTERS: Forms = (
    (r"(20\d\d)[ /-]?q([1-4])", _year_quarter),
    (r"q([1-4])(?:[ /-]?(20\d\d|\d\d))?", _quarter),
    (rf"(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?{YEAR}", _ordinal_quarter),
)
YEARS: Forms = ((r"(?:year |in )?(20\d\d)", _whole_year),)
WHOLES = (QUARTERS, MONTH_FORMS, relative.UNIT_FORMS, YEARS)
_WHOLE = alternatives(*WHOLES)


def _weekend_of(match: re.Match[str], context: PlanContext) -> Days:
    """ "first weekend of june": the Saturdays and Sundays that lie in it whole."""
    whole = _whole_unit(match[2], context)
    first = whole.start + timedelta(days=(5 - whole.start.weekday()) % 7)
    saturdays = [first + timedelta(days=7 * k) for k in range(60) if first + timedelta(days=7 * k + 1) <= whole.end]
    index = len(saturdays) if match[1] == "last" else ORDINALS[match[1]]
    if not 0 < index <= len(saturdays):
        raise CannotRead(f"There is no such part as '{match[0]}'. Which days do you mean?")
    saturday = saturdays[index - 1]
    return Days(saturday, saturday + ONE_DAY, "days", guessed_year=whole.guessed_year)


WEEK_OF: Forms = (
    (rf"(?:weeks? of|week (?:starting|beginning|commencing))(?: on)? (?:the )?({alternatives(DAY_FORMS)})", _week_of),
)
PARTS: Forms = (
    (rf"(?:the |over the |on the )?(first|second|third|fourth|1st|2nd|3rd|4th|last) weekend (?:of|in) (?:the )?({_WHOLE}|the (?:month|quarter|year))", _weekend_of),
    (rf"(first|second|third|fourth|1st|2nd|3rd|4th|last)(?: (?:full )?{relative.NUMBER})? (half|week|month|day)s? (?:of|in) (?:the )?({_WHOLE}|the (?:month|quarter|year))", _part_of),
)  # fmt: skip
NAMED: Forms = (
    *QUARTERS,
    (r"h([12])(?:[ /-]?(20\d\d|\d\d))?", _half),
    (r"(first|second|1st|2nd) half(?: of)?(?: the year)?(?: (20\d\d))", _half),
    (r"(?:calendar )?(?:cw|kw|week|wk)(?: (?:no|nr|number))? ?(\d{1,2})(?: (20\d\d))?", _calendar_week),
)
