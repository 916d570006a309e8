"""Periods told by their ends: "june 3 to 9", "april to may", "since june 1", "until june 10"."""

# ruff: noqa: E501 - one form a row

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from agent.planner import relative
from agent.planner.dates import (
    DAY,
    DAY_FORMS,
    ISO,
    MONTH,
    MONTH_FORMS,
    MONTHS,
    YEAR,
    Forms,
    alternatives,
    day_of,
    iso_day,
    read_part,
    year_of,
)
from agent.planner.text import CannotRead
from agent.planner.units import QUARTERS, YEARS
from agent.planner.windows import ONE_DAY, Days, months, shift_months
from agent.state import PlanContext

TO = r"(?: ?- ?| to | till | until | til | through | thru )"

AND = rf"(?:{TO}| and )"

BETWEEN = r"(?:between|from|since|starting|beginning)"
# "december 20 to january 5" runs over the new year; "june 9 to june 3" is a slip.
LONGEST_OVER_NEW_YEAR = 183  # days
NO_DAY = r"(?<!\d )(?<!\d(?:st|nd|rd|th) )"

THE = r"(?:the |on the |on )?"


def _stretch(start: date, end: date, *, guessed: bool = False) -> Days:
    if end < start:
        raise CannotRead(f"The period would end ({end}) before it starts ({start}). Which days do you mean?")
    return Days(start, end, "days", guessed_year=guessed)


def _iso_range(match: re.Match[str], _context: PlanContext) -> Days:
    groups = match.groups()
    return _stretch(iso_day(groups[:3]), iso_day(groups[3:]))


def _two_dates(first: tuple[str, str, str | None], last: tuple[str, str, str | None], today: date) -> Days:
    """From one (month, day, year) to another; a year named once counts for both."""
    end, end_guessed = day_of(last[0], last[1], last[2] or first[2], today)
    year = first[2] or str(end.year)
    start, _ = day_of(first[0], first[1], year, today)
    turned = shift_months(start, -12)
    if start > end and not first[2] and (end - turned).days <= LONGEST_OVER_NEW_YEAR:
        start = turned
    return _stretch(start, end, guessed=end_guessed)


def _month_day_range(match: re.Match[str], context: PlanContext) -> Days:
    m1, d1, y1, m2, d2, y2 = match.groups()
    return _two_dates((m1, d1, y1), (m2, d2, y2), context.today)


def _day_month_range(match: re.Match[str], context: PlanContext) -> Days:
    d1, m1, y1, d2, m2, y2 = match.groups()
    return _two_dates((m1, d1, y1), (m2, d2, y2), context.today)


def _month_days(match: re.Match[str], context: PlanContext) -> Days:
    month, d1, d2, year = match.groups()
    return _two_dates((month, d1, year), (month, d2, year), context.today)


def _days_of_month(match: re.Match[str], context: PlanContext) -> Days:
    d1, d2, month, year = match.groups()
    return _two_dates((month, d1, year), (month, d2, year), context.today)


def _month_range(match: re.Match[str], context: PlanContext) -> Days:
    m1, y1, m2, y2 = match.groups()
    last, guessed = year_of(y2 or y1, MONTHS[m2], 1, context.today)
    first = int(y1) if y1 else last - (MONTHS[m1] > MONTHS[m2])
    if (first, MONTHS[m1]) > (last, MONTHS[m2]):
        raise CannotRead("The first month named lies after the second. Which months do you mean?")
    whole = months(last, MONTHS[m2], MONTHS[m2], "month")
    return replace(whole, start=date(first, MONTHS[m1], 1), guessed_year=guessed)


def _quarter_range(match: re.Match[str], context: PlanContext) -> Days:
    first, last, year = int(match[1]), int(match[2]), match[3]
    if first > last:
        raise CannotRead("The first quarter named lies after the second. Which quarters do you mean?")
    named, guessed = year_of(year, last * 3 - 2, 1, context.today)
    return replace(months(named, first * 3 - 2, last * 3, "quarter"), guessed_year=guessed)


def _since(match: re.Match[str], context: PlanContext) -> Days:
    """From the named day (or the first day of what is named) until yesterday."""
    return _until_yesterday(read_part(match[1], context, *POINTS).start, context)


def _after(match: re.Match[str], context: PlanContext) -> Days:
    return _until_yesterday(read_part(match[1], context, *POINTS).end + ONE_DAY, context)


def _until_yesterday(start: date, context: PlanContext) -> Days:
    return Days(start, max(start, context.today - ONE_DAY), "since")


def _until(match: re.Match[str], context: PlanContext) -> Days:
    """From the first day of data to the named day, or to the last day of what is named."""
    return _from_the_first(read_part(match[1], context, *POINTS).end, context)


def _before(match: re.Match[str], context: PlanContext) -> Days:
    return _from_the_first(read_part(match[1], context, DAY_FORMS, MONTH_FORMS).start - ONE_DAY, context)


