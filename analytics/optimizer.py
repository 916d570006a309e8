"""Exact allocation of one budget over concave curves, by nested dual bisection, with its proof.

At the optimum one price holds for all: a campaign strictly inside its bounds returns exactly that
much for its next unit of spend, one at its lower bound less, one at its upper bound more. So the
search is for one number, whatever the count of campaigns, and the answer carries its certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Infeasible
from analytics.response import curve_slope, curve_value

Floats = NDArray[np.float64]


class Curves(Protocol):
    """Concave outcome curves of n campaigns; every array has one entry a campaign, in one fixed order."""

    def value(self, spend: Floats) -> Floats: ...

    def slope(self, spend: Floats) -> Floats: ...

    def spend_at(self, price: float, low: Floats, high: Floats) -> Floats:
        """The spend within the bounds at which the slope falls to ``price``."""
        ...


@dataclass(frozen=True, slots=True)
class PowerCurves:
    """``scale * spend ** power`` with 0 < power < 1."""

    scale: Floats
    power: Floats

    def value(self, spend: Floats) -> Floats:
        return np.asarray(self.scale * spend**self.power, dtype=np.float64)

    def slope(self, spend: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray(self.scale * self.power * spend ** (self.power - 1), dtype=np.float64)

    def spend_at(self, price: float, low: Floats, high: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore"):
            inside = (self.scale * self.power / price) ** (1 / (1 - self.power))
        return np.clip(inside, low, high)


@dataclass(frozen=True, slots=True)
class LogCurves:
    """``scale * ln(1 + spend / bend)``."""

    scale: Floats
    bend: Floats

    def value(self, spend: Floats) -> Floats:
        return np.asarray(self.scale * np.log1p(spend / self.bend), dtype=np.float64)

    def slope(self, spend: Floats) -> Floats:
        return np.asarray(self.scale / (self.bend + spend), dtype=np.float64)

    def spend_at(self, price: float, low: Floats, high: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore"):
            inside = self.scale / price - self.bend
        return np.clip(inside, low, high)


@dataclass(frozen=True, slots=True)
class MeanOfDraws:
    """The expectation over bootstrap draws of ``response`` curves; every array is ``(campaigns, draws)``.

    The mean of concave curves is concave, and it is not the curve at the mean parameters.
    """

    scale: Floats
    bend: Floats
    full: NDArray[np.bool_]

    def value(self, spend: Floats) -> Floats:
        return np.asarray(curve_value(self.scale, self.bend, self.full, spend[:, None]).mean(axis=1))

    def slope(self, spend: Floats) -> Floats:
        return np.asarray(curve_slope(self.scale, self.bend, self.full, spend[:, None]).mean(axis=1))

    def spend_at(self, price: float, low: Floats, high: Floats) -> Floats:
        return _bisect(self.slope, price, low, high)


@dataclass(frozen=True, slots=True)
class Allocation:
    """The optimum and its certificate; all residuals are relative.

    ``kkt_residual``: how far any campaign's slope is on the wrong side of the price. ``duality_gap``:
    the dual bound minus the value reached, over that value. ``budget_residual``: spend minus budget over budget.
    """

    spend: Floats
    value: float
    slope: Floats
    price: float
    kkt_residual: float
    duality_gap: float
    budget_residual: float


def allocate(curves: Curves, low: Floats, high: Floats, total: float) -> Allocation:
    """Split ``total`` so that the summed value is greatest, with ``low <= spend <= high``.

    Campaigns whose curves are straight and tie share what is left by the width of their bounds.

    Raises:
        Infeasible: bounds that cross, or that the total cannot meet; carries the nearest total that can be met.
    """
    _require_feasible(low, high, total)
    price = _clearing_price(curves, low, high, total)
    dear, cheap = (curves.spend_at(p, low, high) for p in price)  # dear sums to at most the total, cheap to at least
    gap = float(cheap.sum() - dear.sum())
    share = (total - float(dear.sum())) / gap if gap > 0 else 0.0
    spend = np.clip(dear + min(max(share, 0.0), 1.0) * (cheap - dear), low, high)
    return _certify(curves, low, high, total, spend, price[0])


def _require_feasible(low: Floats, high: Floats, total: float) -> None:
    if not (np.all(np.isfinite(low)) and np.all(np.isfinite(high)) and np.isfinite(total)):
        raise Infeasible("bounds and total must be finite numbers", nearest=None)
    if np.any(low < 0) or np.any(low > high):
        which = [int(i) for i in np.flatnonzero((low < 0) | (low > high))]
        raise Infeasible(f"the bounds of entries {which} are negative or cross (lower above upper)", nearest=None)
    least, most = float(low.sum()), float(high.sum())
    slack = 1e-12 * max(most, 1.0)
    if total < least - slack:
        raise Infeasible(f"the lower bounds sum to {least:,.2f}, more than the total {total:,.2f}", nearest=least)
    if total > most + slack:
        raise Infeasible(f"the upper bounds sum to {most:,.2f}, less than the total {total:,.2f}", nearest=most)


def _clearing_price(curves: Curves, low: Floats, high: Floats, total: float) -> tuple[float, float]:
    """Two neighbouring prices: at the first too little is spent, at the second too much (or exactly enough)."""
    dear, cheap = 1.0, 1.0
    while curves.spend_at(dear, low, high).sum() > total and dear < 1e250:
        dear *= 16
    while curves.spend_at(cheap, low, high).sum() < total and cheap > 1e-250:
        cheap /= 16
    while dear > cheap * (1 + 4e-16):
        middle = float(np.sqrt(dear) * np.sqrt(cheap))
        if not cheap < middle < dear:
            break
        if curves.spend_at(middle, low, high).sum() > total:
            cheap = middle
        else:
            dear = middle
    return dear, cheap


def _bisect(slope: Callable[[Floats], Floats], price: float, low: Floats, high: Floats) -> Floats:
    below, above = low.copy(), high.copy()
    for _ in range(60):
        middle = (below + above) / 2
        worth = slope(middle) > price
        below, above = np.where(worth, middle, below), np.where(worth, above, middle)
    return np.where(slope(high) >= price, high, np.where(slope(low) <= price, low, below))


def _certify(curves: Curves, low: Floats, high: Floats, total: float, spend: Floats, price: float) -> Allocation:
    slope, reached = curves.slope(spend), float(curves.value(spend).sum())
    edge = 1e-9 * np.maximum(high - low, 1e-300)
    too_low = np.where(spend < high - edge, np.maximum(slope - price, 0.0), 0.0)  # would want more, and could have it
    too_high = np.where(spend > low + edge, np.maximum(price - slope, 0.0), 0.0)
    wrong = np.where(high - low > 0, np.maximum(too_low, too_high), 0.0)
    best = curves.spend_at(price, low, high)
    bound = float((curves.value(best) - price * best).sum()) + price * total
    return Allocation(
        spend=spend,
        value=reached,
        slope=slope,
        price=price,
        kkt_residual=float(wrong.max(initial=0.0)) / price,
        duality_gap=(bound - reached) / max(abs(reached), 1e-300),
        budget_residual=(float(spend.sum()) - total) / max(abs(total), 1e-300),
    )
