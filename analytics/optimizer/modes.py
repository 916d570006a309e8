"""How much to spend at all: while it pays, as much as still meets a target, or as little as brings a value."""

from __future__ import annotations

import numpy as np

from analytics.errors import Infeasible
from analytics.optimizer.curves import Curves, Floats
from analytics.optimizer.dual import Allocation, allocate
from analytics.optimizer.groups import Groups, no_groups, require_feasible
from analytics.optimizer.roots import falling_root


def while_it_pays(
    curves: Curves,
    low: Floats,
    high: Floats,
    price: float = 1.0,
    cap: float | None = None,
    groups: Groups | None = None,
) -> Allocation:
    """Spend as long as the next unit brings more than ``price``, and no more than ``cap`` in all.

    With value in money net of the cost of goods and a price of 1 this maximises profit. With ``price`` at a target's
    value per unit, the target holds on the margin: for every last unit, not on average.

    Raises:
        Infeasible: bounds and groups contradict each other, or need more than the cap.
    """
    held = no_groups(len(low)) if groups is None else groups
    least, most = require_feasible(held, low, high, _any_total(held, low, high))
    wanted = float(np.clip(held.sums(curves.spend_at(price, low, high)), least, most).sum())
    return allocate(curves, low, high, wanted if cap is None else min(wanted, cap), groups)


def most_at_target(
    curves: Curves,
    low: Floats,
    high: Floats,
    target: float,
    *,
    cap: float | None = None,
    groups: Groups | None = None,
    base_value: float = 0.0,
    base_spend: float = 0.0,
) -> Allocation:
    """The most that can be spent while value over spend, on average over everything, is at least ``target``.

    ``base_value`` and ``base_spend`` come with any plan (what would come anyway, campaigns that stay as they are).
    For a cost per conversion, ``target`` is one over it. Average is what platforms mean by a target ROAS or CPA.

    Raises:
        Infeasible: no spend meets the target; the message and ``nearest`` hold the best ratio that can be had.
    """
    held = no_groups(len(low)) if groups is None else groups
    least, most = require_feasible(held, low, high, _any_total(held, low, high))
    bottom, top = float(least.sum()), float(most.sum())
    if cap is not None and cap < bottom:
        allocate(curves, low, high, cap, groups)  # raises, and says why

    def spare(total: float) -> float:
        """What the value exceeds the target by: concave in the total, greatest where the next unit just meets it."""
        return base_value + allocate(curves, low, high, total, groups).value - target * (base_spend + total)

    richest = while_it_pays(curves, low, high, target, cap, groups)
    start, end = float(richest.spend.sum()), top if cap is None else min(top, cap)
    if spare(start) < -1e-12 * max(target * (base_spend + start), 1e-300):
        best = _best_ratio(curves, (low, high, groups), (bottom, start), base_value, base_spend)
        raise Infeasible(f"no spend within the bounds brings {target:,.6g} a unit; the best is {best:,.6g}", best)
    if spare(end) >= 0:
        return allocate(curves, low, high, end, groups)
    found = falling_root(
        lambda at: np.array([spare(float(at[0]))]),
        np.array([start]),
        np.array([end]),
        np.array([max(target * (base_spend + start), 1e-300)]),
    )
    return allocate(curves, low, high, float(found[0][0]), groups)


def least_for_value(
    curves: Curves, low: Floats, high: Floats, value: float, groups: Groups | None = None
) -> Allocation:
    """The least spend that brings ``value``: the same result for less.

    Raises:
        Infeasible: the bounds do not reach it; the message says what they reach.
    """
    held = no_groups(len(low)) if groups is None else groups
    least, most = require_feasible(held, low, high, _any_total(held, low, high))
    ends = np.array([least.sum()]), np.array([most.sum()])
    first, last = (allocate(curves, low, high, float(e[0]), groups) for e in ends)
    if last.value < value * (1 - 1e-12):
        raise Infeasible(f"a value of {value:,.6g} cannot be reached within the bounds; the most is {last.value:,.6g}")
    if first.value >= value:
        return first
    if last.value <= value:
        return last
    found = falling_root(
        lambda at: np.array([value - allocate(curves, low, high, float(at[0]), groups).value]),
        *ends,
        np.array([abs(value)]),
    )
    return allocate(curves, low, high, float(found[1][0]), groups)


def _any_total(groups: Groups, low: Floats, high: Floats) -> float:
    """A total that never is what is wrong."""
    least, most = np.maximum(groups.sums(low)[:-1], groups.low), np.minimum(groups.sums(high)[:-1], groups.high)
    rest = float(groups.sums(low)[-1])
    return float(np.where(least <= most, least, 0.0).sum()) + rest


def _best_ratio(
    curves: Curves,
    bounds: tuple[Floats, Floats, Groups | None],
    totals: tuple[float, float],
    base_value: float,
    base_spend: float,
) -> float:
    """The greatest value over spend, by Dinkelbach's method: each ratio found is the price of the next search."""
    low, high, groups = bounds
    ratio = -np.inf
    for total in (*totals, float(low.sum())):
        if totals[0] <= total <= totals[1] and base_spend + total > 0:
            ratio = max(ratio, (base_value + allocate(curves, low, high, total, groups).value) / (base_spend + total))
    for _ in range(60):
        best = while_it_pays(curves, low, high, max(ratio, 1e-250), groups=groups)
        spent = base_spend + float(best.spend.sum())
        found = (base_value + best.value) / spent if spent > 0 else ratio
        if found <= ratio * (1 + 1e-14):
            break
        ratio = found
    return float(ratio)
