"""The allocation: exact, within its bounds, with a certificate that can be checked by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from analytics.errors import Infeasible
from analytics.optimizer import (
    Allocation,
    Groups,
    HillCurves,
    LinearCurves,
    LogCurves,
    MeanOfDraws,
    MixedCurves,
    PowerCurves,
    allocate,
)
from analytics.optimizer.modes import least_for_value, most_at_target, while_it_pays
from analytics.steps import allocate_in_steps

Problem = tuple[LogCurves, np.ndarray, np.ndarray, np.ndarray]
size = st.floats(1.0, 1000.0)


@st.composite
def problems(draw: st.DrawFn, most: int = 6) -> Problem:
    """Log curves, today's spend, and bounds of half to one and a half of it."""
    n = draw(st.integers(2, most))
    scale, bend, today = (np.array(draw(st.lists(size, min_size=n, max_size=n))) for _ in range(3))
    return LogCurves(scale, bend), today, today * 0.5, today * 1.5


def test_the_published_optimum_of_square_roots():
    curves = PowerCurves(np.array([3.0, 4.0, 5.0]), np.full(3, 0.5))
    best = allocate(curves, np.zeros(3), np.full(3, 100.0), 100.0)
    assert best.spend == pytest.approx([18, 32, 50], abs=1e-9)
    assert best.value == pytest.approx(70.7107, abs=5e-5)


@settings(max_examples=40, deadline=None)
@given(problems())
def test_budget_and_bounds_hold_and_the_certificate_is_tight(problem):
    curves, today, low, high = problem
    best = allocate(curves, low, high, float(today.sum()))
    assert np.all(best.spend >= low)
    assert np.all(best.spend <= high)
    assert abs(best.budget_residual) < 1e-12
    assert best.kkt_residual < 1e-9
    assert abs(best.duality_gap) < 1e-9


@settings(max_examples=40, deadline=None)
@given(problems())
def test_never_worse_than_today(problem):
    curves, today, low, high = problem
    best = allocate(curves, low, high, float(today.sum()))
    assert best.value >= curves.value(today).sum() * (1 - 1e-12)


