"""NAB's own scoring, for the tests and benchmarks that report it: standard profile, normalised on the files given.

Written from the definition (Lavin and Ahmad 2015, "Evaluating Real-time Anomaly Detection Algorithms", and the
corpus' scorer): a window's score is that of its earliest detection, (2 / (1 + e^(5 y)) - 1) with y from -1 at its left
edge to 0 at its right, divided by the value at -1; a window without one costs 1; every detection outside costs 0.11,
less just after a window. The first 15 % of a file, at most 750 points, are probation. 0 is a detector that says
nothing, 100 one that finds each window at once and says nothing else.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FP_WEIGHT = 0.11
AD_EXCHANGE = tuple(f"realAdExchange/exchange-{n}_{m}_results.csv" for n in (2, 3) for m in ("cpc", "cpm"))


@dataclass(frozen=True)
class NabFile:
    name: str
    path: Path
    times: tuple[str, ...]
    values: NDArray[np.float64]
    windows: tuple[tuple[int, int], ...]


def read(folder: Path, name: str) -> NabFile:
    """A file of the corpus with its windows as positions, both counted."""
    path = folder / f"{name}.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    times = tuple(row["timestamp"] for row in rows)
    place = {time: i for i, time in enumerate(times)}
    labelled = json.loads((folder / "labels" / "combined_windows.json").read_text())[name]
    windows = tuple((place[a.removesuffix(".000000")], place[b.removesuffix(".000000")]) for a, b in labelled)
    return NabFile(name, path, times, np.array([float(row["value"]) for row in rows]), windows)


def raw_score(detected: NDArray[np.bool_], windows: Sequence[tuple[int, int]]) -> float:
    """The score of one file before it is normalised."""
    probation = min(math.floor(0.15 * len(detected)), 750)
    total = 0.0
    inside = np.zeros(len(detected), dtype=bool)
    for left, right in windows:
        inside[left : right + 1] = True
        found = np.flatnonzero(detected[max(left, probation) : right + 1])
        if right < probation:
            continue
        at = int(found[0]) + max(left, probation) if len(found) else None
        total += -1.0 if at is None else _sigmoid(-(right - at + 1) / (right - left + 1)) / _sigmoid(-1.0)
    for at in np.flatnonzero(detected & ~inside):
        if at >= probation:
            before = [w for w in windows if w[1] < at]
            past = (at - before[-1][1]) / (before[-1][1] - before[-1][0]) if before else 3.0
            total += FP_WEIGHT * (-1.0 if past >= 3 else _sigmoid(past))
    return total


def normalised(raw: Sequence[float], windows: int) -> float:
    """100 for every window at its left edge and nothing else, 0 for silence."""
    return 100 * (sum(raw) + windows) / (2 * windows)


def _sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1
