"""Which period is meant, and which one it is set against."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.planner import occasions
from agent.planner.reading import Reading
from agent.planner.relative import last_days, last_unit
from agent.planner.text import CannotRead
from agent.planner.windows import ONE_DAY, Days, Unit, before, same_part, unit_of, usable, weeks_before, year_before
from agent.state import PlanContext

# What "no period named" means, stated in a note: a level is asked over thirty days, a change over the last seven.
DEFAULT_DAYS, DEFAULT_CHANGE_DAYS = 30, 7


@dataclass(frozen=True, slots=True)
class Times:
    """The period, and the one it is compared with where something asks for that."""

    period: Days
    baseline: Days | None
    notes: tuple[str, ...] = ()


def wants_comparison(reading: Reading, entities: int) -> bool:
    """Whether two periods are to be set against each other; ``entities`` named side by side explain a lone "vs"."""
    if reading.baseline or reading.why or reading.change:
        return True
    if len(reading.periods) >= 2:
        return bool(reading.versus) or reading.compare
    if reading.compare and entities == 0 and len(reading.metrics) < 2 and not reading.by:
        return True
    return bool(reading.versus) and entities < 2 and len(reading.metrics) < 2


def times(reading: Reading, context: PlanContext) -> Times:
    """The period and its baseline. Raises CannotRead where more than two periods are compared."""
    named = reading.periods
    if len(named) > 2 or (len(named) == 2 and reading.baseline):
        raise CannotRead("I compare two periods at a time. Which two do you mean? For example 'march vs feb'.")
    if len(named) == 2:
        return _two(reading, named[0], named[1])
    if not named:
        return _unnamed(reading, context)
    if reading.versus and not reading.baseline and min(reading.versus) < named[0].at:
        return _against_one(named[0], context)
    return _one(reading, named[0], context)


def default_period(context: PlanContext, days: int = DEFAULT_DAYS, by: str = "") -> tuple[Days, str]:
    """(the period where none was named, the sentence that says so). Weeks and months need a longer one."""
    if by in ("week", "weekday"):
        days = 12 * 7
    if by == "month" and context.first_day and context.last_day and context.first_day < context.today:
        last = min(context.last_day, context.today - ONE_DAY)
        return Days(context.first_day, last, "days"), f"No period was named: all data, {context.first_day} to {last}."
    period = last_days(days, context.today)
    return period, f"No period was named: the last {days} days, {period.start} to {period.end}."


def _one(reading: Reading, period: Days, context: PlanContext) -> Times:
    if reading.baseline == "year":
        if period.occasion:
            then, note = occasions.year_before(period, context)
            return Times(period, then, (note,) if note else ())
        return Times(period, year_before(period))
    if period.unit == "day" and reading.baseline not in ("previous", "day"):
        return Times(period, weeks_before(period), ("Compared with the same weekday a week earlier.",))
    if reading.baseline == "week":
        return Times(period, weeks_before(period))
    if reading.baseline in ("month", "quarter") and period.length <= 31:
        return Times(period, before(replace(period, unit=_unit(reading.baseline), so_far=not _whole(period))))
    return Times(period, before(period))


def _two(reading: Reading, first: Days, second: Days) -> Times:
    """The first named is the current one, but "from a to b" and "between a and b" are told in the order of time."""
    if (first.start, first.end) == (second.start, second.end):  # "monday vs last monday"
        if first.unit != "day":
            raise CannotRead(
                f"Both sides are {first.start} to {first.end}. Which two periods do you mean? "
                "For example 'june vs may'."
            )
        return Times(first, weeks_before(first))
    now, then = first, second
    told_in_time = not reading.versus and (reading.compare or bool(reading.change) or reading.why)
    if told_in_time and first.start < second.start:
        now, then = second, first
    if now.so_far and now.unit == then.unit and not then.so_far and then.length > now.length:
        return Times(
            now, same_part(now, then), (f"{now.start} to {now.end} is not over: set against the same days before.",)
        )
    return Times(now, then)


def _against_one(then: Days, context: PlanContext) -> Times:
    """ "spend vs last week": what is running now against as much of the period named."""
    unit = unit_of(then)
    if unit is None or then.so_far:
        raise CannotRead(
            f"Which period do you want to set against {then.start} to {then.end}? Name both, as in 'june vs may'."
        )
    now = usable(current(unit, context), context.today)
    note = f"Set {now.start} to {now.end} against the same days of the period named."
    return Times(now, same_part(now, then), (note,))


def current(unit: Unit, context: PlanContext) -> Days:
    """The unit that holds today."""
    from agent.planner.relative import unit_at

    return unit_at(context.today, unit, context.week_start)


def _unnamed(reading: Reading, context: PlanContext) -> Times:
    """ "wow" is the last complete week against the one before; without any word it is the last seven days."""
    if reading.baseline in ("week", "month", "quarter"):
        period = last_unit(_unit(reading.baseline), context)
        return Times(period, before(period))
    if reading.baseline == "day":
        period = last_days(1, context.today)
        return Times(period, before(period))
    if reading.baseline == "year":
        period = last_unit("month", context)
        note = f"No period was named: the last complete month, {period.start} to {period.end}."
        return Times(period, year_before(period), (note,))
    period, note = default_period(context, DEFAULT_CHANGE_DAYS)
    return Times(period, before(period), (note,))


def _unit(baseline: str) -> Unit:
    return "month" if baseline == "month" else "quarter" if baseline == "quarter" else "week"


def _whole(period: Days) -> bool:
    return period.start.day == 1 and not period.so_far and period.unit in ("month", "quarter", "half", "year")
