"""One forecast from many settings: each counts by how well it did, step by step and over the whole horizon.

At a past origin only what was known by then counts, so that the errors found there are those of real forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.forecast.smoothing import Settings, Smoothed, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARPNESS = 24.0  # a setting with twice the error of the best counts 2**-24 as much
FAR, NEAR = 0.85, 0.15  # how the error over the horizon and the one-step error are weighed
CELLS = 3_000_000  # of time x series x settings held at once


@dataclass(frozen=True, slots=True)
class Blend:
    """``ahead`` (S, H), ``past`` (K, S, H) as it would have been at each origin, ``one_step`` (S, T)."""

    ahead: NDArray[np.float64]
    past: NDArray[np.float64]
    one_step: NDArray[np.float64]


def blend(
    values: NDArray[np.float64],
    horizon: int,
    periods: Sequence[int],
    origins: Sequence[int],
    settings: Settings,
) -> Blend:
    """Smooth ``values`` (S, T) by all settings and weigh them, some series at a time to stay within memory."""
    at_once = max(1, CELLS // (values.shape[1] * settings.count))
    parts = [
        _weighed(
            values[n : n + at_once],
            horizon,
            origins,
            smooth(values[n : n + at_once], horizon, periods, origins, settings),
        )
        for n in range(0, len(values), at_once)
    ]
    return Blend(
        np.concatenate([p.ahead for p in parts]),
        np.concatenate([p.past for p in parts], axis=1),
        np.concatenate([p.one_step for p in parts]),
    )


def _weighed(values: NDArray[np.float64], horizon: int, origins: Sequence[int], found: Smoothed) -> Blend:
    series, settings = found.usual.shape
    total, count = np.zeros((series, settings)), np.zeros((series, 1))
    far = []  # (origin, summed error, values compared) up to where the horizon of an origin had passed
    for k, origin in enumerate(origins):
        came = values[:, origin : origin + horizon]
        known: NDArray[np.bool_] = np.asarray(np.isfinite(came))
        apart = np.where(known, came, 0.0).T[:, :, None] - found.past[k, : came.shape[1]]
        apart[~known.T] = 0.0
        total = total + np.abs(apart, out=apart).sum(axis=0)
        count = count + known.sum(axis=1, keepdims=True)
        far.append((origin + came.shape[1], total, count))
    past = []
    for k, origin in enumerate(origins):
        done = [(t, c) for end, t, c in far[:k] if end <= origin]
        weights = _weights(found.usual_then[k], *(done[-1] if done else (None, None)))
        past.append(np.einsum("hsg,sg->sh", found.past[k], weights))
    weights = _weights(found.usual, *(far[-1][1:] if far else (None, None)))
    return Blend(
        np.einsum("hsg,sg->sh", found.ahead, weights),
        np.array(past).reshape(len(origins), series, horizon),
        np.einsum("sgt,sg->st", found.one_step, weights),
    )


def _weights(
    usual: NDArray[np.float64], total: NDArray[np.float64] | None, count: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """(S, G), summing to 1 a series; over the horizon only where any of it has been compared."""
    score = np.log(np.maximum(usual, 1e-12))
    score -= score.min(axis=1, keepdims=True)
    if total is not None and count is not None:
        over = np.log(np.maximum(total / np.maximum(count, 1), 1e-12))
        over -= over.min(axis=1, keepdims=True)
        score = np.where(count > 0, FAR * over + NEAR * score, score)
    weights = np.exp(-SHARPNESS * score)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
