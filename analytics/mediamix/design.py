"""What moves the outcome besides media: level, trend, weekday, time of the year, and the controls that were given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix.series import PER_YEAR, Series

Floats = NDArray[np.float64]
HARMONICS = {"day": 3, "week": 2, "month": 2, "period": 0}
SEASON_FROM_YEARS = 1.5  # in less, a season cannot be told from the trend
BEND_FROM_YEARS = 2.0


@dataclass(frozen=True, slots=True)
class Design:
    """Columns beside media ``(periods, columns)``, an orthonormal basis of what they span, and what they are."""

    columns: Floats
    basis: Floats
    holds: tuple[str, ...]


def design(series: Series, first: int = 0) -> Design:
    """The columns of the periods from ``first`` on; the trend bends once a year where there are two and more."""
    n = len(series.outcome)
    since = np.arange(n, dtype=np.float64)
    parts, holds = [np.ones((n, 1)), (since / max(n - 1, 1))[:, None]], ["level", "linear trend"]
    year = PER_YEAR.get(series.grain)
    if year is not None and n / year >= BEND_FROM_YEARS:
        at = np.arange(year, n - year / 2, year)
        parts.append(np.maximum(0.0, since[:, None] - at) / year)
        holds[1] = "trend that may bend once a year"
    if series.grain == "day":
        parts.append(np.eye(7)[(series.day + 6) % 7][:, 1:])  # ordinal 1 was a Monday
        holds.append("weekday")
    if year is not None and n / year >= SEASON_FROM_YEARS:
        parts.append(yearly(series))
        holds.append("time of the year")
    if series.controls.size:
        parts.append(series.controls)
        holds.extend(series.control_names)
    columns = np.column_stack(parts)[first:]
    return Design(columns, _basis(columns), tuple(holds))


def yearly(series: Series) -> Floats:
    """Sines and cosines of the time of the year, by the calendar."""
    turn = 2 * np.pi * series.day[:, None] / 365.2425 * np.arange(1, HARMONICS[series.grain] + 1)
    return np.column_stack([np.sin(turn), np.cos(turn)])


def _basis(columns: Floats) -> Floats:
    """Columns that say the same as others (a trend given as a control) add nothing and are no trouble."""
    size = np.linalg.norm(columns, axis=0)
    scaled = columns[:, size > 0] / size[size > 0]
    left, singular, _ = np.linalg.svd(scaled, full_matrices=False)
    return np.ascontiguousarray(left[:, singular > 1e-8 * singular[0]])
