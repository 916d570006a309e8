"""``detect``: what was expected of every value, how surprising it was, and whether it is worth a person's time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.anomaly.noise import Bools, Floats, Ground, value_at
from analytics.anomaly.settings import (
    CALENDAR,
    JUDGED,
    LEVEL_SHIFT,
    MISSING,
    NONE,
    PAUSED,
    RESUMED,
    SHORT,
    SMALL,
    SPIKE,
    ZERO,
    ZEROS,
    Settings,
    threshold,
)
from analytics.anomaly.start import first_state
from analytics.anomaly.track import Tracker
from analytics.errors import NotEnoughData

GAINS_DAILY, GAINS_FINER = (0.1,), (0.1, 0.3, 0.8)
PERIODS_BEFORE, FEWEST_BEFORE, FEWEST_NONZERO = 3, 21, 3
MEMORY_DAYS, MEMORY_FINER_DAYS = 28, 3
LONG_GAP, AGAIN = 4, 3  # periods without a value, after which so many values set the level anew


@dataclass(frozen=True, slots=True)
class Detection:
    """S series of T values; every array has the shape (S, T).

    ``expected``, ``low``, ``high``: the ordinary value and the band that no flag leaves, NaN before a series can be
    judged. ``score`` in [0, 1]: 0.5 and more is flagged, 0 where not judged. ``z``: standard deviations, signed, of the
    value or of the run of values that ends there, NaN where not judged. ``flag``; ``kind``: codes of ``KINDS``.
    ``reason``: codes of ``REASONS``, 0 where judged. ``limit``: the threshold on |z| of an ordinary series.
    """

    expected: Floats
    low: Floats
    high: Floats
    score: Floats
    z: Floats
    flag: Bools
    kind: NDArray[np.int8]
    reason: NDArray[np.int8]
    limit: float


def detect(
    values: Floats,
    *,
    period: int = 7,
    known: Bools | None = None,
    volume: Floats | None = None,
    settings: Settings | None = None,
) -> Detection:
    """Judge each value of ``values`` (S, T) by those before it. NaN is a value that is not known, never a zero.

    ``period``: steps after which the season repeats (7 for days, 24 for hours, 288 for 5 minutes, 1 for none).
    ``known`` (S, T) or (T,): steps that the calendar explains, neither flagged nor learned from.
    ``volume`` (S, T): what each value rests on (impressions of spend, clicks of conversions, conversions of a CPA).
    Where both are 0 nothing ran and there is nothing to judge; 1 / volume is a floor of the relative variance; NaN is
    not known.

    What it says of step t depends on steps up to t only (and, for the threshold, on the number of series).

    Raises:
        NotEnoughData: no series or no values at all. A short history is no error: its steps are not judged.
        ValueError: shapes that do not fit, or a period below 1.
    """
    settings = settings or Settings()
    values = np.asarray(values, dtype=np.float64)
    known, volume = _checked(values, period, known, volume)
    reason = _reasons(values, known, volume, settings.least_volume)
    tracker = Tracker(
        series=len(values),
        period=period,
        gains=np.array(settings.gains or (GAINS_DAILY if period <= 7 else GAINS_FINER)),
        limit=threshold(len(values), period, settings),
        memory=MEMORY_DAYS if period <= 7 else MEMORY_FINER_DAYS * period,
        up=settings.up,
        down=settings.down,
        counts_given=settings.counts is not None,
    )
    first = _first_judged(values, reason, settings.start or max(PERIODS_BEFORE * period, FEWEST_BEFORE))
    return _followed(values, volume, reason, first, tracker, settings)


def detect_last(
    values: Floats,
    days: int = 1,
    *,
    period: int = 7,
    known: Bools | None = None,
    volume: Floats | None = None,
    settings: Settings | None = None,
    history: int = 40,
) -> Detection:
    """As ``detect`` of the last ``history`` periods, answering for the last ``days`` steps only: arrays (S, days).

    The state forgets what is older, so that the answer is nearly that of the whole history at a part of its time.
    """
    values = np.asarray(values, dtype=np.float64)
    known, volume = _checked(values, period, known, volume)
    since = max(values.shape[1] - history * period - days, 0)
    since -= since % period
    whole = detect(
        values[:, since:], period=period, known=known[:, since:], volume=volume[:, since:], settings=settings
    )
    cut = slice(-days, None)
    return Detection(
        whole.expected[:, cut], whole.low[:, cut], whole.high[:, cut], whole.score[:, cut], whole.z[:, cut],
        whole.flag[:, cut], whole.kind[:, cut], whole.reason[:, cut], whole.limit,
    )  # fmt: skip


def _checked(values: Floats, period: int, known: Bools | None, volume: Floats | None) -> tuple[Bools, Floats]:
    if values.ndim != 2 or values.size == 0:
        raise NotEnoughData(f"values have the shape {values.shape}; at least one series of one value is needed")
    if period < 1:
        raise ValueError(f"the period is {period}; 1 or more steps are possible")
    if np.isinf(values).any():
        raise ValueError("a value is infinite; write NaN for a value that is not known")
    known = np.zeros(values.shape, dtype=bool) if known is None else np.asarray(known, dtype=bool)
    volume = np.full(values.shape, np.nan) if volume is None else np.asarray(volume, dtype=np.float64)
    if known.shape not in (values.shape, values.shape[1:]) or volume.shape != values.shape:
        raise ValueError(f"known {known.shape} and volume {volume.shape} do not fit values {values.shape}")
    return np.broadcast_to(known, values.shape), volume


def _reasons(values: Floats, known: Bools, volume: Floats, least_volume: float | Floats) -> NDArray[np.int8]:
    """Why a step cannot be judged by itself; ``SHORT`` and ``RESUMED`` come from the steps before it."""
    reason = np.full(values.shape, JUDGED, dtype=np.int8)
    reason[volume < np.reshape(least_volume, (-1, 1))] = SMALL
    reason[(volume <= 0) & (values == 0)] = PAUSED
    reason[known] = CALENDAR
    reason[np.isnan(values)] = MISSING
    return reason


def _first_judged(values: Floats, reason: NDArray[np.int8], before: int) -> NDArray[np.int64]:
    """The step from which each series is judged, T where it never is; marks the steps before in ``reason``."""
    usable = reason == JUDGED
    something = np.cumsum(usable & (values != 0), axis=1) >= FEWEST_NONZERO
    long = np.cumsum(usable, axis=1) >= before
    enough = long & something
    first: NDArray[np.int64] = np.where(enough.any(axis=1), enough.argmax(axis=1) + 1, reason.shape[1])
    waiting = (np.arange(reason.shape[1]) < first[:, None]) & usable
    reason[waiting] = np.where(np.roll(long, 1, axis=1), ZEROS, SHORT)[waiting]  # long before, and still not judged
    reason[:, :1][waiting[:, :1]] = SHORT
    return first


def _followed(
    values: Floats,
    volume: Floats,
    reason: NDArray[np.int8],
    first: NDArray[np.int64],
    tracker: Tracker,
    settings: Settings,
) -> Detection:
    series, steps = values.shape
    y = np.ascontiguousarray(values.T)
    with np.errstate(divide="ignore"):
        thin = np.ascontiguousarray(np.nan_to_num(1 / np.maximum(volume.T, 0.0), nan=0.0, posinf=0.0))
    taught = np.where(np.isin(reason, (JUDGED, SHORT, ZEROS)), values, np.nan)
    expected, low, high, z, surprise = (np.full((steps, series), np.nan) for _ in range(5))
    shifted = np.zeros((steps, series), dtype=bool)
    gap = np.zeros(series)
    again = np.zeros(series)
    starting = {int(t) for t in np.unique(first) if t < steps}
    for t in range(min(starting, default=steps), steps):
        if t in starting:
            which = np.flatnonzero(first == t)
            begin = int(np.argmax(~np.isnan(taught[which]).all(axis=0)))
            phase = (t - 1) % tracker.period
            tracker.begin(which, first_state(taught[which, begin:t], phase, tracker.period, settings.counts))
        ok = tracker.started & (reason[:, t] == JUDGED)
        again = np.where(ok & (gap >= LONG_GAP * tracker.period), AGAIN, again)
        gap = np.where(ok, 0.0, gap + tracker.started)
        if again.any():
            resumed = ok & (again > 0)
            reason[resumed, t] = RESUMED
            tracker.resume(t % tracker.period, y[t], resumed, again == AGAIN)
            again = np.where(resumed, again - 1, again)
            ok = ok & ~resumed
        seen = tracker.step(t % tracker.period, y[t], ok, thin[t])
        live = tracker.started
        expected[t] = np.where(live, seen.mu, np.nan)
        ground = Ground(tracker.ground.positive, tracker.ground.tiny, seen.unit, tracker.ground.least)
        reach = tracker.limit * seen.tails
        low[t] = np.where(live, value_at(ground, seen.mu, seen.sigma, seen.cv, -reach[1] / settings.down), np.nan)
        high[t] = np.where(live, value_at(ground, seen.mu, seen.sigma, seen.cv, reach[0] / settings.up), np.nan)
        z[t], surprise[t] = np.where(ok, seen.z, np.nan), np.where(ok, seen.surprise, 0.0)
        shifted[t] = seen.shifted
    return _answer(values, expected.T, low.T, high.T, z.T, np.nan_to_num(surprise.T), shifted.T, reason, tracker.limit)


def _answer(
    values: Floats,
    expected: Floats,
    low: Floats,
    high: Floats,
    z: Floats,
    surprise: Floats,
    shifted: Bools,
    reason: NDArray[np.int8],
    limit: float,
) -> Detection:
    flag = surprise >= 1
    kind = np.where(flag, SPIKE, NONE)
    kind = np.where(flag & shifted, LEVEL_SHIFT, kind)
    kind = np.where(flag & (values == 0) & (expected > 0) & (z < 0), ZERO, kind).astype(np.int8)
    return Detection(expected, low, high, surprise / (1 + surprise), z, flag, kind, reason, limit)
