"""Synthetic control on the two published cases, against other solvers, and where it must not answer."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from analytics.errors import BadSeries, NotEnoughData
from analytics.synthetic_control import (
    Panel,
    difference_in_differences,
    fit,
    interval,
    p_value,
    placebo,
    simplex_least_squares,
    synthetic_difference,
)


@pytest.fixture(scope="module")
def california(reference_data: Path) -> tuple[Panel, list[str]]:
    with (reference_data / "synthetic_control" / "california_prop99.csv").open() as file:
        head, *rows = list(csv.reader(file))
    values = np.array(rows, dtype=float)
    own = head.index("California")
    names = [n for n in head if n not in ("Year", "California")]
    assert values[18, 0] == 1988
    return Panel(values[:, own], values[:, [head.index(n) for n in names]], before=19), names


@pytest.fixture(scope="module")
def geolift(reference_data: Path) -> Panel:
    cities: dict[str, list[float]] = {}
    with gzip.open(reference_data / "geo_geolift" / "GeoLift_Test.csv.gz", "rt") as file:
        for row in sorted(csv.DictReader(file), key=lambda r: r["date"]):
            cities.setdefault(row["location"], []).append(float(row["Y"]))
    treated = np.array([cities.pop("chicago"), cities.pop("portland")]).mean(axis=0)
    return Panel(treated, np.array([cities[c] for c in sorted(cities)]).T, before=90)


def test_proposition_99_gives_the_published_figures(california: tuple[Panel, list[str]]) -> None:
    panel, names = california
    found = fit(panel, demean=False)
    assert difference_in_differences(panel) == pytest.approx(-27.349, abs=5e-4)
    assert found.effect == pytest.approx(-19.514, abs=5e-4)
    assert found.gap[-1] == pytest.approx(-26.597, abs=5e-4)
    assert found.rmse == pytest.approx(1.656401, abs=1e-6)
    held = {name: weight for name, weight in zip(names, found.weights, strict=True) if weight > 1e-6}
    expected = {"Utah": 0.3939, "Montana": 0.23184, "Nevada": 0.20493, "Connecticut": 0.10909,
                "New Hampshire": 0.04543, "Colorado": 0.01481}  # fmt: skip
    assert held == pytest.approx(expected, abs=1e-4)
    assert synthetic_difference(panel) == pytest.approx(-15.605, abs=5e-4)


def test_california_ranks_third_of_39_and_leaving_out_bad_fits_moves_the_p(
    california: tuple[Panel, list[str]],
) -> None:
    panel, _ = california
    everybody = placebo(panel, bad_fit=np.inf)
    assert (everybody.rank, everybody.kept) == (3, 38)
    assert everybody.p == pytest.approx(3 / 39)
    strict = placebo(panel, bad_fit=2.0)
    assert strict.excluded > 0
    assert strict.kept + strict.excluded == 38
    assert strict.p >= 1 / (strict.kept + 1)


def test_the_walk_through_of_geolift_gives_its_printed_figures(geolift: Panel) -> None:
    found = fit(geolift)
    assert found.effect == pytest.approx(155.556, abs=5e-4)
    assert 2 * found.cumulative == pytest.approx(4667, abs=0.5)
    assert found.lift == pytest.approx(0.054, abs=5e-4)
    assert found.l2 == pytest.approx(909.489, abs=1e-3)
    assert found.scaled_l2 == pytest.approx(0.1636, abs=5e-5)
    assert fit(geolift, demean=False).effect == pytest.approx(122.73, abs=5e-3)
    augmented = fit(geolift, ridge=True)
    assert augmented.effect == pytest.approx(156.805, abs=1e-3)
    assert augmented.bias == pytest.approx(-1.249, abs=1e-3)
    shuffled = p_value(geolift, statistic="absolute", rng=np.random.default_rng(1))
    assert shuffled == pytest.approx(0.01, abs=0.006)


def panels(seed: int, periods: int = 60, donors: int = 5, before: int = 40, effect: float = 0.0) -> Panel:
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, (periods, 1))
    made = 10 + common + rng.normal(0, 0.7, (periods, donors + 1))
    made[before:, 0] += effect
    return Panel(made[:, 0], made[:, 1:], before)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(2, 30))
def test_the_weights_are_the_best_there_are(seed: int, donors: int, periods: int) -> None:
    rng = np.random.default_rng(seed)
    series, target = rng.normal(0, 3, (periods, donors)), rng.normal(0, 3, periods)
    found = simplex_least_squares(series, target)
    assert (found.weights >= 0).all()
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.gap <= 1e-10
    heavy = 1e6  # the sum to 1 as one more, heavy row for a solver that knows weights >= 0 only
    other, _ = nnls(np.vstack([series, np.full(donors, heavy)]), np.append(target, heavy))
    distance = float(np.sum((series @ found.weights - target) ** 2))
    assert distance == pytest.approx(found.squared_distance, rel=1e-9, abs=1e-9)
    assert distance <= float(np.sum((series @ (other / other.sum()) - target) ** 2)) + 1e-6


def test_twin_donors_and_a_donor_that_is_the_series_itself_are_no_trouble() -> None:
    series = np.array([[1.0, 1.0, 4.0], [2.0, 2.0, 4.0], [5.0, 5.0, 4.0]])
    found = simplex_least_squares(series, series[:, 0])
    assert found.squared_distance == pytest.approx(0.0, abs=1e-12)
    assert found.weights[2] == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1_000), st.floats(-50, 50))
def test_nothing_after_the_change_reaches_the_fit(seed: int, later: float) -> None:
    panel = panels(seed)
    moved = panel.treated.copy()
    moved[panel.before :] += later
    other = Panel(moved, panel.donors, panel.before)
    for ridge in (False, True):
        plain, changed = fit(panel, ridge=ridge), fit(other, ridge=ridge)
        assert np.array_equal(plain.weights, changed.weights)
        assert changed.effect - plain.effect == pytest.approx(later, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1_000), st.floats(-3, 3))
def test_the_two_sided_p_agrees_with_its_interval(seed: int, effect: float) -> None:
    found = interval(panels(seed, effect=effect))
    assert (found.low <= 0 <= found.high) == (found.p >= 1 - found.level)
    assert found.low <= found.effect <= found.high


def test_without_an_effect_the_test_rejects_as_often_as_it_says_and_the_interval_covers_as_often() -> None:
    rejected = sum(p_value(panels(s)) < 0.10 for s in range(200))
    covered = sum(found.low <= 1 <= found.high for found in (interval(panels(s, effect=1.0)) for s in range(100)))
    assert rejected / 200 == pytest.approx(0.08, abs=0.05)  # a multiple of 1/60 below .10 at most
    assert covered / 100 == pytest.approx(0.92, abs=0.07)


def test_a_real_effect_is_found_and_no_p_falls_below_what_the_periods_can_show() -> None:
    panel = panels(3, effect=4.0)
    found = interval(panel)
    assert found.low > 2.5
    assert found.high < 5.5
    assert found.p == pytest.approx(1 / 60)


def test_it_says_what_it_lacks() -> None:
    good = panels(1)
    with pytest.raises(NotEnoughData, match="no series that the change left alone"):
        Panel(good.treated, np.empty((60, 0)), 40)
    with pytest.raises(NotEnoughData, match="5 periods before"):
        Panel(good.treated, good.donors, 5)
    with pytest.raises(NotEnoughData, match="0 after"):
        Panel(good.treated, good.donors, 60)
    holed = good.donors.copy()
    holed[3, 1] = np.nan
    with pytest.raises(BadSeries, match="unknown"):
        Panel(good.treated, holed, 40)
    with pytest.raises(NotEnoughData, match="needs two donors"):
        placebo(Panel(good.treated, good.donors[:, :1], 40))
    with pytest.raises(NotEnoughData, match="60 periods cannot give an interval of 99%"):
        interval(good, level=0.99)
