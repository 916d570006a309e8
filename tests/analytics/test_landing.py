"""Where spend lands: the estimate, its range against known truth, and when there is none."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.landing import Ahead, ahead, expected

LAST = date(2024, 6, 17)
WEEK = np.array([1.0, 1.1, 1.05, 0.95, 1.2, 0.7, 0.6])


def days_back(count: int) -> list[date]:
    return [LAST - timedelta(days=count - 1 - n) for n in range(count)]


def series(seed: int, count: int, ahead_days: int) -> tuple[dict[date, float], float]:
    """A history with weekdays, noise that lasts and a level that wanders; and the truth of the days to come."""
    rng = np.random.default_rng(seed)
    total = count + ahead_days
    level = np.exp(np.cumsum(rng.normal(0, 0.01, total)))
    noise = np.zeros(total)
    for n in range(1, total):
        noise[n] = 0.5 * noise[n - 1] + rng.normal(0, 0.12)
    dates = [days_back(count)[0] + timedelta(days=n) for n in range(total)]
    spend = 1000 * level * np.exp(noise) * np.array([WEEK[d.weekday()] for d in dates])
    return dict(zip(dates[:count], map(float, spend[:count]), strict=True)), float(spend[count:].sum())


def test_a_steady_week_lands_exactly() -> None:
    history = {day: float(WEEK[day.weekday()]) for day in days_back(120)}
    found = ahead(history, LAST, 13)
    truth = sum(float(WEEK[(LAST + timedelta(days=n)).weekday()]) for n in range(1, 14))
    assert found.mid is not None
    assert abs(found.mid - truth) < 1e-9
    assert found.low is not None
    assert found.high is not None
    assert abs(found.high - found.low) < 1e-9


def test_the_90_percent_range_holds_the_truth_about_nine_times_in_ten() -> None:
    held = total = 0
    for days in (5, 12, 25):
        for seed in range(120):
            history, truth = series(1000 * days + seed, 170, days)
            found = ahead(history, LAST, days)
            assert found.low is not None
            assert found.high is not None
            held += found.low <= truth <= found.high
            total += 1
    assert 0.85 <= held / total <= 0.97, held / total


def test_the_shortest_history_that_gives_a_range_gives_a_wide_one() -> None:
    """Two stretches are little to learn from: Student's t makes the range wide, and it holds at least as often."""
    held = [
        found.low <= truth <= found.high
        for seed in range(100)
        for history, truth in [series(9000 + seed, 28 + 2 * 16, 16)]
        if (found := ahead(history, LAST, 16)).low is not None and found.high is not None
    ]
    assert len(held) == 100
    assert sum(held) / len(held) >= 0.90


def test_the_range_is_as_wide_as_past_errors_were() -> None:
    """Twice the noise, about twice the range: it is measured, not assumed."""
    rng = np.random.default_rng(4)
    widths = []
    for noise in (0.05, 0.10):
        history = {
            day: float(1000 * (1 + noise * e)) for day, e in zip(days_back(180), rng.normal(size=180), strict=True)
        }
        found = ahead(history, LAST, 10)
        assert found.high is not None
        assert found.low is not None
        widths.append(found.high - found.low)
    assert 1.4 < widths[1] / widths[0] < 2.8


def test_a_short_history_gives_an_estimate_without_a_range_and_says_what_a_range_needs() -> None:
    history = dict.fromkeys(days_back(50), 10.0)
    found = ahead(history, LAST, 12)
    assert (found.mid, found.low, found.high) == (120.0, None, None)
    assert found.reason == "a range over 12 days needs 52 days of history, there are 50"


def test_a_very_short_history_is_unknown_with_the_reason() -> None:
    found = ahead(dict.fromkeys(days_back(9), 10.0), LAST, 12)
    assert (found.mid, found.low, found.high) == (None, None, None)
    assert found.reason is not None
    assert found.reason.startswith("only 9 of the 28 days")


def test_a_day_that_is_not_known_is_left_out_and_is_not_nothing() -> None:
    history = dict.fromkeys(days_back(120), 10.0)
    for gap in (LAST - timedelta(days=3), LAST - timedelta(days=10)):
        del history[gap]
    assert expected(history, LAST, 14) == 140.0


def test_with_no_day_left_nothing_is_to_come() -> None:
    assert ahead({}, LAST, 0) == Ahead(0, 0.0, 0.0, 0.0, 0.9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1e6), min_size=60, max_size=150), st.integers(1, 10), st.floats(0.1, 10))
def test_the_range_holds_the_estimate_and_scales_with_the_money(spend: list[float], days: int, factor: float) -> None:
    dates = days_back(len(spend))
    one, other = (ahead({d: s * f for d, s in zip(dates, spend, strict=True)}, LAST, days) for f in (1.0, factor))
    assert one.mid is not None
    assert other.mid is not None
    assert abs(other.mid - one.mid * factor) <= 1e-6 * max(1.0, abs(other.mid))
    if one.low is not None and one.high is not None:
        assert 0 <= one.low <= one.mid <= one.high
