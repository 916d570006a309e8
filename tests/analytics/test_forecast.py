"""Forecasts: known effects come back, the answer keeps its laws, and what cannot be told is said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import NotEnoughData
from analytics.forecast import backtest, forecast, last_origins, mase, seasonal_naive

WEEK = np.array([0.8, 0.9, 1.0, 1.0, 1.1, 1.4, 0.8])


def made_up(seed: int, series: int = 3, days: int = 120, noise: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    wander = np.cumsum(rng.normal(0, 0.01, (series, days)), axis=1)
    return (
        rng.uniform(50, 500, (series, 1))
        * WEEK[np.arange(days) % 7]
        * np.exp(wander + rng.normal(0, noise, (series, days)))
    )


@given(st.integers(0, 10_000), st.sampled_from([0.01, 3.0, 1e6]), st.sampled_from([1, 5, 28]), st.floats(0, 0.4))
@settings(max_examples=15, deadline=None)
def test_it_scales_with_the_values_ignores_the_order_of_series_and_never_leaves_its_range(
    seed: int, factor: float, horizon: int, missing: float
) -> None:
    rng = np.random.default_rng(seed)
    values = made_up(seed, days=int(rng.integers(30, 150)))
    values[1] = rng.poisson(rng.uniform(0.2, 3), values.shape[1])  # zeros
    values[rng.uniform(size=values.shape) < missing] = np.nan
    found = forecast(values, horizon)
    told = np.isfinite(found.mid[:, 0])
    assert told.any()
    for part in (found.mid, found.mean, found.lo, found.hi):
        assert np.isfinite(part[told]).all()
    assert (found.lo[told] <= found.mid[told]).all()
    assert (found.mid[told] <= found.hi[told]).all()
    assert (found.lo[told] >= 0).all()
    assert [r is None for r in found.reasons] == [bool(t) and not e for t, e in zip(told, found.exact, strict=True)]
    scaled, turned = forecast(values * factor, horizon), forecast(values[::-1], horizon)
    for name in ("mid", "mean", "lo", "hi"):
        np.testing.assert_allclose(getattr(scaled, name), getattr(found, name) * factor, rtol=1e-6, atol=1e-9 * factor)
        np.testing.assert_allclose(getattr(turned, name)[::-1], getattr(found, name), rtol=1e-6, atol=1e-9)


def test_a_weekday_pattern_without_noise_is_continued_exactly() -> None:
    values = 100 * WEEK[np.arange(70) % 7]
    found = forecast(values[None], 14)
    np.testing.assert_allclose(found.mid[0], 100 * WEEK[np.arange(70, 84) % 7], rtol=1e-3)


@pytest.mark.parametrize(
    ("values", "period"),
    [
        (lambda t: -3.0 + t % 7, 7),
        (lambda t: 10.0 + t % 24 + (t // 24 % 7) * 2, 24),
        (lambda t: 100.0 + t % 4 * 10, 4),
        (lambda t: 1e9 + 1e3 * (t % 7), 7),
    ],
)
def test_a_series_without_noise_is_continued_exactly_with_a_narrow_range(
    values: Callable[[np.ndarray], np.ndarray], period: int
) -> None:
    known, ahead = values(np.arange(720)), values(np.arange(720, 768))
    found = forecast(known[None], 48, period=period)
    swing = np.ptp(known)
    np.testing.assert_allclose(found.mid[0], ahead, atol=0.01 * swing)
    assert (found.hi - found.lo).max() < 0.05 * swing


def test_negative_values_are_forecast_on_their_own_scale() -> None:
    values = made_up(1) - 300
    assert (forecast(values, 7).lo < 0).any()


def test_a_promotion_known_ahead_is_forecast_with_its_effect_and_leaves_the_other_days_alone() -> None:
    days, horizon = 200, 14
    plain = made_up(3, series=20, days=days + horizon, noise=0.05)
    on = np.zeros(days + horizon)
    on[[30, 31, 60, 61, 62, 95, 96, 130, 131, 132, 170, 171, days + 3, days + 4]] = 1
    sold = plain * np.where(on, 1.6, 1.0)
    told = forecast(sold[:, :days], horizon, regressors=on[None])
    untold = forecast(sold[:, :days], horizon)
    assert told.effects is not None
    assert np.median(told.effects) == pytest.approx(1.6, rel=0.08)  # 12 days keep 12/13 of the logarithm
    promoted = on[days:] == 1
    assert (
        np.abs(told.mid / sold[:, days:] - 1)[:, promoted].mean()
        < 0.5 * np.abs(untold.mid / sold[:, days:] - 1)[:, promoted].mean()
    )
    assert np.abs(told.mid / sold[:, days:] - 1)[:, ~promoted].mean() < 0.12


def test_a_year_that_came_twice_is_forecast_and_one_year_is_not_taken_for_a_pattern() -> None:
    at = np.arange(365 * 3 + 60)
    rng = np.random.default_rng(5)
    values = 100 * np.exp(0.4 * np.sin(2 * np.pi * at / 365.25) + rng.normal(0, 0.1, (10, len(at))))
    seen, came = values[:, : 365 * 3], values[:, 365 * 3 :]
    with_year, without = forecast(seen, 60, year=365.25), forecast(seen, 60)
    assert mase(seen, came, with_year.mid, 7).mean() < 0.8 * mase(seen, came, without.mid, 7).mean()
    short = forecast(seen[:, :500], 60, year=365.25)
    np.testing.assert_array_equal(short.mid, forecast(seen[:, :500], 60).mid)


def test_no_average_spans_a_lasting_change_of_level() -> None:
    values = made_up(7, series=10, days=150, noise=0.05)
    values[:, 120:] *= 3
    found = forecast(values, 14)
    level = values[:, 120:].mean(axis=1, keepdims=True) * (WEEK / WEEK.mean())[np.arange(150, 164) % 7]
    assert np.abs(found.mid / level - 1).mean() < 0.1


def test_one_wild_day_moves_little() -> None:
    values = made_up(8, series=10)
    wild = values.copy()
    wild[:, 110] *= 20
    assert np.median(np.abs(forecast(wild, 7).mid / forecast(values, 7).mid - 1)) < 0.1


def test_intervals_hold_what_they_say_on_days_they_never_saw() -> None:
    values = made_up(11, series=150, days=300, noise=0.2)
    tested = backtest(values, 14, last_origins(300, 14, 4))
    assert tested.coverage == pytest.approx(0.9, abs=0.03)
    assert tested.mase is not None
    assert tested.naive_mase is not None
    assert tested.mase < 0.85 * tested.naive_mase


def test_a_backtest_uses_nothing_after_its_origin() -> None:
    values = made_up(12)
    before = backtest(values, 7, (90,))
    values[:, 97:] *= 100
    np.testing.assert_array_equal(backtest(values, 7, (90,)).mase_of, before.mase_of)


@pytest.mark.parametrize(
    ("series", "expected", "reason"),
    [
        (np.full(60, 7.5), 7.5, "it was 7.5 throughout"),
        (np.zeros(60), 0.0, "it was 0 throughout"),
        (np.r_[np.full(60, 9.0) + np.arange(60), np.zeros(20)], 0.0, "it was 0 in its last 14 values"),
        (np.full(60, np.nan), None, "no value is known"),
        (np.r_[np.full(57, np.nan), 1.0, 2.0, 3.0], None, "only 3 values are known; 8 are needed"),
        (np.r_[np.arange(30.0), np.full(40, np.nan)], None, "no value is known for the last 40 steps"),
    ],
)
def test_a_series_that_cannot_be_estimated_says_why(series: np.ndarray, expected: float | None, reason: str) -> None:
    if expected is None:
        with pytest.raises(NotEnoughData, match=reason):
            forecast(series[None], 7)
        other = forecast(np.stack([made_up(1, series=1, days=len(series))[0], series]), 7)
        assert np.isnan(other.mid[1]).all()
        assert np.isfinite(other.mid[0]).all()
        assert reason in str(other.reasons[1])
        return
    found = forecast(series[None], 7)
    assert found.mid[0].tolist() == found.lo[0].tolist() == found.hi[0].tolist() == [expected] * 7
    assert str(found.reasons[0]).startswith(reason)


def test_few_values_are_forecast_with_a_range_and_without_a_measured_coverage() -> None:
    found = forecast(np.array([[3.0, 4, 5, 3, 4, 6, 4, 5, 4]]), 3)
    assert found.coverage is None
    assert (found.lo < found.mid).all()


def test_the_seasonal_naive_skips_what_is_missing() -> None:
    assert seasonal_naive(np.array([[1.0, 2, 3, 4, np.nan, 6]]), 4, 3)[0].tolist() == [4, 2, 6, 4]
