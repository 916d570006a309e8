"""What a media-mix fit says, whichever engine made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix import saturation
from analytics.mediamix.adstock import AdstockFamily
from analytics.mediamix.saturation import SaturationFamily

Floats = NDArray[np.float64]
LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval of ``LEVEL``; ``value`` None where only bounds can be told."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel. What could not be told is None and ``reason`` says why; it never stands as 0.

    ``roas`` is the outcome that the window's spend brought, in it and in the carryover after it, per unit of spend.
    ``marginal_roas`` is the outcome of the next unit at ``recent_spend`` a period (the mean of the last 13) held for
    good. ``contribution`` is what fell into the window and ``share`` its part of the window's outcome. ``shape`` and
    ``beta`` are the draws of the curve (parameters of adstock first), ``scale`` the spend that is 1 on it. ``tried``
    is the 5th to 95th percentile of spend a period. ``shrinkage`` is how much of its shape comes from its siblings.
    """

    name: str
    adstock: Mapping[str, Estimate]
    saturation: Mapping[str, Estimate]
    roas: Estimate | None
    marginal_roas: Estimate | None
    contribution: Estimate | None
    share: float | None
    spend: float
    recent_spend: float
    tried: tuple[float, float]
    scale: float
    family: SaturationFamily
    shape: Floats
    beta: Floats
    reason: str | None = None
    marginal_reason: str | None = None
    shrinkage: float | None = None

    def value(self, spend: float) -> Floats:
        """Outcome a period that ``spend`` a period brings when held, per draw. Empty where nothing could be told."""
        return self.beta * saturation.value(self.family, self.shape, np.array([spend / self.scale]))[:, 0]

    def slope(self, spend: float) -> Floats:
        """Outcome of the next unit at ``spend`` a period, per draw."""
        return self.beta * saturation.slope(self.family, self.shape, np.array([spend / self.scale]))[:, 0] / self.scale


@dataclass(frozen=True, slots=True)
class LaterData:
    """How the fit of the earlier periods did on the later ones, against a naive guess and against no media.

    Errors are means of absolute errors over the mean of the outcome; ``coverage`` is the share of later periods inside
    the 90 % range of one period.
    """

    periods: int
    error: float
    naive_error: float
    controls_error: float
    coverage: float
    naive: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the whole fits. ``r2_controls`` is what the controls explain alone, ``later`` what it did on later data.

    ``residual_autocorrelation`` is that of neighbouring periods.
    """

    periods: int
    r2: float
    r2_controls: float
    mape: float | None
    noise: float
    residual_autocorrelation: float
    later: LaterData | None
    later_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that may be wrong, with the figure that says so; ``ok`` False is a warning to read first."""

    check: Literal[
        "collinearity",
        "constant_spend",
        "negative_baseline",
        "extrapolation",
        "later_data",
        "controls_alone",
        "family",
        "lift",
    ]
    ok: bool
    value: float | None
    said: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class MediaMix:
    """The fit of a mix. ``baseline`` and ``contributions`` add up to ``fitted``, period by period.

    ``holds`` names what was held fixed beside media, ``notes`` what a reader must know, such as the first periods that
    only feed the carryover.
    """

    engine: Literal["least_squares", "bayes"]
    adstock: AdstockFamily
    saturation: SaturationFamily
    carryover: int
    first_period: int
    draws: int
    channels: tuple[Channel, ...]
    quality: Quality
    checks: tuple[Check, ...]
    holds: tuple[str, ...]
    notes: tuple[str, ...]
    baseline: Floats
    fitted: Floats
    contributions: Floats
