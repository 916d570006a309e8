"""Amounts that people can read and platforms can bill: whole steps from today's, few of them, summing exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from analytics.errors import Infeasible
from analytics.optimizer import MeanOfDraws
from analytics.optimizer.groups import Bands
from analytics.steps import allocate_in_steps
from domain.money import round_to_billable
from tools.budget.movable import Floats, Movable, Split
from tools.budget.request import Bound, GroupBound, Request

MIN_STEP = Decimal("0.05")
MAX_CHANGES = 5
_READABLE = tuple(Decimal(s) for s in ("100", "50", "20", "10", "5", "2", "1", "0.5", "0.1", "0.05", "0.01"))


def allocate_levers(
    movable: Sequence[Movable], total: Decimal, request: Request, sums: Sequence[GroupBound] = ()
) -> dict[str, Decimal]:
    """Amounts by entity that sum to ``total`` exactly, in readable steps from today.

    ``sums`` are bands on what the movable levers of each group get together.

    Raises:
        Infeasible: the bounds cannot meet the total, or not with the groups.
    """
    amounts = _amounts(movable, total, request, sums, readable_unit(movable, total))
    if _kept(amounts, sums):
        return amounts
    fine = max(m.lever.unit for m in movable)  # rounding left a group's band: smaller steps, and room for them
    amounts = _amounts(movable, total, request, [_tightened(g, fine * len(g.entities)) for g in sums], fine)
    if not _kept(amounts, sums):
        raise Infeasible("no amounts that can be billed keep the sums that were asked for")
    return amounts


def _kept(amounts: Mapping[str, Decimal], sums: Sequence[GroupBound]) -> bool:
    for group in sums:
        spent = sum((amounts[e] for e in group.entities), Decimal(0))
        low, high = group.bound.low, group.bound.high
        if (low is not None and spent < low) or (high is not None and spent > high):
            return False
    return True


def _tightened(group: GroupBound, by: Decimal) -> GroupBound:
    low, high = group.bound.low, group.bound.high
    if low is not None and high is not None and high - low <= 2 * by:
        return group
    return replace(group, bound=Bound(None if low is None else low + by, None if high is None else high - by))


def _amounts(
    movable: Sequence[Movable], total: Decimal, request: Request, sums: Sequence[GroupBound], unit: Decimal
) -> dict[str, Decimal]:
    today = np.array([float(m.lever.now) for m in movable])
    bounds = [_on_grid(m, unit) for m in movable]
    low, high = (np.array([float(b[side]) for b in bounds]) for side in (0, 1))
    least = MIN_STEP if request.min_step is None else request.min_step
    most = most_changes(today.size, request)
    step = np.maximum(today * float(least), float(unit))
    best = allocate_in_steps(
        curves_of(movable), today, low, high, float(total),
        min_step=step, max_changes=most, bands=_bands(movable, sums),
    )  # fmt: skip
    return _rounded(movable, best.spend, total, unit)


def _bands(movable: Sequence[Movable], sums: Sequence[GroupBound]) -> Bands | None:
    if not sums:
        return None
    return Bands(
        np.array([[m.lever.entity in g.entities for m in movable] for g in sums]),
        np.array([0.0 if g.bound.low is None else float(g.bound.low) for g in sums]),
        np.array([np.inf if g.bound.high is None else float(g.bound.high) for g in sums]),
        tuple(g.name for g in sums),
    )


def most_changes(levers: int, request: Request) -> int:
    """How many of so many levers may change."""
    return max(MAX_CHANGES, int(levers * 0.25)) if request.max_changes is None else request.max_changes


def curves_of(movable: Sequence[Movable], *, by_spend: bool = False) -> MeanOfDraws:
    """What each budget brings in the objective, by its amount or, ``by_spend``, by what is spent of it."""
    share = np.array([1.0 if by_spend else m.lever.share_spent for m in movable])[:, None]
    weight = np.array([m.weight for m in movable])[:, None]
    return MeanOfDraws(
        np.array([m.response.scale for m in movable]) * weight,
        np.array([m.response.bend for m in movable]) / share,
        np.array([m.response.full for m in movable]),
    )


def scaled(split: Split, factor: Decimal) -> dict[str, Decimal]:
    """Amounts that go only ``factor`` of the way, still on billable units and summing exactly in each pool."""
    amounts: dict[str, Decimal] = {}
    for own in pools_of(split.movable):
        moves = {m.lever.entity: (split.amounts[m.lever.entity] - m.lever.now) * factor for m in own}
        unit = max(m.lever.unit for m in own)
        total = (sum(moves.values(), Decimal(0)) / unit).to_integral_value() * unit
        amounts |= _with_moves(own, moves, total, unit)
    return amounts


def pools_of(movable: Sequence[Movable]) -> list[list[Movable]]:
    """The levers by the pool whose money they spend."""
    pools: dict[str, list[Movable]] = {}
    for m in movable:
        pools.setdefault(m.lever.pool, []).append(m)
    return list(pools.values())


def readable_unit(movable: Sequence[Movable], total: Decimal | None = None) -> Decimal:
    """The largest round step that moves can be told in: exact for this total, fine against the smallest lever."""
    billable = max(m.lever.unit for m in movable)
    today = sum((m.lever.now for m in movable), Decimal(0))
    difference = Decimal(0) if total is None else total - today
    fine = min(m.lever.now for m in movable) * MIN_STEP / 2
    fits = (u for u in _READABLE if u % billable == 0 and u <= fine and difference % u == 0)
    return next(fits, billable)


def _on_grid(m: Movable, unit: Decimal) -> tuple[Decimal, Decimal]:
    down = ((m.low - m.lever.now) / unit).to_integral_value(ROUND_CEILING) * unit
    up = ((m.high - m.lever.now) / unit).to_integral_value(ROUND_FLOOR) * unit
    return m.lever.now + down, m.lever.now + up


def _rounded(movable: Sequence[Movable], spend: Floats, total: Decimal, unit: Decimal) -> dict[str, Decimal]:
    moves = {
        m.lever.entity: Decimal(repr(float(x))).quantize(Decimal("0.000001")) - m.lever.now
        for m, x in zip(movable, spend, strict=True)
    }
    return _with_moves(movable, moves, total - sum((m.lever.now for m in movable), Decimal(0)), unit)


def _with_moves(
    movable: Sequence[Movable], moves: Mapping[str, Decimal], total: Decimal, unit: Decimal
) -> dict[str, Decimal]:
    """Today's amounts plus the moves, rounded together so that the moves sum to ``total``; what stays, stays."""
    half = unit / 2
    moving = {entity: move for entity, move in moves.items() if abs(move) >= half}
    lift = {e: (abs(v) / unit).to_integral_value(ROUND_CEILING) * unit for e, v in moving.items() if v < 0}
    parts = {e: v + lift.get(e, Decimal(0)) for e, v in moving.items()}
    exact = round_to_billable(parts, total + sum(lift.values(), Decimal(0)), unit)
    return {
        m.lever.entity: m.lever.now + exact[m.lever.entity] - lift.get(m.lever.entity, Decimal(0))
        if m.lever.entity in exact
        else m.lever.now
        for m in movable
    }
