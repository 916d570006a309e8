"""Windows of whole days, inclusive at both ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.window import Window

DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
WINDOWS = st.builds(lambda start, length: Window(start, start + timedelta(days=length)), DAYS, st.integers(0, 800))


@given(WINDOWS)
def test_a_window_holds_as_many_days_as_it_counts(window: Window) -> None:
    around = [window.start + timedelta(days=i) for i in range(-2, window.days + 2)]
    assert sum(day in window for day in around) == window.days


@given(WINDOWS)
def test_the_previous_window_is_as_long_and_ends_the_day_before(window: Window) -> None:
    previous = window.previous()
    assert previous.days == window.days
    assert previous.end + timedelta(days=1) == window.start


@given(WINDOWS, DAYS, st.integers(0, 800))
def test_a_clipped_window_holds_exactly_the_days_inside_both(window: Window, first: date, length: int) -> None:
    other = Window(first, first + timedelta(days=length))
    clipped = window.clip(other.start, other.end)
    for day in {window.start, window.end, other.start, other.end, first + timedelta(days=length // 2)}:
        assert (clipped is not None and day in clipped) == (day in window and day in other)


@given(DAYS, st.integers(1, 800))
def test_a_window_that_ends_before_it_starts_is_refused(start: date, back: int) -> None:
    with pytest.raises(BadInput, match="before it starts"):
        Window(start, start - timedelta(days=back))


def test_a_window_reads_with_its_zone() -> None:
    assert (
        str(Window(date(2024, 3, 1), date(2024, 3, 31), "Europe/Berlin")) == "2024-03-01 to 2024-03-31 (Europe/Berlin)"
    )
    assert str(Window(date(2024, 3, 1), date(2024, 3, 1))) == "2024-03-01 (UTC)"
