"""Drift: equal to its definitions, silent without drift at the rate it claims, and never fooled by an empty bin."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.drift import FLOOR, drift, drifts, psi
from analytics.errors import BadSeries, NotEnoughData


def test_the_index_is_its_definition_on_counts_made_by_hand() -> None:
    before = np.repeat([1.0, 2.0, 3.0, 4.0], [50, 20, 20, 10])
    after = np.repeat([1.0, 2.0, 3.0, 4.0], [25, 25, 25, 25])
    p, q = [0.5, 0.2, 0.2, 0.1], [0.25] * 4
    assert psi(before, after) == pytest.approx(sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True)))
    assert psi(before, before) == 0


def test_an_empty_bin_counts_as_the_stated_floor() -> None:
    before, after = np.repeat([1.0, 2.0], [50, 50]), np.full(40, 1.0)
    assert psi(before, after) == pytest.approx((1 - 0.5) * math.log(2) + (FLOOR - 0.5) * math.log(FLOOR / 0.5))


def test_values_outside_what_was_seen_count_in_the_outer_bins() -> None:
    before = np.arange(100.0)
    assert psi(before, before + 1000) > 5


def test_a_constant_that_moved_is_drift_and_one_that_stayed_is_not() -> None:
    assert drift(np.full(30, 5.0), np.full(30, 6.0)).drifted
    assert not drift(np.full(30, 5.0), np.full(30, 5.0)).drifted


def test_without_drift_many_looks_together_stay_below_the_error_allowed() -> None:
    rng = np.random.default_rng(3)
    wrong = sum(
        any(d is not None and d.drifted for d in drifts([(rng.normal(size=90), rng.normal(size=28)) for _ in range(8)]))
        for _ in range(150)
    )
    assert wrong / 150 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 150)


def test_a_shift_of_a_standard_deviation_and_a_half_is_found_among_many_looks() -> None:
    rng = np.random.default_rng(4)
    found = [drift(rng.normal(size=90), rng.normal(1.5, 1, size=28), looks=20).drifted for _ in range(60)]
    assert np.mean(found) > 0.9


def test_unknown_values_are_left_out_and_too_few_are_refused() -> None:
    some = np.r_[np.arange(10.0), np.nan]
    assert drift(some, some).before == 10
    with pytest.raises(NotEnoughData, match="7 known values"):
        drift(np.arange(7.0), some)
    with pytest.raises(BadSeries):
        drift(np.r_[some, np.inf], some)
    assert drifts([(np.arange(3.0), some), (some, some)])[0] is None
