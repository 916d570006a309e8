"""A time that a series has twice in a stream of measurements: the first row takes the slot, the others stand in for it.

Logged streams repeat an hour now and then (a clock that was set back, a job that ran twice). A file in which that is
common has no grid of times, or lacks its column of series, and is refused as ever.
"""

from __future__ import annotations

from dataclasses import replace

from app.cli.analyze.frames import Columns

MOST_FRAC = 0.01  # of the rows


def split(columns: Columns, time: str, series: str | None) -> tuple[Columns, list[int], list[tuple[int, int]]]:
    """(the columns without repeats, which row of the file each of theirs is, (repeat, first) rows in file order).

    Nothing is split off where more than ``MOST_FRAC`` of the rows are repeats: then the reader names two of them.
    """
    first: dict[tuple[str, str], int] = {}
    again: list[tuple[int, int]] = []
    names = columns.cells[series] if series is not None else [""] * len(columns.places)
    for row, key in enumerate(zip(names, (t.strip() for t in columns.cells[time]), strict=True)):
        if (earlier := first.setdefault(key, row)) != row:
            again.append((row, earlier))
    if not again or len(again) > MOST_FRAC * len(columns.places):
        return columns, list(range(len(columns.places))), []
    left_out = {row for row, _ in again}
    kept = [row for row in range(len(columns.places)) if row not in left_out]
    cells = {name: [column[row] for row in kept] for name, column in columns.cells.items()}
    return replace(columns, cells=cells, places=[columns.places[row] for row in kept]), kept, again
