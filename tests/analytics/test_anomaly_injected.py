"""Injected anomalies are where they are said to be and scored as said; ours meets its aims on a market of its own."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.anomaly import detect
from benchmarks._watch_events import outcome
from benchmarks._watch_injected import BURN_IN, KINDS, Injected, draw


@pytest.fixture(scope="module")
def market() -> Injected:
    return draw(21, campaigns=200)


def test_a_market_is_that_of_its_seed_and_has_every_kind_of_event(market: Injected) -> None:
    again = draw(21, campaigns=200)
    np.testing.assert_array_equal(market.values, again.values)
    assert market.events == again.events
    assert {e.kind for e in market.events} == set(KINDS)
    assert all(BURN_IN <= e.first <= e.last < 400 for e in market.events)
    assert not any(market.known[e.series, e.first] for e in market.events)
    assert all(market.values[e.series, e.first : e.last + 1].sum() == 0 for e in market.events if e.kind == "zero")


def test_flags_on_the_events_alone_score_1_and_silence_scores_0(market: Injected) -> None:
    flag = np.zeros(market.values.shape, dtype=bool)
    assert outcome(flag, market).f1 == 0
    for event in market.events:
        flag[event.series, event.first] = True
    perfect = outcome(flag, market)
    assert (perfect.recall, perfect.precision, perfect.delay, perfect.false_a_week) == (1, 1, 0, 0)
    quiet = next(s for s in range(200) if not any(e.series == s for e in market.events))
    flag[quiet, [100, 102, 110]] = True
    wrong = outcome(flag, market)
    assert wrong.false == 2  # two days near each other are one alert
    assert wrong.false_a_week == pytest.approx(2 / (2 * (400 - BURN_IN) / 7))


def test_ours_meets_the_aims_on_a_market_that_nothing_was_fixed_on(market: Injected) -> None:
    found = outcome(detect(market.values, known=market.known).flag, market)
    assert found.f1 >= 0.87
    assert found.false_a_week <= 1
