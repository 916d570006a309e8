"""Where falling functions cross zero, for many at once, and exactly also where they jump."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDS = 200
_ENOUGH = 2e-15  # of the scale: what a sum of floats cannot tell from zero


def falling_root(
    excess: Callable[[Floats], Floats],
    low: Floats,
    high: Floats,
    scale: Floats,
    *,
    floor: float = 0.0,
    known: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats]:
    """Two neighbouring arguments for each of m functions: at the first ``excess`` is at least 0, at the second at most.

    ``excess`` maps ``(m,)`` to ``(m,)``, each entry falling in its own argument, with ``excess(low) >= 0 >=
    excess(high)``. Both results are the same where it is 0 (or below 2e-15 of ``scale``) there; they differ by the last
    bits where the function jumps over 0, or of ``floor`` where that is more. ``known`` is ``excess`` at both ends.

    Source: Anderson and Björck (1973), A new high order method of regula falsi type, with a bisection where it is slow.
    """
    a, b = low.astype(np.float64), high.astype(np.float64)
    weight_a, weight_b = (excess(a), excess(b)) if known is None else known
    tiny = _ENOUGH * scale
    b = np.where(np.abs(weight_a) <= tiny, a, b)
    a = np.where(np.abs(weight_b) <= tiny, b, a)
    before, last = b - a, np.zeros(len(a))
    for turn in range(ROUNDS):
        live = b - a > 4e-16 * np.maximum(np.maximum(np.abs(a), np.abs(b)), floor)
        if not live.any():
            break
        middle = _next(a, b, weight_a, weight_b)
        if turn % 4 == 3:  # four steps should have done better than one halving
            middle = np.where(b - a > before / 2, (a + b) / 2, middle)
            before = b - a
        found = excess(np.where(live, middle, a))
        zero = live & (np.abs(found) <= tiny)
        up, down = live & (found > 0) & ~zero, live & (found < 0) & ~zero
        weight_b = np.where(up & (last > 0), weight_b * _weaker(found, weight_a), weight_b)
        weight_a = np.where(down & (last < 0), weight_a * _weaker(found, weight_b), weight_a)
        a, weight_a = np.where(up | zero, middle, a), np.where(up, found, weight_a)
        b, weight_b = np.where(down | zero, middle, b), np.where(down, found, weight_b)
        last = np.where(up, 1.0, np.where(down, -1.0, last))
    return a, b


def _weaker(found: Floats, before: Floats) -> Floats:
    """How much to trust the end that stayed for a second time (Anderson and Björck, 1973)."""
    with np.errstate(all="ignore"):
        factor = 1 - found / before
    return np.where(np.isfinite(factor) & (factor > 0), factor, 0.5)


def _next(a: Floats, b: Floats, weight_a: Floats, weight_b: Floats) -> Floats:
    """The secant's crossing, or the middle where the secant says nothing."""
    with np.errstate(all="ignore"):
        at = a + (b - a) * (weight_a / (weight_a - weight_b))
    inside = np.isfinite(at) & (at > a) & (at < b)
    return np.where(inside, at, (a + b) / 2)
