"""The last digits of an allocation whose groups overlap, once it is known which of them hold it."""

from __future__ import annotations

import numpy as np

from analytics.optimizer.curves import Curves, Floats
from analytics.optimizer.dual import Allocation
from analytics.optimizer.rules import Rules

_ROUNDS = 30
_TIGHT = 1e-7


def polished(curves: Curves, low: Floats, high: Floats, total: float, rules: Rules, spend: Floats) -> Allocation:
    """``spend`` (feasible, and best to about a millionth) with its prices, after Newton's method on them.

    At the optimum each campaign's price is the sum of those of the total and of the groups that hold it back.
    """
    holding, wanted, sign = _holding(total, rules, spend)
    free = (spend > low + _TIGHT * (high - low)) & (spend < high - _TIGHT * (high - low))
    prices = _first_prices(curves, holding, spend, free)
    better = _newton(curves, low, high, holding, wanted, prices)
    if better is not None and _keeps(rules, better[0], total) and _as_good(curves, better[0], spend):
        spend, prices = better
    return _certified(curves, low, high, total, spend, holding, prices, sign)


def _holding(total: float, rules: Rules, spend: Floats) -> tuple[Floats, Floats, Floats]:
    """Rows of the total and of every band that is tight, what they sum to, and which way each may push (0: any)."""
    rows, wanted, sign = [np.ones(len(spend))], [total], [0.0]
    if rules.bands is not None:
        sums = rules.bands.member @ spend
        edge = _TIGHT * max(total, 1e-300)
        for row, at, least, most in zip(rules.bands.member, sums, rules.bands.low, rules.bands.high, strict=True):
            if at <= least + edge or at >= most - edge:
                rows.append(row.astype(np.float64))
                wanted.append(float(least if at <= least + edge else most))
                sign.append(0.0 if most - least <= 2 * edge else (-1.0 if at <= least + edge else 1.0))
    return np.array(rows), np.array(wanted), np.array(sign)


def _first_prices(curves: Curves, holding: Floats, spend: Floats, free: np.ndarray) -> Floats:
    slope = curves.slope(np.maximum(spend, 1e-300))
    used = free & np.isfinite(slope)
    if not used.any():
        return np.append(np.median(slope[np.isfinite(slope)]), np.zeros(len(holding) - 1))
    return np.asarray(np.linalg.lstsq(holding[:, used].T, slope[used], rcond=None)[0], dtype=np.float64)


def _newton(
    curves: Curves, low: Floats, high: Floats, holding: Floats, wanted: Floats, prices: Floats
) -> tuple[Floats, Floats] | None:
    """Spend and prices at which every tight sum is met; None where no such prices are found."""

    def spend_at(at: Floats) -> Floats:
        each = holding.T @ at
        return np.where(each > 0, curves.spend_at(np.maximum(each, 1e-250), low, high), high)

    scale = max(float(np.abs(wanted).max()), 1e-300)
    for _ in range(_ROUNDS):
        spend = spend_at(prices)
        missing = wanted - holding @ spend
        if np.abs(missing).max() <= 4e-15 * scale:
            return spend, prices
        step = 1e-6 * max(float(np.abs(prices).max()), 1e-300)
        change = np.array([holding @ (spend_at(prices + step * unit) - spend) / step for unit in np.eye(len(prices))])
        move = np.linalg.lstsq(change.T, missing, rcond=1e-10)[0]
        if not np.all(np.isfinite(move)):
            return None
        prices = prices + move
    return (spend_at(prices), prices) if np.abs(missing).max() <= 1e-12 * scale else None


def _keeps(rules: Rules, spend: Floats, total: float) -> bool:
    if rules.bands is None:
        return True
    sums, slack = rules.bands.member @ spend, 1e-9 * max(total, 1e-300)
    return bool(np.all(sums >= rules.bands.low - slack) and np.all(sums <= rules.bands.high + slack))


def _as_good(curves: Curves, found: Floats, before: Floats) -> bool:
    """Not worse, but for what a solver's tolerance may have let ``before`` spend too much."""
    now, then = float(curves.value(found).sum()), float(curves.value(before).sum())
    return now >= then - 1e-7 * abs(then)


def _certified(
    curves: Curves,
    low: Floats,
    high: Floats,
    total: float,
    spend: Floats,
    holding: Floats,
    prices: Floats,
    sign: Floats,
) -> Allocation:
    slope, each = curves.slope(np.maximum(spend, 1e-300)), holding.T @ prices
    edge = 1e-9 * np.maximum(high - low, 1e-300)
    wrong = np.where(spend < high - edge, np.maximum(slope - each, 0.0), 0.0)
    wrong = np.maximum(wrong, np.where(spend > low + edge, np.maximum(each - slope, 0.0), 0.0))
    backwards = np.maximum(-sign * prices, 0.0)
    value = float(curves.value(spend).sum())
    usual = max(abs(float(prices[0])), 1e-12 * abs(value) / max(abs(total), 1e-300), 1e-300)
    return Allocation(
        spend=spend,
        value=value,
        slope=slope,
        price=float(prices[0]),
        prices=each,
        kkt_residual=max(float(wrong.max(initial=0.0)), float(backwards.max(initial=0.0))) / usual,
        duality_gap=np.nan,
        budget_residual=(float(spend.sum()) - total) / max(abs(total), 1e-300),
    )
