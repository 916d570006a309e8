"""The best split of a daily budget over an account's levers: how much in all, and how much to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import numpy as np

from analytics.errors import Infeasible
from analytics.optimizer.modes import least_for_value, most_at_target, while_it_pays
from domain.errors import BadInput, CannotAnswer
from domain.policy import Limits
from tools.budget.amounts import allocate_levers, curves_of, pools_of
from tools.budget.limits import reasons, with_request, with_weights
from tools.budget.movable import Movable, Split, base_of, fit_levers, within_policy
from tools.budget.request import Request
from tools.levers import Lever, Levers

Fitted = tuple[Sequence[Movable], Mapping[str, str]]
"""What ``fit_levers`` gave."""


def best_split(
    levers: Levers, request: Request, limits: Limits, rng: np.random.Generator, *, known: Fitted | None = None
) -> Split:
    """Fit, then allocate so that the expectation over the draws is greatest.

    ``known`` is the fit of the same levers where it was made before, for several plans over one fit.

    Raises:
        BadInput: a total finer than what can be billed, or a name that is no lever's.
        CannotAnswer: the data support fewer levers than a move needs, or the request cannot be met; says why.
    """
    _require_outcome(request, levers)
    fitted, held = fit_levers(levers, rng, limits) if known is None else (list(known[0]), dict(known[1]))
    total_now = sum((lever.now for lever in levers.levers), Decimal(0))
    fixed_total = _fixed_total(request, levers, total_now)
    if not fitted or (len(fitted) == 1 and fixed_total == total_now):
        raise CannotAnswer(_too_few(fitted, held))
    if request.objective == "profit":
        fitted = with_weights(fitted, {lever.entity: lever.margin for lever in levers.levers})
    widest = [replace(within_policy(m.lever, m.response, limits.max_step), weight=m.weight) for m in fitted]
    fixed = total_now - sum((m.lever.now for m in fitted), Decimal(0))
    extrapolates = False
    movable = with_request(widest, request, levers, tried=True)
    split = Split(tuple(movable), held, {}, total_now, total_now, extrapolates, request, *base_of(levers, fitted))
    try:
        amounts = _amounts(split, fixed, fixed_total)
    except Infeasible:
        movable = with_request(widest, request, levers, tried=False)
        split = replace(split, movable=tuple(movable), extrapolates=True)
        amounts = _amounts_or_why(split, fixed, fixed_total)
    return replace(split, amounts=amounts, total=sum(amounts.values(), Decimal(0)) + fixed)


def narrowed(split: Split, max_step: Decimal) -> dict[str, Decimal] | None:
    """The best amounts with no lever moving by more than ``max_step``; None where the total cannot be met so."""
    near = [
        replace(m, low=max(m.low, m.lever.now * (1 - max_step)), high=min(m.high, m.lever.now * (1 + max_step)))
        for m in split.movable
    ]
    try:
        return _within_pools(near, sum(split.amounts.values(), Decimal(0)), split.request)
    except Infeasible:
        return None


def _amounts(split: Split, fixed: Decimal, fixed_total: Decimal | None) -> dict[str, Decimal]:
    """Amounts of the movable levers; ``fixed_total`` None where the mode settles the total.

    Raises:
        Infeasible: within these bounds the request cannot be met.
    """
    movable, request = split.movable, split.request
    if fixed_total is not None:
        _require_one_pool(movable, request, fixed_total == split.total_now)
        return _within_pools(movable, fixed_total - fixed, request)
    _require_one_pool(movable, request, same=False)
    return _settled(split, fixed)


def _settled(split: Split, fixed: Decimal) -> dict[str, Decimal]:
    """The mode's own total, met in readable amounts that still keep what the mode promises."""
    movable, request = split.movable, split.request
    unit = max(m.lever.unit for m in movable)
    total = _free_total(split, fixed).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
    up = request.mode == "same_for_less"
    total = -(-total // unit) * unit if up else (total / unit).to_integral_value(ROUND_FLOOR) * unit
    least, most = (sum((getattr(m, side) for m in movable), Decimal(0)) for side in ("low", "high"))
    step = unit
    for _ in range(24):  # steps and rounding cost a little: give way by doubling amounts
        amounts = allocate_levers(movable, min(max(total, least), most), request)
        if _keeps(split, amounts):
            return amounts
        total += step if up else -step
        step *= 2
        if not least <= total <= most:
            break
    raise Infeasible(f"no amounts in steps that can be billed keep what was asked for ({request.mode})")


def _free_total(split: Split, fixed: Decimal) -> Decimal:
    """The total of the movable levers' budgets that the mode settles on, before rounding."""
    movable, request = split.movable, split.request
    share = np.array([m.lever.share_spent for m in movable])
    low, high = (np.array([float(getattr(m, side)) for m in movable]) * share for side in ("low", "high"))
    curves = curves_of(movable, by_spend=True)
    cap = None if request.total is None else float(request.total - fixed)
    if request.mode == "same_for_less":
        now = np.array([float(m.lever.now) for m in movable]) * share
        best = least_for_value(curves, low, high, float(curves.value(now).sum()))
    elif request.mode == "flexible" or request.on_margin:
        best = while_it_pays(curves, low, high, _worth(request))
    else:
        best = most_at_target(
            curves, low, high, _worth(request), base_value=split.base_outcome, base_spend=split.base_spend
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


def _within_pools(movable: Sequence[Movable], total: Decimal, request: Request) -> dict[str, Decimal]:
    """The best amounts with every pool's sum as it is today, or cut alike; ``total`` is that of a single pool.

    Raises:
        Infeasible: the bounds cannot meet the total.
    """
    pools = pools_of(movable)
    if len(pools) == 1:
        return allocate_levers(movable, total, request)
    amounts: dict[str, Decimal] = {}
    for own in pools:
        today = sum((m.lever.now for m in own), Decimal(0))
        share = today if request.cut is None else _billable(today * (1 - request.cut), own)
        stays = len(own) == 1 and share == today
        amounts |= {own[0].lever.entity: today} if stays else allocate_levers(own, share, request)
    return amounts


def _billable(amount: Decimal, movable: Sequence[Movable]) -> Decimal:
    unit = max(m.lever.unit for m in movable)
    return (amount / unit).to_integral_value(ROUND_FLOOR) * unit


def _require_one_pool(movable: Sequence[Movable], request: Request, same: bool) -> None:
    if not same and request.mode != "least_loss" and len({m.lever.pool for m in movable}) > 1:
        raise CannotAnswer(
            "the plan pays these campaigns from several pools, and another total over all of them would move money "
            "between pools; ask for a split of today's total, which stays within each pool"
        )


def _amounts_or_why(split: Split, fixed: Decimal, fixed_total: Decimal | None) -> dict[str, Decimal]:
    """As ``_amounts``; what cannot be met is told with the constraints in conflict and the nearest that can be met."""
    try:
        return _amounts(split, fixed, fixed_total)
    except Infeasible as error:
        if fixed_total is None:
            raise CannotAnswer(_why_no_target(split, error)) from None
        raise CannotAnswer(_why_no_total(split, fixed, fixed_total, error)) from None


def _why_no_total(split: Split, fixed: Decimal, wanted: Decimal, error: Infeasible) -> str:
    stays = f", of which {fixed:,.2f} stays as it is" if fixed else ""
    nearest = (
        "" if error.nearest is None
        else f"; the nearest total that can be met is {Decimal(error.nearest) + fixed:,.2f}"
    )  # fmt: skip
    held = reasons(split.movable, "high" if wanted > split.total_now else "low")
    return (
        f"a total of {wanted:,.2f} a day cannot be met: today it is {split.total_now:,.2f}{stays}, and what holds the "
        f"others is {held}{nearest}"
    )


def _why_no_target(split: Split, error: Infeasible) -> str:
    request = split.request
    if error.nearest is None or request.target is None:
        return f"{error}; what holds the budgets is {reasons(split.movable, 'low')}"
    wanted, best = (f"{request.target:,.2f}", error.nearest)
    what, nearest = ("CPA", 1 / best) if request.mode == "target_cpa" else ("ROAS", best)
    return (
        f"a {what} of {wanted} over the account cannot be met: the best within the limits is {nearest:,.2f}, and what "
        f"holds the budgets is {reasons(split.movable, 'low')}"
    )


def _require_outcome(request: Request, levers: Levers) -> None:
    """Refuse what the account's outcome cannot tell."""
    if request.mode == "flexible" and request.objective != "profit" and levers.outcome != "revenue":
        raise CannotAnswer(
            "what a conversion is worth is not known here, so nothing says where spend stops to pay; give a target CPA"
        )
    if request.outcome is not None and levers.outcome != request.outcome:
        raise CannotAnswer(f"this needs {request.outcome}, and the figures were read by {levers.outcome}")


def _fixed_total(request: Request, levers: Levers, total_now: Decimal) -> Decimal | None:
    if request.settles_total:
        if request.total is not None:
            _require_billable(request.total, levers.levers)
        return None
    if request.cut is not None:
        unit = max(lever.unit for lever in levers.levers)
        return (total_now * (1 - request.cut) / unit).to_integral_value(ROUND_FLOOR) * unit
    return total_now if request.total is None else _require_billable(request.total, levers.levers)


def _require_billable(total: Decimal, levers: Sequence[Lever]) -> Decimal:
    unit = max(lever.unit for lever in levers)
    if total % unit:
        raise BadInput(f"a total of {total} a day: give a positive amount in steps of {unit}")
    return total


def _too_few(movable: Sequence[Movable], held: Mapping[str, str]) -> str:
    able = f"only {movable[0].lever.name} can be judged, and" if movable else "no campaign can be judged:"
    reasons_why = "; ".join(f"{name}: {reason}" for name, reason in held.items())
    return f"{able} a move needs two ends. {reasons_why}" if movable else f"{able} {reasons_why}"
