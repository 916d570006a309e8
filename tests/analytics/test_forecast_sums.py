"""Late conversions, sums, ratios and levels that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import Infeasible, NotEnoughData
from analytics.forecast import fitted, forecast, mature, ratio, reconcile, total

LAG = np.array([0.5, 0.7, 0.8, 0.9, 0.95, 1.0])


def test_days_are_brought_to_what_they_will_be_and_young_days_are_left_out() -> None:
    final = np.array([[100.0, 100, 100, 100, 100, 100, 100, 100]])
    ages = np.arange(7, -1, -1)
    seen = final * np.where(ages < 6, LAG[np.minimum(ages, 5)], 1.0)
    found = mature(seen, ages, LAG)
    np.testing.assert_allclose(found[0, :5], 100)
    assert np.isnan(found[0, 5:]).all()


def test_a_forecast_of_matured_days_is_not_pulled_down_by_the_last_ones() -> None:
    rng = np.random.default_rng(2)
    final = 100 * np.exp(rng.normal(0, 0.05, (5, 120)))
    ages = np.arange(119, -1, -1)
    seen = final * np.where(ages < 6, LAG[np.minimum(ages, 5)], 1.0)
    assert forecast(mature(seen, ages, LAG), 7).mid.mean() == pytest.approx(100, rel=0.04)
    assert forecast(seen, 7).mid.mean() < 95


@pytest.mark.parametrize("curve", [[], [0.5, 0.4], [-0.1, 1.0], [0.5, 1.1]])
def test_a_curve_that_is_none_is_refused(curve: list[float]) -> None:
    with pytest.raises(NotEnoughData, match="lag curve"):
        mature(np.ones((1, 3)), np.array([2, 1, 0]), np.array(curve))


def joint(seed: int, series: int = 80, days: int = 260) -> tuple[np.ndarray, np.ndarray]:
    """Cost and conversions that move together, as they do when demand moves."""
    rng = np.random.default_rng(seed)
    demand = np.cumsum(rng.normal(0, 0.03, (series, days)), axis=1) + rng.normal(0, 0.1, (series, days))
    cost = 1000 * np.exp(demand + rng.normal(0, 0.05, (series, days)))
    return cost, 40 * np.exp(demand + rng.normal(0, 0.05, (series, days)))


def test_a_ratio_is_divided_from_its_parts_and_its_range_knows_that_they_move_together() -> None:
    cost, conversions = joint(4)
    made = [forecast(part[:, :232], 28) for part in (cost, conversions)]
    found = ratio(*made)
    np.testing.assert_allclose(found.mid, made[0].mean.sum(axis=1) / made[1].mean.sum(axis=1))
    came = cost[:, 232:].sum(axis=1) / conversions[:, 232:].sum(axis=1)
    inside = ((came >= found.lo) & (came <= found.hi)).mean()
    assert inside > 0.8
    alone = total(made[0])
    assert np.median((found.hi - found.lo) / found.mid) < 0.5 * np.median((alone.hi - alone.lo) / alone.mid)


def test_sums_are_right_on_average_and_held_by_their_range() -> None:
    cost, _ = joint(5)
    found = total(forecast(cost[:, :232], 28))
    came = cost[:, 232:].sum(axis=1)
    assert np.median(found.mid / came) == pytest.approx(1, abs=0.05)
    assert ((came >= found.lo) & (came <= found.hi)).mean() > 0.8
    assert found.coverage is not None


def test_a_sum_without_enough_stretches_has_no_range_and_a_constant_one_an_exact_one() -> None:
    rng = np.random.default_rng(1)
    found = total(forecast(np.stack([rng.uniform(5, 9, 30), np.full(30, 2.0)]), 28))
    assert np.isnan(found.lo[0])
    assert (found.mid[1], found.lo[1], found.hi[1]) == (56.0, 56.0, 56.0)


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_levels_add_up_after_reconciliation_and_what_adds_up_is_left_alone(
    seed: int, platforms: int, each: int
) -> None:
    rng = np.random.default_rng(seed)
    parents = [-1] + [0] * platforms + [1 + n // each for n in range(platforms * each)]
    mid = rng.uniform(0, 100, (len(parents), 5))
    found = reconcile(mid, rng.uniform(1, 10, len(parents)), parents)
    assert (found >= 0).all()
    for row in range(1 + platforms):
        below = [n for n, parent in enumerate(parents) if parent == row]
        np.testing.assert_allclose(found[row], found[below].sum(axis=0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(reconcile(found, rng.uniform(1, 10, len(parents)), parents), found, rtol=1e-7, atol=1e-7)


def test_the_surer_level_moves_less() -> None:
    mid = np.array([[100.0], [30.0], [50.0]])
    sure_of_total = reconcile(mid, np.array([0.1, 10.0, 10.0]), [-1, 0, 0])
    np.testing.assert_allclose(sure_of_total[:, 0], [100, 40, 60], atol=0.1)


def test_a_circle_is_refused() -> None:
    with pytest.raises(Infeasible):
        reconcile(np.ones((3, 1)), np.ones(3), [1, 0, 0])


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(1e-2, 1e3)), min_size=1, max_size=8),
    st.floats(0, 3),
)
def test_parts_fitted_to_a_total_add_up_stay_above_nothing_and_move_least(
    parts: list[tuple[float, float]], factor: float
) -> None:
    mid, spread = (np.array(column) for column in zip(*parts, strict=True))
    total = factor * mid.sum()
    found = fitted(mid, spread, total)
    assert found.sum() == pytest.approx(total, abs=1e-6 * max(total, 1))
    assert (found >= 0).all()
    # optimal: every part above the bound was moved by the same multiple of its squared spread, the others by more
    moved = (found - mid) / spread**2
    if (found > 1e-9).any():
        same = moved[found > 1e-9]
        assert np.allclose(same, same[0], rtol=1e-4, atol=1e-6)
        assert (moved[found <= 1e-9] >= same[0] - 1e-4 * abs(same[0]) - 1e-6).all()
