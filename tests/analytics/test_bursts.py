"""Bursts are found where they are, at no other scale differently, and hardly ever in noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.bursts import FEWEST, LONGEST, find

DAYS = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=14, max_size=60)


@given(DAYS, st.sampled_from([2.0**-10, 0.5, 4.0, 2.0**20]))
def test_the_unit_of_the_figures_changes_nothing(days: list[float], scale: float) -> None:
    one, other = find(days), find([x * scale for x in days])
    assert (one and (one.first, one.last)) == (other and (other.first, other.last))


@given(DAYS)
def test_the_order_of_time_read_backwards_finds_the_same_days(days: list[float]) -> None:
    one, other = find(days), find(days[::-1])
    shares = [b.share_frac for b in (one, other) if b is not None]
    assert len(shares) in (0, 2)
    if shares:
        assert shares[0] == pytest.approx(shares[1])


@given(DAYS)
def test_what_is_found_holds_a_third_of_the_sum_in_at_most_ten_days(days: list[float]) -> None:
    burst = find(days)
    if burst is None:
        return
    inside = days[burst.first : burst.last + 1]
    assert burst.days == len(inside) <= min(LONGEST, len(days) // 3)
    assert sum(inside) / sum(days) == pytest.approx(burst.share_frac)
    assert burst.share_frac >= 1 / 3
    assert np.mean(inside) >= 3 * (sum(days) - sum(inside)) / (len(days) - len(inside)) * (1 - 1e-9)


@given(st.integers(0, 10_000), st.integers(1, 7), st.data())
def test_a_burst_put_into_noise_is_found_with_its_days(seed: int, length: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    days = rng.lognormal(3, 0.4, 30)
    first = data.draw(st.integers(0, 30 - length))
    days[first : first + length] = np.median(days) * (12 + 40 / length)
    burst = find(list(days))
    assert burst is not None
    # An ordinary day next to it may be high by chance and then belongs to the run.
    assert burst.first in (first, first - 1, first - 2)
    assert burst.last in (first + length - 1, first + length, first + length + 1)


NOISE: dict[str, tuple[Callable[[np.random.Generator, int], np.ndarray], float]] = {
    "normal": (lambda rng, n: np.maximum(rng.normal(100, 25, n), 0), 0.001),
    "poisson": (lambda rng, n: rng.poisson(3, n).astype(float), 0.001),
    "log-normal, sigma 0.5": (lambda rng, n: rng.lognormal(0, 0.5, n), 0.001),
    "log-normal, sigma 0.8": (lambda rng, n: rng.lognormal(0, 0.8, n), 0.02),
    "log-normal, sigma 1.0": (lambda rng, n: rng.lognormal(0, 1.0, n), 0.08),
    "a weekly season": (lambda rng, n: rng.lognormal(0, 0.3, n) * np.resize([1, 1.2, 1.3, 1.2, 1, 0.4, 0.3], n), 0.001),
}


@pytest.mark.parametrize(("draw", "at_most"), NOISE.values(), ids=NOISE)
def test_noise_has_a_burst_no_more_often_than_stated(
    draw: Callable[[np.random.Generator, int], np.ndarray], at_most: float
) -> None:
    rng = np.random.default_rng(20240701)
    draws = 3_000
    months = sum(find(draw(rng, 30).tolist()) is not None for _ in range(draws))
    quarters = sum(find(draw(rng, 90).tolist()) is not None for _ in range(draws // 3))
    assert months / draws <= at_most
    assert quarters / (draws // 3) <= 0.002


def test_a_level_that_changes_for_good_is_no_burst() -> None:
    assert find([10.0] * 15 + [100.0] * 15) is None


def test_days_without_data_are_no_days_and_no_run_goes_across_them() -> None:
    ordinary = [10.0, 12.0, 9.0, 11.0, 10.0] * 5
    burst = find([*ordinary, 200.0, None, 210.0, 190.0, *ordinary])
    assert burst is not None
    assert (burst.first, burst.last) == (27, 28)


@pytest.mark.parametrize(
    "days", [[], [None] * 30, [0.0] * 30, [5.0] * 30, [0.0] * 29 + [9.0], [1.0] * (FEWEST - 2) + [99.0]]
)
def test_without_ordinary_days_there_is_no_burst(days: list[float | None]) -> None:
    assert find(days) is None
