"""KL-UCB for a batch: the arm that could still be best is shown next, as if what it is shown were seen already.

Source: Garivier and Cappé (2011), The KL-UCB algorithm for bounded stochastic bandits and beyond; for batches,
Desautels, Krause, Burdick (2014), Parallelizing exploration-exploitation tradeoffs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.bandits.posterior import posterior
from analytics.bandits.rewards import Matured
from analytics.bandits.shares import FLOOR, Shares, with_floor

Floats = NDArray[np.float64]

_PARTS = 100  # a batch is given out in so many equal parts
_STEPS = 50


def ucb(matured: Matured, batch: float, *, floor: float = FLOOR) -> Shares:
    """Shares of the next ``batch`` trials. ``index`` is each arm's upper bound before the batch.

    Raises:
        Infeasible: the floor is too high for so many arms.
    """
    trials, given = matured.trials.copy(), np.zeros(matured.arms)
    first = upper_bound(matured, trials)
    bound = first.copy()
    for _ in range(_PARTS):
        arm = int(np.argmax(bound))
        given[arm] += 1 / _PARTS
        trials[arm] += batch / _PARTS
        bound = upper_bound(matured, trials)
    return Shares("ucb", with_floor(given, floor), first, floor, posterior(matured))


def upper_bound(matured: Matured, trials: Floats) -> Floats:
    """The largest reward that is not refuted at confidence log(all trials), with ``trials`` counted for the width."""
    confidence = np.log(max(float(trials.sum()), 2.0))
    mean = matured.rewards / matured.trials
    if matured.square is not None:
        spread = np.sqrt(np.maximum(matured.square / matured.trials - mean**2, 0.0))
        return np.asarray(mean + spread * np.sqrt(2 * confidence / trials), dtype=np.float64)
    if matured.rate:
        low, high = mean.copy(), mean + 4 * np.sqrt(mean * confidence / trials) + 4 * confidence / trials
    else:
        mean = np.minimum(mean, 1.0)
        low, high = mean.copy(), np.ones_like(mean)
    divergence = _of_counts if matured.rate else _divergence
    for _ in range(_STEPS):
        middle = (low + high) / 2
        refuted = trials * divergence(mean, middle) > confidence
        low, high = np.where(refuted, low, middle), np.where(refuted, middle, high)
    return low


def _divergence(p: Floats, q: Floats) -> Floats:
    """Kullback-Leibler divergence of Bernoulli(p) from Bernoulli(q)."""
    from scipy.special import rel_entr

    return np.asarray(rel_entr(p, q) + rel_entr(1 - p, 1 - q), dtype=np.float64)


def _of_counts(p: Floats, q: Floats) -> Floats:
    """Kullback-Leibler divergence of Poisson(p) from Poisson(q)."""
    from scipy.special import rel_entr

    return np.asarray(rel_entr(p, q) + q - p, dtype=np.float64)