@settings(max_examples=40, deadline=None)
@given(problems())
def test_campaigns_inside_their_bounds_return_the_same_at_the_margin(problem):
    curves, today, low, high = problem
    best = allocate(curves, low, high, float(today.sum()))
    inside = (best.spend > low * (1 + 1e-9)) & (best.spend < high * (1 - 1e-9))
    assert best.slope[inside] == pytest.approx(best.price, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_campaigns_does_not_matter(problem, shuffle):
    curves, today, low, high = problem
    order = list(range(len(today)))
    shuffle.shuffle(order)
    there = allocate(curves, low, high, float(today.sum()))
    here = allocate(LogCurves(curves.scale[order], curves.bend[order]), low[order], high[order], float(today.sum()))
    assert here.spend == pytest.approx(there.spend[order], rel=1e-7)


@settings(max_examples=15, deadline=None)
@given(problems(most=3))
def test_brute_force_finds_nothing_better(problem):
    curves, today, low, high = problem
    total = float(today.sum())
    best = allocate(curves, low, high, total)
    grid = [np.linspace(a, b, 60) for a, b in zip(low[:-1], high[:-1], strict=True)]
    tried = np.array(list(product(*grid)))
    tried = np.vstack([np.column_stack([tried, total - tried.sum(axis=1)]), today])
    feasible = tried[(tried[:, -1] >= low[-1]) & (tried[:, -1] <= high[-1])]
    values = (curves.scale * np.log1p(feasible / curves.bend)).sum(axis=1)
    assert best.value >= values.max() * (1 - 1e-12)


def test_the_mean_over_draws_is_optimised_not_the_curve_at_the_mean_parameters():
    rng = np.random.default_rng(0)
    scale, bend = rng.gamma(0.5, 200, (3, 200)), rng.gamma(0.5, 200, (3, 200)) + 1
    curves = MeanOfDraws(scale, bend, np.zeros_like(scale, dtype=bool))
    low, high, total = np.full(3, 10.0), np.full(3, 300.0), 300.0
    best = allocate(curves, low, high, total)
    at_mean = allocate(LogCurves(scale.mean(axis=1), bend.mean(axis=1)), low, high, total)
    assert best.value > curves.value(at_mean.spend).sum()
    assert best.kkt_residual < 1e-9


class Straight:
    """``slope * spend``: concave, but not strictly."""

    def __init__(self, per_unit: np.ndarray) -> None:
        self.per_unit = per_unit

    def value(self, spend: np.ndarray) -> np.ndarray:
        return self.per_unit * spend

    def slope(self, spend: np.ndarray) -> np.ndarray:
        return self.per_unit

    def spend_at(self, price: float, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return np.where(self.per_unit > price, high, low)


def test_equal_straight_curves_share_by_the_width_of_their_bounds():
    best = allocate(Straight(np.array([2.0, 2.0, 9.0, 1.0])), np.zeros(4), np.array([100.0, 300.0, 70.0, 50.0]), 270.0)
    assert best.spend == pytest.approx([50, 150, 70, 0], rel=1e-12)
    assert best.kkt_residual < 1e-12


@pytest.mark.parametrize(
    ("total", "nearest", "words"),
    [
        (10.0, 30.0, "lower bounds sum to 30.00, more than the total 10.00"),
        (500.0, 300.0, "upper bounds sum to 300.00"),
    ],
)
def test_a_total_that_cannot_be_met_names_the_constraint_and_the_nearest_total(total, nearest, words):
    curves = LogCurves(np.ones(3), np.ones(3))
    with pytest.raises(Infeasible, match=words) as refusal:
        allocate(curves, np.full(3, 10.0), np.full(3, 100.0), total)
    assert refusal.value.nearest == nearest
    assert allocate(curves, np.full(3, 10.0), np.full(3, 100.0), nearest).spend.sum() == pytest.approx(nearest)


def test_bounds_that_cross_and_figures_that_are_none_are_refused():
    curves = LogCurves(np.ones(2), np.ones(2))
    with pytest.raises(Infeasible, match=r"entries \[1\]"):
        allocate(curves, np.array([0.0, 5.0]), np.array([9.0, 4.0]), 6.0)
    with pytest.raises(Infeasible, match="finite"):
        allocate(curves, np.zeros(2), np.array([1.0, np.nan]), 1.0)


# --- Steps -------------------------------------------------------------------------------------


def in_steps(problem: Problem, most: int = 6) -> tuple[Allocation, np.ndarray]:
    curves, today, low, high = problem
    step = today * 0.1
    return allocate_in_steps(curves, today, low, high, float(today.sum()), min_step=step, max_changes=most), step


@settings(max_examples=25, deadline=None)
@given(problems(), st.integers(2, 4))
def test_every_move_is_worth_a_step_few_move_and_it_is_never_worse_than_today(problem, most):
    curves, today, low, high = problem
    best, step = in_steps(problem, most)
    move = np.abs(best.spend - today)
    moved = move > 1e-9 * today
    assert np.all(move[moved] >= step[moved] * (1 - 1e-9))
    assert moved.sum() <= most
    assert best.spend.sum() == pytest.approx(today.sum(), rel=1e-12)
    assert np.all((best.spend >= low * (1 - 1e-12)) & (best.spend <= high * (1 + 1e-12)))
    assert best.value >= curves.value(today).sum() * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(problems(most=3))
def test_brute_force_in_steps_finds_nothing_better_than_the_grid_allows(problem):
    curves, today, low, high = problem
    best, step = in_steps(problem)
    unit = today.sum() / 400
    levels = [
        [0.0, *(k * unit for k in range(-200, 201) if abs(k * unit) >= s and a <= t + k * unit <= b)]
        for t, s, a, b in zip(today, step, low, high, strict=True)
    ]
    value = {
        i: {x: curves.scale[i] * np.log1p((today[i] + x) / curves.bend[i]) for x in entry}
        for i, entry in enumerate(levels)
    }
    found = max(
        sum(value[i][x] for i, x in enumerate(moves))
        for first in levels[0]
        for moves in _completions(first, levels, unit)
    )
    assert best.value >= found * (1 - 1e-7)


def _completions(first: float, levels: list[list[float]], unit: float) -> list[tuple[float, ...]]:
    if len(levels) == 2:
        return [(first, x) for x in levels[1] if abs(first + x) < unit / 2]
    last = {round(x / unit): x for x in levels[2]}
    moves = []
    for second in levels[1]:
        rest = round(-(first + second) / unit)
        if rest in last:
            moves.append((first, second, last[rest]))
    return moves


def test_eight_small_moves_become_a_few_real_ones():
    scale = 100 * (1 + 0.03 * np.arange(8))
    curves = LogCurves(scale, np.full(8, 100.0))
    today = np.full(8, 100.0)
    free = allocate(curves, today * 0.5, today * 1.5, 800.0)
    best, step = in_steps((curves, today, today * 0.5, today * 1.5), most=4)
    assert (np.abs(free.spend - today) > 0.01).sum() == 8
    moved = np.abs(best.spend - today) > 1e-9
    assert 2 <= moved.sum() <= 4
    assert np.all(np.abs(best.spend - today)[moved] >= step[moved] * (1 - 1e-12))
    assert curves.value(today).sum() < best.value < free.value


def test_a_total_that_moves_of_this_size_cannot_meet_is_refused():
    curves = LogCurves(np.ones(2), np.ones(2))
    today = np.full(2, 100.0)
    with pytest.raises(Infeasible, match="at least their minimum step"):
        allocate_in_steps(curves, today, today * 0.5, today * 1.5, 205.0, min_step=np.full(2, 20.0), max_changes=1)


# --- Groups and families -----------------------------------------------------------------------


@st.composite
def mixed_problems(draw: st.DrawFn):
    """Hill, power, log and straight curves in two groups with bands, and one campaign in none."""
    n = draw(st.integers(3, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    today = rng.gamma(4, 50, n)
    families = (
        HillCurves(rng.gamma(2, 50, n), today * rng.uniform(0.5, 3, n), rng.uniform(0.4, 1.0, n)),
        PowerCurves(rng.gamma(2, 2, n), rng.uniform(0.2, 0.9, n)),
        LogCurves(rng.gamma(2, 50, n), today * rng.uniform(0.2, 2, n)),
        LinearCurves(rng.uniform(0, 0.5, n)),
    )
    kind = rng.integers(0, 4, n)
    places = [np.flatnonzero(kind == k) for k in range(4)]
    curves = MixedCurves(tuple(f.take(at) for f, at in zip(families, places, strict=True)), tuple(places))
    member = np.array([*(i % 2 for i in range(n - 1)), -1])
    sums = Groups(member, np.zeros(2), np.zeros(2)).sums(today)[:2]
    return curves, today, Groups(member, sums * rng.uniform(0.6, 1.0, 2), sums * rng.uniform(1.0, 1.3, 2))


@settings(max_examples=50, deadline=None)
@given(mixed_problems(), st.sampled_from([0.8, 0.93, 1.0, 1.0, 1.1, 1.2]))
def test_families_and_groups_together_keep_every_band_and_prove_it(problem, share):
    curves, today, groups = problem
    low, high, total, near = today * 0.5, today * 1.5, float(today.sum() * share), None
    try:
        best = allocate(curves, low, high, total, groups)
    except Infeasible as reason:
        near = reason.nearest
    if near is not None:
        assert allocate(curves, low, high, near, groups).spend.sum() == pytest.approx(near)
        return
    sums = groups.sums(best.spend)[:2]
    assert np.all((best.spend >= low) & (best.spend <= high))
    assert np.all((sums >= groups.low * (1 - 1e-12)) & (sums <= groups.high * (1 + 1e-12)))
    assert abs(best.budget_residual) < 1e-12
    assert best.kkt_residual < 1e-9
    assert -1e-12 < best.duality_gap < 1e-9
    if share == 1:
        assert best.value >= curves.value(today).sum() * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(mixed_problems())
def test_an_independent_solver_finds_nothing_better_within_the_groups(problem):
    curves, today, groups = problem
    total = float(today.sum())
    best = allocate(curves, today * 0.5, today * 1.5, total, groups)
    inside = np.array([groups.member == g for g in range(2)], dtype=float)
    found = minimize(
        lambda z: -curves.value(z * today).sum() / best.value,
        np.ones_like(today),
        jac=lambda z: -curves.slope(z * today) * today / best.value,
        bounds=[(0.5, 1.5)] * len(today),
        constraints=[
            LinearConstraint(today / total, 1.0, 1.0),
            LinearConstraint(inside * today / total, groups.low / total, groups.high / total),
        ],
        method="SLSQP",
        options={"ftol": 1e-13, "maxiter": 500},
    )
    assert -found.fun <= 1 + 1e-7
    assert -found.fun >= 1 - 1e-6


def test_a_group_at_its_limit_has_a_price_of_its_own():
    curves = PowerCurves(np.array([3.0, 4.0, 5.0]), np.full(3, 0.5))
    groups = Groups(np.array([0, 0, -1]), np.array([60.0]), np.array([80.0]), ("search",))
    best = allocate(curves, np.zeros(3), np.full(3, 100.0), 100.0, groups)
    assert best.spend == pytest.approx([21.6, 38.4, 40.0], abs=1e-9)  # 60 shared as 9 to 16
    assert best.kkt_residual < 1e-12
    assert best.price == pytest.approx(5 / 2 / 40**0.5)


def test_bands_in_conflict_are_named():
    curves, ends = LogCurves(np.ones(3), np.ones(3)), (np.full(3, 10.0), np.full(3, 30.0))
    tight = Groups(np.array([0, 0, -1]), np.array([0.0]), np.array([15.0]), ("search",))
    with pytest.raises(Infeasible, match=r'lower bounds of group "search" sum to 20.00, more than its 15.00'):
        allocate(curves, *ends, 50.0, tight)
    wide = Groups(np.array([0, 0, -1]), np.array([70.0]), np.array([90.0]), ("search",))
    with pytest.raises(Infeasible, match=r'upper bounds of group "search" sum to 60.00, less than its 70.00'):
        allocate(curves, *ends, 50.0, wide)
    capped = Groups(np.array([0, 0, -1]), np.array([0.0]), np.array([25.0]), ("search",))
    with pytest.raises(Infeasible, match=r'bounds of group "search" sum to 55.00, less than the total 60.00') as reason:
        allocate(curves, *ends, 60.0, capped)
    assert reason.value.nearest == 55.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.3, 3.0), min_size=6, max_size=6), st.floats(1e-6, 1e3))
def test_a_hill_curve_is_inverted_to_its_last_digits(shapes, price):
    shape = np.array(shapes)
    curves = HillCurves(np.full(6, 50.0), np.full(6, 20.0), shape)
    low, high = curves.inflection, np.full(6, 1e6)
    spend = curves.spend_at(price, low, high)
    inside = (spend > low * (1 + 1e-9)) & (spend < high) & (spend > 1e-200)
    assert curves.slope(spend)[inside] == pytest.approx(price, rel=1e-9)


# --- How much at all ---------------------------------------------------------------------------


def test_spending_stops_where_the_next_unit_only_returns_itself():
    curves = LogCurves(np.array([100.0, 300.0]), np.array([50.0, 50.0]))
    best = while_it_pays(curves, np.zeros(2), np.full(2, 1000.0))
    assert best.spend == pytest.approx([50.0, 250.0])
    assert while_it_pays(curves, np.zeros(2), np.full(2, 1000.0), cap=200.0).spend == pytest.approx([25.0, 175.0])


def test_a_target_is_met_on_average_by_the_most_spend_and_the_best_is_named_where_it_cannot_be():
    curves = PowerCurves(np.array([3.0, 4.0, 5.0]), np.full(3, 0.5))
    ends = np.zeros(3), np.full(3, 1000.0)
    best = most_at_target(curves, *ends, 0.5)  # sqrt(50 B) / B = 0.5 at B = 200
    assert best.spend == pytest.approx([36.0, 64.0, 100.0])
    based = most_at_target(curves, *ends, 0.5, base_value=30.0, base_spend=20.0)
    total = based.spend.sum()
    assert (30 + based.value) / (20 + total) == pytest.approx(0.5)
    assert total > 200
    floors = np.full(3, 50.0)
    with pytest.raises(Infeasible, match="the best is") as reason:
        most_at_target(curves, floors, ends[1], 0.9)
    assert reason.value.nearest == pytest.approx(allocate(curves, floors, ends[1], 150.0).value / 150)


def test_the_same_value_for_less_spends_the_least_that_brings_it():
    curves = PowerCurves(np.array([3.0, 4.0, 5.0]), np.full(3, 0.5))
    best = least_for_value(curves, np.zeros(3), np.full(3, 100.0), 70.71067811865476)
    assert best.spend == pytest.approx([18, 32, 50])
    with pytest.raises(Infeasible, match="the most is"):
        least_for_value(curves, np.zeros(3), np.full(3, 10.0), 70.0)
