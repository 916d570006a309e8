"""A campaign is called worse than its floor about as often as it should be by chance, and reliably where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import BadSeries, NotEnoughData
from analytics.protection import of_counts, of_revenue

DAYS = 14


def days(rng: np.random.Generator, cpa: float, spend: float = 100.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    spent = spend * np.exp(rng.normal(0, 0.1, DAYS))
    counts = rng.poisson(spent / cpa).astype(float)
    return spent, counts, np.array([rng.lognormal(3.9, 0.4, int(n)).sum() for n in counts])


def test_at_the_floor_itself_nine_in_ten_is_claimed_in_one_of_ten_and_well_below_it_nearly_always() -> None:
    rng = np.random.default_rng(5)
    worth = float(np.exp(3.9 + 0.4**2 / 2))
    for truth, least, most in ((30.0, 0.04, 0.17), (45.0, 0.80, 1.0), (20.0, 0.0, 0.01)):
        drawn = [days(rng, truth) for _ in range(300)]
        counted = np.mean([of_counts(s, c, 1 / 30).below >= 0.9 for s, c, _ in drawn])
        paid = np.mean([of_revenue(s, r, worth / 30).below >= 0.9 for s, _, r in drawn])
        assert least <= counted <= most, (truth, counted)
        assert least <= paid <= most, (truth, paid)


def test_no_conversion_at_all_on_much_spend_is_certain_and_on_little_is_unknown() -> None:
    nothing = np.zeros(DAYS)
    assert of_counts(np.full(DAYS, 100.0), nothing, 1 / 30).below > 0.999
    with pytest.raises(NotEnoughData, match=r"would have brought 1\.4 conversions"):
        of_counts(np.full(DAYS, 3.0), nothing, 1 / 30)
    with pytest.raises(NotEnoughData, match="only 0 days brought any revenue"):
        of_revenue(np.full(DAYS, 100.0), nothing, 2.0)


def test_days_that_scatter_more_than_chance_are_believed_less() -> None:
    spent = np.full(DAYS, 100.0)
    even, wild = np.full(DAYS, 2.0), np.array([0.0] * 12 + [14.0, 14.0])
    assert of_counts(spent, even, 1 / 30).below > of_counts(spent, wild, 1 / 30).below


@pytest.mark.parametrize("floor", [0.0, -1.0, float("nan")])
def test_a_floor_that_is_none_is_refused(floor: float) -> None:
    with pytest.raises(BadSeries):
        of_counts(np.full(DAYS, 100.0), np.full(DAYS, 3.0), floor)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(1, 500), min_size=10, max_size=30), st.floats(0.001, 1), st.integers(0, 10**6))
def test_a_higher_floor_is_never_less_likely_missed(spends: list[float], floor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spent = np.array(spends)
    counts = rng.poisson(spent * 0.05).astype(float)
    if floor * spent.sum() < 5:
        return
    lower, higher = of_counts(spent, counts, floor), of_counts(spent, counts, floor * 1.3)
    assert 0 <= lower.below <= higher.below <= 1
    assert lower.low <= lower.high
