"""How a mix does on periods after those it was fitted on: the only test that a decision about later money asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.errors import CannotEstimate, NotEnoughData
from analytics.mediamix.design import design
from analytics.mediamix.fit import Fitted, refit
from analytics.mediamix.result import LaterData
from analytics.mediamix.series import PER_YEAR, Series

Floats = NDArray[np.float64]
SHARE = 0.15
LEAST = 8
_REACH = 1.645  # of a 90 % range


def later(fitted: Fitted, rng: np.random.Generator) -> LaterData:
    """Fit without the last periods, then tell them from their spend and controls.

    Raises:
        NotEnoughData: too few periods are left to fit on, or a channel did not spend in them.
    """
    series = fitted.series
    held = max(LEAST, round(SHARE * (len(series.outcome) - fitted.first)))
    train = series.until(len(series.outcome) - held)
    if (train.spend.max(axis=0) <= 0).any():
        raise NotEnoughData("a channel spent only in the periods held back")
    earlier = refit(fitted, train, rng)
    actual = series.outcome[-held:]
    told = _told(fitted, earlier, held)
    naive, name = _naive(series, held)
    size = float(np.abs(actual).mean())
    reach = _REACH * earlier.problem.noise * fitted.unit
    return LaterData(
        periods=held,
        error=float(np.abs(actual - told).mean()) / size,
        naive_error=float(np.abs(actual - naive).mean()) / size,
        controls_error=float(np.abs(actual - _controls_only(series, fitted.first, held)).mean()) / size,
        coverage=float((np.abs(actual - told) <= reach).mean()),
        naive=name,
    )


def try_later(fitted: Fitted, rng: np.random.Generator) -> tuple[LaterData | None, str | None]:
    """As ``later``, or why it could not be done."""
    try:
        return later(fitted, rng), None
    except CannotEstimate as why:
        return None, f"the fit could not be tried on later data: {why}"


def _told(fitted: Fitted, earlier: Fitted, held: int) -> Floats:
    """The held periods by the earlier fit: its media on all lags, its controls carried on."""
    columns = fitted.design.columns
    n = len(columns) - held
    media = fitted.unit * np.einsum(
        "c,ct->t", earlier.point.beta[0], fitted.problem.features(earlier.point.theta)[0, :, : n + held]
    )
    outcome = fitted.outcome * fitted.unit
    gamma = _least(columns[:n], (outcome - media)[:n])
    return np.asarray(columns[n:] @ gamma + media[n:], dtype=np.float64)


def _controls_only(series: Series, first: int, held: int) -> Floats:
    columns = design(series, first).columns
    n = len(columns) - held
    return np.asarray(columns[n:] @ _least(columns[:n], series.outcome[first:][:n]), dtype=np.float64)


def _least(columns: Floats, outcome: Floats) -> Floats:
    """Least squares; what the earlier periods say nothing of (an event to come) stays 0."""
    size = np.linalg.norm(columns, axis=0)
    size = np.where(size > 0, size, 1.0)
    return np.asarray(np.linalg.lstsq(columns / size, outcome, rcond=1e-8)[0] / size, dtype=np.float64)


def _naive(series: Series, held: int) -> tuple[Floats, str]:
    """The same periods a year earlier where there are any, else the same weekday, else the mean of the last ones."""
    y, n = series.outcome, len(series.outcome) - held
    year = round(PER_YEAR.get(series.grain, 0))
    if series.grain == "day":
        year = 364  # the same weekday
    if year and n - year >= LEAST and year >= held:
        return y[n - year : n - year + held], "the same periods a year earlier"
    if series.grain == "day":
        return np.resize(y[n - 7 : n], held), "the same weekday of the week before"
    return np.full(held, y[n - LEAST : n].mean()), f"the mean of the {LEAST} periods before"
