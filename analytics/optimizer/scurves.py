"""Allocation over S-curves, which are convex below their inflection: an envelope for the bound, exact search below it.

The least concave function above an S-curve is a straight line up to a knee and the curve from there on. Over
these envelopes the problem is concave and solved exactly, which bounds what can be reached. Where the answer lies on a
line of an envelope, that campaign's range is split there and both halves are solved again (branch and bound); at most
one campaign for the total and one a group lie so. The gap returned is that between the bound and the value reached.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Infeasible
from analytics.optimizer.curves import Family, Floats, Ints, Price
from analytics.optimizer.dual import Allocation, allocate, wrongness
from analytics.optimizer.groups import Groups
from analytics.optimizer.roots import falling_root

CLOSE = 1e-10
NODES = 2_000


@dataclass(frozen=True, slots=True)
class Envelope:
    """The least concave curves above ``base`` on ``[low, high]``: straight with ``rise`` to ``knee``, then the base."""

    base: Family
    low: Floats
    high: Floats
    knee: Floats
    rise: Floats
    start: Floats

    @property
    def inflection(self) -> Floats:
        return np.zeros_like(self.low)

    def take(self, index: Ints) -> Envelope:
        parts = (self.low, self.high, self.knee, self.rise, self.start)
        return Envelope(self.base.take(index), *(part[index] for part in parts))

    def value(self, spend: Floats) -> Floats:
        with np.errstate(invalid="ignore"):  # a concave curve may start infinitely steep, and has no line
            straight = self.start + self.rise * (spend - self.low)
        return np.where(spend < self.knee, straight, self.base.value(np.maximum(spend, self.knee)))

    def slope(self, spend: Floats) -> Floats:
        return np.where(spend < self.knee, self.rise, self.base.slope(np.maximum(spend, self.knee)))

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        above = self.base.spend_at(price, np.clip(self.knee, low, high), high)
        return np.where((self.knee <= low) | (self.rise > price), above, low)


def envelope(base: Family, low: Floats, high: Floats) -> Envelope:
    """The envelope of S-curves (or concave ones, which are their own) on the given bounds."""
    start, bend = base.value(low), np.minimum(base.inflection, high)
    convex = (bend > low) & (high > low)
    first = np.where(convex, bend, low)

    def above_line(at: Floats) -> Floats:
        """Positive while the line from ``low`` still steepens: there the curve rises more than the line."""
        with np.errstate(invalid="ignore"):
            return np.where(convex, base.slope(at) * (at - low) - (base.value(at) - start), 0.0)

    last = np.where(convex & (above_line(high) < 0), high, first)
    size = np.maximum(np.abs(base.value(high)), 1e-300)
    tangent = falling_root(above_line, first, last, size)[0]
    knee = np.where(convex, np.where(above_line(high) >= 0, high, tangent), low)
    width = knee - low
    with np.errstate(invalid="ignore"):
        rise = np.where(width > 0, (base.value(knee) - start) / np.where(width > 0, width, 1.0), base.slope(low))
    return Envelope(base, low, high, knee, np.nan_to_num(rise, posinf=np.inf), start)


def allocate_s(
    curves: Family, low: Floats, high: Floats, total: float, groups: Groups | None = None, nodes: int = NODES
) -> Allocation:
    """As ``allocate``, for S-curves too. ``duality_gap`` is the true one, to the bound over all that was not ruled out.

    ``kkt_residual`` is that of the curves themselves at the answer.

    Raises:
        Infeasible: as ``allocate``.
    """
    if not np.any(curves.inflection > low):
        return allocate(curves, low, high, total, groups)
    search = _Search(curves, low, high, total, groups)
    for _ in range(nodes):
        if not search.next_one():
            break
    return search.answer()


class _Search:
    """Best first: the part of the problem with the greatest bound is split next."""

    def __init__(self, curves: Family, low: Floats, high: Floats, total: float, groups: Groups | None) -> None:
        self.curves, self.total, self.groups, self.ends = curves, total, groups, (low, high)
        self.waiting: list[tuple[float, int, Floats, Floats, Floats, Floats]] = []
        self.number = count()
        self.best = self._valued(allocate(envelope(curves, low, high), low, high, total, groups))
        self.open(low, high)

    def open(self, low: Floats, high: Floats) -> None:
        """Bound one part, and take what it reaches."""
        hull = envelope(self.curves, low, high)
        relaxed = allocate(hull, low, high, self.total, self.groups)
        bound = relaxed.value * (1 + max(relaxed.duality_gap, 0.0))
        short = hull.value(relaxed.spend) - self.curves.value(relaxed.spend)
        self._take(relaxed)
        for bounds in self._sides(hull, relaxed.spend, short, low, high):
            try:
                self._take(allocate(envelope(self.curves, *bounds), *bounds, self.total, self.groups))
            except Infeasible:
                continue
        heapq.heappush(self.waiting, (-bound, next(self.number), low, high, relaxed.spend, short))

    def next_one(self) -> bool:
        """Split the part with the greatest bound; False where no part can hold anything better."""
        if not self.waiting or self._gap() <= CLOSE:
            return False
        _, _, low, high, spend, short = heapq.heappop(self.waiting)
        widest = int(np.argmax(short))
        at = float(np.clip(spend[widest], *_inner(low[widest], high[widest])))
        for half in ((low, _with(high, widest, at)), (_with(low, widest, at), high)):
            try:
                self.open(*half)
            except Infeasible:
                continue
        return True

    def answer(self) -> Allocation:
        return replace(self.best, duality_gap=max(self._gap(), self.best.duality_gap if not self.waiting else 0.0))

    def _gap(self) -> float:
        bound = -self.waiting[0][0] if self.waiting else self.best.value
        return (bound - self.best.value) / max(abs(self.best.value), 1e-300)

    def _take(self, found: Allocation) -> None:
        if float(self.curves.value(found.spend).sum()) > self.best.value:
            self.best = self._valued(found)

    def _valued(self, found: Allocation) -> Allocation:
        """The allocation by the curves themselves rather than by their envelopes."""
        value, slope = float(self.curves.value(found.spend).sum()), self.curves.slope(np.maximum(found.spend, 1e-300))
        prices = _prices(slope, found, *self.ends)
        usual = max(float(np.median(prices)), 1e-300)
        wrong = wrongness(slope, prices, found.spend, *self.ends) / usual
        return replace(found, value=value, slope=slope, price=usual, prices=prices, kkt_residual=wrong)

    def _sides(
        self, hull: Envelope, spend: Floats, short: Floats, low: Floats, high: Floats
    ) -> list[tuple[Floats, Floats]]:
        """Bounds with those on a line pushed to either end of it, the rest kept on the side where they are."""
        on_line: NDArray[np.bool_] = short > CLOSE * np.maximum(np.abs(self.curves.value(high)), 1e-300)
        if not on_line.any():
            return []
        standing = ~on_line & (hull.knee > low) & (spend >= hull.knee)
        firm = np.where(standing, np.minimum(self.curves.inflection, high), low)
        bend = np.clip(self.curves.inflection, low, high)
        return [(firm, np.where(on_line, low, high)), (np.where(on_line, bend, firm), high)]


def _prices(slope: Floats, found: Allocation, low: Floats, high: Floats) -> Floats:
    """Prices by the curves' own slopes, for those that share one in ``found``: an envelope's line is no slope."""
    edge = 1e-9 * np.maximum(high - low, 1e-300)
    at_low, at_high = found.spend <= low + edge, found.spend >= high - edge
    prices = found.prices.copy()
    for price in np.unique(found.prices):
        own = found.prices == price
        inside = slope[own & ~at_low & ~at_high]
        if inside.size:
            prices[own] = (inside.min() + inside.max()) / 2
        else:
            least, most = slope[own & at_low].max(initial=0.0), slope[own & at_high].min(initial=np.inf)
            prices[own] = min(max(price, least), most)
    return prices


def _inner(low: float, high: float) -> tuple[float, float]:
    """Where to split: not so near an end that a sliver is left."""
    return low + 0.02 * (high - low), high - 0.02 * (high - low)


def _with(bounds: Floats, at: int, value: float) -> Floats:
    changed = bounds.copy()
    changed[at] = value
    return changed
