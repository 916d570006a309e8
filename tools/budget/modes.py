"""The best split of a daily budget over an account's levers: how much in all, and how much to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from analytics.errors import Infeasible
from domain.errors import BadInput, CannotAnswer
from domain.policy import Limits
from tools.budget.amounts import allocate_levers, pools_of
from tools.budget.limits import reasons, sums_of, with_request, with_weights
from tools.budget.movable import Movable, Split, base_of, fit_levers, within_policy
from tools.budget.picking import picked
from tools.budget.request import Bound, GroupBound, Request
from tools.budget.settling import settled, why_no_target
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
    request = _paying(request, levers, fitted)
    if request.objective == "profit":
        fitted = with_weights(fitted, {lever.entity: lever.margin for lever in levers.levers})
    widest = [replace(within_policy(m.lever, m.response, limits.max_step), weight=m.weight) for m in fitted]
    fixed = total_now - sum((m.lever.now for m in fitted), Decimal(0))
    extrapolates = False
    movable = with_request(widest, request, levers, tried=True)
    stays = {v.entity: v.now for v in levers.levers if v.entity not in {m.lever.entity for m in fitted}}
    split = Split(
        tuple(movable), held, {}, total_now, total_now, extrapolates, request, *base_of(levers, fitted), fixed=stays
    )
    sums = None if fixed_total is None else _pool_sums(levers, fitted, request, fixed_total)
    try:
        amounts = _amounts(split, fixed, sums)
    except Infeasible:
        movable = with_request(widest, request, levers, tried=False)
        split = replace(split, movable=tuple(movable), extrapolates=True)
        amounts = _amounts_or_why(split, fixed, sums, fixed_total)
    return replace(
        split, amounts=amounts, total=sum(amounts.values(), Decimal(0)) + fixed,
        picked=picked(split.movable, amounts, request),
    )  # fmt: skip


def narrowed(split: Split, max_step: Decimal) -> dict[str, Decimal] | None:
    """The best amounts with no lever moving by more than ``max_step``; None where the total cannot be met so."""
    near = [
        replace(m, low=max(m.low, m.lever.now * (1 - max_step)), high=min(m.high, m.lever.now * (1 + max_step)))
        for m in split.movable
    ]
    sums = {
        own[0].lever.pool: sum((split.amounts[m.lever.entity] for m in own), Decimal(0))
        for own in pools_of(split.movable)
    }
    try:
        return _within_pools(near, sums, split)
    except Infeasible:
        return None


def _amounts(split: Split, fixed: Decimal, sums: Mapping[str, Decimal] | None) -> dict[str, Decimal]:
    """Amounts of the movable levers; ``sums`` by pool, None where the mode settles the total.

    Raises:
        Infeasible: within these bounds the request cannot be met.
    """
    if sums is not None:
        return _within_pools(split.movable, sums, split)
    _require_one_pool(split.movable)
    return settled(split, fixed)


def _paying(request: Request, levers: Levers, fitted: Sequence[Movable]) -> Request:
    """A flexible budget pays for itself at the plan's margins where all of them are known and nothing else was said."""
    known = all(m.lever.margin is not None for m in fitted)
    if request.mode == "flexible" and request.objective is None and levers.outcome == "revenue" and known:
        return replace(request, objective="profit")
    return request


