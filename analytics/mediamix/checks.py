"""What may be wrong with a mix, each with the figure that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix.fit import Fitted, residual
from analytics.mediamix.result import Channel, Check, Quality
from analytics.mediamix.saturation import SATURATIONS, slope
from analytics.mediamix.solve import solve

Floats = NDArray[np.float64]
VIF = 10.0
CONDITION = 30.0
NEGATIVE = 0.01
FAMILY = 2.0
MEDIA_WORSE = 1.1  # times the error of controls alone on later data


def run(fitted: Fitted, found: Sequence[Channel], quality: Quality) -> list[Check]:
    """Every check of a fit; warnings first."""
    checks = [
        *_collinear(fitted),
        *_constant(found, fitted),
        _baseline(fitted),
        *_outside(found),
        _later(quality),
        _controls(quality),
        *_families(fitted, found),
        *_lifts(fitted),
    ]
    return sorted(checks, key=lambda check: check.ok)


def _collinear(fitted: Fitted) -> list[Check]:
    """Variance inflation of each channel's saturated adstock by the others and the controls (Belsley 1980)."""
    n = len(fitted.design.basis)
    rows = fitted.problem.features(fitted.point.theta)[0, :, :n]
    rows = rows - rows.mean(axis=1, keepdims=True)
    basis = fitted.design.basis
    checks = []
    for c, name in enumerate(fitted.series.channels):
        others = np.column_stack([basis, np.delete(rows, c, axis=0).T])
        left = rows[c] - others @ np.linalg.lstsq(others, rows[c], rcond=1e-10)[0]
        vif = float(rows[c] @ rows[c] / max(float(left @ left), 1e-300))
        ok = vif < VIF
        more = "" if ok else ": its effect can hardly be told from theirs; an experiment on it would settle that"
        said = f"{name}: other channels and controls explain {(1 - 1 / vif) * 100:.0f} % of it (VIF {vif:.1f}){more}"
        checks.append(Check("collinearity", ok, vif, said, name))
    size = np.linalg.norm(rows, axis=1)
    singular = np.linalg.svd((rows / np.maximum(size, 1e-300)[:, None]).T, compute_uv=False)
    number = float(singular[0] / max(singular[-1], 1e-300))
    said = f"condition number of the channels together {number:.1f} (trouble from {CONDITION:.0f})"
    return [*checks, Check("collinearity", number < CONDITION, number, said)]


def _constant(found: Sequence[Channel], fitted: Fitted) -> list[Check]:
    return [
        Check("constant_spend", False, None, f"{c.name} is not estimated: {c.reason}", c.name)
        for c in found
        if c.name in fitted.left_out
    ]


def _baseline(fitted: Fitted) -> Check:
    """What the fit says would have come without media; below 0 it claims more for media than there is."""
    fit = fitted.outcome - _left(fitted)
    media = fitted.media(fitted.point)[0].sum(axis=0)
    share = float(((fit - media) < 0).mean())
    said = f"the baseline (what would come without media) is below 0 in {share * 100:.0f} % of the periods"
    return Check("negative_baseline", share <= NEGATIVE, share, said)


def _left(fitted: Fitted) -> Floats:
    return residual(fitted.problem, fitted.point, 0, fitted.outcome)


def _outside(found: Sequence[Channel]) -> list[Check]:
    checks = []
    for c in found:
        low, high = c.tried
        if c.marginal_roas is None:
            continue
        ok = low <= c.recent_spend <= high
        where = "inside" if ok else "outside"
        said = (
            f"{c.name}: recent spend of {figure(c.recent_spend)} is {where} the {figure(low)} to {figure(high)} tried"
        )
        checks.append(Check("extrapolation", ok, c.recent_spend, said, c.name))
    return checks


