"""Periods told from today: yesterday, last week, L30D, month to date, since Monday."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from agent.planner.text import CannotRead
from agent.planner.windows import ONE_DAY, Days, Unit, months, shift_months, usable, week_of
from agent.state import PlanContext

Reader = Callable[[re.Match[str], PlanContext], Days]

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("mon monday", "tue tues tuesday", "wed weds wednesday", "thu thur thurs thursday", "fri friday",
         "sat saturday", "sun sunday")
    )
    for name in names.split()
}  # fmt: skip
NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen".split(),  # noqa: SIM905 - reads as the list it is
        start=1,
    )
}
NUMBER = r"(\d{1,3}|" + "|".join(NUMBERS) + ")"
LAST = r"(?:last|past|previous|prior|prev|trailing|latest|lst)"
THIS = r"(?:this|the current|current)"
UNITS: dict[str, Unit] = {
    "week": "week", "weeks": "week", "wk": "week", "wks": "week", "month": "month", "months": "month",
    "mth": "month", "mo": "month", "quarter": "quarter", "quarters": "quarter", "qtr": "quarter", "year": "year",
    "years": "year", "yr": "year",
}  # fmt: skip
UNIT = "(" + "|".join(sorted(UNITS, key=len, reverse=True)) + ")"
WEEKDAY = "(" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + ")"


def _number(text: str) -> int:
    number = NUMBERS.get(text) or int(text)
    if number == 0:
        raise CannotRead("A period needs at least one day. Which days do you mean?")
    return number


def unit_at(day: date, unit: Unit, week_start: int) -> Days:
    """The calendar week, month, quarter or year that holds the day."""
    match unit:
        case "week":
            return week_of(day, week_start)
        case "month":
            return months(day.year, day.month, day.month, "month")
        case "quarter":
            first = (day.month - 1) // 3 * 3 + 1
            return months(day.year, first, first + 2, "quarter")
        case _:
            return months(day.year, 1, 12, "year")


def last_unit(unit: Unit, context: PlanContext, count: int = 1) -> Days:
    """The last ``count`` complete calendar units before the one that holds today."""
    newest = unit_at(unit_at(context.today, unit, context.week_start).start - ONE_DAY, unit, context.week_start)
    if unit == "week":
        return replace(newest, start=newest.start - timedelta(days=7 * (count - 1)))
    start = shift_months(newest.start, -{"month": 1, "quarter": 3, "year": 12}[unit] * (count - 1))
    return replace(newest, start=start)


def last_days(count: int, today: date) -> Days:
    """The last ``count`` complete days."""
    return Days(today - timedelta(days=count), today - ONE_DAY, "day" if count == 1 else "days")


def _today(_match: re.Match[str], context: PlanContext) -> Days:
    return usable(Days(context.today, context.today, "day"), context.today)


def _yesterday(_match: re.Match[str], context: PlanContext) -> Days:
    return last_days(1, context.today)


def _day_before_yesterday(_match: re.Match[str], context: PlanContext) -> Days:
    day = context.today - timedelta(days=2)
    return Days(day, day, "day")


def _last_days(match: re.Match[str], context: PlanContext) -> Days:
    return last_days(_number(match[1]), context.today)


def _days_ago(match: re.Match[str], context: PlanContext) -> Days:
    day = context.today - timedelta(days=_number(match[1]))
    return Days(day, day, "day")


def _units_ago(match: re.Match[str], context: PlanContext) -> Days:
    """The calendar unit so many before the one that holds today."""
    oldest = _last_units(match, context)
    return unit_at(oldest.start, UNITS[match[2]], context.week_start)


def _past_week(_match: re.Match[str], context: PlanContext) -> Days:
    return last_days(7, context.today)


def _past_month(_match: re.Match[str], context: PlanContext) -> Days:
    return last_days(30, context.today)


def _last_units(match: re.Match[str], context: PlanContext) -> Days:
    count, unit = _number(match[1]), UNITS[match[2]]
    if count > 60:
        raise CannotRead(f"{match[0]!r} reaches back too far. Name the first and the last day instead.")
    return last_unit(unit, context, count)


def _last_unit(match: re.Match[str], context: PlanContext) -> Days:
    return last_unit(UNITS[match[1]], context)


def _unit_before_last(match: re.Match[str], context: PlanContext) -> Days:
    unit = UNITS[match[1]]
    newest = last_unit(unit, context)
    return unit_at(newest.start - ONE_DAY, unit, context.week_start)


def _this_unit(match: re.Match[str], context: PlanContext) -> Days:
    return usable(unit_at(context.today, UNITS[match[1]], context.week_start), context.today)


def _to_date(match: re.Match[str], context: PlanContext) -> Days:
    unit: Unit = {"m": "month", "q": "quarter", "y": "year", "w": "week"}[match[1]]  # type: ignore[assignment]
    return usable(unit_at(context.today, unit, context.week_start), context.today)


def _last_weekend(_match: re.Match[str], context: PlanContext) -> Days:
    """The last Saturday and Sunday that are both over."""
    sunday = context.today - timedelta(days=context.today.weekday() + 1)
    return Days(sunday - ONE_DAY, sunday, "week")


def _this_weekend(_match: re.Match[str], context: PlanContext) -> Days:
    saturday = context.today - timedelta(days=context.today.weekday()) + timedelta(days=5)
    return usable(Days(saturday, saturday + ONE_DAY, "week"), context.today)


def _weekday(match: re.Match[str], context: PlanContext) -> Days:
    """The most recent such day that is over."""
    yesterday = context.today - ONE_DAY
    day = yesterday - timedelta(days=(yesterday.weekday() - WEEKDAYS[match[1]]) % 7)
    return Days(day, day, "day")


def _all_time(_match: re.Match[str], context: PlanContext) -> Days:
    if context.first_day is None or context.last_day is None:
        raise CannotRead("There is no data yet. Load an export: budgeteer import FILE --platform ... --account ...")
    return usable(Days(context.first_day, context.last_day, "days"), context.today)


UNIT_FORMS: tuple[tuple[str, Reader], ...] = (
    (rf"(?:the )?{UNIT} before last", _unit_before_last),
    (rf"(?:the )?{LAST} (?:full |complete |calendar )?{UNIT}s?", _last_unit),
    (rf"(?:so far )?{THIS} {UNIT}(?: so far| to date)?", _this_unit),
)
FORMS: tuple[tuple[str, Reader], ...] = (
    (r"(?:the )?day before yesterday", _day_before_yesterday),
    (r"(?:yesterday|yday|ystrday|yest|ytday)s?", _yesterday),
    (r"(?:so far )?todays?|right now|this (?:morning|afternoon|evening)|tonight", _today),
    (rf"{NUMBER} (?:days?|d) ago", _days_ago),
    (rf"{NUMBER} {UNIT} ago", _units_ago),
    (rf"(?:in |over |for |during )?(?:the )?{LAST} {NUMBER} ?(?:full |complete )?(?:days?|d)", _last_days),
    (r"l ?(\d{1,3}) ?d(?:ays?)?", _last_days),
    (r"l(7|14|28|30|60|90)", _last_days),
    (r"(\d{1,3}) ?(?:d|days)", _last_days),
    (rf"(?:in |over |for |during )?(?:the )?{LAST} {NUMBER} (?:full |complete )?{UNIT}", _last_units),
    (r"(?:in |over |for |during )?(?:the )?past (?:week|wk)", _past_week),
    (r"(?:in |over |for |during )?(?:the )?past month", _past_month),
    *UNIT_FORMS,
    (rf"{UNIT} (?:so far|to date)", _this_unit),
    (r"([mqyw])td", _to_date),
    (rf"(?:the |over the |on the )?(?:{LAST} )?weekend", _last_weekend),
    (r"(?:over )?this weekend", _this_weekend),
    (rf"(?:on |{LAST} |this )?{WEEKDAY}", _weekday),
    (
        r"all time|(?:until|till?|up to|through) now|lifetime|since (?:the )?(?:start|beginning|inception)|"
        r"whole period|all (?:the )?data|ever",
        _all_time,
    ),
)