def _from_the_first(end: date, context: PlanContext) -> Days:
    first = context.first_day
    if first is None:
        raise CannotRead("There is no data yet. Load an export: budgeteer import FILE --platform ... --account ...")
    if end < first:
        raise CannotRead(f"The data start on {first}, so there is nothing up to {end}.", exact=True)
    return Days(first, end, "until")


def _open_range(match: re.Match[str], context: PlanContext) -> Days:
    """ "since may 15 until june 5", "from monday to yesterday"."""
    start, end = (read_part(match[i], context, *POINTS) for i in (1, 3))
    return _stretch(start.start, end.start - ONE_DAY if match[2] == "before" else end.end)


def _as_of(match: re.Match[str], _context: PlanContext) -> Days:
    raise CannotRead(f"'{match[0]}' can mean from that day or up to it. Say 'since {match[1]}' or 'until {match[1]}'.")


POINTS = (DAY_FORMS, QUARTERS, MONTH_FORMS, relative.FORMS, YEARS)
POINT, DAY_POINT, DATE_POINT = alternatives(*POINTS), alternatives(DAY_FORMS), alternatives(DAY_FORMS, MONTH_FORMS)
START = r"(?:since|from|starting(?: on| from| with| in)?|beginning(?: on| from| with| in)?)"
END = r"(?:up )?(?:to|until|till?|through|thru)(?: and including| the end of| end of)?"
ONWARDS = r"(?:on|onwards?|forward|(?:until|till?|to|through) (?:now|today|date))"

DAY_RANGES: Forms = (
    (rf"(?:{BETWEEN} )?{ISO}{AND}{ISO}", _iso_range),
    (rf"(?:{BETWEEN} )?{THE}{MONTH} {DAY}{YEAR}{TO}{THE}{MONTH} {DAY}{YEAR}", _month_day_range),
    (rf"{BETWEEN} {THE}{MONTH} {DAY}{YEAR}{AND}{THE}{MONTH} {DAY}{YEAR}", _month_day_range),
    (rf"(?:{BETWEEN} )?{THE}{DAY} (?:of )?{MONTH}{YEAR}{TO}{THE}{DAY} (?:of )?{MONTH}{YEAR}", _day_month_range),
    (rf"{BETWEEN} {THE}{DAY} (?:of )?{MONTH}{YEAR}{AND}{THE}{DAY} (?:of )?{MONTH}{YEAR}", _day_month_range),
    (rf"(?:{BETWEEN} )?{MONTH} {DAY}{TO}(?:the )?{DAY}{YEAR}", _month_days),
    (rf"{BETWEEN} {MONTH} {DAY}{AND}(?:the )?{DAY}{YEAR}", _month_days),
    (rf"(?:{BETWEEN} )?{THE}{DAY}\.?{TO}(?:the )?{DAY}\.? (?:of )?{MONTH}{YEAR}", _days_of_month),
    (rf"{BETWEEN} {THE}{DAY}\.?{AND}(?:the )?{DAY}\.? (?:of )?{MONTH}{YEAR}", _days_of_month),
)
MONTH_RANGES: Forms = (
    (rf"(?:{BETWEEN} )?{NO_DAY}{MONTH}{YEAR}{TO}{MONTH}{YEAR}(?! \d)", _month_range),
    (rf"{BETWEEN} {MONTH}{YEAR}{AND}{MONTH}{YEAR}(?! \d)", _month_range),
    (rf"q([1-4]){TO}q([1-4])(?: (20\d\d))?", _quarter_range),
)
# "from april" alone is april; "from april on" is since april.
OPEN_RANGES: Forms = (
    (
        rf"({DAY_POINT}) (to|until|till|through|thru) (?:the )?(?:end of )?({alternatives(MONTH_FORMS)})(?! \d)",
        _open_range,
    ),
    (rf"{NO_DAY}({alternatives(MONTH_FORMS)}) (to|until|till|through|thru) (?:the )?({DAY_POINT})", _open_range),
    (rf"between (?:the )?({POINT}) (and) (?:the )?({POINT})", _open_range),
    (rf"{START} (?:the )?({POINT}) (?:and )?(before|{END}) (?:the )?(?!now|today|date)({POINT})", _open_range),
)
OPEN_ENDS: Forms = (
    (rf"(?:ever )?(?:since|starting(?: on| from| with| in)?|beginning(?: on| from| with| in)?) (?:the )?({POINT})(?: {ONWARDS})?", _since),
    (rf"from (?:the )?({DAY_POINT})(?: {ONWARDS})?(?! to | until | till | through | thru | and |-)", _since),
    (rf"from (?:the )?({POINT}) {ONWARDS}", _since),
    (rf"after (?:the )?({POINT})", _after),
    (rf"(?:(?:up )?(?:until|till?|through|thru)|up to)(?: and including| the end of| end of)? (?:the )?({POINT})", _until),
    (rf"(?<!week )(?<!month )(?<!days )(?<!day )before (?:the )?({DATE_POINT})", _before),
    (rf"as of (?:the )?({POINT})", _as_of),
)  # fmt: skip
