"""What a plan's predicted gain owes to having been picked: the best of a noisy fit looks better than it is.

A plan that is greatest in expectation over a fit is greatest partly by the fit's own errors, so what it is predicted
to bring is too much on average (the optimizer's curse). How much is learned by doing the same to every bootstrap draw:
its own best plan is found within the same bounds, and what that draw says of it is held against what the whole fit
says of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.response.curves import curve_slope, curve_value

Floats = NDArray[np.float64]
SEARCHES = 100
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Drawn:
    """Concave curves by bootstrap draw, all arrays ``(campaigns, draws)`` as in ``response.Response``."""

    scale: Floats
    bend: Floats
    full: NDArray[np.bool_]

    def at(self, index: NDArray[np.int64]) -> Drawn:
        return Drawn(self.scale[:, index], self.bend[:, index], self.full[:, index])

    def value(self, spend: Floats) -> Floats:
        return curve_value(self.scale, self.bend, self.full, spend)

    def spend_at(self, price: Floats, low: Floats, high: Floats) -> Floats:
        """Where the slope falls to ``price`` (one a draw), within the bounds."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = self.scale / price
            inside = np.where(self.full, np.sqrt(ratio * self.bend), ratio) - self.bend
        return np.clip(inside, low, high)


def flattery(
    curves: Drawn,
    today: Floats,
    low: Floats,
    high: Floats,
    chosen: Floats,
    *,
    weight: Floats | None = None,
    max_changes: int | None = None,
) -> float:
    """By how much the predicted outcome of the ``chosen`` spend is too high for having been searched for; 0 or more.

    ``today``, ``low``, ``high`` and ``chosen`` have one entry a campaign; the sum of ``chosen`` is what every draw has
    to spend. ``weight`` is what a unit of outcome counts in the search, ``max_changes`` how many may move in it. Never
    more than what ``chosen`` is predicted to bring over the same total in today's proportions: a search that ignores
    all figures is not worse than that on average.

    Source: Smith, Winkler (2006), The optimizer's curse; Efron, Tibshirani (1993), An introduction to the bootstrap,
    ch. 17 (optimism).
    """
    taken = np.unique(np.linspace(0, curves.scale.shape[1] - 1, SEARCHES).astype(np.int64))
    of_draw, total = curves.at(taken), float(chosen.sum())
    counted = of_draw if weight is None else Drawn(of_draw.scale * weight[:, None], of_draw.bend, of_draw.full)
    plans = _best(counted, today, low, high, total, max_changes)
    own = (of_draw.value(plans) - of_draw.value(chosen[:, None])).sum(axis=0)
    everyones = _mean(curves, plans) - _mean(curves, chosen[:, None])  # the chosen plan itself is off by 0 on average
    even = np.clip(today * total / today.sum(), np.minimum(low, today), np.maximum(high, today))
    searched = float((_mean(curves, chosen[:, None]) - _mean(curves, even[:, None]))[0])
    return float(np.clip((own - everyones).mean(), 0.0, max(searched, 0.0)))


def _mean(curves: Drawn, plans: Floats) -> Floats:
    """What the whole fit expects of each of ``plans`` ``(campaigns, plans)``."""
    total = np.zeros(plans.shape[1])
    for n, spend in enumerate(plans):
        one = Drawn(curves.scale[n], curves.bend[n], curves.full[n])
        total += one.value(spend[:, None]).mean(axis=1)
    return total


def _best(curves: Drawn, today: Floats, low: Floats, high: Floats, total: float, max_changes: int | None) -> Floats:
    """Each draw's own best plan. Where only some may move, those whose move is worth most at the price of spend."""
    shape = curves.scale.shape
    least, most, still = (np.broadcast_to(v[:, None], shape) for v in (low, high, today))
    plans, price = _at_total(curves, least, most, total)
    if max_changes is None or max_changes >= len(today):
        return plans
    worth = curves.value(plans) - curves.value(still) - price * (plans - still)
    stays = np.argsort(np.argsort(-worth, axis=0), axis=0) >= max_changes
    least, most = np.where(stays, still, least), np.where(stays, still, most)
    few, _ = _at_total(curves, least, most, total)
    met = np.abs(few.sum(axis=0) - total) <= 1e-6 * max(total, 1e-300)
    return np.where(met, few, plans)


def _at_total(curves: Drawn, low: Floats, high: Floats, total: float) -> tuple[Floats, Floats]:
    """The greatest outcome of ``total`` in every draw, and its price: bisection of the dual, all draws at once."""
    steepest = curve_slope(curves.scale, curves.bend, curves.full, low).max(axis=0)
    below = np.full(steepest.shape, -60.0)
    above = np.log(np.maximum(steepest, 1e-300)) + 1.0
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        over = curves.spend_at(np.exp(middle), low, high).sum(axis=0) > total
        below, above = np.where(over, middle, below), np.where(over, above, middle)
    dear, cheap = curves.spend_at(np.exp(above), low, high), curves.spend_at(np.exp(below), low, high)
    room = cheap.sum(axis=0) - dear.sum(axis=0)
    share = np.clip((total - dear.sum(axis=0)) / np.maximum(room, 1e-300), 0.0, 1.0)
    return dear + share * (cheap - dear), np.exp(above)
