"""Detection reads nothing ahead, tells a shift from a spike, and is silent where there is nothing to say."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.anomaly import (
    KINDS,
    LEVEL_SHIFT,
    REASONS,
    SPIKE,
    ZERO,
    Detection,
    Settings,
    detect,
    detect_last,
    threshold,
)
from analytics.errors import NotEnoughData

WEEK = np.array([1.0, 1.05, 1.1, 1.0, 0.95, 0.6, 0.5])


def spend(
    seed: int, days: int = 140, series: int = 1, noise_frac: float = 0.08, mean: float = 300.0
) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    usual = mean * WEEK[np.arange(days) % 7]
    return np.asarray(np.round(usual * np.exp(rng.normal(0, noise_frac, (series, days))), 2))


def conversions(seed: int, mean: float, days: int = 140, series: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).poisson(mean, (series, days)).astype(float)


def flagged(found: Detection, series: int = 0) -> list[int]:
    return [int(t) for t in np.flatnonzero(found.flag[series])]


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 119),
    st.sampled_from([1, 7, 24]),
    st.sampled_from([None, True, False]),
)
def test_what_is_said_of_a_day_does_not_change_with_what_comes_later(
    seed: int, cut: int, period: int, counts: bool | None
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.gamma(2, 10, (6, 120)) * np.exp(rng.normal(0, 1, (6, 120)) * (rng.random((6, 120)) < 0.1))
    values[0] = rng.poisson(2, 120)
    values[1] *= rng.random(120) < 0.3
    values[2] -= 40
    values[3, rng.integers(0, 60) :] *= rng.choice([0.0, 3.0])
    values[4, :40] = np.nan
    values[rng.random((6, 120)) < 0.1] = np.nan
    known = rng.random((6, 120)) < 0.1
    volume = rng.poisson(3, (6, 120)).astype(float)
    how = Settings(counts=counts, gains=(0.1, 0.5) if period == 24 else None, start=24)
    whole = detect(values, period=period, known=known, volume=volume, settings=how)
    until = detect(values[:, :cut], period=period, known=known[:, :cut], volume=volume[:, :cut], settings=how)
    for part in fields(Detection):
        if part.name != "limit":
            np.testing.assert_array_equal(getattr(until, part.name), getattr(whole, part.name)[:, :cut], part.name)


def test_one_series_is_judged_the_same_alone_and_among_others_of_the_same_threshold() -> None:
    values = np.vstack([spend(1, series=4), conversions(2, 4, series=4)])
    values[2, 100:] *= 2
    together = detect(values, settings=Settings(weekly=1e9))
    for i, row in enumerate(values):
        alone = detect(row[None], settings=Settings(weekly=1e9))
        np.testing.assert_allclose(alone.score[0], together.score[i])


def test_a_unit_of_money_changes_no_flag() -> None:
    values = spend(3, series=3)
    values[0, 90] *= 3
    values[1, 100:] *= 0.4
    np.testing.assert_array_equal(detect(values).flag, detect(values * 1024.0, settings=Settings(counts=False)).flag)


@pytest.mark.parametrize(("factor", "kind"), [(2.5, SPIKE), (0.3, SPIKE), (0.0, ZERO)])
def test_a_day_far_from_its_weekday_is_flagged_and_the_days_after_are_not(factor: float, kind: int) -> None:
    values = spend(4)
    values[0, 100] *= factor
    found = detect(values)
    assert flagged(found) == [100]
    assert found.kind[0, 100] == kind
    assert found.expected[0, 100] == pytest.approx(300 * WEEK[100 % 7], rel=0.15)
    assert not found.low[0, 100] <= values[0, 100] <= found.high[0, 100]
    assert np.sign(found.z[0, 100]) == np.sign(factor - 1)


def test_a_level_that_moves_is_one_incident_and_then_the_new_level() -> None:
    values = spend(5, days=200)
    values[0, 100:] *= 1.8
    found = detect(values)
    days = flagged(found)
    assert days[0] == 100
    assert days[-1] <= 103
    assert LEVEL_SHIFT in found.kind[0, days]
    assert found.expected[0, 110:117].mean() == pytest.approx(300 * 1.8 * WEEK.mean(), rel=0.1)


def test_a_small_move_that_lasts_is_found_though_no_day_of_it_is_far() -> None:
    values = spend(6, days=200, series=20)
    values[:, 100:] *= np.exp(0.08 * 4)
    found = detect(values)
    assert found.flag[:, 100:108].any(axis=1).mean() >= 0.9
    assert found.flag[:, 60:100].sum() <= 1


def test_a_break_that_ends_is_not_reported_a_second_time() -> None:
    values = spend(7, days=200)
    values[0, 100:107] *= 0.1
    found = detect(values)
    assert flagged(found)[0] == 100
    assert flagged(found)[-1] <= 103
    assert found.expected[0, 110:117].mean() == pytest.approx(300 * WEEK.mean(), rel=0.15)


@pytest.mark.parametrize("days", [3, 6, 20])
@pytest.mark.parametrize("left", [0.0, 0.2, 3.0])
def test_the_way_back_to_the_level_before_is_no_anomaly(days: int, left: float) -> None:
    values = np.vstack([conversions(25, 200, days=200, series=6), spend(25, days=200, series=6)])
    values[:, 100 : 100 + days] = np.round(values[:, 100 : 100 + days] * left, 2)
    found = detect(values, settings=Settings(counts=None))
    assert found.flag[:, 100].all()
    assert not found.flag[:, 100 + days : 100 + days + 10].any()
    after = slice(100 + days + 7, 100 + days + 14)
    usual = np.array([200.0] * 6 + [300 * WEEK.mean()] * 6)
    np.testing.assert_allclose(found.expected[:, after].mean(axis=1), usual, rtol=0.15)


def test_a_series_of_zeros_says_so() -> None:
    values = np.zeros((2, 60))
    values[1, 40:] = 5
    found = detect(values)
    assert not found.flag.any()
    assert {REASONS[r] for r in found.reason[0, 21:]} == {"hardly anything but zeros so far"}
    assert {REASONS[r] for r in found.reason[0, :21]} == {"history too short"}
    assert found.reason[1, 50] == 0


def test_an_anomaly_teaches_little() -> None:
    values = spend(8)
    clean = detect(values).expected[0, 101:]
    values[0, 100] *= 20
    assert np.abs(detect(values).expected[0, 101:] / clean - 1).max() < 0.05


@pytest.mark.parametrize("mean", [0.5, 1.0, 3.0, 6.0])
def test_few_conversions_are_no_alarm(mean: float) -> None:
    values = conversions(9, mean, days=365, series=200)
    found = detect(values)
    weeks = (365 - 21) / 7
    assert found.flag[:, 21:].sum() / weeks / 2 <= 1  # a week per 100 series
    if mean <= 3:
        assert found.flag[values == 0].mean() < 0.001


def test_conversions_that_stop_where_many_are_usual_are_an_alarm() -> None:
    values = conversions(10, 40)
    values[0, 100:] = 0
    found = detect(values)
    assert found.kind[0, 100] == ZERO
    assert flagged(found)[-1] <= 103


def test_spend_that_stops_for_good_is_one_incident() -> None:
    values = spend(24, days=250, series=10)
    values[:, 100:] = 0
    found = detect(values)
    assert (found.kind[:, 100] == ZERO).all()
    assert not found.flag[:, 104:].any()


def test_orders_that_come_on_some_days_only_are_no_alarm_every_time() -> None:
    rng = np.random.default_rng(11)
    values = np.where(rng.random((100, 300)) < 0.2, rng.gamma(4, 20, (100, 300)).round(2), 0.0)
    found = detect(values)
    assert found.flag[:, 21:].sum() / ((300 - 21) / 7) <= 1


def test_a_paused_campaign_is_not_judged_and_teaches_nothing() -> None:
    values, clicks = conversions(12, 40), np.full((1, 140), 900.0)
    values[0, 80:95] = clicks[0, 80:95] = 0
    found = detect(values, volume=clicks)
    assert flagged(found) == []
    assert {REASONS[r] for r in found.reason[0, 80:95]} == {"nothing ran"}
    assert found.expected[0, 95] == pytest.approx(40, rel=0.2)
    assert flagged(detect(values))[0] == 80


def test_days_of_the_calendar_are_neither_flagged_nor_learned() -> None:
    values = spend(13)
    known = np.zeros(140, dtype=bool)
    known[90:97] = True
    without = detect(values, known=known).expected[0, 97:]
    values[0, 90:97] *= 3
    found = detect(values, known=known)
    assert flagged(found) == []
    assert {REASONS[r] for r in found.reason[0, 90:97]} == {"explained by the calendar"}
    np.testing.assert_array_equal(found.expected[0, 97:], without)
    assert flagged(detect(values))[0] == 90


def test_a_missing_day_is_unknown_and_never_a_zero() -> None:
    values = spend(14)
    values[0, 100:104] = np.nan
    found = detect(values)
    assert flagged(found) == []
    assert np.isnan(found.z[0, 100:104]).all()
    assert {REASONS[r] for r in found.reason[0, 100:104]} == {"no value"}


def test_after_a_long_gap_the_level_is_found_anew_before_anything_is_judged() -> None:
    values = spend(15, days=200)
    values[0, 80:130] = np.nan
    values[0, 130:] *= 4
    found = detect(values)
    assert flagged(found) == []
    assert {REASONS[r] for r in found.reason[0, 130:133]} == {"first values after a long gap"}


def test_a_short_history_is_unknown_with_the_reason() -> None:
    values = spend(16, days=25)
    values[0, 20] *= 50
    found = detect(values)
    assert flagged(found) == []
    assert {REASONS[r] for r in found.reason[0, :21]} == {"history too short"}
    assert (found.reason[0, 21:] == 0).all()
    assert np.isnan(found.expected[0, :21]).all()
    assert (detect(values[:, :10]).reason == found.reason[0, 0]).all()


def test_little_volume_is_not_judged() -> None:
    values, conversions_of_it = spend(17), np.full((1, 140), 12.0)
    values[0, 100], conversions_of_it[0, 100] = 3000, 2
    gated = detect(values, volume=conversions_of_it, settings=Settings(least_volume=5))
    assert flagged(gated) == []
    assert REASONS[gated.reason[0, 100]] == "volume too small"
    assert flagged(detect(values, settings=Settings()))[:1] == [100]


def test_the_score_is_monotone_in_surprise_and_one_half_is_a_flag() -> None:
    scores = []
    for factor in (1.0, 1.2, 1.5, 2.0, 4.0, 50.0):
        values = spend(18)
        values[0, 100] = 300 * WEEK[100 % 7] * factor
        found = detect(values)
        scores.append(found.score[0, 100])
        assert found.flag[0, 100] == (scores[-1] >= 0.5)
    assert scores == sorted(scores)
    assert scores[0] < 0.3 < 0.7 < scores[-1] < 1


def test_the_direction_that_matters_more_is_flagged_sooner() -> None:
    values = spend(19, series=40)
    values[:20, 100] = 300 * WEEK[100 % 7] * np.exp(0.08 * 5)
    values[20:, 100] = 300 * WEEK[100 % 7] / np.exp(0.08 * 5)
    for metric, up_matters in (("cpa", True), ("roas", False)):
        flag = detect(values, settings=Settings.of(metric)).flag[:, 100]
        more, less = (flag[:20], flag[20:]) if up_matters else (flag[20:], flag[:20])
        assert more.mean() >= 0.7
        assert less.mean() <= 0.3


def test_more_series_and_very_fine_grains_ask_for_more_surprise() -> None:
    one, many = threshold(1, 7, Settings()), threshold(100_000, 7, Settings())
    assert 3.5 < one < many < threshold(100_000, 24, Settings())
    assert one == threshold(1, 24, Settings()) < threshold(1, 288, Settings())
    assert many < threshold(100_000, 24, Settings())


def test_an_hourly_series_is_judged_by_its_hour_of_the_day() -> None:
    rng = np.random.default_rng(20)
    hour = np.arange(24 * 40)
    usual = 1 + 0.8 * np.sin(2 * np.pi * hour / 24)
    values = (0.1 + usual)[None] * np.exp(rng.normal(0, 0.1, (1, len(hour))))
    values[0, 24 * 30 + 18] = values[0, 24 * 30 + 6]  # the value of the best hour in the worst
    found = detect(values, period=24)
    assert flagged(found) == [24 * 30 + 18]


def test_series_with_negative_values_are_judged_by_differences() -> None:
    rng = np.random.default_rng(21)
    values = rng.normal(-20, 3, (1, 140))
    values[0, 100] = 30
    assert flagged(detect(values)) == [100]


def test_the_last_day_alone_is_judged_as_with_the_whole_history() -> None:
    values = np.vstack([spend(22, days=500, series=20), conversions(23, 30, days=500, series=20)])
    values[3, -1] *= 3
    values[25, -1] = 0
    whole, last = detect(values), detect_last(values, 2, history=30)
    np.testing.assert_array_equal(last.flag, whole.flag[:, -2:])
    np.testing.assert_allclose(last.expected, whole.expected[:, -2:], rtol=0.05)
    assert last.kind[25, -1] == ZERO


def test_nothing_to_look_at_and_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="at least one series"):
        detect(np.empty((0, 10)))
    with pytest.raises(ValueError, match="do not fit"):
        detect(spend(1), known=np.zeros(9, dtype=bool))
    with pytest.raises(ValueError, match="infinite"):
        detect(np.array([[1.0, np.inf]]))


def test_every_kind_and_reason_has_its_word() -> None:
    assert len(KINDS) == 4
    assert len(set(REASONS)) == 8
