"""Channels of one kind lend each other their carryover and saturation, by how sure each is (partial pooling)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix.fit import Fitted
from analytics.mediamix.solve import Solution, nonnegative
from analytics.pooling import shrink

Floats = NDArray[np.float64]


def pool(fitted: Fitted, groups: Mapping[str, str]) -> tuple[Fitted, dict[str, float]]:
    """Shapes drawn towards their group's, coefficients solved anew; and by channel the share that its siblings decide.

    ``groups`` names a group by channel; a channel without one, or alone in it, stays as it was.
    """
    theta_point, theta_draws = fitted.point.theta.copy(), fitted.draws.theta.copy()
    shares: dict[str, list[float]] = {}
    low, high = fitted.problem.bounds()
    rng = np.random.default_rng(len(fitted.outcome))
    for group in sorted(set(groups.values())):
        at = [n for n, name in enumerate(fitted.series.channels) if groups.get(name) == group]
        if len(at) < 2:
            continue
        for p in range(theta_point.shape[2]):
            pooled = shrink(theta_point[0, at, p], theta_draws[:, at, p], rng)
            theta_point[0, at, p] = pooled.value
            theta_draws[:, at, p] = np.clip(pooled.draws, low[p], high[p])
            for n, share in zip(at, pooled.shrinkage, strict=True):
                shares.setdefault(fitted.series.channels[n], []).append(float(share))
    if not shares:
        return fitted, {}
    point, draws = _again(fitted, fitted.point, theta_point), _again(fitted, fitted.draws, theta_draws)
    return replace(fitted, point=point, draws=draws), {name: float(np.mean(s)) for name, s in shares.items()}


def _again(fitted: Fitted, solution: Solution, theta: Floats) -> Solution:
    """Coefficients for moved shapes, against what the old shapes explained: the draws' targets are not kept."""
    problem = fitted.problem
    old = np.einsum("dc,dct->dt", solution.beta, problem.projected(problem.features(solution.theta)))
    rows = problem.projected(problem.features(theta))
    beta = nonnegative(np.einsum("dct,det->dce", rows, rows), np.einsum("dct,dt->dc", rows, old))
    return Solution(theta, beta, solution.loss)
