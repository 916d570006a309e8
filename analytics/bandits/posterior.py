"""What is known of every arm's reward, and exactly how likely each is the best: by quadrature, not by drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.bandits.rewards import Matured

Floats = NDArray[np.float64]

_TAIL = 1e-12
_CUTS = np.array([_TAIL, 1e-6, 1e-3, 0.02, 0.16, 0.5, 0.84, 0.98, 1 - 1e-3, 1 - 1e-6, 1 - _TAIL])
_NODES = 12
_MOST_PIECES = 600


@dataclass(frozen=True, slots=True)
class Posterior:
    """Per arm: ``mean`` and the interval of ``level``; ``best`` is the chance that it is the best of all, summing to 1.

    ``loss`` is what choosing it costs in expectation against the true best, in units of the reward.
    """

    mean: Floats
    low: Floats
    high: Floats
    level: float
    best: Floats
    loss: Floats


def posterior(matured: Matured, *, prior: tuple[float, float] = (1.0, 1.0), level: float = 0.95) -> Posterior:
    """Beta posteriors of yes-or-no rewards from a Beta ``prior``; gamma ones of rates; normal ones of means of amounts.

    P(best) is the integral of one arm's density times the others' distribution functions, by Gauss-Legendre between
    the arms' own quantiles.
    """
    laws = _laws(matured, prior)
    at, weight, top = _grid(laws.ppf(_CUTS))
    below = np.clip(laws.cdf(at), 1e-300, 1.0)
    all_below = np.exp(np.log(below).sum(axis=0))
    best = (laws.pdf(at) * (all_below / below)) @ weight
    greatest = top - float(all_below @ weight)  # E[max] over where the maximum can lie
    mean = np.asarray(laws.mean(), dtype=np.float64)[:, 0]
    low, high = laws.ppf((1 - level) / 2)[:, 0], laws.ppf((1 + level) / 2)[:, 0]
    return Posterior(mean, low, high, level, best / best.sum(), np.maximum(greatest - mean, 0.0))


def _laws(matured: Matured, prior: tuple[float, float]) -> Any:
    """One frozen scipy distribution an arm, in rows."""
    from scipy import stats

    if matured.rate:  # Jeffreys: half a reward at no exposure
        return stats.gamma((0.5 + matured.rewards)[:, None], scale=(1 / matured.trials)[:, None])
    if matured.square is None:
        missed = np.maximum(matured.trials - matured.rewards, 0.0)
        return stats.beta((prior[0] + matured.rewards)[:, None], (prior[1] + missed)[:, None])
    mean = matured.rewards / matured.trials
    spread = np.maximum(matured.square / matured.trials - mean**2, 0.0) / (matured.trials - 1)
    least = 1e-9 * max(float(np.abs(mean).max()), 1e-9)  # amounts that never varied
    return stats.norm(mean[:, None], np.maximum(np.sqrt(spread), least)[:, None])


def _grid(cuts: Floats) -> tuple[Floats, Floats, float]:
    """Nodes and weights between the sorted quantiles of all arms, and where they end."""
    edges = np.unique(cuts[np.isfinite(cuts)])
    if len(edges) > _MOST_PIECES:
        inner = np.linspace(0, len(edges) - 1, _MOST_PIECES).round().astype(int)
        edges = edges[np.unique(inner)]
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    at = (edges[:-1, None] + half * (1 + node)).ravel()
    return at, (half * weight).ravel(), float(edges[-1])
