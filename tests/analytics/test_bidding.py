"""A target moves only where that pays, and by no more than its step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.bidding import Held, Proposal, Situation, propose
from analytics.errors import BadSeries

Floats = NDArray[np.float64]
STEP, CENT = 0.15, 0.01


@dataclass(frozen=True)
class Hill:
    """``most * s / (s + half)`` with some doubt about both."""

    most: float
    half: float
    doubt: float = 0.02
    spend_low: float = 20.0
    spend_high: float = 400.0

    def _draws(self) -> Floats:
        return 1 + self.doubt * np.linspace(-1, 1, 101)

    def value(self, spend: float) -> Floats:
        return self.most * self._draws() * spend / (spend + self.half)

    def slope(self, spend: float) -> Floats:
        return self.most * self._draws() * self.half / (spend + self.half) ** 2


def at(curve: Hill, spend: float, hurdle: float, **more: object) -> Situation:
    """A campaign that spends ``spend`` because its target CPA holds it there."""
    average = curve.most / (spend + curve.half)
    found = Situation("cpa", 1 / average, spend, average, spend, 200.0, hurdle, 0.5, 0.0, 0.4)
    return replace(found, **more)  # type: ignore[arg-type]


CURVE = Hill(20.0, 200.0)  # at 100 a day: CPA 15.0, the next conversion costs 22.5


def test_a_looser_target_where_the_next_conversion_costs_less_than_it_may() -> None:
    found = propose(CURVE, at(CURVE, 100.0, 1 / 40), STEP, CENT)
    assert isinstance(found, Proposal)
    # the next conversion costs 40 at 200 a day, where the average costs 20
    assert found.best == pytest.approx(20.0, abs=0.3)
    assert found.target == pytest.approx(15.0 * 1.15, abs=0.01)
    # a CPA of 17.25 is at 145 a day: 8.41 conversions instead of 6.67
    assert found.spend.mean() == pytest.approx(45, abs=2)
    assert found.outcome.mean() == pytest.approx(8.41 - 6.67, abs=0.05)
    assert found.loosens


def test_a_tighter_target_where_it_costs_more() -> None:
    found = propose(CURVE, at(CURVE, 100.0, 1 / 16), STEP, CENT)
    assert isinstance(found, Proposal)
    assert found.best == pytest.approx((0.8 * 16 * 20 * 200) ** 0.5 / 20 * 1.1, rel=0.15)
    assert found.target == pytest.approx(15.0 * 0.85, abs=0.01)
    assert found.spend.mean() < 0


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"conversions": 29.0}, "29 conversions in the last 30 mature days; 30 are needed"),
        ({"used": 0.95}, "its budget stops it, not its bid"),
        ({"lost_to_budget": 0.2}, "its budget stops it, not its bid"),
        ({"lost_to_rank": None}, "does not say whether its bids lose impressions"),
        ({"lost_to_rank": 0.01}, "neither the bid nor the budget"),
        ({"hurdle": 1 / 22.5}, "cannot be told from what it has to"),
    ],
)
def test_what_a_raise_could_not_do_is_not_proposed(changed: dict[str, float], why: str) -> None:
    found = propose(CURVE, replace(at(CURVE, 100.0, 1 / 40), **changed), STEP, CENT)  # type: ignore[arg-type]
    assert isinstance(found, Held)
    assert why in found.reason


def test_a_target_that_binds_nothing_is_not_tightened_for_nothing() -> None:
    loose = at(CURVE, 100.0, 1 / 16, target=30.0, used=1.0)
    found = propose(CURVE, loose, STEP, CENT)
    assert isinstance(found, Held)
    assert "a tighter target changes nothing, a smaller budget would" in found.reason


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_positive_figure_is_refused(wrong: float) -> None:
    with pytest.raises(BadSeries):
        propose(CURVE, at(CURVE, 100.0, 1 / 40, target=wrong), STEP, CENT)


situations = st.builds(
    lambda spend, worth, used, rank, doubt, kind: (spend, worth, used, rank, doubt, kind),
    st.floats(25, 380), st.floats(8, 120), st.none() | st.floats(0.1, 1.1), st.none() | st.floats(0, 0.9),
    st.floats(0.001, 0.5), st.sampled_from(["cpa", "roas"]),
)  # fmt: skip


def found_for(drawn: tuple[float, float, float | None, float | None, float, str], scale: float = 1.0) -> tuple:
    spend, worth, used, rank, doubt, kind = drawn
    curve = Hill(20.0, 200.0 * scale, doubt, 20.0 * scale, 400.0 * scale)
    cpa = at(curve, spend * scale, 1 / (worth * scale), used=used, lost_to_rank=rank)
    target = cpa.target if kind == "cpa" else 1 / cpa.target
    now = replace(cpa, kind=kind, target=target)
    return now, propose(curve, now, STEP, CENT * scale if kind == "cpa" else 1e-6)


@settings(max_examples=150, deadline=None)
@given(situations)
def test_no_step_is_larger_than_allowed_or_against_what_the_margin_says(drawn: tuple) -> None:
    now, found = found_for(drawn)
    if isinstance(found, Held):
        assert found.reason
        return
    assert abs(found.target / now.target - 1) <= STEP + 1e-9
    low, _, high = found.marginal
    assert not low <= now.hurdle <= high
    assert found.loosens is (low > now.hurdle)
    assert found.loosens is ((found.target < now.target) if now.kind == "roas" else (found.target > now.target))
    assert found.chance_worse <= 0.20
    assert found.net.mean() > 0
    assert np.all(now.spend + found.spend <= 400 + 1e-9)  # never beyond what was tried
    if found.loosens:
        assert not now.budget_limits
        assert now.lost_to_rank is not None


@settings(max_examples=60, deadline=None)
@given(situations, st.sampled_from([0.01, 130.0]))
def test_another_currency_gives_the_same_answer(drawn: tuple, scale: float) -> None:
    if drawn[5] == "roas":
        return  # a ROAS has no currency
    (_, here), (_, there) = found_for(drawn), found_for(drawn, scale)
    assert type(here) is type(there)
    if isinstance(here, Proposal) and isinstance(there, Proposal):
        assert there.target / scale == pytest.approx(here.target, rel=0.005)
