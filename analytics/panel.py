"""Many series on one grid of times: what forecasts and detection work on, and which input row each value came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import BadSeries

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINUTE, DAY = 60, 86_400
STEPS = tuple(n * MINUTE for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720)) + tuple(
    n * DAY for n in (1, 2, 3, 4, 5, 6, 7)
)
OFF_GRID = 0.25  # of a step: what is still jitter and not a finer grid
LEAST_FILLED = 0.1  # of a grid's slots: a finer one is two rows too close rather than a grain
MOST_CELLS = 50_000_000


@dataclass(frozen=True, slots=True)
class Panel:
    """S series of T values. NaN is missing, which is not 0.

    ``times`` (T,) datetime64[s], a regular grid of step ``step``; ``values`` (S, T) float64; ``rows`` (S, T) int64, the
    input row (0-based) a value came from, -1 where there is none.
    """

    names: tuple[str, ...]
    times: NDArray[np.datetime64]
    values: NDArray[np.float64]
    rows: NDArray[np.int64]
    step: np.timedelta64

    @property
    def period(self) -> int:
        """Steps of the season that a grid of this grain repeats first: a day below it, a week of days, else 1."""
        seconds = int(self.step.astype(np.int64))
        if seconds < DAY:
            return max(1, DAY // seconds)
        return 7 if seconds == DAY else 1

    def by_row(self, of_cells: NDArray[np.float64], count: int) -> NDArray[np.float64]:
        """What stands at each cell (S, T), for each of ``count`` input rows; NaN for a row that has no cell."""
        found = np.full(count, np.nan)
        known = self.rows >= 0
        found[self.rows[known]] = of_cells[known]
        return found

    @classmethod
    def from_columns(
        cls,
        times: NDArray[np.datetime64],
        values: NDArray[np.float64],
        series: Sequence[str] | None = None,
        *,
        places: Sequence[int] | None = None,
    ) -> Panel:
        """Put rows of (time, value[, series]) on a grid, in any order; series keep the order they first come in.

        The step is found, from minutes to weeks; jitter up to a quarter of it is snapped.
        ``places`` are the rows' numbers as a person sees them, for messages (default: 1, 2, ...).

        Raises:
            BadSeries: no rows, an infinite value, two rows in one slot, or times that keep no grid; it names the rows.
        """
        places = range(1, len(times) + 1) if places is None else places
        if len(times) == 0:
            raise BadSeries("there are no rows")
        if bad := np.flatnonzero(np.isinf(values)).tolist():
            raise BadSeries(f"row {places[bad[0]]} has the value {values[bad[0]]}; write a finite number, or nothing")
        names, code = _codes(series, len(times))
        seconds = times.astype("datetime64[s]").astype(np.int64)
        order = np.lexsort((seconds, code))
        _refuse_doubles(order, code, seconds, names, places)
        step, phase = _grid(seconds[order], code[order])
        slot = np.floor_divide(seconds - phase + step // 2, step)
        _refuse_shared(order, code, slot, seconds, step, names, places)
        first, count = int(slot.min()), int(slot.max() - slot.min()) + 1
        if count * len(names) > MOST_CELLS:
            low, high = places[int(slot.argmin())], places[int(slot.argmax())]
            raise BadSeries(
                f"from row {low} ({_shown(seconds.min())}) to row {high} ({_shown(seconds.max())}) in steps of "
                f"{said(step)} are {count:,} times for {len(names)} series; at most {MOST_CELLS:,} values"
            )
        grid = np.full((len(names), count), np.nan)
        rows = np.full((len(names), count), -1, dtype=np.int64)
        grid[code, slot - first] = values
        rows[code, slot - first] = np.arange(len(times))
        at = (first + np.arange(count)) * step + phase
        return cls(names, at.astype("datetime64[s]"), grid, rows, np.timedelta64(step, "s"))


def said(step: int) -> str:
    """A step of ``step`` seconds in words."""
    for size, word in ((7 * DAY, "week"), (DAY, "day"), (3600, "hour"), (MINUTE, "minute")):
        if step % size == 0:
            return f"{step // size} {word}{'s' if step != size else ''}"
    return f"{step} seconds"


def _apart(seconds: float) -> str:
    return f"{seconds / DAY:,.0f} days" if seconds > DAY else f"{seconds:,.0f} seconds"


def _codes(series: Sequence[str] | None, count: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if series is None:
        return ("",), np.zeros(count, dtype=np.int64)
    known: dict[str, int] = {}
    code = np.fromiter((known.setdefault(name, len(known)) for name in series), dtype=np.int64, count=count)
    return tuple(known), code


def _grid(seconds: NDArray[np.int64], code: NDArray[np.int64]) -> tuple[int, int]:
    """(step, phase) in seconds, from rows sorted by series and time.

    The median distance first; a finer step where that one would leave rows between its slots (days that are often
    missing).
    """
    apart = np.diff(seconds)[np.diff(code) == 0]
    if apart.size == 0:
        return DAY, _phase(seconds, DAY)
    middle = float(np.median(apart))
    if middle < 0.75 * MINUTE or middle > 8 * DAY:
        raise BadSeries(f"the values are {_apart(middle)} apart (the median); from one minute to one week is possible")
    nearest = min(STEPS, key=lambda s: abs(np.log(s / middle)))
    spans = int(apart.sum())
    for step in (s for s in reversed(STEPS) if s <= nearest and spans <= len(seconds) * s / LEAST_FILLED):
        phase = _phase(seconds, step)
        off = np.abs((seconds - phase + step // 2) % step - step // 2)
        slot = np.floor_divide(seconds - phase + step // 2, step)
        if off.max() <= OFF_GRID * step and not np.any((np.diff(slot) == 0) & (np.diff(code) == 0)):
            return step, phase
    return nearest, _phase(seconds, nearest)


def _phase(seconds: NDArray[np.int64], step: int) -> int:
    """Where the grid lies within a step: the commonest remainder, so that jitter moves nothing."""
    rest, times = np.unique(seconds % step, return_counts=True)
    return int(rest[times.argmax()])


def _refuse_doubles(
    order: NDArray[np.intp],
    code: NDArray[np.int64],
    seconds: NDArray[np.int64],
    names: tuple[str, ...],
    places: Sequence[int],
) -> None:
    same = (np.diff(code[order]) == 0) & (np.diff(seconds[order]) == 0)
    if same.any():
        one, other = _pair(order, int(same.argmax()))
        raise BadSeries(
            f"rows {places[one]} and {places[other]} have one time, {_shown(seconds[one])}{_of(names, code[one])}; "
            "give one row for each time and series (or name the column of the series)"
        )


def _refuse_shared(
    order: NDArray[np.intp],
    code: NDArray[np.int64],
    slot: NDArray[np.int64],
    seconds: NDArray[np.int64],
    step: int,
    names: tuple[str, ...],
    places: Sequence[int],
) -> None:
    same = (np.diff(code[order]) == 0) & (np.diff(slot[order]) == 0)
    if same.any():
        one, other = _pair(order, int(same.argmax()))
        raise BadSeries(
            f"rows {places[one]} ({_shown(seconds[one])}) and {places[other]} ({_shown(seconds[other])})"
            f"{_of(names, code[one])} fall in one step of {said(step)}; give one row a step"
        )


def _pair(order: NDArray[np.intp], at: int) -> tuple[int, int]:
    one, other = sorted((int(order[at]), int(order[at + 1])))
    return one, other


def _of(names: tuple[str, ...], code: np.int64) -> str:
    return f" of {names[int(code)]!r}" if names[int(code)] else ""


def _shown(seconds: np.int64) -> str:
    return str(np.int64(seconds).astype("datetime64[s]")).replace("T", " ")
