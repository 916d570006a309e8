"""A media-mix model by bounded least squares with a block bootstrap: seconds, not minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NotEnoughData
from analytics.mediamix.adstock import AdstockFamily, lagged
from analytics.mediamix.design import Design, design
from analytics.mediamix.lift import Lift, rows_of
from analytics.mediamix.saturation import SaturationFamily
from analytics.mediamix.series import Series
from analytics.mediamix.solve import Problem, Solution, solve

Floats = NDArray[np.float64]
DRAWS = 300
STARTS = 24
POINT_ROUNDS = 60
DRAW_ROUNDS = 25
MIN_VARIATION = 0.05
BLOCK = {"day": 21, "week": 8, "month": 4, "period": 8}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A mix as solved: ``point`` has one target, ``draws`` one a draw. Outcomes are in units of ``unit``.

    ``series`` holds the channels that could be fitted; ``left_out`` says by name why the others could not.
    """

    series: Series
    design: Design
    problem: Problem
    point: Solution
    draws: Solution
    unit: float
    largest: Floats
    left_out: dict[str, str]

    @property
    def first(self) -> int:
        return self.series.carryover - 1

    @property
    def outcome(self) -> Floats:
        return self.series.outcome[self.first :] / self.unit

    def media(self, solution: Solution) -> Floats:
        """What each channel brings in each period, ``(targets, channels, periods)``, in units of ``unit``."""
        n = len(self.design.basis)
        return np.asarray(solution.beta[:, :, None] * self.problem.features(solution.theta)[:, :, :n])


def fit(
    series: Series,
    rng: np.random.Generator,
    *,
    adstock: AdstockFamily = "geometric",
    saturation: SaturationFamily = "logistic",
    lifts: Sequence[Lift] = (),
    draws: int = DRAWS,
) -> Fitted:
    """Fit every channel whose spend moved.

    Raises:
        NotEnoughData: no channel's spend moved, too few periods for so many channels, or an outcome that never moved.
        BadSeries: a lift result that does not fit the figures.
    """
    usable, left_out = _usable(series)
    beside = design(usable, usable.carryover - 1)
    outcome = usable.outcome[usable.carryover - 1 :]
    unit = float(outcome.std())
    if unit <= 1e-12 * max(float(np.abs(outcome).max()), 1e-300):
        raise NotEnoughData("the outcome never moved, so nothing can be said of what moves it")
    largest = usable.spend.max(axis=0)
    lags = np.stack([lagged(x, usable.carryover) for x in (usable.spend / largest).T])
    rows = tuple(rows_of(lift, usable, largest, unit) for lift in lifts)
    problem = Problem(adstock, saturation, lags, beside.basis, rows)
    free = _free(problem)
    if free < 1.5 * len(usable.channels):
        raise NotEnoughData(
            f"{len(outcome)} periods for {len(usable.channels)} channels and {beside.basis.shape[1]} columns beside "
            "them are too few; give more periods or fewer channels and controls"
        )
    problem, point = _point(problem, outcome / unit, rng)
    drawn = _draw(problem, point, outcome / unit, usable, draws, rng)
    return Fitted(usable, beside, problem, point, drawn, unit, largest, left_out)


def refit(whole: Fitted, series: Series, rng: np.random.Generator, draws: int = 0) -> Fitted:
    """The same model on other periods of the same channels, from where ``whole`` came to lie."""
    beside = design(series, series.carryover - 1)
    outcome = series.outcome[series.carryover - 1 :] / whole.unit
    lags = np.stack([lagged(x, series.carryover) for x in (series.spend / whole.largest).T])
    problem = replace(whole.problem, lags=lags, basis=beside.basis, lifts=())
    problem, point = _point(problem, outcome, rng)
    drawn = _draw(problem, point, outcome, series, draws, rng) if draws else point
    return Fitted(series, beside, problem, point, drawn, whole.unit, whole.largest, whole.left_out)


