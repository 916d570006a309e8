"""Modes that settle by themselves how much is spent: targets, a flexible budget, the same result for less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import numpy as np

from analytics.errors import Infeasible
from analytics.optimizer.modes import least_for_value, most_at_target, while_it_pays
from tools.budget.amounts import allocate_levers, curves_of, readable_unit
from tools.budget.limits import reasons, sums_of
from tools.budget.movable import Movable, Split
from tools.budget.picking import picked
from tools.budget.request import GroupBound, Request


def settled(split: Split, fixed: Decimal) -> dict[str, Decimal]:
    """Amounts at the mode's own total, readable, that still keep what the mode promises.

    A promised outcome is kept by what is left of it without what picking the amounts flatters.

    Raises:
        Infeasible: no amounts within the bounds do.
    """
    amounts = _in_steps(split, fixed, 0.0)
    if split.request.mode == "flexible" or split.request.on_margin:
        return amounts
    found = picked(split.movable, amounts, split.request)
    return amounts if _keeps(replace(split, picked=found), amounts) else _in_steps(split, fixed, found.flattery)


def _in_steps(split: Split, fixed: Decimal, flattered: float) -> dict[str, Decimal]:
    """As ``settled``; ``flattered`` is how much of the outcome a day is not believed, 0 where all of it is."""
    movable, request = split.movable, split.request
    unit = readable_unit(movable)
    now = sum((m.lever.now for m in movable), Decimal(0))
    total = _free_total(split, fixed, flattered).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    up = request.mode == "same_for_less"
    total = now + ((total - now) / unit).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * unit
    least, most = (sum((getattr(m, side) for m in movable), Decimal(0)) for side in ("low", "high"))
    if request.total is not None:
        most = min(most, request.total - fixed)
        if most < least:
            raise Infeasible(
                f"the budgets may be no less than {least + fixed:,.2f} together, above {request.total:,.2f}"
            )
    sums = sums_of(movable, request, split.fixed)
    step = unit
    for _ in range(24):  # steps and rounding cost a little: give way by doubling amounts
        amounts = _billable(movable, min(max(total, least), most), request, sums)
        if amounts is not None and _keeps(_believed(split, amounts) if flattered else split, amounts):
            return amounts
        total += step if up else -step
        step *= 2
        if not least <= total <= most:
            break
    raise Infeasible(f"no amounts in steps that can be billed keep what was asked for ({request.mode})")


def _believed(split: Split, amounts: Mapping[str, Decimal]) -> Split:
    """The split with ``amounts`` as what was picked, so that it takes off what that flatters."""
    return replace(split, picked=picked(split.movable, amounts, split.request))


def _billable(
    movable: Sequence[Movable], total: Decimal, request: Request, sums: Sequence[GroupBound]
) -> dict[str, Decimal] | None:
    """Readable amounts; None where the bounds, taken to whole steps, do not reach the total."""
    try:
        return allocate_levers(movable, total, request, sums)
    except Infeasible:
        return None


def _free_total(split: Split, fixed: Decimal, flattered: float) -> Decimal:
    """The total of the movable levers' budgets that the mode settles on, before rounding."""
    movable, request = split.movable, split.request
    share = np.array([m.lever.share_spent for m in movable])
    low, high = (np.array([float(getattr(m, side)) for m in movable]) * share for side in ("low", "high"))
    curves = curves_of(movable, by_spend=True)
    cap = None if request.total is None else float(request.total - fixed)
    if request.mode == "same_for_less":
        now = np.array([float(m.lever.now) for m in movable]) * share
        best = least_for_value(curves, low, high, float(curves.value(now).sum()) + flattered)
    elif request.mode == "flexible" or request.on_margin:
        best = while_it_pays(curves, low, high, _worth(request))
    else:
        best = most_at_target(
            curves, low, high, _worth(request), base_value=split.untouched() - flattered, base_spend=split.base_spend
        )
    total = float((best.spend / share).sum())
    return Decimal(repr(total if cap is None else min(total, cap)))


def _worth(request: Request) -> float:
    """The outcome that a unit of spend has to bring."""
    if request.target is None:
        return 1.0
    return float(1 / request.target if request.mode == "target_cpa" else request.target)


def _keeps(split: Split, amounts: Mapping[str, Decimal]) -> bool:
    """Whether these amounts, by the mean of the draws, still do what the mode promises."""
    request = split.request
    if request.mode == "same_for_less":
        return float(split.gain(amounts).mean()) >= -1e-9 * split.base()
    if request.target is None or request.on_margin:
        return True
    return float(split.ratio(amounts).mean()) >= _worth(request) * (1 - 1e-9)


def why_no_target(split: Split, error: Infeasible) -> str:
    """The target in conflict, the best ratio that can be had (``nearest``), and what holds the budgets."""
    request = split.request
    if error.nearest is None or request.target is None:
        return f"{error}; {reasons(split.movable, 'low')}"
    wanted, best = (f"{request.target:,.2f}", error.nearest)
    what, nearest = ("CPA", 1 / best) if request.mode == "target_cpa" else ("ROAS", best)
    return (
        f"a {what} of {wanted} over the account cannot be met: the best within the limits is {nearest:,.2f}, and "
        f"{reasons(split.movable, 'low')}"
    )
