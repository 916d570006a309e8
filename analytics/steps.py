"""Moves worth a person's time: each campaign stays as it is or moves by at least a step, and few move.

The smooth optimum touches everything by a little. Which campaigns move, and in which direction, is a choice
with integers; how far the chosen ones move is then the smooth problem again (``optimizer.choices``).
"""

from __future__ import annotations

import numpy as np

from analytics.optimizer import Allocation, Curves, Floats
from analytics.optimizer.choices import allocate_by_rules
from analytics.optimizer.groups import Bands
from analytics.optimizer.rules import Rules


def allocate_in_steps(
    curves: Curves,
    today: Floats,
    low: Floats,
    high: Floats,
    total: float,
    *,
    min_step: Floats,
    max_changes: int,
    bands: Bands | None = None,
) -> Allocation:
    """As ``optimizer.allocate``, but every entry equals ``today`` or differs by ``min_step`` or more.

    At most ``max_changes`` entries differ, and the groups of ``bands``, which may overlap, stay within theirs. Where
    ``today`` meets the bounds and the total, the result is never worse than it. The duality gap is that to the best
    bound over all choices, the rest of the certificate that of the smooth problem over the directions chosen.

    Raises:
        Infeasible: the bounds cannot meet the total, or cannot in steps of this size; names what is in conflict.
    """
    free = allocate_by_rules(curves, low, high, total, Rules(bands))
    if _in_steps(free.spend, today, min_step, max_changes):
        return free
    return allocate_by_rules(curves, low, high, total, Rules(bands, today, min_step, max_changes))


def _in_steps(spend: Floats, today: Floats, min_step: Floats, max_changes: int) -> bool:
    move = np.abs(spend - today)
    moved = move > 1e-9 * np.maximum(today, 1.0)
    return bool(np.all(~moved | (move >= min_step)) and moved.sum() <= max_changes)
