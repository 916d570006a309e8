"""How healthy a campaign is, 0 to 100, as the weighted mean of what is known: each part says how much it costs.

Pure. A part that is not known is left out and named with its reason; it never counts as 0. The scales are conventions,
stated here, not estimates:

    pacing       100 within 10 % of the plan to date, 0 at 60 % over or under it
    efficiency   100 at the target (or own history) or better, 0 at twice the cost or half the return
    trend        100 at the four weeks before or better, 0 at twice the cost or half the return
    freshness    100 with yesterday's figures, 25 less for each day behind
    volume       100 from 30 conversions in the window on, falling with the square root to 0 at none
    stops        100 less the share of days without any impression
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.errors import NotEnoughData

WEIGHTS: Mapping[str, float] = {
    "efficiency": 0.30, "pacing": 0.20, "trend": 0.15, "stops": 0.15, "volume": 0.10, "freshness": 0.10,
}  # fmt: skip
LEAST_KNOWN = 0.5
"""Of the weights: with less than that known, a score would say more of what is missing than of the campaign."""
FREE_PACING, WORST_PACING = 0.10, 0.60
ENOUGH_CONVERSIONS = 30.0
LOST_PER_DAY_BEHIND = 25.0


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one campaign; None is unknown.

    ``spent`` and ``planned``: money to date. ``value``, ``reference``: CPA (``better`` -1) or ROAS (+1) of the window,
    and the target or its own past; ``earlier``: of the four weeks before the ``recent`` week. ``days_behind``: full
    days missing up to yesterday. ``stopped`` of ``days`` days had no impression though it was to run.
    """

    better: int = -1
    spent: float | None = None
    planned: float | None = None
    value: float | None = None
    reference: float | None = None
    recent: float | None = None
    earlier: float | None = None
    days_behind: int | None = None
    conversions: float | None = None
    stopped: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its score, 0 to 100, the weight that it has among the known parts, and the points it costs.

    ``measure`` is what was scored: a ratio to plan, target or past, days, conversions, or a share of days.
    """

    name: str
    score: float
    weight: float
    measure: float

    @property
    def cost(self) -> float:
        return self.weight * (100 - self.score)


@dataclass(frozen=True, slots=True)
class Health:
    """``score`` is 100 less what the parts cost, the costliest part first; ``unknown`` are (part, reason).

    ``known`` is the share of all weights that the score rests on.
    """

    score: float
    parts: tuple[Part, ...]
    unknown: tuple[tuple[str, str], ...]
    known: float


def health(signs: Signs) -> Health:
    """The score of one campaign.

    Raises:
        NotEnoughData: parts with less than half of the weight are known; the message names the others.
        ValueError: ``better`` is neither -1 nor 1.
    """
    if signs.better not in (-1, 1):
        raise ValueError(f"better is {signs.better}; -1 (less is better) and 1 (more is better) are possible")
    found = {
        "efficiency": _efficiency(signs), "pacing": _pacing(signs), "trend": _trend(signs), "stops": _stops(signs),
        "volume": _volume(signs), "freshness": _freshness(signs),
    }  # fmt: skip
    scored = {name: f for name, f in found.items() if not isinstance(f, str)}
    unknown = tuple((name, f) for name, f in found.items() if isinstance(f, str))
    known = math.fsum(WEIGHTS[name] for name in scored)
    if known < LEAST_KNOWN:
        raise NotEnoughData(f"too little is known for a health score: {'; '.join(f'{n}: {why}' for n, why in unknown)}")
    parts = [Part(name, score, WEIGHTS[name] / known, measure) for name, (score, measure) in scored.items()]
    parts.sort(key=lambda p: (-p.cost, p.name))
    return Health(100 - math.fsum(p.cost for p in parts), tuple(parts), unknown, known)


_Found = tuple[float, float] | str  # (score, measure), or why it is not known


def _pacing(signs: Signs) -> _Found:
    if signs.planned is None or signs.planned <= 0:
        return "it has no budget of its own in the plan"
    if signs.spent is None:
        return "its spend is not known"
    ratio = signs.spent / signs.planned
    off = max(0.0, abs(ratio - 1) - FREE_PACING)
    return _bounded(100 * (1 - off / (WORST_PACING - FREE_PACING))), ratio


def _efficiency(signs: Signs) -> _Found:
    if signs.reference is None or signs.reference <= 0:
        return "there is neither a target nor a past to hold it against"
    return _against(signs.value, signs.reference, signs.better, "it has no figure in the window")


def _trend(signs: Signs) -> _Found:
    if signs.earlier is None or signs.earlier <= 0:
        return "the weeks before have no figure"
    return _against(signs.recent, signs.earlier, signs.better, "the last week has no figure")


def _against(value: float | None, reference: float, better: int, why: str) -> _Found:
    """On a scale of doublings: as good or better is 100, a factor of two for the worse is 0."""
    if value is None:
        return why
    ratio = value / reference
    if ratio <= 0:  # no return at all; a cost of 0 is as good as it gets
        return (0.0 if better > 0 else 100.0), ratio
    return _bounded(100 * (1 + better * math.log2(ratio))), ratio


def _freshness(signs: Signs) -> _Found:
    if signs.days_behind is None:
        return "it is not known up to when there are figures"
    return _bounded(100 - LOST_PER_DAY_BEHIND * max(0, signs.days_behind)), float(signs.days_behind)


def _volume(signs: Signs) -> _Found:
    if signs.conversions is None:
        return "its conversions are not known"
    return _bounded(100 * math.sqrt(max(0.0, signs.conversions) / ENOUGH_CONVERSIONS)), signs.conversions


def _stops(signs: Signs) -> _Found:
    if signs.stopped is None or not signs.days:
        return "its impressions are not known"
    share = signs.stopped / signs.days
    return _bounded(100 * (1 - share)), share


def _bounded(score: float) -> float:
    return min(100.0, max(0.0, score))
