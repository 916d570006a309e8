"""Forecasts that add up: campaigns to platforms to the total, each level's own forecast heard by how sure it is, or
parts made to add up to a total that is known already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import Infeasible

if TYPE_CHECKING:
    from numpy.typing import NDArray


def reconcile(
    mid: NDArray[np.float64], spread: NDArray[np.float64], parents: Sequence[int], *, never_below: float | None = 0.0
) -> NDArray[np.float64]:
    """The forecasts ``mid`` (N, H) moved as little as possible, by their ``spread`` (N,), so that they add up.

    ``parents`` (N,) is the row that each row belongs to, -1 for a top. Leaves are at least ``never_below`` (None: any).
    Source: weighted least squares reconciliation, MinT with a diagonal covariance (Wickramasuriya, Athanasopoulos and
    Hyndman 2019).

    Raises:
        Infeasible: ``parents`` go round in a circle.
    """
    above = np.asarray(parents)
    leaves = np.setdiff1d(np.arange(len(above)), above)
    summing = np.zeros((len(above), len(leaves)))
    for column, leaf in enumerate(leaves):
        row, steps = int(leaf), 0
        while row >= 0:
            summing[row, column] = 1
            row, steps = int(above[row]), steps + 1
            if steps > len(above):
                raise Infeasible(f"row {leaf} is above itself")
    if not summing.any(axis=1).all():
        raise Infeasible("some rows lie above themselves and above no leaf")
    largest = max(float(spread.max()), 1e-300)
    weight = 1 / np.maximum(spread / largest, 1e-9) ** 2
    normal = summing.T @ (weight[:, None] * summing)
    found = np.linalg.solve(normal, summing.T @ (weight[:, None] * mid))
    if never_below is not None:
        found = np.maximum(found, never_below)
    return np.asarray(summing @ found)


def fitted(
    mid: NDArray[np.float64], spread: NDArray[np.float64], total: float, *, never_below: float = 0.0
) -> NDArray[np.float64]:
    """The parts ``mid`` (N,) moved as little as possible, by their ``spread`` (N,), so that they sum to ``total``.

    None falls below ``never_below``. Minimises the sum of (moved / spread)^2 exactly: what is moved goes by the square
    of the spread, over those that stay above the bound (the projection onto a simplex, weighted; Held, Wolfe and
    Crowder 1974).

    Raises:
        Infeasible: ``total`` is below what the bound allows.
    """
    if total < never_below * len(mid):
        raise Infeasible(f"{len(mid)} parts of at least {never_below:g} cannot add up to {total:g}")
    largest = max(float(spread.max()), 1e-300)
    weight = np.maximum(spread / largest, 1e-9) ** 2
    reached = (never_below - mid) / weight  # the multiplier at which each part leaves its bound
    order = np.argsort(reached)  # with a larger multiplier more of them are above it
    above = np.cumsum(weight[order])
    needed = total - np.cumsum(mid[order]) - never_below * (len(mid) - 1 - np.arange(len(mid)))
    multiplier = needed / above
    following = np.append(reached[order][1:], np.inf)
    free = int(np.argmax(multiplier <= following))
    return np.asarray(np.maximum(mid + multiplier[free] * weight, never_below))
