"""Lasting changes of level: what lies before one is brought to the level after it, so that no average spans both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analytics.forecast.smoothing import first_season, median

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 14  # values on either side that must agree among themselves
CLEAR = 8.0  # times the usual change from one value to the next, robustly, over the root of 2
MOST = 3


def aligned(values: NDArray[np.float64], periods: Sequence[int]) -> NDArray[np.float64]:
    """``values`` (S, T) with every clear shift taken out; the seasons and the noise of the old days stay.

    Below a day's grain a side is a week, so that no weekend passes for a change of level.
    """
    found = values.copy()
    side = max(SIDE, 7 * periods[0] if periods[0] > 7 else 2 * periods[0])
    if values.shape[1] < 4 * side:
        return found
    wave = np.zeros_like(values)
    for period in periods:
        season = first_season(values - wave, period)
        wave += np.take_along_axis(season, np.arange(values.shape[1])[None] % max(period, 1), axis=1)
    for _ in range(MOST):
        place, size = _largest(found - wave, side)
        before = np.arange(values.shape[1])[None] < place[:, None]
        if not size.any():
            return found
        found = np.where(before, found + size[:, None], found)
    return found


def _largest(values: NDArray[np.float64], side: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(S,) where the clearest shift between the medians of both sides lies, and how large it is; 0: none is clear."""
    windows = np.lib.stride_tricks.sliding_window_view(values, side, axis=1)
    middle = median(windows, axis=2)  # (S, T - side + 1): of values[t : t + side]
    jump = middle[:, side:] - middle[:, :-side]  # at t = side ... T - side
    noise = median(np.abs(np.diff(values, axis=1)), axis=1) * 1.4826 / np.sqrt(2)
    clear = np.abs(jump) / np.maximum(noise, 1e-12)[:, None]
    at = clear.argmax(axis=1)
    size = np.take_along_axis(jump, at[:, None], axis=1)[:, 0]
    sure = (np.take_along_axis(clear, at[:, None], axis=1)[:, 0] > CLEAR) & (noise > 0)
    return at + side, np.where(sure, size, 0.0)
