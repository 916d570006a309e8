"""Budgets over several periods: seasons, a budget a period or in all, carry-over from before and beyond the window.

What a period's spend does lasts into the next ones: the pressure is ``(1 - decay) * spend + decay * last pressure``,
so that at a constant spend it is that spend, and the curves are of pressure. Value is summed over the window and over
the periods after it in which what was spent in the window still works.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.optimizer.curves import Curves, Family, Floats, Ints, Price
from analytics.optimizer.dual import allocate
from analytics.optimizer.groups import Bands
from analytics.optimizer.rules import RuleModel, Rules, conflict

ROUNDS = 60
CLOSE = 1e-8
_FIRST_TANGENTS = 7


@dataclass(frozen=True, slots=True)
class Horizon:
    """The window and what surrounds it; arrays are ``(periods, campaigns)`` or by campaign.

    ``season`` multiplies the value of a period. ``decay`` in [0, 1) is the share of the pressure that lasts into the
    next period, ``before`` the pressure at the window's start, ``after`` the spend a period that follows the window,
    over ``after_periods`` whose value counts (with the last season of the window).
    """

    season: Floats
    decay: Floats
    before: Floats
    after: Floats
    after_periods: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.season.shape[0], self.season.shape[1]

    def pressure(self, spend: Floats) -> Floats:
        """``(periods + after_periods, campaigns)`` from spend ``(periods, campaigns)``."""
        held, rows = self.before, []
        for spent in (*spend, *(self.after for _ in range(self.after_periods))):
            held = (1 - self.decay) * spent + self.decay * held
            rows.append(held)
        return np.array(rows)

    def seasons(self) -> Floats:
        """``season`` with the periods after the window."""
        return np.vstack([self.season, np.repeat(self.season[-1:], self.after_periods, axis=0)])


@dataclass(frozen=True, slots=True)
class Seasonal:
    """Curves whose value is multiplied by ``factor``."""

    base: Family
    factor: Floats

    @property
    def inflection(self) -> Floats:
        return self.base.inflection

    def take(self, index: Ints) -> Seasonal:
        return Seasonal(self.base.take(index), self.factor[index])

    def value(self, spend: Floats) -> Floats:
        return self.factor * self.base.value(spend)

    def slope(self, spend: Floats) -> Floats:
        return self.factor * self.base.slope(spend)

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            own = np.where(self.factor > 0, price / np.maximum(self.factor, 1e-300), np.inf)
        return np.where(np.isfinite(own), self.base.spend_at(np.minimum(own, 1e250), low, high), low)


@dataclass(frozen=True, slots=True)
class Plan:
    """Spend ``(periods, campaigns)``, its value and the relative gap to the best bound; ``exact`` where it is proved to
    the last digits because no period touches another."""

    spend: Floats
    value: float
    duality_gap: float
    budget_residual: float
    exact: bool


def allocate_over_time(
    curves: Family,
    low: Floats,
    high: Floats,
    horizon: Horizon,
    *,
    total: float | None = None,
    each: Floats | None = None,
) -> Plan:
    """Split a ``total`` over all periods, or ``each`` period's own; ``low`` and ``high`` are ``(periods, campaigns)``.

    Exact where nothing carries over; else by tangents of the curves at the pressures, with the gap returned.

    Raises:
        Infeasible: bounds and budgets contradict each other.
    """
    periods, campaigns = horizon.shape
    whole = float(each.sum()) if each is not None else float(total or 0.0)
    flat_low, flat_high = low.ravel(), high.ravel()
    bands = _a_period_each(each, campaigns)
    if not np.any(horizon.decay > 0):
        index = np.tile(np.arange(campaigns), periods)
        seasonal = Seasonal(curves.take(index), horizon.season.ravel())
        found = allocate(seasonal, flat_low, flat_high, whole, bands.as_groups() if bands is not None else None)
        tail = _tail(curves, horizon)
        return Plan(found.spend.reshape(low.shape), found.value + tail, found.duality_gap, found.budget_residual, True)
    return _by_tangents(curves, flat_low, flat_high, horizon, whole, bands)


def _a_period_each(each: Floats | None, campaigns: int) -> Bands | None:
    if each is None:
        return None
    member = np.kron(np.eye(len(each)), np.ones(campaigns)) > 0
    return Bands(member, each, each, tuple(f"period {p + 1}" for p in range(len(each))))


def _tail(curves: Family, horizon: Horizon) -> float:
    """Value after the window where nothing carries over: that of the spend that follows."""
    return float((horizon.season[-1] * curves.value(horizon.after)).sum()) * horizon.after_periods


def _value(curves: Family, horizon: Horizon, spend: Floats) -> float:
    pressure = horizon.pressure(spend.reshape(horizon.shape))
    return float(sum((s * curves.value(z)).sum() for s, z in zip(horizon.seasons(), pressure, strict=True)))


def _by_tangents(
    curves: Family, low: Floats, high: Floats, horizon: Horizon, total: float, bands: Bands | None
) -> Plan:
    outer = _Outer(curves, low, high, horizon, total, bands)
    best, spend, bound = -np.inf, low, np.inf
    for _ in range(ROUNDS):
        if not outer.model.solve():
            raise conflict(low, high, total, Rules(bands))
        bound = min(bound, outer.model.bound() * outer.scale)
        found = outer.model.spent()
        worth = _value(curves, horizon, found)
        if worth > best:
            best, spend = worth, found
        if bound - best <= CLOSE * abs(best):
            break
        outer.add_tangents(horizon.pressure(found.reshape(horizon.shape)))
    gap = (bound - best) / max(abs(best), 1e-300)
    residual = (float(spend.sum()) - total) / max(abs(total), 1e-300)
    return Plan(spend.reshape(horizon.shape), best, gap, residual, False)


class _Outer:
    """Spend and pressure of every period, every curve below its tangents at the pressures looked at so far."""

    def __init__(
        self, curves: Curves, low: Floats, high: Floats, horizon: Horizon, total: float, bands: Bands | None
    ) -> None:
        self.curves, self.horizon, self.unit = curves, horizon, max(total, 1e-300)
        self.model = RuleModel(low, high, total, Rules(bands), self.unit)
        self.seasons = horizon.seasons()
        ends = [horizon.pressure(side.reshape(horizon.shape)) for side in (low, high)]
        self.scale = max(
            float(sum(np.abs(s * curves.value(z)).sum() for s, z in zip(self.seasons, ends[1], strict=True))), 1e-300
        )
        solver = self.model.solver
        self.pressure = self._pressures()
        self.worth = [[solver.NumVar(-solver.infinity(), solver.infinity(), "") for _ in row] for row in self.seasons]
        solver.Maximize(sum(w for row in self.worth for w in row))
        for share in np.linspace(0, 1, _FIRST_TANGENTS):
            self.add_tangents(ends[0] + share * (ends[1] - ends[0]))

    def _pressures(self) -> list[list[object]]:
        horizon, solver = self.horizon, self.model.solver
        periods, campaigns = horizon.shape
        rows: list[list[object]] = []
        for p in range(periods + horizon.after_periods):
            row: list[object] = []
            for i in range(campaigns):
                z = solver.NumVar(0, solver.infinity(), "")
                keep, known = float(horizon.decay[i]), 0.0
                rule = solver.Constraint(0, 0)
                rule.SetCoefficient(z, 1.0)
                if p < periods:
                    rule.SetCoefficient(self.model.spend[p * campaigns + i], -(1 - keep))
                else:
                    known += (1 - keep) * float(horizon.after[i]) / self.unit
                if p:
                    rule.SetCoefficient(rows[-1][i], -keep)
                else:
                    known += keep * float(horizon.before[i]) / self.unit
                rule.SetBounds(known, known)
                row.append(z)
            rows.append(row)
        return rows

    def add_tangents(self, pressure: Floats) -> None:
        solver = self.model.solver
        for p, (season, at) in enumerate(zip(self.seasons, pressure, strict=True)):
            at = np.maximum(at, 1e-12 * self.unit)
            value, slope = (
                season * self.curves.value(at) / self.scale,
                season * self.curves.slope(at) * self.unit / self.scale,
            )
            for i in range(len(at)):
                rule = solver.Constraint(-solver.infinity(), float(value[i] - slope[i] * at[i] / self.unit))
                rule.SetCoefficient(self.worth[p][i], 1.0)
                rule.SetCoefficient(self.pressure[p][i], -float(slope[i]))