def _later(quality: Quality) -> Check:
    later = quality.later
    if later is None:
        return Check("later_data", False, None, quality.later_reason or "the fit was not tried on later data")
    ok = later.error <= later.naive_error and later.error <= MEDIA_WORSE * later.controls_error
    worse = "than a guess" if later.error > later.naive_error else "with media than without"
    end = "" if ok else f": it tells later periods worse {worse}, which is no ground for moving money"
    return Check(
        "later_data",
        ok,
        later.error,
        f"on the last {later.periods} periods, unseen, it is off by {later.error * 100:.1f} % of the mean; "
        f"{later.naive} by {later.naive_error * 100:.1f} %, no media at all by {later.controls_error * 100:.1f} %{end}",
    )


def _controls(quality: Quality) -> Check:
    """Where controls explain nearly all that the whole does, little is left for media to be seen in."""
    alone = quality.r2_controls
    of_rest = (quality.r2 - alone) / max(1 - alone, 1e-12)
    said = f"controls alone explain {alone * 100:.0f} % of the variance, media {of_rest * 100:.0f} % of what is left"
    return Check("controls_alone", of_rest >= 0.1, alone, said)


def _families(fitted: Fitted, found: Sequence[Channel]) -> list[Check]:
    """The marginal return by each other curve; where they part, the shape and not the figures decides it."""
    checks = []
    by_family = [_marginals(fitted, f) for f in SATURATIONS if f != fitted.problem.saturation]
    for channel in found:
        if channel.marginal_roas is None or channel.marginal_roas.value is None:
            continue
        at = fitted.series.channels.index(channel.name)
        own = channel.marginal_roas.value
        others = [own, *(float(m[at]) for m in by_family)]
        low, high = min(others), max(others)
        ok = high <= FAMILY * max(low, 1e-300) or (
            channel.marginal_roas.low <= low and high <= channel.marginal_roas.high
        )
        said = f"{channel.name}: marginal return {figure(low)} to {figure(high)} by the family of its curve"
        checks.append(Check("family", ok, high / low if low > 0 else None, said, channel.name))
    return checks


def _marginals(fitted: Fitted, family: str) -> Floats:
    """Marginal returns at recent spend with another curve, refitted: ``(channels,)``."""
    problem = replace(fitted.problem, saturation=family)  # type: ignore[arg-type]
    mean, _ = problem.usual()
    own = problem.adstock_count
    start = np.tile(mean, (1, len(fitted.series.channels), 1))
    start[0, :, :own] = fitted.point.theta[0, :, :own]
    lifts = np.array([row.incremental * problem.noise / row.spread for row in problem.lifts])
    target = np.concatenate([fitted.outcome, lifts])[None]
    done = solve(problem, target, start, np.broadcast_to(mean, start.shape), 40)
    recent = fitted.series.spend[-13:].mean(axis=0) / fitted.largest
    shape = problem.shapes(done.theta)[0, :, own:]
    at = slope(problem.saturation, shape, np.maximum(recent, 1e-6)[:, None])[:, 0]
    return np.asarray(done.beta[0] * at * fitted.unit / fitted.largest, dtype=np.float64)


def _lifts(fitted: Fitted) -> list[Check]:
    """Whether an experiment and the fit agree, once each has pulled on the other."""
    n = len(fitted.design.basis)
    checks = []
    for j, row in enumerate(fitted.problem.lifts):
        scaled = fitted.point.beta[0] @ fitted.problem.features(fitted.point.theta)[0, :, n + j]
        told = float(scaled * row.spread / fitted.problem.noise * row.unit)
        lift = row.lift
        ok = lift.low <= told <= lift.high
        said = (
            f"{lift.name}: the experiment found {figure(lift.incremental)} ({figure(lift.low)} to "
            f"{figure(lift.high)}), the calibrated fit says {figure(told)}"
        )
        checks.append(Check("lift", ok, told, said, lift.channels[0] if len(lift.channels) == 1 else None))
    return checks


def figure(value: float) -> str:
    """Three digits that count, and all of a larger number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
