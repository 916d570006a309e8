"""Time cut into days, weeks, months or weekdays."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from domain.window import Window

DAY = timedelta(days=1)
TIME = frozenset({"day", "week", "month"})


def start_of(by: str, day: date, week_start: int) -> date:
    """The first day of the bucket that holds ``day``; of a weekday, a fixed day of that name."""
    match by:
        case "week":
            return day - timedelta(days=(day.weekday() - week_start) % 7)
        case "month":
            return day.replace(day=1)
        case "weekday":
            return date(2024, 1, 1) + timedelta(days=day.weekday())
        case _:
            return day


def buckets(by: str, window: Window, week_start: int) -> list[tuple[Window, bool]]:
    """Every bucket of the window in order, each clipped to it, and whether it is whole."""
    found = []
    day = window.start
    while day <= window.end:
        start = start_of(by, day, week_start)
        end = _end_of(by, start)
        inside = Window(max(start, window.start), min(end, window.end), window.timezone)
        found.append((inside, inside.days == (end - start).days + 1))
        day = end + DAY
    return found


def _end_of(by: str, start: date) -> date:
    ends: dict[str, Callable[[], date]] = {
        "week": lambda: start + 6 * DAY,
        "month": lambda: start.replace(day=monthrange(start.year, start.month)[1]),
    }
    return ends.get(by, lambda: start)()
