"""S-curves, choices, overlapping groups and periods: each against brute force or an independent solver."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from analytics.errors import Infeasible
from analytics.optimizer import HillCurves, LogCurves, MixedCurves, PowerCurves, allocate
from analytics.optimizer.choices import allocate_by_rules
from analytics.optimizer.groups import Bands, Groups
from analytics.optimizer.horizon import Horizon, allocate_over_time
from analytics.optimizer.rules import Rules
from analytics.optimizer.scurves import allocate_s

seeds = st.integers(0, 10_000)


def s_curves(seed: int, n: int) -> tuple[MixedCurves, np.ndarray, float]:
    """Hill curves with shapes up to 4, one convex power among them at times, and a budget that does not feed all."""
    rng = np.random.default_rng(seed)
    hill = HillCurves(rng.gamma(2, 50, n), rng.uniform(20, 100, n), rng.uniform(0.6, 4, n))
    power = PowerCurves(rng.uniform(0.001, 0.01, 1), np.array([2.0]))
    if seed % 3:
        return MixedCurves((hill,), (np.arange(n),)), np.full(n, 150.0), float(rng.uniform(30, 75) * n)
    rest = hill.take(np.arange(n - 1))
    return (
        MixedCurves((rest, power), (np.arange(n - 1), np.array([n - 1]))),
        np.full(n, 150.0),
        float(rng.uniform(30, 75) * n),
    )


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(2, 4))
def test_brute_force_finds_nothing_better_over_s_curves(seed, n):
    curves, high, total = s_curves(seed, n)
    best = allocate_s(curves, np.zeros(n), high, total)
    points = {2: 4001, 3: 241, 4: 41}[n]
    first = np.array(list(product(np.linspace(0, 150, points), repeat=n - 1)))
    tried = np.column_stack([first, total - first.sum(axis=1)])
    tried = tried[(tried[:, -1] >= 0) & (tried[:, -1] <= 150)]
    found = sum(curves.take(np.full(len(tried), i)).value(tried[:, i]) for i in range(n)).max()
    assert best.value >= found * (1 - 1e-9)
    assert best.value <= found * 1.05  # a grid this fine comes near
    assert 0 <= best.duality_gap <= 2e-9
    assert best.kkt_residual < 1e-4
    assert best.spend.sum() == pytest.approx(total, rel=1e-12)
    assert np.all((best.spend >= 0) & (best.spend <= high))


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_many_starts_of_a_local_solver_find_nothing_better_over_six_s_curves_in_groups(seed):
    curves, high, total = s_curves(seed, 6)
    groups = Groups(np.array([0, 0, 1, 1, -1, -1]), np.array([20.0, 0.0]), np.array([200.0, 120.0]))
    best = allocate_s(curves, np.zeros(6), high, total, groups)
    inside = np.array([groups.member == g for g in range(2)], dtype=float)
    limits = [LinearConstraint(np.ones(6), total, total), LinearConstraint(inside, groups.low, groups.high)]
    rng = np.random.default_rng(seed)
    for _ in range(4):
        found = minimize(
            lambda x: -curves.value(np.maximum(x, 0)).sum(), rng.uniform(0, 2 * total / 6, 6), method="SLSQP",
            jac=lambda x: -curves.slope(np.maximum(x, 1e-12)), bounds=[(0, 150)] * 6, constraints=limits,
        )  # fmt: skip
        reached = np.clip(found.x, 0, 150)
        if abs(reached.sum() - total) < 1e-6 and found.success:
            assert best.value >= curves.value(reached).sum() * (1 - 1e-6)
    sums = groups.sums(best.spend)[:2]
    assert np.all((sums >= groups.low - 1e-9) & (sums <= groups.high + 1e-9))


def test_a_gap_that_is_not_closed_is_told():
    curves, high, total = s_curves(4, 3)
    quick = allocate_s(curves, np.zeros(3), high, total, nodes=0)
    best = allocate_s(curves, np.zeros(3), high, total)
    assert quick.value * (1 + quick.duality_gap) >= best.value
    assert best.duality_gap <= 1e-9


def logs(seed: int, n: int) -> tuple[LogCurves, np.ndarray]:
    rng = np.random.default_rng(seed)
    today = rng.gamma(4, 50, n)
    return LogCurves(rng.gamma(2, 100, n) * today / 100, today * rng.uniform(0.2, 2, n)), today


def overlapping(today: np.ndarray) -> Bands:
    n = len(today)
    member = np.array([np.arange(n) % 2 == 0, np.arange(n) < n // 2 + 1, np.arange(n) % 3 == 0])
    sums = member @ today
    return Bands(member, sums * 0.95, sums * 1.04, ("even", "first", "third"))


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(4, 6))
def test_groups_that_overlap_are_kept_and_an_independent_solver_finds_nothing_better(seed, n):
    curves, today = logs(seed, n)
    bands, total = overlapping(today), float(today.sum())
    best = allocate_by_rules(curves, today * 0.5, today * 1.5, total, Rules(bands))
    sums = bands.member @ best.spend
    assert np.all((sums >= bands.low * (1 - 1e-9)) & (sums <= bands.high * (1 + 1e-9)))
    assert best.spend.sum() == pytest.approx(total, rel=1e-9)
    assert best.value >= curves.value(today).sum() * (1 - 1e-9)
    assert abs(best.duality_gap) <= 1e-8
    found = minimize(
        lambda z: -curves.value(z * today).sum() / best.value, np.ones(n),
        jac=lambda z: -curves.slope(z * today) * today / best.value, bounds=[(0.5, 1.5)] * n, method="SLSQP",
        constraints=[
            LinearConstraint(today / total, 1, 1),
            LinearConstraint(bands.member * today / total, bands.low / total, bands.high / total),
        ],
        options={"ftol": 1e-13, "maxiter": 300},
    )  # fmt: skip
    assert -found.fun <= 1 + 1e-7


@settings(max_examples=12, deadline=None)
@given(seeds, st.integers(3, 5))
def test_on_or_off_with_a_minimum_is_the_best_of_all_subsets(seed, n):
    curves, today = logs(seed, n)
    total = float(today.sum()) * 0.6
    values = []
    for size in range(1, n + 1):
        for chosen in combinations(range(n), size):
            at = np.array(chosen)
            try:
                values.append(allocate(curves.take(at), today[at], today[at] * 1.5, total).value)
            except Infeasible:
                continue
    rules = Rules(least_if_on=today)
    if not values:
        with pytest.raises(Infeasible, match="being off or at least at its minimum"):
            allocate_by_rules(curves, np.zeros(n), today * 1.5, total, rules)
        return
    best = allocate_by_rules(curves, np.zeros(n), today * 1.5, total, rules)
    on = best.spend > 0
    assert np.all(best.spend[on] >= today[on] * (1 - 1e-9))
    assert best.value == pytest.approx(max(values), rel=1e-8)


@settings(max_examples=10, deadline=None)
@given(seeds, st.integers(3, 4), st.integers(1, 3))
def test_few_changes_of_at_least_a_step_are_the_best_of_all_choices_within_groups_too(seed, n, most):
    curves, today = logs(seed, n)
    bands, total, step = overlapping(today), float(today.sum()), today * 0.1
    low, high = today * 0.5, today * 1.5
    best = allocate_by_rules(curves, low, high, total, Rules(bands, today, step, most))
    values = []
    for way in product((-1, 0, 1), repeat=n):
        if np.count_nonzero(way) > most:
            continue
        lower = np.where(np.array(way) > 0, today + step, np.where(np.array(way) < 0, low, today))
        upper = np.where(np.array(way) < 0, today - step, np.where(np.array(way) > 0, high, today))
        if lower.sum() - 1e-9 > total or upper.sum() + 1e-9 < total:
            continue
        try:
            values.append(allocate_by_rules(curves, lower, upper, total, Rules(bands)).value)
        except Infeasible:
            continue
    assert best.value == pytest.approx(max(values), rel=1e-8)
    assert best.value >= curves.value(today).sum() * (1 - 1e-12)


def test_rules_in_conflict_are_named_without_those_that_are_not_to_blame():
    curves, today = LogCurves(np.full(6, 9.0), np.full(6, 50.0)), np.full(6, 100.0)
    member = np.array([[True, True, True, False, False, False], [True, False, False, False, False, True]])
    bands = Bands(member, np.array([360.0, 0]), np.array([1e6, 1e6]), ("first", "ends"))
    with pytest.raises(Infeasible) as reason:
        allocate_by_rules(
            curves, today * 0.5, today * 1.5, float(today.sum()), Rules(bands, today, today * 0.3, max_changes=2)
        )
    assert '"first"' in str(reason.value)
    assert "at most 2 moves" in str(reason.value)
    assert '"ends"' not in str(reason.value)


def test_steps_that_cannot_meet_a_total_name_the_nearest_that_they_can():
    curves, today = logs(2, 3)
    rules = Rules(today=today, min_step=today * 0.3, max_changes=1)
    with pytest.raises(Infeasible, match="at least their minimum step") as reason:
        allocate_by_rules(curves, today * 0.5, today * 1.5, float(today.sum()) + 1.0, rules)
    assert reason.value.nearest == pytest.approx(today.sum(), rel=1e-6)


# --- Over time ---------------------------------------------------------------------------------


def horizon(seed: int, periods: int, n: int, decay: float) -> tuple[LogCurves, np.ndarray, Horizon]:
    curves, today = logs(seed, n)
    rng = np.random.default_rng(seed)
    seasons = rng.uniform(0.7, 1.4, (periods, n))
    return curves, today, Horizon(seasons, np.full(n, decay), today, today, after_periods=3)


def worth(curves: LogCurves, plan: Horizon, spend: np.ndarray) -> float:
    """The value by a loop of its own: pressure by pressure."""
    value, pressure = 0.0, plan.before.copy()
    for p in range(len(plan.season) + plan.after_periods):
        spent = spend[p] if p < len(plan.season) else plan.after
        pressure = (1 - plan.decay) * spent + plan.decay * pressure
        value += float((plan.season[min(p, len(plan.season) - 1)] * curves.value(pressure)).sum())
    return value


@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize("by_period", [False, True])
def test_a_plan_over_periods_keeps_its_budgets_and_beats_an_independent_solver(decay, by_period):
    periods, n = 4, 3
    curves, today, plan = horizon(3, periods, n, decay)
    low, high = np.tile(today * 0.4, (periods, 1)), np.tile(today * 2, (periods, 1))
    each = np.full(periods, today.sum()) * np.array([0.9, 1.1, 1.0, 1.0])
    asked = {"each": each} if by_period else {"total": float(each.sum())}
    found = allocate_over_time(curves, low, high, plan, **asked)
    assert found.value == pytest.approx(worth(curves, plan, found.spend), rel=1e-12)
    assert found.exact == (decay == 0)
    assert abs(found.duality_gap) <= (1e-12 if decay == 0 else 1e-7)
    assert found.spend.sum() == pytest.approx(each.sum(), rel=1e-9)
    rows = np.kron(np.eye(periods), np.ones(n)) if by_period else np.ones((1, periods * n))
    ends = each if by_period else np.array([each.sum()])
    if by_period:
        assert found.spend.sum(axis=1) == pytest.approx(each, rel=1e-9)
    other = minimize(
        lambda x: -worth(curves, plan, x.reshape(periods, n)), np.tile(today, periods), method="SLSQP",
        bounds=list(zip(low.ravel(), high.ravel(), strict=True)), constraints=LinearConstraint(rows, ends, ends),
        options={"ftol": 1e-12, "maxiter": 300},
    )  # fmt: skip
    assert found.value >= -other.fun * (1 - 1e-6)


def test_what_carries_over_moves_money_to_before_the_season():
    curves, today, plan = horizon(5, 4, 1, 0.6)
    peak = np.array([[0.5], [0.5], [0.5], [3.0]])
    low, high = np.zeros((4, 1)), np.full((4, 1), today[0] * 4)
    lasting = Horizon(peak, np.full(1, 0.6), today * 0, today * 0, 0)
    at_once = Horizon(peak, np.zeros(1), today * 0, today * 0, 0)
    total = float(today[0] * 4)
    before = allocate_over_time(curves, low, high, lasting, total=total).spend[2, 0]
    assert before > allocate_over_time(curves, low, high, at_once, total=total).spend[2, 0]
    assert plan.shape == (4, 1)
