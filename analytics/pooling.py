"""Partial pooling: estimates of one kind are drawn to their common mean, the unsure ones further (empirical Bayes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
POINTS = 60


@dataclass(frozen=True, slots=True)
class Pooled:
    """Pooled values ``(items,)`` with their draws ``(draws, items)``.

    ``shrinkage`` is the weight of the common ``mean`` in each: 0 is its own figures alone, 1 its siblings'.
    ``between`` is the spread of the truths among siblings.
    """

    value: Floats
    draws: Floats
    shrinkage: Floats
    mean: float
    between: float


def shrink(value: Floats, draws: Floats, rng: np.random.Generator) -> Pooled:
    """Pool ``value`` ``(items,)`` whose doubt is that of ``draws`` ``(draws, items)``.

    The spread between the items is not one number: every draw takes its own from what the figures leave possible, so
    few siblings that happen to agree do not make each other sure. A draw's own deviation is kept, made smaller.

    Source: Gelman et al. (2013), Bayesian Data Analysis, section 5.4 (the normal hierarchical model).
    """
    own = np.maximum(draws.var(axis=0), 1e-12)
    grid, chance = _spreads(value, own)
    shares, means, mean_spread = _given(grid, value, own)
    picked = rng.choice(len(grid), size=len(draws), p=chance)
    share = shares[picked]
    mean = means[picked] + mean_spread[picked] * rng.standard_normal(len(draws))
    moved = share * mean[:, None] + (1 - share) * value + np.sqrt(1 - share) * (draws - value)
    return Pooled(
        value=chance @ (shares * means[:, None] + (1 - shares) * value),
        draws=np.asarray(moved, dtype=np.float64),
        shrinkage=chance @ shares,
        mean=float(chance @ means),
        between=float(chance @ grid),
    )


def _given(spread: Floats, value: Floats, own: Floats) -> tuple[Floats, Floats, Floats]:
    """For each spread between: the siblings' weight in each item, the common mean and its standard error."""
    total = own + spread[:, None] ** 2
    weight = 1 / total
    return own / total, (weight * value).sum(axis=1) / weight.sum(axis=1), 1 / np.sqrt(weight.sum(axis=1))


def _spreads(value: Floats, own: Floats) -> tuple[Floats, Floats]:
    """Possible spreads between the items, and how likely each is by their differences (flat beforehand)."""
    grid = np.linspace(0.0, 2 * float(np.ptp(value)) + 2 * float(np.sqrt(np.median(own))), POINTS)
    _, means, errors = _given(grid, value, own)
    total = own + grid[:, None] ** 2
    logs = -0.5 * (np.log(total) + (value - means[:, None]) ** 2 / total).sum(axis=1) + np.log(errors)
    chance = np.exp(logs - logs.max())
    return grid, chance / chance.sum()
