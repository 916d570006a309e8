"""Allocation under rules with choices: each curve below its tangents, refined where it matters, until the two meet.

A concave curve lies below every tangent, so the best over tangents is a bound on what can be reached. The solver
chooses under that bound, the choice is filled in exactly, tangents are added where both lie, and bound and answer meet.
Source: Kelley (1960), The cutting-plane method for solving convex programs; with integers Duran and Grossmann (1986).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.optimizer.curves import Curves, Floats
from analytics.optimizer.dual import Allocation, allocate
from analytics.optimizer.overlapping import polished
from analytics.optimizer.rules import RuleModel, Rules, conflict

ROUNDS = 80
CLOSE = 1e-9
_FIRST_TANGENTS = 7


def allocate_by_rules(curves: Curves, low: Floats, high: Floats, total: float, rules: Rules) -> Allocation:
    """As ``allocate``, under ``rules``. The duality gap is that to the best bound over all choices.

    The other residuals are those of the smooth problem that the choices leave; with overlapping groups they are exact
    to about a millionth (the gap itself is what ends the search).

    Raises:
        Infeasible: naming the rules in conflict and, where there is one, the nearest total that can be met.
    """
    if not rules.choices and (rules.bands is None or rules.bands.disjoint):
        return allocate(curves, low, high, total, None if rules.bands is None else rules.bands.as_groups())
    outer = _Outer(curves, low, high, total, rules)
    best = outer.first()
    bound = outer.bound()
    for _ in range(ROUNDS):
        if bound - best.value <= CLOSE * max(abs(best.value), 1e-300):
            break
        found = outer.next(best.spend)
        bound = min(bound, outer.bound())
        best = found if found.value > best.value else best
    return replace(best, duality_gap=(bound - best.value) / max(abs(best.value), 1e-300))


class _Outer:
    """The rules with every curve below its tangents."""

    def __init__(self, curves: Curves, low: Floats, high: Floats, total: float, rules: Rules) -> None:
        self.curves, self.high, self.total, self.rules = curves, high, total, rules
        self.unit = max(total, 1e-300)
        self.model = RuleModel(low, high, total, rules, self.unit)
        solver = self.model.solver
        self.scale = max(float(np.abs(curves.value(high)).sum()), 1e-300)
        self.worth = [solver.NumVar(-solver.infinity(), solver.infinity(), "") for _ in low]
        solver.Maximize(sum(self.worth))
        floor = np.zeros_like(low) if rules.least_if_on is not None else low
        for at in np.linspace(floor, high, _FIRST_TANGENTS):
            self._add_tangents(at)

    def bound(self) -> float:
        return self.model.bound() * self.scale

    def first(self) -> Allocation:
        """The best under the choices that look best at first.

        Raises:
            Infeasible: no choice keeps the rules.
        """
        if not self.model.solve():
            raise conflict(self.model.low, self.high, self.total, self.rules)
        return self._filled_in()

    def next(self, spend: Floats) -> Allocation:
        """The same with tangents added where the last answer and where the bound lie."""
        self._add_tangents(self.model.spent())
        self._add_tangents(spend)
        return self.first()

    def _filled_in(self) -> Allocation:
        """The best spend under the choices just made."""
        if not self.rules.choices:
            return polished(self.curves, self.model.low, self.high, self.total, self.rules, self.model.spent())
        low, high = self.model.chosen()
        return allocate_by_rules(self.curves, low, high, self.total, Rules(self.rules.bands))

    def _add_tangents(self, at: Floats) -> None:
        """A curve that rises without bound from 0 has its first tangent a little above it."""
        at = np.maximum(at, 1e-9 * np.maximum(self.high, 1e-9 * self.unit))
        value, slope = self.curves.value(at) / self.scale, self.curves.slope(at) * self.unit / self.scale
        solver = self.model.solver
        for i in range(len(at)):
            rule = solver.Constraint(-solver.infinity(), float(value[i] - slope[i] * at[i] / self.unit))
            rule.SetCoefficient(self.worth[i], 1.0)
            rule.SetCoefficient(self.model.spend[i], -float(slope[i]))
