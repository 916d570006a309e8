"""Thompson sampling for a batch: each arm's share is its chance of being the best.

Source: Thompson (1933); Chapelle and Li (2011), An empirical evaluation of Thompson sampling.
"""

from __future__ import annotations

from analytics.bandits.posterior import posterior
from analytics.bandits.rewards import Matured
from analytics.bandits.shares import FLOOR, Shares, with_floor


def thompson(matured: Matured, *, floor: float = FLOOR, prior: tuple[float, float] = (1.0, 1.0)) -> Shares:
    """Shares of the next batch: the expectation of drawing once from every posterior and showing the best.

    Raises:
        Infeasible: the floor is too high for so many arms.
    """
    known = posterior(matured, prior=prior)
    return Shares("thompson", with_floor(known.best, floor), known.best, floor, known)
