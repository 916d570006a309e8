"""Bounded least squares of one campaign's curve, in every bootstrap draw at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.errors import CannotEstimate
from analytics.response.calibration import Experiment, by_experiments, pseudo_rows, shapes_of
from analytics.response.carryover import SHARES, Carried, carried
from analytics.response.control import controls
from analytics.response.curves import Response, of_draws
from analytics.response.refusals import (
    require_data,
    require_effect,
    require_no_shift,
    require_variation,
    variation_of,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BENDS = np.geomspace(0.1, 10.0, 11)  # in units of mean spend: from soon saturated to nearly straight
_RARE = 3  # days of a kind below which they are not told apart from chance


def fit(
    spend: Floats,
    outcome: Floats,
    day: Ints,
    counts: Floats,
    *,
    beside: Floats | None = None,
    experiments: Sequence[Experiment] = (),
    rng: np.random.Generator | None = None,
) -> Response:
    """Fit the curve of one campaign.

    ``spend``, ``outcome`` and ``day`` (a proleptic ordinal such as ``date.toordinal()``) have one
    entry a mature day, in time order; ``counts`` is ``bootstrap.block_counts`` over the same days,
    ``(draws, days)``. ``beside`` ``(days, columns)`` are further controls, such as 1 on holidays. ``experiments`` pull
    on the curve in each draw by a value from their own distribution (``rng``); where the days cannot tell, a curve
    rests on them alone.

    Raises:
        NotEnoughData: too few days, too few days with an outcome, or spend that hardly varied.
        Confounded: the outcome moved for another reason than spend.
        BadSeries: an experiment whose days or spend are not among these.
    """
    columns = _told_apart(beside, len(day))
    drawn = rng if rng is not None else np.random.default_rng(0)
    try:
        return _by_days(spend, outcome, day, counts, columns, experiments, drawn)
    except CannotEstimate as reason:
        if not experiments or not spend.any():
            raise
        alone = by_experiments(spend, day, experiments, _BENDS, len(counts), drawn)
        return replace(alone, days_reason=str(reason))


def _by_days(
    spend: Floats, outcome: Floats, day: Ints, counts: Floats, beside: Floats, experiments: Sequence[Experiment],
    rng: np.random.Generator,
) -> Response:  # fmt: skip
    require_data(spend, outcome)
    plain = np.column_stack([controls(day), beside])
    variation = variation_of(spend, plain)
    require_variation(variation)
    require_no_shift(outcome, np.column_stack([plain, spend]))
    stock = carried(spend, outcome, day, plain)
    linear = _draw_slopes(stock.spend, outcome, plain, counts)
    require_effect(linear, stock.spend, outcome, day, beside)
    scale, bend, full = _draw_curves(stock, outcome, plain, counts, day, spend, experiments, rng)
    return replace(
        of_draws(spend, scale, bend, full, variation),
        carryover=stock.share,
        carryover_reason=stock.reason,
        calibrated=tuple(e.name for e in experiments),
    )


def _told_apart(beside: Floats | None, days: int) -> Floats:
    """The further controls that say something: 1 on some days and not on nearly all."""
    if beside is None or not beside.size:
        return np.empty((days, 0))
    some = (beside != 0).sum(axis=0)
    return beside[:, (some >= _RARE) & (some <= days - _RARE)]


def _draw_slopes(spend: Floats, outcome: Floats, control: Floats, counts: Floats) -> Floats:
    """The unbounded controlled slope in each draw."""
    cross, square, _ = _partial(spend[:, None], outcome, control, counts)
    return np.asarray(cross[:, 0] / square[:, 0], dtype=np.float64)


def _draw_curves(
    stock: Carried, outcome: Floats, control: Floats, counts: Floats, day: Ints, spend: Floats,
    experiments: Sequence[Experiment], rng: np.random.Generator,
) -> tuple[Floats, Floats, NDArray[np.bool_]]:  # fmt: skip
    """Bounded least squares in each draw: scale >= 0 for each shape and bend on a grid, and those that fit best."""
    bends = _BENDS * spend.mean()
    scale, at = np.empty(len(counts)), np.empty(len(counts), dtype=np.int64)
    takes = stock.of_draws(len(counts))
    for n, share in enumerate(SHARES):
        own = np.flatnonzero(takes == n)
        if not own.size:
            continue
        shapes = shapes_of(stock.stocks[n], bends)
        cross, square, rest = _partial(shapes, outcome, control, counts[own])
        noise = _noise(shapes, outcome, control)
        for row, wanted in pseudo_rows(share, day, spend, experiments, bends, noise, rng, len(own)):
            cross, square, rest = cross + row * wanted[:, None], square + row**2, rest + wanted**2
        height = np.maximum(0.0, cross / square)
        best = np.argmin(rest[:, None] - 2 * height * cross + height**2 * square, axis=1)
        scale[own], at[own] = height[np.arange(len(own)), best], best
    return scale, bends[at % len(bends)], at >= len(bends)


def _noise(shapes: Floats, outcome: Floats, control: Floats) -> float:
    """Standard deviation of a day about the best curve: what an experiment is weighed against."""
    design = np.column_stack([shapes[:, shapes.shape[1] // 4], control])
    left = outcome - design @ np.linalg.lstsq(design, outcome, rcond=1e-9)[0]
    return max(float(left.std()), 1e-12)


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
