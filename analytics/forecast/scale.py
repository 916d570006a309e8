"""On which scale a series is smoothed: logarithms where all is above 0, roots where some is 0, else as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

INTERMITTENT = 0.25  # share of zeros from which a root would forecast well below the mean


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of each of S series: ``logs``, ``roots`` (S,) bool, ``never_below`` 0 where no value was negative."""

    logs: NDArray[np.bool_]
    roots: NDArray[np.bool_]
    never_below: NDArray[np.float64]

    def there(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values (S, ...) on the scale they are smoothed on; NaN stays NaN."""
        found = values.copy()
        found[self.logs] = np.log(values[self.logs])
        found[self.roots] = np.sqrt(values[self.roots])
        return found

    def back(self, smoothed: NDArray[np.float64]) -> NDArray[np.float64]:
        """The opposite of ``there``; never below 0 where the series never was."""
        found = smoothed.copy()
        found[self.logs] = np.exp(np.clip(smoothed[self.logs], -700, 700))
        found[self.roots] = np.square(np.maximum(smoothed[self.roots], 0))
        floor = self.never_below.reshape((-1,) + (1,) * (smoothed.ndim - 1))
        return np.maximum(found, floor)

    def mean(self, smoothed: NDArray[np.float64], spread: NDArray[np.float64]) -> NDArray[np.float64]:
        """The expectation of ``back`` where ``smoothed`` is off by a normal error of standard deviation ``spread``.

        Sums need it: the middle of a logarithm's errors lies below their mean.
        """
        found = self.back(smoothed)
        found[self.logs] *= np.exp(np.minimum(spread[self.logs], 1) ** 2 / 2)
        found[self.roots] += spread[self.roots] ** 2
        return found


def scale_of(values: NDArray[np.float64]) -> Scale:
    """The scale of each series of ``values`` (S, T); each has a known value."""
    lowest = np.nanmin(values, axis=1)
    zeros = np.nansum(values == 0, axis=1) / np.maximum(np.isfinite(values).sum(axis=1), 1)
    logs = lowest > 0
    return Scale(logs, (lowest == 0) & (zeros < INTERMITTENT), np.where(lowest >= 0, 0.0, -np.inf))
