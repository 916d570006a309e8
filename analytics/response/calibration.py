"""Experiments as evidence on a campaign's curve: each pulls in every draw by a value from its own distribution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries
from analytics.response.carryover import adstocked
from analytics.response.curves import Response, of_draws

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGEST_SHARE = 1.05


@dataclass(frozen=True, slots=True)
class Experiment:
    """Outcome that ``spend`` on the days ``first_day`` to ``last_day`` (ordinals, inclusive) brought beyond what would
    have come anyway; ``low`` and ``high`` bound it with probability ``level``."""

    name: str
    first_day: int
    last_day: int
    spend: float
    incremental: float
    low: float
    high: float
    level: float

    @property
    def spread(self) -> float:
        """Standard deviation, from the width of the interval."""
        return (self.high - self.low) / 2 / NormalDist().inv_cdf(0.5 + self.level / 2)

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Values it may truly have had, ``(draws,)``; the middle of a lopsided interval is its own middle."""
        reach = NormalDist().inv_cdf(0.5 + self.level / 2)
        below, above = (max(self.incremental - self.low, 0.0), max(self.high - self.incremental, 0.0))
        side = rng.random(draws) < below / (below + above)
        size = np.abs(rng.standard_normal(draws)) / reach
        return np.asarray(self.incremental + np.where(side, -below, above) * size, dtype=np.float64)


def pseudo_rows(
    share: float, day: Ints, spend: Floats, experiments: Sequence[Experiment], bends: Floats, noise: float,
    rng: np.random.Generator, draws: int,
) -> Iterator[tuple[Floats, Floats]]:  # fmt: skip
    """A row for each experiment, ``(shapes,)``, and its value in each draw, weighed against the days' ``noise``."""
    for experiment in experiments:
        weight = noise / experiment.spread
        with_it, without = _with_and_without(experiment, day, spend, share)
        row = shapes_of(with_it, bends).sum(axis=0) - shapes_of(without, bends).sum(axis=0)
        yield row * weight, experiment.draw(draws, rng) * weight


def by_experiments(
    spend: Floats, day: Ints, experiments: Sequence[Experiment], bends: Floats, draws: int, rng: np.random.Generator
) -> Response:
    """The curve by experiments alone: its height is theirs, and how soon it bends nobody knows."""
    grid = bends * spend.mean()
    cross, square = np.zeros((draws, 2 * len(grid))), np.zeros(2 * len(grid))
    for row, wanted in pseudo_rows(0.0, day, spend, experiments, grid, 1.0, rng, draws):
        cross, square = cross + wanted[:, None] * row, square + row**2
    picked = rng.integers(0, 2 * len(grid), size=draws)
    scale = np.maximum(0.0, cross[np.arange(draws), picked] / np.maximum(square[picked], 1e-300))
    found = of_draws(spend, scale, grid[picked % len(grid)], picked >= len(grid), 0.0)
    return replace(found, calibrated=tuple(e.name for e in experiments))


def _with_and_without(experiment: Experiment, day: Ints, spend: Floats, share: float) -> tuple[Floats, Floats]:
    """The test's days with their spend as it works, and with the tested part of it taken away."""
    inside = (day >= experiment.first_day) & (day <= experiment.last_day)
    spent = float(spend[inside].sum())
    if spent <= 0:
        raise BadSeries(f"{experiment.name}: none of its days has a spend among the figures")
    if experiment.spend > LARGEST_SHARE * spent:
        raise BadSeries(
            f"{experiment.name}: it tested a spend of {experiment.spend:,.2f}, and the figures have {spent:,.2f} in "
            "its days"
        )
    kept = 1 - min(experiment.spend / spent, 1.0)
    less = np.where(inside, spend * kept, spend)
    return adstocked(spend, day, share)[inside], adstocked(less, day, share)[inside]


def shapes_of(spend: Floats, bends: Floats) -> Floats:
    """Both families over every bend, ``(days, 2 * bends)``."""
    return np.column_stack([np.log1p(spend[:, None] / bends), spend[:, None] / (bends + spend[:, None])])