def _usable(series: Series) -> tuple[Series, dict[str, str]]:
    """The channels whose spend moved beyond what the controls explain of it."""
    basis = design(series).basis
    left = series.spend - basis @ (basis.T @ series.spend)
    mean = series.spend.mean(axis=0)
    left_out: dict[str, str] = {}
    for name, spread, level in zip(series.channels, left.std(axis=0), mean, strict=True):
        if level <= 0:
            left_out[name] = "nothing was spent on it"
        elif spread / level < MIN_VARIATION:
            left_out[name] = (
                f"its spend hardly varied: beyond trend, season and controls it moved by {spread / level * 100:.1f} % "
                f"of its mean, and {MIN_VARIATION * 100:.0f} % are needed"
            )
    keep = [n for n, name in enumerate(series.channels) if name not in left_out]
    if not keep:
        raise NotEnoughData("; ".join(f"{name}: {why}" for name, why in left_out.items()))
    names = tuple(series.channels[n] for n in keep)
    return replace(series, spend=series.spend[:, keep], channels=names), left_out


def _free(problem: Problem) -> float:
    """Degrees of freedom left for the noise; a shape costs half of one, because the pull towards usual values holds."""
    channels, n = problem.lags.shape[0], problem.basis.shape[0]
    return float(n - problem.basis.shape[1] - channels * (1 + len(problem.parameters) / 2))


def _target(problem: Problem, outcome: Floats) -> Floats:
    """The outcome, then a value for each lift result, weighed by its own spread. ``(..., periods + lifts)``."""
    lifts = np.array([row.incremental * problem.noise / row.spread for row in problem.lifts])
    return np.concatenate([outcome, np.broadcast_to(lifts, (*outcome.shape[:-1], len(lifts)))], axis=-1)


def _point(problem: Problem, outcome: Floats, rng: np.random.Generator) -> tuple[Problem, Solution]:
    """The best of many starts, then again with the noise that this left as the measure of everything else."""
    low, high = problem.bounds()
    mean, spread = problem.usual()
    channels = problem.lags.shape[0]
    starts = mean + spread * rng.standard_normal((STARTS, channels, len(mean)))
    starts[0] = mean
    starts = np.clip(starts, low, high)
    pull = np.broadcast_to(mean, starts.shape)
    left = problem.projected(outcome[None])[0]
    problem = replace(problem, noise=max(float(np.sqrt(left @ left / max(_free(problem), 1.0))) / 2, 1e-9))
    found = solve(problem, _target(problem, outcome)[None], starts, pull, POINT_ROUNDS // 3)
    for _ in range(2):
        best = found.best()
        problem = replace(problem, noise=_noise(problem, found, best, outcome))
        top = np.argsort(found.loss)[:4]
        found = solve(problem, _target(problem, outcome)[None], found.theta[top], pull[top], POINT_ROUNDS)
    best = found.best()
    return problem, Solution(found.theta[[best]], found.beta[[best]], found.loss[[best]])


def residual(problem: Problem, solution: Solution, at: int, outcome: Floats) -> Floats:
    """What the fit leaves in each period."""
    n = len(problem.basis)
    media = np.einsum("c,ct->t", solution.beta[at], problem.features(solution.theta[[at]])[0, :, :n])
    left = outcome - media
    return np.asarray(left - problem.basis @ (problem.basis.T @ left), dtype=np.float64)


def _noise(problem: Problem, solution: Solution, at: int, outcome: Floats) -> float:
    left = residual(problem, solution, at, outcome)
    return max(float(np.sqrt(left @ left / _free(problem))), 1e-9)


def _draw(
    problem: Problem, point: Solution, outcome: Floats, series: Series, draws: int, rng: np.random.Generator
) -> Solution:
    """Fit again on what was fitted plus residuals drawn in blocks, the pulls and lift results drawn too.

    Residuals are drawn, not periods: the season, a rare event and every channel's carryover stay whole in each draw.

    Source: Künsch (1989); Bardsley et al. (2014), Randomize-then-optimize, for drawing the pulls.
    """
    left = residual(problem, point, 0, outcome)
    n = len(left)
    wide = np.sqrt(n / _free(problem))
    block = min(BLOCK[series.grain], n // 4)
    starts = rng.integers(0, n, size=(draws, -(-n // block)))
    at = ((starts[:, :, None] + np.arange(block)) % n).reshape(draws, -1)[:, :n]
    target = _target(problem, outcome - left + (left - left.mean())[at] * wide)
    for j, row in enumerate(problem.lifts):
        target[:, n + j] = row.draw(draws, rng) * problem.noise / row.spread
    mean, spread = problem.usual()
    low, high = problem.bounds()
    pull = mean + spread * rng.standard_normal((draws, *point.theta.shape[1:]))
    start = np.broadcast_to(point.theta[0], pull.shape)
    return solve(problem, target, np.clip(start, low, high), pull, DRAW_ROUNDS)
