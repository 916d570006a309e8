"""What a campaign returns for its daily spend: a concave curve with weekday and trend controlled.

The curve is ``scale * ln(1 + spend / bend)`` (never quite full) or ``scale * spend / (bend + spend)`` (full one
day), whichever fits a draw better, on top of a level for each weekday and a linear trend. Days alone can hardly
tell the two apart, so both stay in the draws and the interval carries the doubt. Without the weekdays the curve
would claim for the budget what people buy on Mondays anyway: on one real export the raw slope is 4.7 and the
controlled one 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Confounded, NotEnoughData

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MIN_DAYS = 56
MIN_ACTIVE_DAYS = 28
MIN_VARIATION = 0.10
LEVEL = 0.90
KNOT_DAYS = 56
SHIFT_SIZE = 0.35
SHIFT_T = 5.0
_BENDS = np.geomspace(0.1, 10.0, 11)  # in units of mean spend: from soon saturated to nearly straight


@dataclass(frozen=True, slots=True)
class Slope:
    """Outcome gained per unit of spend with the controls in the same regression, by least squares."""

    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Response:
    """A fitted curve and its bootstrap draws.

    ``scale``, ``bend`` (in units of spend) and ``full`` (the curve that fills up) have one entry a draw.
    ``marginal`` is the return of one more unit at mean spend as (low, mid, high) of a 90 % interval.
    ``spend_low`` and ``spend_high`` bound the spend that was really tried (5th to 95th percentile).
    ``variation`` is the spread of spend that weekday and trend do not explain, over its mean.
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


def fit(spend: Floats, outcome: Floats, day: Ints, counts: Floats) -> Response:
    """Fit the curve of one campaign.

    ``spend``, ``outcome`` and ``day`` (a proleptic ordinal such as ``date.toordinal()``) have one
    entry a mature day, in time order; ``counts`` is ``bootstrap.block_counts`` over the same days,
    ``(draws, days)``.

    Raises:
        NotEnoughData: too few days, too few days with an outcome, or spend that hardly varied.
        Confounded: the outcome moved for another reason than spend.
    """
    _require_data(spend, outcome)
    plain = controls(day)
    variation = _variation(spend, plain)
    if variation < MIN_VARIATION:
        raise NotEnoughData(
            f"spend hardly varied: beyond weekday and trend it moved by {variation * 100:.0f} % of its mean, "
            f"and {MIN_VARIATION * 100:.0f} % are needed to see what more or less of it would do"
        )
    _require_no_shift(outcome, np.column_stack([plain, spend]))
    linear = _draw_slopes(spend, outcome, plain, counts)
    _require_effect(linear, spend, outcome, day)
    scale, bend, full = _draw_curves(spend, outcome, plain, counts)
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


def controls(day: Ints, *, trend: bool = True, knots: bool = False) -> Floats:
    """A level for each weekday, a linear trend, and with ``knots`` a trend that may bend every eight weeks."""
    columns = [np.eye(7)[(day + 6) % 7]]  # ordinal 1 was a Monday
    since = (day - day[0]).astype(np.float64)
    if trend:
        columns.append(since[:, None] / max(since[-1], 1.0))
    if knots:
        at = np.arange(KNOT_DAYS, since[-1] - KNOT_DAYS / 2, KNOT_DAYS)
        columns.append(np.maximum(0.0, since[:, None] - at) / KNOT_DAYS)
    return np.column_stack(columns)


def controlled_slope(spend: Floats, outcome: Floats, control: Floats) -> Slope:
    """The slope of ``outcome`` on ``spend`` beside ``control`` (from ``controls``, or a column of ones)."""
    design = np.column_stack([spend, control])
    used = design[:, np.any(design != 0, axis=0)]
    beta, _, rank, _ = np.linalg.lstsq(used, outcome, rcond=None)
    left = outcome - used @ beta
    variance = float(left @ left) / max(len(outcome) - int(rank), 1)
    spread = np.linalg.pinv(used.T @ used)[0, 0]
    return Slope(float(beta[0]), float(np.sqrt(variance * spread)))


def _require_data(spend: Floats, outcome: Floats) -> None:
    active = int(np.sum(outcome > 0))
    spending = int(np.sum(spend > 0))
    if spending < MIN_DAYS:
        raise NotEnoughData(f"it spent on {spending} days with mature figures; {MIN_DAYS} are needed")
    if active < MIN_ACTIVE_DAYS:
        raise NotEnoughData(f"only {active} days brought any conversion or revenue; {MIN_ACTIVE_DAYS} are needed")


def _variation(spend: Floats, control: Floats) -> float:
    left = spend - control @ np.linalg.lstsq(control, spend, rcond=None)[0]
    return float(left.std() / spend.mean())


