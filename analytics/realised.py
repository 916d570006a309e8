"""What a change of budgets did: the changed campaigns against a synthetic control of those that it left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analytics.bootstrap import block_counts
from analytics.errors import CannotEstimate, Confounded, NotEnoughData
from analytics.response import Response, curve_value, fit
from analytics.synthetic_control import Control, Panel, interval
from analytics.synthetic_control import fit as fit_control

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_BEFORE = 56
FEWEST_DONORS = 2
WORST_WEEK = 0.25
"""A weekly gap before the change above this share of the usual level is too poor a fit."""
DRAWS = 200
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Moved:
    """One changed budget: its campaigns' spend and outcome, by day, before and after the change."""

    spend: Floats
    outcome: Floats


@dataclass(frozen=True, slots=True)
class Realised:
    """The effect over all days after the change, with an interval of ``level``; ``p`` is of none at all.

    ``expected`` is what would have come in these days without the change. ``weekly_miss`` is the usual gap of a week
    before it, over the usual level; ``inside_hull`` the share of days before it that some mix of donors could meet.
    ``levelled`` says per changed budget whether earlier days of other spend were brought to the spend before the
    change, ``spend_added`` what the change added to spend.
    """

    low: float
    mid: float
    high: float
    level: float
    p: float
    days: int
    expected: float
    weights: Floats
    weekly_miss: float
    inside_hull: float
    levelled: tuple[bool, ...]
    spend_added: float


def realised(
    moved: Sequence[Moved], donors: Floats, day: Ints, before: int, rng: np.random.Generator, level: float = 0.90
) -> Realised:
    """Estimate what the change did to the outcome of the moved budgets together, over all days from ``before`` on.

    ``donors`` is days x donors, the outcome of campaigns that the change left alone; ``day`` are proleptic ordinals in
    order. Every series is measured in its own level before the change, so that a season that raises all by a tenth
    raises the control by a tenth. Days before the change on which a moved budget spent another amount than in the last
    week before it are brought to that amount by its own curve over those days: inside what was tried, not beyond.
    The doubt of that curve widens the interval.

    Raises:
        NotEnoughData: too few days before the change, or fewer than two donors with an outcome.
        Confounded: the donors did not go with the changed campaigns before the change.
    """
    if before < FEWEST_BEFORE:
        raise NotEnoughData(f"{before} whole days before the change; {FEWEST_BEFORE} are needed to fit a control")
    usable = donors[:, donors[:before].mean(axis=0) > 0]
    if usable.shape[1] < FEWEST_DONORS:
        raise NotEnoughData(f"the change left {usable.shape[1]} comparable campaigns alone; {FEWEST_DONORS} are needed")
    counts = block_counts(before, DRAWS, rng)
    levelled = [_levelled(m, day, before, counts) for m in moved]
    total = np.sum([m.outcome for m in moved], axis=0)
    total[:before] -= np.sum([shift for shift, _ in levelled], axis=0)
    base = float(total[:before].mean())
    if base <= 0:
        raise NotEnoughData("the changed campaigns brought nothing before the change: there is no level to measure in")
    panel = Panel(total / base, usable / usable[:before].mean(axis=0), before)
    control = fit_control(panel)
    miss = _weekly_miss(control)
    if miss > WORST_WEEK:
        raise Confounded(
            f"before the change the campaigns left alone missed the changed ones by {miss * 100:.0f} % in a usual "
            f"week; above {WORST_WEEK * 100:.0f} % they are no comparison"
        )
    found = interval(panel, level)
    days = total.size - before
    doubt = float(ndtri((1 + level) / 2) * sum(sd**2 for _, sd in levelled) ** 0.5)
    below = ((found.effect - found.low) * base) ** 2 + doubt**2
    above = ((found.high - found.effect) * base) ** 2 + doubt**2
    mid = found.effect * base * days
    return Realised(
        low=mid - days * below**0.5,
        mid=mid,
        high=mid + days * above**0.5,
        level=level,
        p=found.p,
        days=days,
        expected=float(total[before:].sum()) - mid,
        weights=control.weights,
        weekly_miss=miss,
        inside_hull=control.inside_hull,
        levelled=tuple(bool(shift.any()) for shift, _ in levelled),
        spend_added=float(sum(m.spend[before:].sum() - _lately(m, before) * days for m in moved)),
    )


def _lately(moved: Moved, before: int) -> float:
    """Its spend a day in the last whole week before the change."""
    return float(moved.spend[before - _WEEK : before].mean())


def _levelled(moved: Moved, day: Ints, before: int, counts: Floats) -> tuple[Floats, float]:
    """What to take off the outcome of each earlier day, and the standard deviation of its mean over the draws.

    Nothing where spend hardly varied, or where what it did cannot be told: the scatter then stays in the interval.
    """
    spend = moved.spend[:before]
    try:
        response = fit(spend, moved.outcome[:before], day[:before], counts)
    except CannotEstimate:
        return np.zeros(before), 0.0
    shifts = _values(response, spend) - response.value(_lately(moved, before))[:, None]
    return shifts.mean(axis=0), float(shifts.mean(axis=1).std())


def _values(response: Response, spend: Floats) -> Floats:
    """Draws x days."""
    return curve_value(response.scale[:, None], response.bend[:, None], response.full[:, None], spend[None, :])


def _weekly_miss(control: Control) -> float:
    """Root mean square of the whole weeks' mean gaps before the change; the series' usual level is 1."""
    weeks = control.before // _WEEK
    gaps = control.gap[control.before - weeks * _WEEK : control.before].reshape(weeks, _WEEK).mean(axis=1)
    return float(np.sqrt(np.mean(gaps**2)))
