"""Days and months as people write them: "2024-06-03", "june 3rd", "3. Juni", "14/3/2024", "may 2023"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from agent.planner.text import CannotRead, Words
from agent.planner.windows import Days, make_date, months
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

ISO = r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})"

Reader = Callable[[re.Match[str], PlanContext], Days]
Forms = tuple[tuple[str, Reader], ...]


def year_of(text: str | None, month: int, day: int, today: date) -> tuple[int, bool]:
    """(year, whether it was guessed): without a year the most recent one."""
    if text:
        return int(text) if len(text) == 4 else 2000 + int(text), False
    return (today.year if (month, day) <= (today.month, today.day) else today.year - 1), True


def day_of(month: str, day: str, year: str | None, today: date) -> tuple[date, bool]:
    """The day, and whether its year was guessed."""
    number = MONTHS[month]
    named, guessed = year_of(year, number, int(day), today)
    if number == 2 and int(day) == 29 and guessed:
        while named % 4:  # the most recent leap year
            named -= 1
    return make_date(named, number, int(day)), guessed


def iso_day(groups: tuple[str, ...]) -> date:
    """Year, month and day as digits."""
    return make_date(int(groups[0]), int(groups[1]), int(groups[2]))


def _month_day(match: re.Match[str], context: PlanContext) -> Days:
    day, guessed = day_of(match[1], match[2], match[3], context.today)
    return Days(day, day, "day", guessed_year=guessed)


def _day_month(match: re.Match[str], context: PlanContext) -> Days:
    day, guessed = day_of(match[2], match[1], match[3], context.today)
    return Days(day, day, "day", guessed_year=guessed)


def _iso_day(match: re.Match[str], _context: PlanContext) -> Days:
    day = iso_day(match.groups())
    return Days(day, day, "day")


def _numeric_day(match: re.Match[str], context: PlanContext) -> Days:
    """``3/14/2024`` and ``14.3.2024``; with a slash and both numbers at most 12 the order is asked for."""
    a, sign, b, year = int(match[1]), match[2], int(match[3]), match[4]
    if sign == "/" and a <= 12 and b <= 12 and a != b and year:
        options = (make_date(int(year), a, b), make_date(int(year), b, a))
        raise CannotRead(f"Which day is {match[0]}?", tuple(option.isoformat() for option in options))
    day, month = (b, a) if sign == "/" and b > 12 else (a, b)
    named, guessed = year_of(year, month, day, context.today)
    only = make_date(named, month, day)
    return Days(only, only, "day", guessed_year=guessed)


def _month(match: re.Match[str], context: PlanContext) -> Days:
    number = MONTHS[match[1]]
    year, guessed = year_of(match[2], number, 1, context.today)
    return replace(months(year, number, number, "month"), guessed_year=guessed)


DAY_FORMS: Forms = (
    (ISO, _iso_day),
    (rf"{MONTH} {DAY}(?: (20\d\d))?(?![-/.]\d)", _month_day),
    (rf"{DAY}\.? (?:of )?{MONTH}{YEAR}", _day_month),
    (r"(\d{1,2})([./])(\d{1,2})[./]?(20\d\d)?", _numeric_day),
)

MONTH_FORMS: Forms = ((rf"(?:month of )?{MONTH}{YEAR}", _month),)


def alternatives(*forms: Forms) -> str:
    """One pattern for all of the forms, without groups of its own, to stand inside a longer one."""
    return "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for some in forms for pattern, _ in some)


def read_part(text: str, context: PlanContext, *forms: Forms) -> Days:
    """The period that a part of a longer phrase names."""
    inner = Words(text)
    for pattern, reader in (form for some in forms for form in some):
        for found in inner.take(pattern):
            return reader(found, context)
    raise CannotRead(f"I could not read the days in {text!r}.")
