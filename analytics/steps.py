"""Moves worth a person's time: each campaign stays as it is or moves by at least a step, and few move.

The smooth optimum touches everything by a little. Which campaigns move, and in which direction, is a choice
with integers, solved exactly on a grid by CP-SAT; how far the chosen ones move is then the smooth problem again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Infeasible
from analytics.optimizer import Allocation, Curves, Floats, allocate

_GRID = 400  # grid units in the total
_SCALE = 10**9  # objective units in today's value: the choice is exact to a billionth


def allocate_in_steps(
    curves: Curves, today: Floats, low: Floats, high: Floats, total: float, *, min_step: Floats, max_changes: int
) -> Allocation:
    """As ``optimizer.allocate``, but every entry equals ``today`` or differs by ``min_step`` or more.

    At most ``max_changes`` entries differ. Where ``today`` meets the bounds and the total, the result is never
    worse than it. The certificate is that of the smooth problem over the directions chosen.

    Raises:
        Infeasible: the bounds cannot meet the total, or cannot in steps of this size.
    """
    free = allocate(curves, low, high, total)
    if _in_steps(free.spend, today, min_step, max_changes):
        return free
    direction = _choose(curves, today, low, high, total, min_step, max_changes)
    lower = np.where(direction > 0, np.maximum(low, today + min_step), np.where(direction < 0, low, today))
    upper = np.where(direction < 0, np.minimum(high, today - min_step), np.where(direction > 0, high, today))
    return allocate(curves, lower, upper, total)


def _in_steps(spend: Floats, today: Floats, min_step: Floats, max_changes: int) -> bool:
    move = np.abs(spend - today)
    moved = move > 1e-9 * np.maximum(today, 1.0)
    return bool(np.all(~moved | (move >= min_step)) and moved.sum() <= max_changes)


def _choose(
    curves: Curves, today: Floats, low: Floats, high: Floats, total: float, min_step: Floats, max_changes: int
) -> NDArray[np.int64]:
    """Which way each entry moves (-1, 0, +1), by an exact choice among grid levels."""
    from ortools.sat.python import cp_model

    unit = total / _GRID
    levels = [_levels(*bounds, unit) for bounds in zip(today, low, high, min_step, strict=True)]
    gains = _gains(curves, today, levels, unit)
    model = cp_model.CpModel()
    picks = [[model.new_bool_var(f"{i}:{k}") for k in entry] for i, entry in enumerate(levels)]
    for pick in picks:
        model.add_exactly_one(pick)
    model.add(
        sum(k * b for entry, pick in zip(levels, picks, strict=True) for k, b in zip(entry, pick, strict=True))
        == round((total - float(today.sum())) / unit)
    )
    still = [b for entry, pick in zip(levels, picks, strict=True) for k, b in zip(entry, pick, strict=True) if k == 0]
    model.add(sum(still) >= len(levels) - max_changes)
    model.maximize(sum(g * b for gain, pick in zip(gains, picks, strict=True) for g, b in zip(gain, pick, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = 10.0
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise Infeasible(
            f"the total {total:,.2f} cannot be met by at most {max_changes} moves of at least their minimum step",
            nearest=float(today.sum()),
        )
    chosen = [
        next(k for k, b in zip(entry, pick, strict=True) if solver.value(b))
        for entry, pick in zip(levels, picks, strict=True)
    ]
    return np.sign(np.array(chosen, dtype=np.int64))


def _levels(today: float, low: float, high: float, min_step: float, unit: float) -> list[int]:
    """Moves in grid units: none, and every one from the minimum step to the bound on either side."""
    least = max(1, int(np.ceil(min_step / unit - 1e-9)))
    down = range(-int((today - low) / unit + 1e-9), -least + 1)
    up = range(least, int((high - today) / unit + 1e-9) + 1)
    return [*down, 0, *up]


def _gains(curves: Curves, today: Floats, levels: list[list[int]], unit: float) -> list[list[int]]:
    """Value gained over today at each level, as integers for CP-SAT."""
    base = curves.value(today)
    scale = _SCALE / max(float(np.abs(base).sum()), 1e-300)
    gains: list[list[int]] = [[] for _ in levels]
    for rank in range(max(len(entry) for entry in levels)):
        move = np.array([entry[min(rank, len(entry) - 1)] * unit for entry in levels])
        value = curves.value(np.maximum(today + move, 0.0)) - base
        for i, entry in enumerate(levels):
            if rank < len(entry):
                gains[i].append(round(float(value[i]) * scale))
    return gains
