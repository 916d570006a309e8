"""The best split of a daily budget over an account's levers, within policy and inside what was tried before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from analytics.bootstrap import block_counts
from analytics.errors import CannotEstimate, Infeasible
from analytics.optimizer import MeanOfDraws
from analytics.response import Response, fit
from analytics.steps import allocate_in_steps
from domain.errors import BadInput, CannotAnswer
from domain.money import round_to_billable
from domain.policy import Limits
from tools.levers import Lever, Levers

Floats = NDArray[np.float64]

DRAWS = 400
MIN_STEP = Decimal("0.05")
MAX_CHANGES = 5
_READABLE = tuple(Decimal(s) for s in ("100", "50", "20", "10", "5", "2", "1", "0.5", "0.1", "0.05", "0.01"))


@dataclass(frozen=True, slots=True)
class Movable:
    """A lever whose response the data support, and how far it may move in one step."""

    lever: Lever
    response: Response
    low: Decimal
    high: Decimal

    def draws(self, amount: Decimal) -> Floats:
        """Outcome a day at a budget of ``amount``, per bootstrap draw."""
        return self.response.value(float(amount) * self.lever.share_spent)

    def marginal(self, amount: Decimal) -> tuple[float, float, float]:
        """Outcome of the next unit of spend at ``amount``: low, mean and high of a 90 % interval."""
        slope = self.response.slope(float(amount) * self.lever.share_spent)
        low, high = np.quantile(slope, [0.05, 0.95])
        return float(low), float(slope.mean()), float(high)

    def tried(self, amount: Decimal) -> bool:
        spend = float(amount) * self.lever.share_spent
        return self.response.spend_low <= spend <= self.response.spend_high


@dataclass(frozen=True, slots=True)
class Split:
    """The best split found. ``amounts`` holds every movable lever by entity, the unchanged ones too.

    ``held`` says by name why the others stay as they are. ``extrapolates`` where the total asked
    for could only be met outside the spend that was tried before.
    """

    movable: tuple[Movable, ...]
    held: Mapping[str, str]
    amounts: Mapping[str, Decimal]
    total_now: Decimal
    total: Decimal
    extrapolates: bool

    @property
    def changed(self) -> tuple[Movable, ...]:
        return tuple(m for m in self.movable if self.amounts[m.lever.entity] != m.lever.now)

    def gain(self, amounts: Mapping[str, Decimal]) -> Floats:
        """Outcome a day of ``amounts`` over today's, per draw, all levers together."""
        gains = [m.draws(amounts[m.lever.entity]) - m.draws(m.lever.now) for m in self.movable]
        return np.asarray(np.sum(gains, axis=0), dtype=np.float64)

    def base(self) -> float:
        """Outcome a day that the movable levers' spend brings today, by the mean of the draws."""
        return float(np.sum([m.draws(m.lever.now).mean() for m in self.movable]))


def fit_levers(levers: Levers, rng: np.random.Generator, limits: Limits) -> tuple[list[Movable], dict[str, str]]:
    """Fit every lever that may move; the others come back by name with the reason why they stay."""
    start = levers.history.start
    counts = block_counts(levers.history.days, DRAWS, rng)
    movable, held = [], {}
    for lever in levers.levers:
        stays = lever.held or ("it spends nothing now" if lever.now <= 0 else None)
        if stays is not None:
            held[lever.name] = stays
            continue
        at = np.array([(d.day - start).days for d in lever.history], dtype=np.int64)
        try:
            response = fit(
                np.array([d.spend for d in lever.history]),
                np.array([d.outcome for d in lever.history]),
                at + start.toordinal(),
                counts[:, at],
            )
        except CannotEstimate as reason:
            held[lever.name] = str(reason)
        else:
            movable.append(Movable(lever, response, *_bounds(lever, response, limits.max_step)))
    return movable, held


def best_split(levers: Levers, total: Decimal | None, limits: Limits, rng: np.random.Generator) -> Split:
    """Fit, then allocate so that the expectation over the draws is greatest; ``total`` None keeps today's.

    Raises:
        BadInput: a total that is not positive, or finer than what can be billed.
        CannotAnswer: the data support fewer levers than a move needs, or the total cannot be met; says why.
    """
    movable, held = fit_levers(levers, rng, limits)
    total_now = sum((lever.now for lever in levers.levers), Decimal(0))
    wanted = total_now if total is None else _checked_total(total, levers.levers)
    if not movable or (len(movable) == 1 and wanted == total_now):
        raise CannotAnswer(_too_few(movable, held))
    if wanted != total_now and len({m.lever.pool for m in movable}) > 1:
        raise CannotAnswer(
            "the plan pays these campaigns from several pools, and another total over all of them would move money "
            "between pools; ask for a split of today's total, which stays within each pool"
        )
    fixed = total_now - sum((m.lever.now for m in movable), Decimal(0))
    extrapolates = False
    try:
        amounts = _within_pools(movable, wanted - fixed)
    except Infeasible:
        movable = [_widened(m, limits.max_step) for m in movable]
        extrapolates = True
        amounts = _allocate_or_explain(movable, wanted, fixed, limits.max_step)
    return Split(tuple(movable), held, amounts, total_now, wanted, extrapolates)


