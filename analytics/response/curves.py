"""The response curve of one campaign, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class Response:
    """A fitted curve and its bootstrap draws.

    ``scale``, ``bend`` (in units of spend) and ``full`` (the curve that fills up) have one entry a draw.
    ``marginal`` is the return of one more unit at mean spend as (low, mid, high) of a 90 % interval.
    ``spend_low`` and ``spend_high`` bound the spend that was really tried (5th to 95th percentile).
    ``variation`` is the spread of spend that weekday and trend do not explain, over its mean.

    ``carryover`` is the share of a day's effect that reaches the next day, 0 where later days show none or cannot tell
    (``carryover_reason``). The curve is that of a spend held for good, carryover included. ``borrowed`` is how much of
    the curve comes from its siblings, 0 to 1; ``calibrated`` names the experiments that took part; ``days_reason`` says
    why its own days alone told nothing, where these did.
    """

    scale: Floats
    bend: Floats
    full: NDArray[np.bool_]
    marginal: tuple[float, float, float]
    spend_mean: float
    spend_low: float
    spend_high: float
    days: int
    variation: float
    carryover: float = 0.0
    carryover_reason: str | None = None
    borrowed: float = 0.0
    calibrated: tuple[str, ...] = field(default=())
    days_reason: str | None = None

    def value(self, spend: float) -> Floats:
        """Expected outcome a day that ``spend`` brings, per draw."""
        return curve_value(self.scale, self.bend, self.full, spend)

    def slope(self, spend: float) -> Floats:
        """Outcome of the next unit at ``spend``, per draw."""
        return curve_slope(self.scale, self.bend, self.full, spend)


def curve_value(scale: Floats, bend: Floats, full: NDArray[np.bool_], spend: Floats | float) -> Floats:
    """Outcome of ``spend``; the arguments broadcast."""
    return np.asarray(scale * np.where(full, spend / (bend + spend), np.log1p(spend / bend)), dtype=np.float64)


def curve_slope(scale: Floats, bend: Floats, full: NDArray[np.bool_], spend: Floats | float) -> Floats:
    """Outcome of the next unit at ``spend``; the arguments broadcast."""
    return np.asarray(scale * np.where(full, bend / (bend + spend), 1.0) / (bend + spend), dtype=np.float64)


def of_draws(spend: Floats, scale: Floats, bend: Floats, full: NDArray[np.bool_], variation: float) -> Response:
    """The response of a campaign whose days spent ``spend``, from its draws."""
    mean = float(spend.mean())
    at_mean = curve_slope(scale, bend, full, mean)
    low, high = np.quantile(at_mean, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    tried = np.quantile(spend, [0.05, 0.95])
    return Response(
        scale=scale,
        bend=bend,
        full=full,
        marginal=(float(low), float(at_mean.mean()), float(high)),
        spend_mean=mean,
        spend_low=float(tried[0]),
        spend_high=float(tried[1]),
        days=len(spend),
        variation=variation,
    )
