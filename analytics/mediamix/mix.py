"""The way from figures to a checked media mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix import checks, effects
from analytics.mediamix.adstock import AdstockFamily
from analytics.mediamix.fit import DRAWS, Fitted, fit, residual
from analytics.mediamix.lift import Lift
from analytics.mediamix.pooled import pool
from analytics.mediamix.result import LaterData, MediaMix, Quality
from analytics.mediamix.saturation import SaturationFamily
from analytics.mediamix.series import Series
from analytics.mediamix.validation import try_later

Floats = NDArray[np.float64]


def media_mix(
    series: Series,
    rng: np.random.Generator,
    *,
    adstock: AdstockFamily = "geometric",
    saturation: SaturationFamily = "logistic",
    lifts: Sequence[Lift] = (),
    groups: Mapping[str, str] | None = None,
    draws: int = DRAWS,
) -> MediaMix:
    """Fit, draw, validate on later periods and check. ``groups`` names a channel's group, which shares a shape.

    Raises:
        NotEnoughData: no channel's spend moved, or too few periods.
        BadSeries: a lift result that does not fit the figures.
    """
    fitted = fit(series, rng, adstock=adstock, saturation=saturation, lifts=lifts, draws=draws)
    later = try_later(fitted, rng)
    fitted, shrinkage = pool(fitted, groups or {})
    return assemble(fitted, series, later, shrinkage)


def assemble(
    fitted: Fitted, series: Series, later: tuple[LaterData | None, str | None], shrinkage: Mapping[str, float]
) -> MediaMix:
    """The result of a fit, with its checks."""
    found = effects.channels(fitted, series.channels, series.spend, shrinkage)
    left = residual(fitted.problem, fitted.point, 0, fitted.outcome) * fitted.unit
    actual = fitted.outcome * fitted.unit
    media = fitted.media(fitted.point)[0] * fitted.unit
    quality = _quality(fitted, actual, left, *later)
    first = fitted.first
    return MediaMix(
        engine="least_squares",
        adstock=fitted.problem.adstock,
        saturation=fitted.problem.saturation,
        carryover=series.carryover,
        first_period=first,
        draws=len(fitted.draws.beta),
        channels=tuple(found),
        quality=quality,
        checks=tuple(checks.run(fitted, found, quality)),
        holds=fitted.design.holds,
        notes=_notes(series, first),
        baseline=actual - left - media.sum(axis=0),
        fitted=actual - left,
        contributions=media,
    )


def _notes(series: Series, first: int) -> tuple[str, ...]:
    notes = [
        f"the first {first} periods only feed the carryover: what was spent before the figures begin is not known",
        f"a spend works for at most {series.carryover} periods; ROAS counts what it brings after the last one too",
    ]
    if series.grain == "period":
        notes.append("the rows have no calendar: no season is held fixed")
    return tuple(notes)


def _quality(fitted: Fitted, actual: Floats, left: Floats, later: LaterData | None, reason: str | None) -> Quality:
    around = float(((actual - actual.mean()) ** 2).sum())
    basis = fitted.design.basis
    without = actual - basis @ (basis.T @ actual)
    positive = actual > 0
    return Quality(
        periods=len(actual),
        r2=1 - float(left @ left) / around,
        r2_controls=1 - float(without @ without) / around,
        mape=float(np.abs(left / np.where(positive, actual, 1.0)).mean()) if positive.all() else None,
        noise=fitted.problem.noise * fitted.unit,
        residual_autocorrelation=float(left[1:] @ left[:-1] / max(float(left @ left), 1e-300)),
        later=later,
        later_reason=reason,
    )
