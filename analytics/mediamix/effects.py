"""From a fit to money: contribution, ROAS and marginal ROAS of each channel, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix import adstock, saturation
from analytics.mediamix.adstock import lagged
from analytics.mediamix.fit import Fitted
from analytics.mediamix.result import LEVEL, Channel, Estimate
from analytics.mediamix.solve import Solution

Floats = NDArray[np.float64]
RECENT = 13
_NO_EFFECT = "no positive effect can be told from the figures; its interval says how much it may be at most"


def channels(fitted: Fitted, names: tuple[str, ...], spend: Floats, shrinkage: Mapping[str, float]) -> list[Channel]:
    """Every channel of ``names`` in their order; ``spend`` ``(periods, names)`` has those that were left out too."""
    own = {name: n for n, name in enumerate(fitted.series.channels)}
    brought = _brought(fitted, fitted.point), _brought(fitted, fitted.draws)
    inside = [fitted.media(s).sum(axis=2) * fitted.unit for s in (fitted.point, fitted.draws)]
    found = []
    for at, name in enumerate(names):
        x = spend[fitted.first :, at]
        if name not in own:
            found.append(_unknown(name, x, spend[:, at], fitted.left_out[name], fitted))
        else:
            c = own[name]
            found.append(_channel(fitted, c, x, [b[:, c] for b in brought], [i[:, c] for i in inside], shrinkage))
    return found


def estimate(point: float | None, draws: Floats) -> Estimate:
    """The point with the interval of the draws."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(point, float(low), float(high))


def _channel(
    fitted: Fitted, c: int, x: Floats, brought: list[Floats], inside: list[Floats], shrinkage: Mapping[str, float]
) -> Channel:
    problem, name = fitted.problem, fitted.series.channels[c]
    point, draws = problem.shapes(fitted.point.theta)[0, c], problem.shapes(fitted.draws.theta)[:, c]
    shapes = [(p.name, estimate(float(point[n]), draws[:, n])) for n, p in enumerate(problem.parameters)]
    first = problem.adstock_count
    works = fitted.point.beta[0, c] > 0
    total = float(x.sum())
    recent = float(fitted.series.spend[-RECENT:, c].mean())
    scale = float(fitted.largest[c])
    channel = Channel(
        name=name,
        adstock=dict(shapes[:first]) if works else {},
        saturation=dict(shapes[first:]) if works else {},
        roas=estimate(float(brought[0][0]) / total if works else None, brought[1] / total) if total > 0 else None,
        marginal_roas=None,
        contribution=estimate(float(inside[0][0]) if works else None, inside[1]),
        share=float(inside[0][0]) / float(fitted.outcome.sum() * fitted.unit) if works else None,
        spend=total,
        recent_spend=recent,
        tried=_tried(x),
        scale=scale,
        family=problem.saturation,
        shape=draws[:, first:],
        beta=fitted.draws.beta[:, c] * fitted.unit,
        reason=None if works and total > 0 else (_NO_EFFECT if total > 0 else "nothing was spent in the window"),
        shrinkage=shrinkage.get(name),
    )
    return _with_marginal(channel, point[first:], float(fitted.point.beta[0, c] * fitted.unit) if works else None)


def _with_marginal(channel: Channel, point: Floats, beta: float | None) -> Channel:
    at = channel.recent_spend
    if at <= 0:
        why = f"nothing was spent on it in the last {RECENT} periods, so there is no spend to take the next unit from"
        return replace(channel, marginal_reason=why)
    u = np.array([at / channel.scale])
    middle = None if beta is None else beta * float(saturation.slope(channel.family, point, u)[0]) / channel.scale
    return replace(
        channel,
        marginal_roas=estimate(middle, channel.slope(at)),
        marginal_reason=None if beta is not None else channel.reason,
    )


def _unknown(name: str, x: Floats, whole: Floats, why: str, fitted: Fitted) -> Channel:
    return Channel(
        name=name, adstock={}, saturation={}, roas=None, marginal_roas=None, contribution=None, share=None,
        spend=float(x.sum()), recent_spend=float(whole[-RECENT:].mean()), tried=_tried(x),
        scale=max(float(whole.max()), 1e-300), family=fitted.problem.saturation,
        shape=np.empty((0, 1)), beta=np.empty(0), reason=why, marginal_reason=why,
    )  # fmt: skip


def _tried(x: Floats) -> tuple[float, float]:
    low, high = np.quantile(x, [0.05, 0.95])
    return float(low), float(high)


def _brought(fitted: Fitted, solution: Solution) -> Floats:
    """Outcome of the window's spend, carried over beyond its end too, over no spend in it: ``(targets, channels)``.

    What spend before the window still does in it is not counted.
    """
    problem, length, first = fitted.problem, fitted.series.carryover, fitted.first
    scaled = fitted.series.spend / fitted.largest
    after = np.zeros((length - 1, scaled.shape[1]))
    before = np.where(np.arange(len(scaled))[:, None] < first, scaled, 0.0)
    out = np.zeros(solution.beta.shape)
    shape = problem.shapes(solution.theta)
    for sign, spend in ((1, scaled), (-1, before)):
        lags = np.stack([lagged(x, length) for x in np.vstack([spend, after]).T])
        weights = adstock.weights(problem.adstock, shape[..., : problem.adstock_count], length)
        u = np.maximum(np.einsum("dcl,ctl->dct", weights, lags, optimize=True), 0.0)
        out += sign * saturation.value(problem.saturation, shape[..., problem.adstock_count :], u).sum(axis=2)
    return np.asarray(out * solution.beta * fitted.unit, dtype=np.float64)
