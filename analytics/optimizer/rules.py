"""Rules with choices in them, as constraints of a solver: bands that overlap, steps, few changes, on or off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Infeasible
from analytics.optimizer.groups import Bands

Floats = NDArray[np.float64]

EXACT = 1e-9  # what the solver may miss a rule by, in shares of the total
_NODES = 20_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan must keep beside its bounds and its total.

    ``bands``: groups that may overlap. ``today`` with ``min_step`` (both by campaign): each spend equals today's or
    differs by the step or more; at most ``max_changes`` differ. ``least_if_on``: each spend is 0 or at least this.
    """

    bands: Bands | None = None
    today: Floats | None = None
    min_step: Floats | None = None
    max_changes: int | None = None
    least_if_on: Floats | None = None

    @property
    def choices(self) -> bool:
        return self.today is not None or self.least_if_on is not None


class RuleModel:
    """The rules in a solver, in shares of the total: linear where there is no choice, else mixed-integer."""

    def __init__(self, low: Floats, high: Floats, total: float | None, rules: Rules, unit: float) -> None:
        from ortools.linear_solver import pywraplp

        self.low, self.high, self.rules, self.unit = low, high, rules, unit
        self.solver: Any = pywraplp.Solver.CreateSolver("SCIP" if rules.choices else "GLOP")
        if rules.least_if_on is not None:
            low = np.zeros_like(low)
        self.spend = [self.solver.NumVar(a, b, "") for a, b in zip(low / unit, high / unit, strict=True)]
        self.up: list[Any] = []
        self.down: list[Any] = []
        self.on: list[Any] = []
        if total is not None:
            self.add(np.ones(len(low), dtype=bool), total, total)
        if rules.bands is not None:
            for member, least, most in zip(rules.bands.member, rules.bands.low, rules.bands.high, strict=True):
                self.add(member, float(least), float(most))
        if rules.today is not None:
            self._steps(rules.today, np.zeros_like(low) if rules.min_step is None else rules.min_step)
        if rules.least_if_on is not None:
            self._on_or_off(rules.least_if_on)

    def add(self, member: NDArray[np.bool_], least: float, most: float) -> None:
        """The members' sum within a band."""
        most_share = most / self.unit if np.isfinite(most) else self.solver.infinity()
        rule = self.solver.Constraint(least / self.unit, most_share)
        for i in np.flatnonzero(member):
            rule.SetCoefficient(self.spend[int(i)], 1.0)

    def solve(self) -> bool:
        """Whether there is an answer; it is then in the variables."""
        from ortools.linear_solver import pywraplp

        settings = pywraplp.MPSolverParameters()
        if self.rules.choices:
            settings.SetDoubleParam(settings.RELATIVE_MIP_GAP, 1e-10)
            self.solver.SetSolverSpecificParametersAsString(
                f"limits/totalnodes = {_NODES}\nnumerics/feastol = {EXACT}\nnumerics/dualfeastol = {EXACT}"
            )
        return self.solver.Solve(settings) in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE)

    def bound(self) -> float:
        """No answer has a greater objective."""
        objective = self.solver.Objective()
        return float(objective.BestBound() if self.rules.choices else objective.Value())

    def spent(self) -> Floats:
        return np.clip(np.array([v.solution_value() for v in self.spend]) * self.unit, 0.0, self.high)

    def chosen(self) -> tuple[Floats, Floats]:
        """The bounds that the choices leave."""
        low, high = self.low.copy(), self.high.copy()
        if self.on:
            on = np.array([v.solution_value() > 0.5 for v in self.on])
            low = np.where(on, np.maximum(low, self._least_if_on()), 0.0)
            high = np.where(on, high, 0.0)
        if self.rules.today is not None:
            step = np.zeros_like(low) if self.rules.min_step is None else self.rules.min_step
            up, down = (np.array([v.solution_value() > 0.5 for v in side]) for side in (self.up, self.down))
            today = self.rules.today
            low, high = (
                np.where(up, np.maximum(low, today + step), np.where(down, low, today)),
                np.where(down, np.minimum(high, today - step), np.where(up, high, today)),
            )
        return low, np.maximum(low, high)

    def _least_if_on(self) -> Floats:
        return self.low if self.rules.least_if_on is None else self.rules.least_if_on

    def _steps(self, today: Floats, step: Floats) -> None:
        unit, solver = self.unit, self.solver
        for i in range(len(today)):
            more, less = max(self.high[i] - today[i], 0.0) / unit, max(today[i] - self.low[i], 0.0) / unit
            up, down = solver.BoolVar(""), solver.BoolVar("")
            raised, cut = solver.NumVar(0, more, ""), solver.NumVar(0, less, "")
            self.up.append(up)
            self.down.append(down)
            solver.Add(self.spend[i] == today[i] / unit + raised - cut)
            solver.Add(raised >= step[i] / unit * up)
            solver.Add(raised <= more * up)
            solver.Add(cut >= step[i] / unit * down)
            solver.Add(cut <= less * down)
            solver.Add(up + down <= 1)
        if self.rules.max_changes is not None:
            solver.Add(sum(self.up) + sum(self.down) <= self.rules.max_changes)

    def _on_or_off(self, least: Floats) -> None:
        for i, at_least in enumerate(least):
            on = self.solver.BoolVar("")
            self.on.append(on)
            self.solver.Add(self.spend[i] >= max(at_least, self.low[i]) / self.unit * on)
            self.solver.Add(self.spend[i] <= self.high[i] / self.unit * on)