def _pool_sums(
    levers: Levers, movable: Sequence[Movable], request: Request, fixed_total: Decimal
) -> dict[str, Decimal]:
    """What the movable levers of each pool may spend together.

    Raises:
        BadInput: a pool that nothing here belongs to.
        CannotAnswer: another total over several pools, which would move money between them.
    """
    pools = {own[0].lever.pool: own for own in pools_of(movable)}
    if unknown := set(request.pools) - {lever.pool for lever in levers.levers}:
        raise BadInput(f"no budget here is paid from the pool {', '.join(sorted(unknown))}")
    today = {pool: sum((v.now for v in levers.levers if v.pool == pool), Decimal(0)) for pool in pools}
    held = {pool: today[pool] - sum((m.lever.now for m in own), Decimal(0)) for pool, own in pools.items()}
    if request.pools:
        return {p: _billable(request.pools.get(p, today[p]), own) - held[p] for p, own in pools.items()}
    if len(pools) == 1:
        stays = sum((v.now for v in levers.levers), Decimal(0)) - sum((m.lever.now for m in movable), Decimal(0))
        return dict.fromkeys(pools, fixed_total - stays)
    if request.cut is not None:
        return {p: _billable(today[p] * (1 - request.cut), own) - held[p] for p, own in pools.items()}
    if fixed_total != sum((v.now for v in levers.levers), Decimal(0)):
        _require_one_pool(movable)
    return {p: today[p] - held[p] for p in pools}


def _within_pools(movable: Sequence[Movable], sums: Mapping[str, Decimal], split: Split) -> dict[str, Decimal]:
    """The best amounts with every pool's sum as given.

    Raises:
        Infeasible: the bounds cannot meet the sums.
    """
    request = split.request
    pools = pools_of(movable)
    groups = sums_of(movable, request, split.fixed)
    if len(pools) == 1:
        return allocate_levers(movable, sums[pools[0][0].lever.pool], request, groups)
    if groups:  # groups may hold levers of several pools, so all are split at once
        each = [(sums[own[0].lever.pool], frozenset(m.lever.entity for m in own)) for own in pools]
        walls = [GroupBound(f"pool {n}", own, Bound(amount, amount)) for n, (amount, own) in enumerate(each, 1)]
        return allocate_levers(movable, sum(sums.values(), Decimal(0)), request, [*walls, *groups])
    amounts: dict[str, Decimal] = {}
    for own in pools:
        today, wanted = sum((m.lever.now for m in own), Decimal(0)), sums[own[0].lever.pool]
        if len(own) == 1 and wanted == today:
            amounts[own[0].lever.entity] = today
        else:
            amounts |= allocate_levers(own, wanted, request)
    return amounts


def _billable(amount: Decimal, movable: Sequence[Movable]) -> Decimal:
    unit = max(m.lever.unit for m in movable)
    return (amount / unit).to_integral_value(ROUND_FLOOR) * unit


def _require_one_pool(movable: Sequence[Movable]) -> None:
    if len({m.lever.pool for m in movable}) > 1:
        raise CannotAnswer(
            "the plan pays these campaigns from several pools, and another total over all of them would move money "
            "between pools; ask for a split of today's total, which stays within each pool"
        )


def _amounts_or_why(
    split: Split, fixed: Decimal, sums: Mapping[str, Decimal] | None, fixed_total: Decimal | None
) -> dict[str, Decimal]:
    """As ``_amounts``; what cannot be met is told with the constraints in conflict and the nearest that can be met."""
    try:
        return _amounts(split, fixed, sums)
    except Infeasible as error:
        if sums is None or fixed_total is None:
            raise CannotAnswer(why_no_target(split, error)) from None
        raise CannotAnswer(_why_no_total(split, fixed, sum(sums.values(), fixed), error)) from None


def _why_no_total(split: Split, fixed: Decimal, wanted: Decimal, error: Infeasible) -> str:
    stays = f", of which {fixed:,.2f} stays as it is" if fixed else ""
    nearest = (
        "" if error.nearest is None
        else f"; the nearest total that can be met is {Decimal(error.nearest) + fixed:,.2f}"
    )  # fmt: skip
    held = reasons(split.movable, "high" if wanted > split.total_now else "low")
    if wanted == split.total_now:
        return f"what was asked for cannot be met: {error}; {held}{nearest}"
    if split.request.groups:
        stays += f", {error}"
    return (
        f"a total of {wanted:,.2f} a day cannot be met: today it is {split.total_now:,.2f}{stays}, and {held}{nearest}"
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
