"""What picking the best of a noisy fit flatters is found from the draws, so that what is left is right on average."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.flattery import Drawn, Floats, _best, flattery
from analytics.optimizer import LogCurves, MeanOfDraws, allocate
from tools.budget.movable import unflattered

LEVERS, DRAWS = 12, 160
TODAY = np.full(LEVERS, 100.0)
LOW, HIGH = TODAY * 0.6, TODAY * 1.4


def fitted(scale: Floats, noise: float, rng: np.random.Generator) -> Drawn:
    """A fit of log curves with scales off by ``noise``, and its bootstrap: draws about the fit as it about them."""
    seen = scale + rng.normal(0, noise, LEVERS)
    drawn = np.maximum(seen[:, None] + rng.normal(0, noise, (LEVERS, DRAWS)), 1e-3)
    return Drawn(drawn, np.full(drawn.shape, 80.0), np.zeros(drawn.shape, dtype=bool))


def chosen(curves: Drawn) -> Floats:
    return allocate(MeanOfDraws(curves.scale, curves.bend, curves.full), LOW, HIGH, float(TODAY.sum())).spend


def markets(count: int, noise: float) -> list[tuple[Floats, Floats, float, float]]:
    """Of each the plan that looked best: its gains per draw as the fit says and corrected, the truth, the flattery."""
    found = []
    for seed in range(count):
        rng = np.random.default_rng([seed, 5])
        true = rng.normal(200, 30, LEVERS)
        curves = fitted(true, noise, rng)
        plan = chosen(curves)
        gains = curves.value(plan[:, None]) - curves.value(TODAY[:, None])
        off = flattery(curves, TODAY, LOW, HIGH, plan)
        right = unflattered(gains, gains.sum(axis=0), off).sum(axis=0)
        truth = float((true * (np.log1p(plan / 80) - np.log1p(TODAY / 80))).sum())
        found.append((gains.sum(axis=0), right, truth, off))
    return found


def held(gains: list[Floats], truths: list[float]) -> float:
    """The share of 90 % ranges that hold the truth."""
    return float(
        np.mean([np.quantile(g, 0.05) <= t <= np.quantile(g, 0.95) for g, t in zip(gains, truths, strict=True)])
    )


def test_the_corrected_mean_is_right_on_average_and_its_range_holds_the_truth_as_often_as_it_says() -> None:
    plain, right, truths, _ = (list(part) for part in zip(*markets(60, noise=15.0), strict=True))
    off_plain, off = (np.array([g.mean() for g in gains]) - truths for gains in (plain, right))
    error = off.std() / len(off) ** 0.5
    assert off_plain.mean() > 5 * error  # the optimizer's curse, plain to see
    assert abs(off.mean()) < 2 * error
    assert held(plain, truths) < 0.8
    assert 0.85 <= held(right, truths) <= 0.97


def test_where_noise_is_as_large_as_what_differs_most_of_it_is_taken_off() -> None:
    """The draws are about the fit and not about the truth: a part of so much flattery is left."""
    plain, right, truths, _ = (list(part) for part in zip(*markets(40, noise=30.0), strict=True))
    off_plain, off = (float(np.mean([g.mean() for g in gains]) - np.mean(truths)) for gains in (plain, right))
    assert abs(off) < 0.25 * off_plain
    assert held(plain, truths) < 0.5
    assert held(right, truths) >= 0.85


def test_a_fit_without_noise_flatters_nothing_and_more_noise_flatters_more() -> None:
    means = [float(np.mean([off for *_, off in markets(8, noise)])) for noise in (0.0, 10.0, 30.0)]
    assert means[0] == pytest.approx(0.0, abs=1e-9)
    assert 0 < means[1] < means[2]


def test_each_draws_own_plan_is_the_one_the_exact_allocation_finds() -> None:
    rng = np.random.default_rng(3)
    curves = fitted(rng.normal(200, 30, LEVERS), 30.0, rng)
    plans = _best(curves, TODAY, LOW, HIGH, 1150.0, None)
    for n in range(0, DRAWS, 20):
        exact = allocate(LogCurves(curves.scale[:, n], curves.bend[:, n]), LOW, HIGH, 1150.0).spend
        assert plans[:, n] == pytest.approx(exact, rel=1e-6)


def test_where_few_may_move_each_draw_moves_few_and_there_is_less_to_flatter() -> None:
    rng = np.random.default_rng(4)
    curves = fitted(rng.normal(200, 30, LEVERS), 30.0, rng)
    few = _best(curves, TODAY, LOW, HIGH, float(TODAY.sum()), 4)
    assert few.sum(axis=0) == pytest.approx(np.full(DRAWS, TODAY.sum()))
    assert int((np.abs(few - TODAY[:, None]) > 1e-6).sum(axis=0).max()) == 4
    plan = chosen(curves)
    assert flattery(curves, TODAY, LOW, HIGH, plan, max_changes=4) < flattery(curves, TODAY, LOW, HIGH, plan)


def test_no_more_is_taken_off_than_the_search_is_predicted_to_bring() -> None:
    rng = np.random.default_rng(6)
    curves = fitted(np.full(LEVERS, 200.0), 60.0, rng)
    assert flattery(curves, TODAY, LOW, HIGH, TODAY) == 0.0
    timid = TODAY + 0.001 * (chosen(curves) - TODAY)
    gain = float((curves.value(timid[:, None]) - curves.value(TODAY[:, None])).sum(axis=0).mean())
    assert flattery(curves, TODAY, LOW, HIGH, timid) == pytest.approx(gain)


def test_other_amounts_are_flattered_as_far_as_their_draws_go_with_the_plans() -> None:
    gains = np.random.default_rng(1).normal([[5.0], [-2.0], [1.0]], [[2.0], [1.0], [3.0]], (3, 4000))
    plan = gains.sum(axis=0)
    whole = unflattered(gains, plan, 1.5).sum(axis=0)
    assert whole.mean() == pytest.approx(plan.mean() - 1.5)
    assert whole.var() == pytest.approx(plan.var() + 1.5**2 / 3)
    assert unflattered(gains / 2, plan, 1.5).sum(axis=0) == pytest.approx(whole / 2)
    assert np.all(unflattered(np.zeros((3, 4000)), plan, 1.5) == 0)
    assert unflattered(gains, np.zeros(4000), 1.5) is gains
