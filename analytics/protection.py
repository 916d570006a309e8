"""Whether a campaign is truly worse than its floor, or only had bad luck: a probability from its mature days.

Conversions are counts: the posterior of their mean is a Gamma distribution, widened where the days scatter more than
chance (Pearson's dispersion). Revenue is a ratio over days: its error is that of the days' residuals about the ratio,
with Student's t. Source: Gelman et al., Bayesian Data Analysis, 2.6 (Jeffreys' prior for a Poisson mean); Cochran,
Sampling Techniques, 6.3 (ratio estimators).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries, NotEnoughData

Floats = NDArray[np.float64]

LEVEL = 0.90
MIN_DAYS = 10
MIN_EXPECTED = 5.0
MIN_PAYING_DAYS = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """Outcome per unit of spend with its interval of ``LEVEL``; ``below`` is the probability that it is truly under the
    floor."""

    value: float
    low: float
    high: float
    below: float


def of_counts(spend: Floats, count: Floats, floor: float) -> Standing:
    """``spend`` and ``count`` (conversions) one entry a mature day; ``floor`` in conversions per unit of spend.

    Raises:
        NotEnoughData: too few days with spend, or so little of it that even the floor would bring next to nothing.
        BadSeries: a floor or figures that are not finite and positive.
    """
    from scipy.stats import gamma

    total = _checked(spend, count, floor)
    if floor * total < MIN_EXPECTED:
        raise NotEnoughData(
            f"at its floor it would have brought {floor * total:.1f} conversions; {MIN_EXPECTED:.0f} are needed to tell"
        )
    rate = count.sum() / total
    widened = 1.0
    if rate > 0:
        expected = rate * spend[spend > 0]
        widened = max(1.0, float(np.sum((count[spend > 0] - expected) ** 2 / expected)) / (len(expected) - 1))
    mean = gamma((count.sum() + 0.5) / widened, scale=widened / total)
    low, high = mean.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Standing(float(rate), float(low), float(high), float(mean.cdf(floor)))


def of_revenue(spend: Floats, revenue: Floats, floor: float) -> Standing:
    """As ``of_counts`` for revenue; ``floor`` is a ROAS.

    Raises:
        NotEnoughData: too few days with spend, or with any revenue.
        BadSeries: as there.
    """
    from scipy.stats import t

    total = _checked(spend, revenue, floor)
    paying = int(np.sum(revenue > 0))
    if paying < MIN_PAYING_DAYS:
        raise NotEnoughData(f"only {paying} days brought any revenue; {MIN_PAYING_DAYS} are needed")
    ratio = revenue.sum() / total
    days = len(spend)
    error = np.sqrt(days / (days - 1) * np.sum((revenue - ratio * spend) ** 2)) / total
    found = t(days - 1, loc=ratio, scale=max(float(error), 1e-12))
    low, high = found.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Standing(float(ratio), max(0.0, float(low)), float(high), float(found.cdf(floor)))


def _checked(spend: Floats, outcome: Floats, floor: float) -> float:
    if not np.isfinite(floor) or floor <= 0:
        raise BadSeries(f"a floor of {floor} is none; it has to be a positive number")
    if len(spend) != len(outcome) or not (np.all(np.isfinite(spend)) and np.all(np.isfinite(outcome))):
        raise BadSeries("spend and outcome need a finite figure for each day")
    if np.any(spend < 0) or np.any(outcome < 0):
        raise BadSeries("spend and outcome cannot be negative")
    spending = int(np.sum(spend > 0))
    if spending < MIN_DAYS:
        raise NotEnoughData(f"it spent on {spending} of these days; {MIN_DAYS} are needed")
    return float(spend.sum())
