"""Exact allocation of one budget over concave curves, by nested dual bisection, with its proof.

At the optimum one price holds for all: a campaign strictly inside its bounds returns exactly that
much for its next unit of spend, one at its lower bound less, one at its upper bound more. A group at the
edge of its band has a price of its own. So the search is for one number, then for one a group, all groups
at once, whatever the count of campaigns, and the answer carries its certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.optimizer.curves import Curves, Floats
from analytics.optimizer.groups import Groups, no_groups, require_feasible
from analytics.optimizer.roots import falling_root

_MOST_LOG = 575.0  # prices from 1e-250 to 1e250; at either end a campaign is at its bound whatever its curve
_FIRST_STEP = 0.25
_SAME = 1e-14
_FREE = np.exp(-_MOST_LOG) * (1 + 1e-12)
_NOTHING = _FREE * (1 + 1e-9)  # the dear neighbour of a price that is free


@dataclass(frozen=True, slots=True)
class Allocation:
    """The optimum and its certificate; all residuals are relative.

    ``price`` is what the next unit of the total is worth, ``prices`` by campaign what it is held against (its group's).
    ``kkt_residual``: how far any campaign's or group's slope is
    on the wrong side of its price. ``duality_gap``: the dual bound minus the value reached, over that value.
    ``budget_residual``: spend minus budget over budget.
    """

    spend: Floats
    value: float
    slope: Floats
    price: float
    prices: Floats
    kkt_residual: float
    duality_gap: float
    budget_residual: float


@dataclass(frozen=True, slots=True)
class _Problem:
    curves: Curves
    low: Floats
    high: Floats
    groups: Groups
    least: Floats
    most: Floats
    usual: float
    """An ordinary price; searches run over logs of multiples of it, which keeps the last digits."""

    def spend_at(self, price: Floats) -> Floats:
        """Spend by campaign at a price for each group (the last entry: of the ungrouped)."""
        each = price[self.groups.member] if len(price) > 1 else price
        spend = self.curves.spend_at(each if len(price) > 1 else float(price[0]), self.low, self.high)
        free, dearest = self.usual * _FREE, self.usual / _FREE
        return np.where(each <= free, self.high, np.where(each >= dearest, self.low, spend))

    def price(self, at: Floats) -> Floats:
        """The price at a place of the search: it falls as the place grows."""
        return self.usual * np.exp(-at)

    def sums_at(self, at: Floats) -> Floats:
        return self.groups.sums(self.spend_at(self.price(at)))


def allocate(curves: Curves, low: Floats, high: Floats, total: float, groups: Groups | None = None) -> Allocation:
    """Split ``total`` so that the summed value is greatest, with ``low <= spend <= high`` and each group in its band.

    Campaigns whose curves are straight and tie share what is left by the width of their bounds.

    Raises:
        Infeasible: bounds that cross, or that the total cannot meet; carries the nearest total that can be met.
    """
    held = no_groups(len(low)) if groups is None else groups
    least, most = require_feasible(held, low, high, total)
    if total <= least.sum():
        most = least
    elif total >= most.sum():
        least = most
    low, high = _pinned(held, low, high, least, most)
    problem = _Problem(curves, low, high, held, least, most, _usual(curves, low, high))
    dear, cheap = _outer(problem, total)
    spend, prices = _inner(problem, total, dear, cheap)
    return certify(curves, low, high, total, spend, prices, (held, least, most))


def _pinned(groups: Groups, low: Floats, high: Floats, least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Bounds closed where a group's band leaves its members nothing to choose: there no price exists."""
    bottom, top = most <= groups.sums(low), least >= groups.sums(high)
    return np.where(top[groups.member], high, low), np.where(bottom[groups.member] & ~top[groups.member], low, high)


def _usual(curves: Curves, low: Floats, high: Floats) -> float:
    """The median slope half way."""
    slope = curves.slope((low + high) / 2)
    usable = slope[np.isfinite(slope) & (slope > 1e-200)]
    return float(np.median(usable)) if usable.size else 1.0


def _outer(problem: _Problem, total: float) -> tuple[Floats, Floats]:
    """Two neighbouring places: at the first too little is spent, at the second too much (or exactly enough)."""
    every = np.ones(len(problem.least))

    def falling(at: Floats) -> Floats:
        return np.array([total - np.clip(problem.sums_at(at[0] * every), problem.least, problem.most).sum()])

    dear, cheap = _root_near(falling, np.zeros(1), np.array([max(abs(total), 1e-300)]))
    return dear[0] * every, cheap[0] * every


def _root_near(falling: Callable[[Floats], Floats], start: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """As ``falling_root``, from one guess for each: steps that double on the side where the root lies come first."""
    left, right = start, start
    at_left = at_right = falling(start)
    step = _FIRST_STEP
    while True:
        later, sooner = (at_right > 0) & (right < _MOST_LOG), (at_left < 0) & (left > -_MOST_LOG)
        if not (later.any() or sooner.any()):
            return falling_root(falling, left, right, scale, floor=1.0, known=(at_left, at_right))
        at = np.clip(np.where(later, right + step, np.where(sooner, left - step, right)), -_MOST_LOG, _MOST_LOG)
        found = falling(at)
        left, right = (
            np.where(later, right, np.where(sooner, at, left)),
            np.where(later, at, np.where(sooner, left, right)),
        )
        at_left, at_right = (
            np.where(later, at_right, np.where(sooner, found, at_left)),
            np.where(later, found, np.where(sooner, at_left, at_right)),
        )
        step *= 2


def _inner(problem: _Problem, total: float, dear: Floats, cheap: Floats) -> tuple[Floats, Floats]:
    """Spend by campaign, and the price of each group (the last entry: of the ungrouped)."""
    sums_dear, sums_cheap = problem.sums_at(dear), problem.sums_at(cheap)
    held_dear, held_cheap = (np.clip(s, problem.least, problem.most) for s in (sums_dear, sums_cheap))
    wanted = held_dear + _share(total - held_dear.sum(), held_cheap.sum() - held_dear.sum()) * (held_cheap - held_dear)
    wanted = _spread(wanted, total - float(wanted.sum()), problem.least, problem.most)
    own = (wanted < sums_dear * (1 - _SAME)) | (wanted > sums_cheap * (1 + _SAME))
    if own.any():
        first, second = _own_places(problem, wanted, own, dear)
        dear, cheap = np.where(own, first, dear), np.where(own, second, cheap)
    at_dear, at_cheap = problem.spend_at(problem.price(dear)), problem.spend_at(problem.price(cheap))
    sums_dear, sums_cheap = problem.groups.sums(at_dear), problem.groups.sums(at_cheap)
    share = _share(wanted - sums_dear, sums_cheap - sums_dear)[problem.groups.member]
    spend = np.clip(at_dear + share * (at_cheap - at_dear), problem.low, problem.high)
    prices = problem.price(dear)
    return _to_the_cent(problem, spend, wanted), np.where(prices <= problem.usual * _NOTHING, 0.0, prices)


def _to_the_cent(problem: _Problem, spend: Floats, wanted: Floats) -> Floats:
    """What rounding left of each group's sum, given to its members by the room that each has to both sides."""
    left = wanted - problem.groups.sums(spend)
    room = np.minimum(spend - problem.low, problem.high - spend)
    rooms = problem.groups.sums(room)
    small = np.abs(left) <= 1e-9 * np.maximum(np.abs(wanted), 1e-300)
    each = np.divide(left, rooms, out=np.zeros_like(left), where=small & (rooms > np.abs(left)))
    moved: Floats = np.clip(spend + each[problem.groups.member] * room, problem.low, problem.high)
    return moved


def _spread(amounts: Floats, left: float, low: Floats, high: Floats) -> Floats:
    """``amounts`` with what rounding left of their sum, by the room that each has to both sides."""
    room = np.minimum(amounts - low, high - amounts)
    rooms = float(room.sum())
    return amounts + left / rooms * room if np.isfinite(rooms) and rooms > abs(left) else amounts


def _own_places(problem: _Problem, wanted: Floats, own: np.ndarray, common: Floats) -> tuple[Floats, Floats]:
    """Where the groups in ``own`` spend what is wanted of them; all groups in one search."""

    def falling(at: Floats) -> Floats:
        return np.where(own, wanted - problem.sums_at(at), 0.0)

    return _root_near(falling, common, np.maximum(np.abs(wanted), 1e-300))


def _share(part: Floats | float, whole: Floats | float) -> Floats:
    """How far to go from the dear to the cheap end, in [0, 1]."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.clip(np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0), 0.0, 1.0)


def certify(
    curves: Curves,
    low: Floats,
    high: Floats,
    total: float,
    spend: Floats,
    prices: Floats,
    held: tuple[Groups, Floats, Floats],
) -> Allocation:
    """The allocation with its residuals, computed from the curves alone.

    ``prices`` and the bands have one entry a group, the last for the campaigns in none.
    """
    groups, least, most = held
    each, sums = prices[groups.member], groups.sums(spend)
    slope, reached = curves.slope(np.maximum(spend, 1e-300)), float(curves.value(spend).sum())
    price = _total_price(prices, sums, least, most)
    wrong = max(
        wrongness(slope, each, spend, low, high), wrongness(prices, np.full(len(prices), price), sums, least, most)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(each > 0, curves.spend_at(each, low, high), high)  # for nothing, all that a campaign may get
    bound = float((curves.value(best) - each * best).sum()) + price * total
    bound += float(np.where(prices > price, (prices - price) * most, (prices - price) * least).sum())
    return Allocation(
        spend=spend,
        value=reached,
        slope=slope,
        price=price,
        prices=each,
        kkt_residual=wrong / max(price, 1e-12 * abs(reached) / max(abs(total), 1e-300), 1e-300),
        duality_gap=(bound - reached) / max(abs(reached), 1e-300),
        budget_residual=(float(spend.sum()) - total) / max(abs(total), 1e-300),
    )


def wrongness(slope: Floats, price: Floats, spend: Floats, low: Floats, high: Floats) -> float:
    """How far slopes are above a price although more could be spent, or below although less could."""
    edge = 1e-9 * np.maximum(high - low, 1e-300)
    too_low = np.where(spend < high - edge, np.maximum(slope - price, 0.0), 0.0)
    too_high = np.where(spend > low + edge, np.maximum(price - slope, 0.0), 0.0)
    return float(np.where(high > low, np.maximum(too_low, too_high), 0.0).max(initial=0.0))


def _total_price(prices: Floats, sums: Floats, least: Floats, most: Floats) -> float:
    """The price of the groups inside their band; where none is, one between those at either end."""
    edge = 1e-9 * np.maximum(np.where(np.isfinite(most), most - least, 1.0), 1e-300)
    inside = (sums > least + edge) & (sums < most - edge)
    if inside.any():
        return float(prices[inside].max())
    at_low = prices[(sums <= least + edge) & (most > least)]
    return float(at_low.max()) if at_low.size else float(prices.max())