def conflict(low: Floats, high: Floats, total: float, rules: Rules) -> Infeasible:
    """Why the rules cannot be met: a smallest set that contradicts itself, and the nearest total that could be met."""
    unit = max(float(high.sum()), 1e-300)
    names = dict(_parts(rules))
    needed = list(names)
    for part in list(needed):  # what is not needed for the contradiction is left out of it
        rest = [p for p in needed if p != part]
        if not _met(low, high, total, _with(rules, rest), unit):
            needed = rest
    nearest = _nearest(low, high, total, rules, unit)
    said = ", ".join(names[p] for p in needed)
    against = f"the total {total:,.2f} and the bounds" if nearest is not None else "the bounds"
    if not needed:
        return Infeasible(f"the bounds cannot meet the total {total:,.2f}", nearest)
    return Infeasible(f"{said} cannot be met together with {against}", nearest)


def _parts(rules: Rules) -> list[tuple[str, str]]:
    found = []
    if rules.bands is not None:
        for k in range(len(rules.bands.low)):
            name = f'"{rules.bands.names[k]}"' if rules.bands.names else str(k)
            ends = f"{rules.bands.low[k]:,.2f} to {rules.bands.high[k]:,.2f}"
            found.append((f"band {k}", f"the band of group {name} ({ends})"))
    if rules.today is not None:
        found.append(("steps", "moves of at least their minimum step"))
        if rules.max_changes is not None:
            found.append(("changes", f"at most {rules.max_changes} moves"))
    if rules.least_if_on is not None:
        found.append(("on", "being off or at least at its minimum"))
    return found


def _with(rules: Rules, parts: list[str]) -> Rules:
    bands = rules.bands
    if bands is not None:
        kept = np.array([f"band {k}" in parts for k in range(len(bands.low))], dtype=bool)
        bands = Bands(bands.member[kept], bands.low[kept], bands.high[kept])
    stepped = "steps" in parts or "changes" in parts
    return Rules(
        bands,
        rules.today if stepped else None,
        rules.min_step if "steps" in parts else None,
        rules.max_changes if "changes" in parts else None,
        rules.least_if_on if "on" in parts else None,
    )


def _met(low: Floats, high: Floats, total: float, rules: Rules, unit: float) -> bool:
    return RuleModel(low, high, total, rules, unit).solve()


def _nearest(low: Floats, high: Floats, total: float, rules: Rules, unit: float) -> float | None:
    model = RuleModel(low, high, None, replace(rules), unit)
    off = model.solver.NumVar(0, model.solver.infinity(), "")
    model.solver.Add(sum(model.spend) - total / unit <= off)
    model.solver.Add(total / unit - sum(model.spend) <= off)
    model.solver.Minimize(off)
    return float(model.spent().sum()) if model.solve() else None
