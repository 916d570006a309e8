"""Adtributor on the paper's example, against its definitions written out, and where it must not answer."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import Confounded, Infeasible, NotEnoughData
from analytics.rootcause import Dimension, adtributor, surprises


def dimension(name: str, values: Mapping[str, tuple[float, ...]]) -> Dimension:
    return Dimension(name, tuple(values), *(np.array(side, dtype=float) for side in zip(*values.values(), strict=True)))


PAPER = (
    dimension("data centre", {"X": (94, 47), "Y": (6, 3)}),
    dimension("advertiser", {"A1": (50, 24), "A2": (20, 21), "A3": (20, 4), "A4": (10, 1)}),
    dimension("device", {"PC": (50, 49), "mobile": (25, 1), "tablet": (25, 0)}),
)


def test_the_papers_example_blames_mobile_and_tablet() -> None:
    found = adtributor(PAPER)
    best = found.candidates[0]
    assert (best.dimension, set(best.names)) == ("device", {"mobile", "tablet"})
    assert best.explanatory_power == pytest.approx(0.98)
    assert (found.before, found.after) == (100, 50)
    tablet = next(e for e in best.elements if e.name == "tablet")
    assert tablet.expected == pytest.approx(12.5)
    assert tablet.surprise == pytest.approx(0.5 * 0.25 * math.log(2), abs=1e-12)  # p = .25, q = 0
    p, q = 0.25, 0.02
    by_hand = 0.5 * (p * math.log(2 * p / (p + q)) + q * math.log(2 * q / (p + q)))
    assert best.surprise == pytest.approx(0.5 * 0.25 * math.log(2) + by_hand, abs=1e-12)


def test_what_halves_with_the_total_is_no_surprise() -> None:
    assert np.allclose(surprises(np.array([94.0, 6.0]), np.array([47.0, 3.0])), 0)
    assert adtributor(PAPER).candidates[-1].dimension == "data centre"


def test_a_rise_is_explained_as_a_fall_is_and_a_new_value_may_be_the_cause() -> None:
    (best, *_) = adtributor([dimension("page", {"old": (100, 101), "new": (0, 60)})]).candidates
    assert best.names == ("new",)
    assert best.explanatory_power == pytest.approx(60 / 61)
    (back, *_) = adtributor([dimension("page", {"old": (101, 100), "gone": (60, 0)})]).candidates
    assert back.names == ("gone",)


def test_a_ratio_is_blamed_on_the_element_whose_own_ratio_fell() -> None:
    # revenue per order; the small element's denominators move too, which must not draw the blame
    device = Dimension(
        "device", ("PC", "mobile", "tablet"),
        np.array([500.0, 300.0, 50.0]), np.array([505.0, 150.0, 52.0]),
        np.array([50.0, 30.0, 5.0]), np.array([50.0, 30.0, 5.0]),
    )  # fmt: skip
    best = adtributor([device]).candidates[0]
    assert best.names == ("mobile",)
    mobile = best.elements[0]
    assert (mobile.before, mobile.after, mobile.expected) == (10, 5, 10)
    assert sum(e.explanatory_power for e in (*best.elements, *best.others)) == pytest.approx(1)


def test_a_ratios_power_is_the_papers_partial_derivative() -> None:
    nb, na = np.array([40.0, 60.0]), np.array([80.0, 63.0])
    db, da = np.array([4.0, 6.0]), np.array([5.0, 6.0])
    best = adtributor([Dimension("d", ("a", "b"), nb, na, db, da)], t_ep=0.5, t_eep=0.01).candidates[0]
    partial = [((80 - 40) * 10 - (5 - 4) * 100) / (10 * (10 + 1)), ((63 - 60) * 10 - 0) / (10 * 10)]
    power = {e.name: e.explanatory_power for e in (*best.elements, *best.others)}
    assert power["a"] == pytest.approx(partial[0] / sum(partial))
    assert power["b"] == pytest.approx(partial[1] / sum(partial))


def test_small_moves_everywhere_are_said_to_explain_nothing() -> None:
    spread = dimension("campaign", {f"c{n}": (10, 9) for n in range(20)})
    found = adtributor([spread])
    assert found.candidates == ()
    assert found.not_explained[0][0] == "campaign"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"a": (1, 2), "b": (2, 1)}, NotEnoughData),
        ({"a": (0, 2), "b": (0, 1)}, Infeasible),
        ({"a": (3, 0), "b": (4, 0)}, Infeasible),
        ({"a": (-3, 5), "b": (4, 1)}, Infeasible),
        ({"a": (math.nan, 5), "b": (4, 1)}, NotEnoughData),
    ],
)
def test_what_has_no_shares_or_no_change_is_refused(values: dict[str, tuple[float, float]], error: type) -> None:
    with pytest.raises(error):
        adtributor([dimension("d", values)])


def test_dimensions_that_split_different_totals_are_refused() -> None:
    with pytest.raises(Confounded, match="device"):
        adtributor([dimension("d", {"a": (5, 9)}), dimension("device", {"x": (5, 8)})])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=2, max_size=12))
def test_powers_add_up_to_one_and_surprises_are_never_negative(pairs: list[tuple[int, int]]) -> None:
    before, after = (sum(side) for side in zip(*pairs, strict=True))
    if not before or not after or before == after:
        return
    values = {f"e{n}": (float(b), float(a)) for n, (b, a) in enumerate(pairs)}
    for candidate in adtributor([dimension("d", values)], t_ep=0.01, t_eep=0).candidates:
        every = (*candidate.elements, *candidate.others)
        assert sum(e.explanatory_power for e in every) == pytest.approx(1, abs=1e-6)
        assert all(0 <= e.surprise <= math.log(2) for e in every)