def _require_no_shift(outcome: Floats, design: Floats) -> None:
    """Refuse where the level of the outcome jumped on one day and stayed, while spend does not explain it."""
    left = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    n = len(left)
    after = np.cumsum(left[::-1])[::-1]  # after[s] sums days s..n-1
    splits = np.arange(14, n - 6)
    tail = (n - splits).astype(np.float64)
    jump = after[splits] / tail - (left.sum() - after[splits]) / splits
    error = np.sqrt(1 / splits + 1 / tail)
    worst = int(np.argmax(np.abs(jump) / error))
    step = np.where(np.arange(n) >= splits[worst], 1.0, 0.0)
    slope = controlled_slope(step, outcome, design)
    clean = np.column_stack([design, step])
    noise = outcome - clean @ np.linalg.lstsq(clean, outcome, rcond=None)[0]
    t = abs(slope.value) / max(slope.standard_error * np.sqrt(_inflation(noise)), 1e-300)
    size = slope.value / float(outcome.mean())
    if t > SHIFT_T and abs(size) > SHIFT_SIZE:
        raise Confounded(
            f"its results {'rose' if size > 0 else 'fell'} by {abs(size) * 100:.0f} % of their mean "
            f"{n - int(splits[worst])} mature days ago and stayed there, and neither spend, weekday nor trend "
            "explains it"
        )


def _inflation(noise: Floats, lags: int = 14) -> float:
    """Long-run over plain variance (Bartlett weights): what autocorrelation takes from the days' evidence."""
    total = float(noise @ noise)
    if total == 0:
        return 1.0
    rho = [float(noise[k:] @ noise[:-k]) / total for k in range(1, lags + 1)]
    return max(1.0, 1 + 2 * sum((1 - k / (lags + 1)) * r for k, r in enumerate(rho, start=1)))


def _require_effect(linear: Floats, spend: Floats, outcome: Floats, day: Ints) -> None:
    """Refuse where no effect is seen, or where it hangs on how slow drift is controlled."""
    low, high = (float(q) for q in np.quantile(linear, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    plain = controlled_slope(spend, outcome, controls(day)).value
    if low <= 0:
        raise Confounded(
            "its results did not follow its spend once weekday and trend are controlled "
            f"(return per unit between {low:.2f} and {high:.2f}), so they moved for another reason"
        )
    bending = controlled_slope(spend, outcome, controls(day, knots=True)).value
    if not low <= bending <= high:
        raise Confounded(
            f"its return per unit is {plain:.2f} with a straight trend and {bending:.2f} with one that may bend: "
            "slow drift and spend cannot be told apart"
        )


def _draw_slopes(spend: Floats, outcome: Floats, control: Floats, counts: Floats) -> Floats:
    """The unbounded controlled slope in each draw."""
    cross, square, _ = _partial(spend[:, None], outcome, control, counts)
    return np.asarray(cross[:, 0] / square[:, 0], dtype=np.float64)


def _draw_curves(
    spend: Floats, outcome: Floats, control: Floats, counts: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Bounded least squares in each draw: scale >= 0 for each shape and bend on a grid, and those that fit best."""
    bends = _BENDS * spend.mean()
    shapes = np.column_stack([np.log1p(spend[:, None] / bends), spend[:, None] / (bends + spend[:, None])])
    cross, square, rest = _partial(shapes, outcome, control, counts)
    scale = np.maximum(0.0, cross / square)
    loss = rest[:, None] - 2 * scale * cross + scale**2 * square
    best = np.argmin(loss, axis=1)
    return scale[np.arange(len(scale)), best], bends[best % len(bends)], best >= len(bends)


def _partial(shapes: Floats, outcome: Floats, control: Floats, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Weighted sums of products with the controls taken out (Frisch-Waugh), for every draw and shape at once.

    Returns shape-by-outcome and shape-by-shape ``(draws, shapes)`` and outcome-by-outcome ``(draws,)``.
    """
    k = control.shape[1]
    gram = (counts @ (control[:, :, None] * control[:, None, :]).reshape(len(control), -1)).reshape(-1, k, k)
    gram += 1e-9 * np.eye(k) * counts.sum(axis=1)[:, None, None] / k  # a draw may lack a rare weekday
    right = np.concatenate([shapes, outcome[:, None]], axis=1)
    by = (counts @ (control[:, :, None] * right[:, None, :]).reshape(len(control), -1)).reshape(len(counts), k, -1)
    taken = np.einsum("dks,dkt->dst", by, np.linalg.solve(gram, by))
    cross = counts @ (shapes * outcome[:, None]) - taken[:, :-1, -1]
    square = counts @ shapes**2 - np.einsum("dss->ds", taken)[:, :-1]
    rest = counts @ outcome**2 - taken[:, -1, -1]
    return cross, np.maximum(square, 1e-12), rest
