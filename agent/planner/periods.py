"""Language to periods: "last week", "between 10 and 20 april", "Q1 2024", "since monday".

``find`` tries the forms below from the most specific to the least and takes what it understands out of the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from agent.planner import relative
from agent.planner.text import CannotRead, Words
from agent.planner.windows import (
    Days,
    make_date,
    months,
    shift_months,
    usable,
    week_of,
)
from agent.state import PlanContext

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar enero", "feb february februar febrero", "mar march marz maerz marzo",
            "apr april abril", "may mai mayo", "jun june juni junio", "jul july juli julio", "aug august agosto",
            "sep sept september septiembre", "oct october okt oktober octubre", "nov november noviembre",
            "dec december dez dezember diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
# "may i ...", "may we ...": the verb, not the month.
MONTH = (
    "(" + "|".join(sorted((m for m in MONTHS if m != "may"), key=len, reverse=True)) + "|may(?! i| we| you| be| have))"
)
DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
YEAR = r"(?: of| in)?(?: (20\d\d))?"
TO = r"(?: ?- ?| to | till | until | til | through | thru )"
AND = rf"(?:{TO}| and )"
BETWEEN = r"(?:between|from)"
THE = r"(?:the |on the |on )?"
ISO = r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})"
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}

# With a "vs" a period named twice is two periods: "monday vs last monday".
COMPARED = r"vs|versus|v|against|compared? (?:to|with|against)|than"

Reader = Callable[[re.Match[str], PlanContext], Days]


def find(words: Words, context: PlanContext, *, apart: bool = False) -> list[Days]:
    """The periods named, in the order named, each once and cut to its complete days.

    ``apart`` reads "from april to may" as two months to compare, not as one stretch. Raises CannotRead where a
    period has no complete day yet.
    """
    _settle_numeric(words)
    found: list[Days] = []
    for pattern, reader in FORMS:
        if apart and reader in (_month_range, _quarter_range):
            continue
        found += [replace(reader(match, context), at=match.start()) for match in words.take(pattern)]
    found.sort(key=lambda period: period.at)
    found = [usable(period, context.today) for period in _settle_years(found, context.today)]
    twice = words.has(COMPARED)
    return [p for i, p in enumerate(found) if twice or all((p.start, p.end) != (q.start, q.end) for q in found[:i])]


def _settle_numeric(words: Words) -> None:
    """Where "03/04/2024" stands beside the day that was picked for it, only the picked day counts."""
    for match in list(re.finditer(r"(?<!\d)(\d{1,2})/(\d{1,2})/(20\d\d)(?!\d)", words.rest)):
        a, b, year = int(match[1]), int(match[2]), match[3]
        if f"{year}-{a:02d}-{b:02d}" in words.text or f"{year}-{b:02d}-{a:02d}" in words.text:
            words.mask(match.start(), match.end())


def _settle_years(found: list[Days], today: date) -> list[Days]:
    """A month without a year stands nearest to the one that has a year: "march 2024 vs feb"."""
    anchor = next(
        (p.start for p in found if not p.guessed_year and p.unit not in ("since", "days", "day", "week")), None
    )
    if anchor is None:
        return found
    return [_nearest(p, anchor, today) if p.guessed_year else p for p in found]


def _nearest(period: Days, anchor: date, today: date) -> Days:
    def moved(years: int) -> Days:
        start = shift_months(period.start, 12 * years)
        whole = period.unit in ("month", "quarter", "half")
        end = (
            shift_months(period.end + timedelta(days=1), 12 * years) - timedelta(days=1)
            if whole
            else (shift_months(period.end, 12 * years))
        )
        return replace(period, start=start, end=end)

    options = [moved(anchor.year + k - period.start.year) for k in (-1, 0, 1)]
    past = [p for p in options if p.start < today] or options
    return min(past, key=lambda p: abs((p.start - anchor).days))


def _year(text: str | None, month: int, day: int, today: date) -> tuple[int, bool]:
    """(year, whether it was guessed): without a year the most recent one."""
    if text:
        return int(text) if len(text) == 4 else 2000 + int(text), False
    return (today.year if (month, day) <= (today.month, today.day) else today.year - 1), True


def _day(month: str, day: str, year: str | None, today: date) -> tuple[date, bool]:
    number = MONTHS[month]
    named, guessed = _year(year, number, int(day), today)
    if number == 2 and int(day) == 29 and guessed:
        while named % 4:  # the most recent leap year
            named -= 1
    return make_date(named, number, int(day)), guessed


def _iso(groups: tuple[str, ...]) -> date:
    return make_date(int(groups[0]), int(groups[1]), int(groups[2]))


def _stretch(start: date, end: date, *, guessed: bool = False) -> Days:
    if end < start:
        raise CannotRead(f"The period would end ({end}) before it starts ({start}). Which days do you mean?")
    return Days(start, end, "days", guessed_year=guessed)


def _iso_range(match: re.Match[str], _context: PlanContext) -> Days:
    groups = match.groups()
    return _stretch(_iso(groups[:3]), _iso(groups[3:]))


def _two_dates(first: tuple[str, str, str | None], last: tuple[str, str, str | None], today: date) -> Days:
    """From one (month, day, year) to another; a year named once counts for both."""
    end, end_guessed = _day(last[0], last[1], last[2] or first[2], today)
    year = first[2] or str(end.year)
    start, _ = _day(first[0], first[1], year, today)
    if start > end and not first[2]:
        start = shift_months(start, -12)
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
    last, guessed = _year(y2 or y1, MONTHS[m2], 1, context.today)
    first = int(y1) if y1 else last - (MONTHS[m1] > MONTHS[m2])
    if (first, MONTHS[m1]) > (last, MONTHS[m2]):
        raise CannotRead("The first month named lies after the second. Which months do you mean?")
    whole = months(last, MONTHS[m2], MONTHS[m2], "month")
    return replace(whole, start=date(first, MONTHS[m1], 1), guessed_year=guessed)


def _quarter_range(match: re.Match[str], context: PlanContext) -> Days:
    first, last, year = int(match[1]), int(match[2]), match[3]
    if first > last:
        raise CannotRead("The first quarter named lies after the second. Which quarters do you mean?")
    named, guessed = _year(year, last * 3 - 2, 1, context.today)
    return replace(months(named, first * 3 - 2, last * 3, "quarter"), guessed_year=guessed)


def _month_day(match: re.Match[str], context: PlanContext) -> Days:
    day, guessed = _day(match[1], match[2], match[3], context.today)
    return Days(day, day, "day", guessed_year=guessed)


def _day_month(match: re.Match[str], context: PlanContext) -> Days:
    day, guessed = _day(match[2], match[1], match[3], context.today)
    return Days(day, day, "day", guessed_year=guessed)


def _iso_day(match: re.Match[str], _context: PlanContext) -> Days:
    day = _iso(match.groups())
    return Days(day, day, "day")


def _numeric_day(match: re.Match[str], context: PlanContext) -> Days:
    """``3/14/2024`` and ``14.3.2024``; with a slash and both numbers at most 12 the order is asked for."""
    a, sign, b, year = int(match[1]), match[2], int(match[3]), match[4]
    if sign == "/" and a <= 12 and b <= 12 and a != b and year:
        options = (make_date(int(year), a, b), make_date(int(year), b, a))
        raise CannotRead(f"Which day is {match[0]}?", tuple(option.isoformat() for option in options))
    day, month = (b, a) if sign == "/" and b > 12 else (a, b)
    named, guessed = _year(year, month, day, context.today)
    only = make_date(named, month, day)
    return Days(only, only, "day", guessed_year=guessed)


def _week_of(match: re.Match[str], context: PlanContext) -> Days:
    inner = Words(match[1])
    for pattern, reader in DAY_FORMS:
        for found in inner.take(pattern):
            day = reader(found, context)
            return replace(week_of(day.start, context.week_start), guessed_year=day.guessed_year)
    raise CannotRead(f"I could not read the day in {match[0]!r}.")


def _since(match: re.Match[str], context: PlanContext) -> Days:
    """From the named day (or the first day of what is named) until yesterday."""
    inner = Words(match[1])
    for pattern, reader in (*DAY_FORMS, *MONTH_FORMS, *relative.FORMS):
        for found in inner.take(pattern):
            start = reader(found, context).start
            return Days(start, max(start, context.today - timedelta(days=1)), "since")
    raise CannotRead(f"I could not read the day in {match[0]!r}.")


def _quarter(match: re.Match[str], context: PlanContext) -> Days:
    number = int(match[1])
    year, guessed = _year(match[2], number * 3 - 2, 1, context.today)
    return replace(months(year, number * 3 - 2, number * 3, "quarter"), guessed_year=guessed)


def _year_quarter(match: re.Match[str], _context: PlanContext) -> Days:
    number = int(match[2])
    return months(int(match[1]), number * 3 - 2, number * 3, "quarter")


def _ordinal_quarter(match: re.Match[str], context: PlanContext) -> Days:
    number = ORDINALS[match[1]]
    year, guessed = _year(match[2], number * 3 - 2, 1, context.today)
    return replace(months(year, number * 3 - 2, number * 3, "quarter"), guessed_year=guessed)


def _half(match: re.Match[str], context: PlanContext) -> Days:
    number = ORDINALS.get(match[1]) or int(match[1])
    year, guessed = _year(match[2], number * 6 - 5, 1, context.today)
    return replace(months(year, number * 6 - 5, number * 6, "half"), guessed_year=guessed)


def _half_of_month(match: re.Match[str], context: PlanContext) -> Days:
    year, guessed = _year(match[3], MONTHS[match[2]], 1, context.today)
    whole = months(year, MONTHS[match[2]], MONTHS[match[2]], "days")
    middle = whole.start.replace(day=15)
    part = replace(whole, end=middle) if ORDINALS[match[1]] == 1 else replace(whole, start=middle + timedelta(days=1))
    return replace(part, guessed_year=guessed)


def _month(match: re.Match[str], context: PlanContext) -> Days:
    number = MONTHS[match[1]]
    year, guessed = _year(match[2], number, 1, context.today)
    return replace(months(year, number, number, "month"), guessed_year=guessed)


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


DAY_FORMS: tuple[tuple[str, Reader], ...] = (
    (ISO, _iso_day),
    (rf"{MONTH} {DAY}(?: (20\d\d))?(?![-/.]\d)", _month_day),
    (rf"{DAY}\.? (?:of )?{MONTH}{YEAR}", _day_month),
    (r"(\d{1,2})([./])(\d{1,2})[./]?(20\d\d)?", _numeric_day),
)
MONTH_FORMS: tuple[tuple[str, Reader], ...] = ((rf"(?:month of )?{MONTH}{YEAR}", _month),)
_ANY_DAY = "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in DAY_FORMS)
_ANY_START = "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in (*DAY_FORMS, *MONTH_FORMS, *relative.FORMS))

FORMS: tuple[tuple[str, Reader], ...] = (
    (rf"(?:{BETWEEN} )?{ISO}{AND}{ISO}", _iso_range),
    (rf"(?:{BETWEEN} )?{THE}{MONTH} {DAY}{YEAR}{TO}{THE}{MONTH} {DAY}{YEAR}", _month_day_range),
    (rf"{BETWEEN} {THE}{MONTH} {DAY}{YEAR}{AND}{THE}{MONTH} {DAY}{YEAR}", _month_day_range),
    (rf"(?:{BETWEEN} )?{THE}{DAY} (?:of )?{MONTH}{YEAR}{TO}{THE}{DAY} (?:of )?{MONTH}{YEAR}", _day_month_range),
    (rf"{BETWEEN} {THE}{DAY} (?:of )?{MONTH}{YEAR}{AND}{THE}{DAY} (?:of )?{MONTH}{YEAR}", _day_month_range),
    (rf"(?:{BETWEEN} )?{MONTH} {DAY}{TO}(?:the )?{DAY}{YEAR}", _month_days),
    (rf"{BETWEEN} {MONTH} {DAY}{AND}(?:the )?{DAY}{YEAR}", _month_days),
    (rf"(?:{BETWEEN} )?{THE}{DAY}\.?{TO}(?:the )?{DAY}\.? (?:of )?{MONTH}{YEAR}", _days_of_month),
    (rf"{BETWEEN} {THE}{DAY}\.?{AND}(?:the )?{DAY}\.? (?:of )?{MONTH}{YEAR}", _days_of_month),
    (rf"(?:weeks? of|week (?:starting|beginning|commencing))(?: on)? (?:the )?({_ANY_DAY})", _week_of),
    (rf"(?:ever )?since (?:the )?({_ANY_START})", _since),
    (rf"(first|second|1st|2nd|last) half of {MONTH}{YEAR}", _half_of_month),
    *DAY_FORMS,
    (rf"(?:{BETWEEN} )?{MONTH}{YEAR}{TO}{MONTH}{YEAR}", _month_range),
    (rf"{BETWEEN} {MONTH}{YEAR}{AND}{MONTH}{YEAR}", _month_range),
    (rf"q([1-4]){TO}q([1-4])(?: (20\d\d))?", _quarter_range),
    (r"(20\d\d)[ /-]?q([1-4])", _year_quarter),
    (r"q([1-4])(?:[ /-]?(20\d\d|\d\d))?", _quarter),
    (rf"(first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?{YEAR}", _ordinal_quarter),
    (r"h([12])(?:[ /-]?(20\d\d|\d\d))?", _half),
    (r"(first|second|1st|2nd) half(?: of)?(?: the year)?(?: (20\d\d))", _half),
    (r"(?:cw|kw|week|wk) ?(\d{1,2})(?: (20\d\d))?", _calendar_week),
    *MONTH_FORMS,
    *relative.FORMS,
    (r"(?:year |in )?(20\d\d)", _whole_year),
)
