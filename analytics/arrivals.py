"""Whether as many follow as usual: of one count (clicks) another (sessions), against its own days before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NotEnoughData

USUAL_DAYS = 28  # behind the first day that is judged
FEWEST_DAYS = 10
LEAST_EXPECTED = 20.0  # with fewer sessions due, half of them missing is within chance
LOST = 0.5  # of what is due: consent, blockers and slow pages move the ratio, hardly ever by half overnight
SURE = 4.0
LEAST_SPREAD = 0.05  # of the daily log ratio: GA4 estimates sessions, with 1.6 % of error
TO_SIGMA = 1.4826  # of a median absolute deviation

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """``ratio`` usually follow one, so ``expected`` were due and ``came`` did; ``z`` is how far log(came / expected)
    lies from usual, in standard deviations of the usual days and of the counts."""

    ratio: float
    expected: float
    came: float
    z: float

    @property
    def share(self) -> float:
        return self.came / self.expected

    @property
    def lost(self) -> bool:
        return self.share <= LOST and self.z <= -SURE


def arrivals(first: Floats, second: Floats, asked: Bools, usable: Bools | None = None) -> Arrivals:
    """What followed on the ``asked`` days, against the median ratio of the days before the first of them.

    ``first`` and ``second`` are (T,) counts by day, NaN where not known; ``usable`` (T,) are the days that may count as
    usual. The median and its absolute deviation bear days of which up to half were broken themselves.

    Raises:
        NotEnoughData: nothing is known of the asked days, too few usual days, or too little was due to tell.
    """
    known = ~np.isnan(first) & ~np.isnan(second)
    at = np.flatnonzero(asked & known)
    if not len(at):
        raise NotEnoughData("none of these days is known on both sides")
    begin = int(np.flatnonzero(asked)[0])
    before = known & (first > 0) & (np.arange(len(first)) < begin)
    before &= ~asked if usable is None else usable
    usual = np.flatnonzero(before)[-USUAL_DAYS:]
    if len(usual) < FEWEST_DAYS:
        raise NotEnoughData(f"{len(usual)} usual days are known on both sides; {FEWEST_DAYS} are needed")
    ratios = second[usual] / first[usual]
    ratio = float(np.median(ratios))
    due, came = float(first[at].sum()) * ratio, float(second[at].sum())
    if due < LEAST_EXPECTED:
        raise NotEnoughData(f"{due:.0f} were due; {LEAST_EXPECTED:.0f} are needed to tell")
    logs = np.log(np.maximum(ratios, ratio / 100) / ratio)
    spread = max(float(np.median(np.abs(logs))) * TO_SIGMA, LEAST_SPREAD)
    noise = float(np.hypot(spread, due**-0.5))
    return Arrivals(ratio, due, came, float(np.log(max(came, 0.5) / due)) / noise)
