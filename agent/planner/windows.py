"""Calendar arithmetic of named periods: what lies before one, and a year before one."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from agent.planner.text import CannotRead

# "since" starts on a named day and runs until yesterday, "until" starts with the data; "days" is any other stretch.
Unit = Literal["day", "week", "month", "quarter", "half", "year", "since", "until", "days"]
_MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """A period as somebody named it: inclusive days, the unit named, and where in the question it stands.

    ``so_far`` says that the unit is not over yet; ``guessed_year`` that no year was named. ``occasion`` is the name of
    days that move from year to year.
    """

    start: date
    end: date
    unit: Unit
    at: int = 0
    so_far: bool = False
    guessed_year: bool = False
    occasion: str = ""

    @property
    def length(self) -> int:
        return (self.end - self.start).days + 1

    def to_json(self) -> dict[str, str]:
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def make_date(year: int, month: int, day: int) -> date:
    """The day, or a plain statement that the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        raise CannotRead(
            f"There is no day {year}-{month:02d}-{day:02d} in the calendar. Which day do you mean?"
        ) from None


def shift_months(day: date, months: int) -> date:
    """The same day of the month, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = max(index // 12, 1), index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def months(year: int, first: int, last: int, unit: Unit) -> Days:
    """Whole months of one year, ``first`` to ``last``."""
    return Days(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), unit)


def week_of(day: date, week_start: int) -> Days:
    """The week that holds the day; ``week_start`` 0 is Monday."""
    start = day - timedelta(days=(day.weekday() - week_start) % 7)
    return Days(start, start + timedelta(days=6), "week")


def usable(period: Days, today: date) -> Days:
    """The complete days of the period. Raises CannotRead where there is none yet."""
    last = today - ONE_DAY
    if period.start > last:
        when = f"{period.start}" if period.start == period.end else f"{period.start} to {period.end}"
        raise CannotRead(
            f"There is no complete day yet in {when}: today is {today}, and the last complete day is {last}. "
            "Ask for yesterday, last week or last month instead.",
            exact=True,
        )
    return replace(period, end=last, so_far=True) if period.end > last else period


def weeks_before(period: Days) -> Days:
    """The same weekdays, as many whole weeks earlier as the period needs."""
    back = timedelta(days=7 * -(-period.length // 7))
    return replace(period, start=period.start - back, end=period.end - back, so_far=False)


def before(period: Days) -> Days:
    """What a person calls the previous period.

    A calendar unit is followed back by calendar units (a part of one by the same days of the unit before), a week
    and "since Monday" by the same weekdays, any other stretch by as many days directly before it.
    """
    if period.unit in ("week", "since"):
        return weeks_before(period)
    if period.unit in _MONTHS_IN:
        return _months_before(period)
    back = timedelta(days=period.length)
    return replace(period, start=period.start - back, end=period.end - back, so_far=False)


def _months_before(period: Days) -> Days:
    if period.so_far:
        step = _MONTHS_IN[period.unit]
        return replace(
            period, start=shift_months(period.start, -step), end=shift_months(period.end, -step), so_far=False
        )
    span = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
    return replace(period, start=shift_months(period.start, -span), end=period.start - ONE_DAY)


def same_part(period: Days, of: Days) -> Days:
    """The part of ``of`` that matches a ``period`` that is not over: as many days from its start."""
    end = of.start + timedelta(days=period.length - 1)
    return replace(of, end=min(end, of.end))


def year_before(period: Days, years: int = 1) -> Days:
    """The same dates a year earlier; the end of February stays the end of February."""
    start, end = shift_months(period.start, -12 * years), shift_months(period.end, -12 * years)
    whole_months = period.unit in _MONTHS_IN and (period.end + ONE_DAY).day == 1
    if whole_months:
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    return replace(period, start=start, end=end, so_far=False)


def years_later(period: Days, years: int) -> Days:
    """The same dates some years later; whole months stay whole."""
    start = shift_months(period.start, 12 * years)
    if period.unit in ("month", "quarter", "half"):
        return replace(period, start=start, end=shift_months(period.end + ONE_DAY, 12 * years) - ONE_DAY)
    return replace(period, start=start, end=shift_months(period.end, 12 * years))


def unit_of(period: Days) -> Unit | None:
    """The calendar unit that the period is exactly one of, or None."""
    if period.unit == "week" and period.length == 7:
        return "week"
    single = {"month": 31, "quarter": 92, "year": 366}
    return period.unit if period.length <= single.get(period.unit, 0) else None
