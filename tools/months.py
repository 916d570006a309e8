"""Calendar months, which plans are made by."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from domain.window import Window


def month_of(day: date, timezone: str = "UTC") -> Window:
    """The whole month that holds the day."""
    return Window(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]), timezone)


def months_in(window: Window) -> Iterator[Window]:
    """The months of a window, each cut to it, in order."""
    start = window.start
    while start <= window.end:
        whole = month_of(start, window.timezone)
        yield Window(start, min(whole.end, window.end), window.timezone)
        start = whole.end + timedelta(days=1)


def month_words(day: date) -> str:
    """``June 2024``."""
    return f"{day:%B %Y}"
