"""Rows become series on one grid, in whatever order they come, and nothing is lost or doubled on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import BadSeries
from analytics.panel import DAY, STEPS, Panel

START = np.datetime64("2026-03-01T00:00:00", "s")


def at(*seconds: int) -> np.ndarray:
    return START + np.array(seconds).astype("timedelta64[s]")


@given(
    st.sampled_from(STEPS),
    st.integers(10, 40),
    st.sets(st.integers(0, 39), max_size=4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_every_value_stands_at_its_time_whatever_the_order_of_rows(
    step: int, count: int, gaps: set[int], rng: object
) -> None:
    places = sorted(set(range(count)) - gaps)
    rng.shuffle(places)  # type: ignore[attr-defined]
    values = np.array(places, dtype=float) * 3 + 1
    panel = Panel.from_columns(at(*(p * step for p in places)), values)
    assert np.nansum(np.isfinite(panel.values)) == len(places)
    for row, place in enumerate(places):
        slot = int(np.flatnonzero(panel.rows[0] == row)[0])
        assert panel.values[0, slot] == values[row]
        assert abs((panel.times[slot] - at(place * step)[0]).astype(int)) <= panel.step.astype(int) // 4
    assert np.array_equal(panel.by_row(panel.values, len(places)), values)


def test_jitter_is_snapped_and_a_gap_stays_missing() -> None:
    panel = Panel.from_columns(at(1, 3600, 7203, 4 * 3600), np.array([1.0, 2.0, 3.0, 5.0]))
    assert panel.step == np.timedelta64(3600, "s")
    assert np.array_equal(panel.values, [[1.0, 2.0, 3.0, np.nan, 5.0]], equal_nan=True)


def test_days_that_are_often_missing_are_still_days() -> None:
    panel = Panel.from_columns(at(*(d * DAY for d in (0, 2, 3, 5, 7, 9, 11))), np.arange(7.0))
    assert panel.step == np.timedelta64(DAY, "s")
    assert int(np.isnan(panel.values).sum()) == 5


def test_series_keep_the_order_they_first_come_in() -> None:
    panel = Panel.from_columns(at(DAY, 0, DAY, 0), np.array([1.0, 2.0, 3.0, 4.0]), ["b", "a", "a", "b"])
    assert panel.names == ("b", "a")
    assert panel.values.tolist() == [[4.0, 1.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    ("seconds", "values", "said"),
    [
        ((), (), "there are no rows"),
        ((0, DAY), (1.0, np.inf), "row 2 has the value inf"),
        ((0, DAY, DAY), (1.0, 2.0, 3.0), "rows 2 and 3 have one time, 2026-03-02 00:00:00"),
        ((0, 3600, 7200, 7210, 10_800), (1.0,) * 5, "rows 3 (2026-03-01 02:00:00) and 4 (2026-03-01 02:00:10) fall in"),
        ((0, 1, 2, 3), (1.0,) * 4, "the values are 1 seconds apart"),
        ((0, 31 * DAY, 59 * DAY), (1.0,) * 3, "from one minute to one week is possible"),
        ((-2_000_000_000_00, 0, 60, 120), (1.0,) * 4, "at most 50,000,000 values"),
    ],
)
def test_rows_that_make_no_series_are_named(seconds: tuple[int, ...], values: tuple[float, ...], said: str) -> None:
    with pytest.raises(BadSeries) as refused:
        Panel.from_columns(at(*seconds), np.array(values))
    assert said in str(refused.value)
