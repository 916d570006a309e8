"""What the first weeks of a series say: its link, level, season and noise, by medians, so that one bad day is none."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from analytics.anomaly.noise import LEAST_FRAC, OFFSET, Bools, Floats, Ground

UNIT_FROM_ZEROS = 1.5  # orders differ in value: E[v^2] / E[v]^2 of an order, times its mean
FEWEST_ZEROS_FRAC = 0.02


@dataclass(slots=True)
class Start:
    """The state that tracking begins with: arrays (S,), the season (S, period)."""

    ground: Ground
    counts: Bools
    level: Floats
    season: Floats
    excess: Floats
    zeros_frac: Floats


def first_state(history: Floats, phase: int, period: int, counts: bool | None) -> Start:
    """``history`` (S, n), NaN where unknown; its last column has the phase ``phase`` of the season."""
    length = history.shape[1]
    lead = (phase + 1 - length) % period  # NaN columns, so that column 0 has phase 0
    tail = period - 1 - phase
    padded = np.pad(history, ((0, 0), (lead, tail)), constant_values=np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a slot without values has no median
        lowest = np.nanmin(history, axis=1)
        mean = np.nanmean(np.abs(history), axis=1)
        zeros_frac = np.nanmean(np.where(np.isnan(history), np.nan, history == 0), axis=1)
        whole = np.all(np.isnan(history) | (history == np.round(history)), axis=1)
        positive = lowest >= 0
        counted = (positive & whole) if counts is None else (positive & counts)
        tiny = np.where(positive, np.maximum(mean * 1e-3, 1e-12), 0.0)
        unit = np.where(counted, 1.0, unit_of(mean, zeros_frac, positive))
        shift = np.where(unit > 0, OFFSET * unit, tiny)[:, None]
        x = np.where(positive[:, None], np.log(np.maximum(padded, 0.0) + shift), padded)
        centre = np.nanmedian(x, axis=1)
        season, left, noise = _season(x - centre[:, None], period)
        middle = np.nanmedian(left, axis=1)
    level = centre + middle
    sparse = positive & (unit > 0) & (mean < 5 * unit)  # the median of few events says little
    level = np.where(sparse, np.log(np.maximum(mean, 0.05 * unit)), level)
    season = np.where(sparse[:, None], 0.0, season)
    least = np.where(positive, LEAST_FRAC, np.maximum(1e-3 * mean, 1e-9))
    mu = np.where(positive, np.exp(np.clip(level, -60, 60)), 1.0)
    events = np.where(positive, unit / np.maximum(mu, 1e-300), 0.0)
    excess = np.maximum(np.nan_to_num(noise) ** 2 - events, least**2)
    excess = np.where(sparse, np.maximum(least**2, 0.01), excess)
    return Start(Ground(positive, tiny, unit, least), counted, level, season, excess, zeros_frac)


def unit_of(mean: Floats, zeros_frac: Floats, positive: Bools) -> Floats:
    """The size of one event of values that are sometimes zero, 0 where hardly ever.

    With N events a day, days of none have the share e^-N, so that one event has mean / N.
    """
    share = np.clip(zeros_frac, FEWEST_ZEROS_FRAC, 0.995)
    return np.where(positive & (zeros_frac > FEWEST_ZEROS_FRAC), UNIT_FROM_ZEROS * mean / -np.log(share), 0.0)


def _season(x: Floats, period: int) -> tuple[Floats, Floats, Floats]:
    """(season (S, period), what it leaves of ``x``, its noise (S,)): medians by slot, drawn to 0 where they are noise.

    The noise is that of differences between one cycle and the next, divided by sqrt 2: what is left around medians of
    three values would look too small.
    """
    cycles = x.reshape(len(x), -1, period)
    apart = np.diff(cycles, axis=1).reshape(len(x), -1)
    noise = 1.4826 * np.nanmedian(np.abs(apart), axis=1) / np.sqrt(2)
    if period == 1:
        return np.zeros((len(x), 1)), x, noise
    found = (~np.isnan(cycles)).sum(axis=1)
    season = np.where(found > 0, np.nanmedian(cycles, axis=1), 0.0)
    noise = np.where(np.isnan(noise), 1.4826 * np.nanmedian(np.abs(x), axis=1), noise)  # no slot has two values
    of_slot = noise[:, None] ** 2 * 1.57 / np.maximum(found, 1)  # variance of a median of ``found``
    between = np.maximum(np.var(season, axis=1, keepdims=True) - of_slot.mean(axis=1, keepdims=True), 0.0)
    season = season * between / np.maximum(between + of_slot, 1e-300)
    season -= season.mean(axis=1, keepdims=True)
    return season, (cycles - season[:, None, :]).reshape(len(x), -1), noise
