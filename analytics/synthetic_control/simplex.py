"""Least squares over weights that are at least 0 and sum to 1, exactly: the nearest point of a polytope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = 1e-12  # of the duality gap, relative to the largest squared distance of a donor
MAX_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class SimplexFit:
    """``weights`` >= 0 that sum to 1. ``gap`` bounds how far the squared distance is above the least possible one,
    relative to the largest squared distance of a single donor: 0 is exact.
    """

    weights: Floats
    squared_distance: float
    gap: float


def simplex_least_squares(donors: Floats, target: Floats, ridge: float = 0.0) -> SimplexFit:
    """Weights w minimising |donors @ w - target|^2 + ridge * |w|^2.

    ``donors`` is periods x donors, ``target`` periods. Finite and exact up to rounding: an active set that holds a
    donor only while its weight is above 0. Where several weights are equally good (more donors than periods and no
    ridge), one of them.

    Source: Wolfe (1976), Finding the nearest point in a polytope, Mathematical Programming 11.

    >>> simplex_least_squares(np.array([[0.0, 4.0], [0.0, 4.0]]), np.array([1.0, 1.0])).weights
    array([0.75, 0.25])
    """
    points = donors - target[:, None]
    gram = points.T @ points + ridge * np.eye(donors.shape[1])
    scale = float(gram.diagonal().max())
    if scale <= 0.0:
        weights = np.full(donors.shape[1], 1 / donors.shape[1])
        return SimplexFit(weights, 0.0, 0.0)
    weights = _nearest(gram / scale)
    slope = gram @ weights / scale
    value = float(weights @ slope)
    return SimplexFit(weights, value * scale, max(0.0, value - float(slope.min())))


def _nearest(gram: Floats) -> Floats:
    """Weights of the point of the polytope nearest to 0, from the donors' scaled inner products."""
    n = gram.shape[0]
    weights = np.zeros(n)
    weights[int(gram.diagonal().argmin())] = 1.0
    for _ in range(MAX_STEPS):
        slope = gram @ weights
        new = int(slope.argmin())
        if weights[new] > 0 or float(weights @ slope) - float(slope[new]) <= TOLERANCE:
            break
        held = np.append(np.flatnonzero(weights > 0), new)
        weights = _within(gram, weights, held)
    return weights


def _within(gram: Floats, weights: Floats, held: NDArray[np.intp]) -> Floats:
    """The nearest point among the held donors, letting go of those whose weight would turn negative."""
    while True:
        free = _affine(gram[np.ix_(held, held)])
        if (free > 0).all():
            best = np.zeros_like(weights)
            best[held] = free / free.sum()
            return best
        now = weights[held]
        below = free <= 0
        steps = np.full(held.size, np.inf)
        steps[below] = now[below] / np.maximum(now[below] - free[below], np.finfo(float).tiny)
        step = float(min(1.0, steps.min()))
        moved = now + step * (free - now)
        moved[steps <= step] = 0.0
        weights = np.zeros_like(weights)
        weights[held] = np.maximum(moved, 0.0)
        weights /= weights.sum()
        held = held[weights[held] > 0]


def _affine(gram: Floats) -> Floats:
    """Weights summing to 1, of any sign, of the nearest point (the conditions of Karush, Kuhn and Tucker)."""
    n = gram.shape[0]
    system = np.ones((n + 1, n + 1))
    system[:n, :n], system[n, n] = gram, 0.0
    wanted = np.zeros(n + 1)
    wanted[n] = 1.0
    try:
        found = np.linalg.solve(system, wanted)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(system, wanted, rcond=None)[0]
    return np.asarray(found[:n], dtype=np.float64)