def allocate_levers(movable: Sequence[Movable], total: Decimal) -> dict[str, Decimal]:
    """Amounts by entity that sum to ``total`` exactly, in readable steps from today.

    Raises:
        Infeasible: the bounds cannot meet the total.
    """
    unit = _readable_unit(movable, total)
    today = np.array([float(m.lever.now) for m in movable])
    bounds = [_on_grid(m, unit) for m in movable]
    low, high = (np.array([float(b[side]) for b in bounds]) for side in (0, 1))
    share = np.array([m.lever.share_spent for m in movable])[:, None]
    curves = MeanOfDraws(
        np.array([m.response.scale for m in movable]),
        np.array([m.response.bend for m in movable]) / share,
        np.array([m.response.full for m in movable]),
    )
    step = np.maximum(today * float(MIN_STEP), float(unit))
    best = allocate_in_steps(
        curves, today, low, high, float(total), min_step=step, max_changes=max(MAX_CHANGES, int(today.size * 0.25))
    )
    return _rounded(movable, best.spend, total, unit)


def scaled(split: Split, factor: Decimal) -> dict[str, Decimal]:
    """Amounts that go only ``factor`` of the way, still on billable units and summing exactly in each pool."""
    amounts: dict[str, Decimal] = {}
    for own in _pools(split.movable):
        moves = {m.lever.entity: (split.amounts[m.lever.entity] - m.lever.now) * factor for m in own}
        unit = max(m.lever.unit for m in own)
        total = (sum(moves.values(), Decimal(0)) / unit).to_integral_value() * unit
        amounts |= _with_moves(own, moves, total, unit)
    return amounts


def _pools(movable: Sequence[Movable]) -> list[list[Movable]]:
    """The levers by the pool whose money they spend."""
    pools: dict[str, list[Movable]] = {}
    for m in movable:
        pools.setdefault(m.lever.pool, []).append(m)
    return list(pools.values())


def _within_pools(movable: Sequence[Movable], total: Decimal) -> dict[str, Decimal]:
    """The best amounts with every pool's sum as it is today; ``total`` is that of a single pool.

    Raises:
        Infeasible: the bounds cannot meet the total.
    """
    pools = _pools(movable)
    if len(pools) == 1:
        return allocate_levers(movable, total)
    amounts: dict[str, Decimal] = {}
    for own in pools:
        today = sum((m.lever.now for m in own), Decimal(0))
        amounts |= allocate_levers(own, today) if len(own) > 1 else {m.lever.entity: m.lever.now for m in own}
    return amounts


def narrowed(split: Split, max_step: Decimal) -> dict[str, Decimal] | None:
    """The best amounts with no lever moving by more than ``max_step``; None where the total cannot be met so."""
    near = [
        replace(m, low=max(m.low, m.lever.now * (1 - max_step)), high=min(m.high, m.lever.now * (1 + max_step)))
        for m in split.movable
    ]
    try:
        return _within_pools(near, sum(split.amounts.values(), Decimal(0)))
    except Infeasible:
        return None


def _allocate_or_explain(
    movable: Sequence[Movable], wanted: Decimal, fixed: Decimal, max_step: Decimal
) -> dict[str, Decimal]:
    try:
        return allocate_levers(movable, wanted - fixed)
    except Infeasible as error:
        near = error.nearest
        today = sum((m.lever.now for m in movable), Decimal(0))
        stays = f", of which {fixed:,.2f} stays as it is" if fixed else ""
        nearest = "" if near is None else f"; the nearest total that can be met is {Decimal(near) + fixed:,.2f}"
        raise CannotAnswer(
            f"a total of {wanted:,.2f} a day cannot be met: today it is {today + fixed:,.2f}{stays}, and no budget may "
            f"change by more than {max_step * 100:.0f} % in one step{nearest}"
        ) from None


def _checked_total(total: Decimal, levers: Sequence[Lever]) -> Decimal:
    unit = max(lever.unit for lever in levers)
    if not total.is_finite() or total <= 0 or total % unit:
        raise BadInput(f"a total of {total} a day: give a positive amount in steps of {unit}")
    return total


def _too_few(movable: Sequence[Movable], held: Mapping[str, str]) -> str:
    able = f"only {movable[0].lever.name} can be judged, and" if movable else "no campaign can be judged:"
    reasons = "; ".join(f"{name}: {reason}" for name, reason in held.items())
    return f"{able} a move needs two ends. {reasons}" if movable else f"{able} {reasons}"


def _bounds(lever: Lever, response: Response, max_step: Decimal) -> tuple[Decimal, Decimal]:
    """Within the step limit and inside the spend that was tried, and always with today's amount inside."""
    share = Decimal(str(lever.share_spent))
    low = max(lever.now * (1 - max_step), Decimal(str(response.spend_low)) / share, lever.unit)
    high = min(lever.now * (1 + max_step), Decimal(str(response.spend_high)) / share)
    return _unbarred(lever, low, high)


def _unbarred(lever: Lever, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """Bounds with today's amount inside, closed on the side that a person rejected."""
    down, up = lever.may_move(-1), lever.may_move(1)
    return min(low, lever.now) if down else lever.now, max(high, lever.now) if up else lever.now


def _widened(m: Movable, max_step: Decimal) -> Movable:
    low, high = max(m.lever.now * (1 - max_step), m.lever.unit), m.lever.now * (1 + max_step)
    return Movable(m.lever, m.response, *_unbarred(m.lever, low, high))


def _readable_unit(movable: Sequence[Movable], total: Decimal) -> Decimal:
    """The largest round step that moves can be told in: exact for this total, fine against the smallest lever."""
    billable = max(m.lever.unit for m in movable)
    difference = total - sum((m.lever.now for m in movable), Decimal(0))
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
