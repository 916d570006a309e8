"""A campaign too young or too small to be judged alone, judged by its own few days and by its siblings.

What siblings share is how their return falls off: the elasticity at mean spend (the return of the next unit over the
mean outcome per unit) and the bend in units of mean spend. Neither depends on a campaign's size or price level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NotEnoughData
from analytics.pooling import shrink
from analytics.response.control import controls
from analytics.response.curves import Response, of_draws

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_SIBLINGS = 3
MIN_OWN_DAYS = 21
MIN_OWN_OUTCOMES = 10
UNSURE = 4.0  # spread of an own elasticity that its days say nothing of
_LEAST, _MOST = 0.02, 1.0  # elasticities of a concave curve above a baseline


@dataclass(frozen=True, slots=True)
class Sibling:
    """A campaign that could be judged alone: its response and its mean outcome a day."""

    response: Response
    outcome_mean: float

    def elasticity(self) -> Floats:
        """Per draw."""
        mean = self.response.spend_mean
        return self.response.slope(mean) * mean / self.outcome_mean


def borrow(
    spend: Floats, outcome: Floats, day: Ints, siblings: Sequence[Sibling], rng: np.random.Generator
) -> Response:
    """The response of a thin campaign, with as many draws as its siblings'.

    Raises:
        NotEnoughData: too few siblings, or too few days of its own to know its level.
    """
    spending = int((spend > 0).sum())
    if len(siblings) < MIN_SIBLINGS:
        raise NotEnoughData(f"{len(siblings)} siblings could be judged; {MIN_SIBLINGS} are needed to borrow from")
    if spending < MIN_OWN_DAYS or int((outcome > 0).sum()) < MIN_OWN_OUTCOMES:
        raise NotEnoughData(f"{spending} days of its own are too few even with its siblings; {MIN_OWN_DAYS} are needed")
    theirs = np.column_stack([s.elasticity() for s in siblings])
    draws = len(theirs)
    own, spread = _own(spend, outcome, day)
    value = np.append(theirs.mean(axis=0), own)
    sampled = np.column_stack([theirs, own + spread * rng.standard_normal(draws)])
    pooled = shrink(value, sampled, rng)
    elasticity = np.clip(pooled.draws[:, -1], _LEAST, _MOST)
    picked = rng.integers(0, len(siblings), size=draws)
    rows = np.arange(draws)
    bend = np.column_stack([s.response.bend / s.response.spend_mean for s in siblings])[rows, picked]
    full = np.column_stack([s.response.full for s in siblings])[rows, picked]
    mean = float(spend.mean())
    bend = bend * mean
    at_mean = np.where(full, bend / (bend + mean), 1.0) / (bend + mean)
    # the level is known as well as so few days know it
    level = outcome.mean() + outcome.std() / np.sqrt(len(outcome)) * rng.standard_normal(draws)
    scale = elasticity * np.maximum(level, 0.0) / mean / at_mean
    found = of_draws(spend, scale, bend, full, 0.0)
    return replace(found, borrowed=float(pooled.shrinkage[-1]))


def _own(spend: Floats, outcome: Floats, day: Ints) -> tuple[float, float]:
    """Elasticity by its own days and how unsure it is; no evidence where they cannot tell."""
    beside = controls(day)
    design = np.column_stack([spend, beside[:, np.any(beside != 0, axis=0)]])
    left = len(outcome) - int(np.linalg.matrix_rank(design))
    moved = spend - design[:, 1:] @ np.linalg.lstsq(design[:, 1:], spend, rcond=1e-9)[0]
    if left < len(outcome) / 3 or float(moved @ moved) <= 1e-6 * float(spend @ spend):
        return 0.3, UNSURE
    beta = np.linalg.lstsq(design, outcome, rcond=1e-9)[0]
    rest = outcome - design @ beta
    error = np.sqrt(float(rest @ rest) / left / float(moved @ moved))
    per_unit = float(outcome.mean() / spend.mean())
    return float(beta[0]) / per_unit, min(1.4 * float(error) / per_unit, UNSURE)  # days of a week move together
