"""Responses on markets whose truth is known.

Do the ranges hold it, and how far off are the middle and the curve?

Run by ``python -m evals response``; some minutes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix import Series, media_mix
from analytics.mediamix.adstock import weights
from analytics.response import Response
from emulators.market.world import Market
from evals.recommend import market_levers
from tools.levers import Lever
from tools.responses import respond

Floats = NDArray[np.float64]
SEEDS = 100
MIXES = 50
CHANNELS = 5
WEEKS = 156
MOVES = (-0.3, 0.3)


def run() -> list[str]:
    """Lines of figures: campaigns of emulated markets, then channels of simulated mixes."""
    return [*_campaigns(), *_mixes()]


def _campaigns() -> list[str]:
    """Coverage and bias of the marginal return, and the error of the outcome gained or lost at -30 and +30 %."""
    held, errors, widths, refused = 0, [], [], 0
    gains: dict[float, list[float]] = {move: [] for move in MOVES}
    for seed in range(SEEDS):
        market = Market(seed=seed)
        levers = market_levers(market)
        found = respond(levers, levers.levers, np.random.default_rng(seed))
        refused += len(found.why)
        for lever in levers.levers:
            response = found.fitted.get(lever.entity)
            if response is None:
                continue
            spend = market.truth.spend(lever.entity, float(lever.now))
            true = _per_spend(market, lever)
            low, high = np.quantile(response.slope(spend), [0.05, 0.95])
            middle = float(response.slope(spend).mean())
            held += int(low <= true <= high)
            errors.append(middle / true - 1)
            widths.append((high - low) / true)
            for move in MOVES:
                gains[move].append(_curve_error(market, lever, response, spend, move))
    curve = ", ".join(f"{np.median(np.abs(gains[m])) * 100:.0f} % at {m * 100:+.0f} %" for m in MOVES)
    return [
        f"{SEEDS} emulated markets: {len(errors)} responses, {refused} refusals",
        f"marginal return: 90 % range held the truth in {held / len(errors) * 100:.0f} %, bias "
        f"{np.mean(errors) * 100:+.1f} %, median absolute "
        f"error {np.median(np.abs(errors)) * 100:.0f} %, median width {np.median(widths) * 100:.0f} %",
        f"change of revenue by a move of spend: median absolute error {curve}",
    ]


def _per_spend(market: Market, lever: Lever) -> float:
    """True revenue of the next euro spent."""
    now, step = float(lever.now), 1.0
    more = market.truth.spend(lever.entity, now + step) - market.truth.spend(lever.entity, now)
    return market.truth.marginal_revenue(lever.entity, now, step) * step / max(more, 1e-9)


def _curve_error(market: Market, lever: Lever, response: Response, spend: float, move: float) -> float:
    now = float(lever.now)
    true = market.truth.revenue(lever.entity, now * (1 + move)) - market.truth.revenue(lever.entity, now)
    after = market.truth.spend(lever.entity, now * (1 + move))
    return float((response.value(after) - response.value(spend)).mean() / true - 1)


def _mixes() -> list[str]:
    """Coverage and bias of marginal ROAS over simulated years of weeks with carryover, season and sticky noise."""
    held, errors, widths = 0, [], []
    for seed in range(MIXES):
        series, true = simulated(seed)
        for channel, actual in zip(media_mix(series, np.random.default_rng(seed)).channels, true, strict=True):
            if channel.marginal_roas is None:
                continue
            held += int(channel.marginal_roas.low <= actual <= channel.marginal_roas.high)
            widths.append((channel.marginal_roas.high - channel.marginal_roas.low) / actual)
            if channel.marginal_roas.value is not None:
                errors.append(channel.marginal_roas.value / actual - 1)
    return [
        f"{MIXES} simulated mixes of {CHANNELS} channels over {WEEKS} weeks: 90 % range of marginal ROAS held the "
        f"truth in {held / len(widths) * 100:.0f} %, median error {np.median(errors) * 100:+.1f} %, median absolute "
        f"error {np.median(np.abs(errors)) * 100:.0f} %, median width {np.median(widths) * 100:.0f} %",
    ]


def simulated(seed: int) -> tuple[Series, Floats]:
    """A mix of known curves, and each channel's true marginal return at its recent mean spend."""
    rng = np.random.default_rng(seed)
    day = 738_000 + 7 * np.arange(WEEKS)
    alpha, lam = rng.uniform(0.1, 0.7, CHANNELS), rng.uniform(1, 5, CHANNELS)
    year = np.sin(2 * np.pi * day / 365.25 + rng.uniform(0, 6))
    spend = np.column_stack([_flighted(rng, year) for _ in range(CHANNELS)])
    largest = spend.max(axis=0)
    beta = rng.uniform(0.5, 2, CHANNELS) * largest
    kernels = weights("geometric", alpha[:, None], 8)
    media = np.zeros(WEEKS)
    for c in range(CHANNELS):
        stock = np.convolve(spend[:, c] / largest[c], kernels[c])[:WEEKS]
        media += beta[c] * np.tanh(lam[c] * stock / 2)
    level = media.mean()
    outcome = media + level * (1 + 0.2 * year + 0.2 * np.arange(WEEKS) / WEEKS) + 0.08 * level * _sticky(rng)
    recent = spend[-13:].mean(axis=0) / largest
    true = beta * lam / 2 / np.cosh(lam * recent / 2) ** 2 / largest
    names = tuple(f"channel {c + 1}" for c in range(CHANNELS))
    return Series("week", day, outcome, spend, names, np.empty((WEEKS, 0))), true


def _flighted(rng: np.random.Generator, year: Floats) -> Floats:
    """Spend in flights of three to eight weeks that also follows the season."""
    weeks = int(rng.integers(3, 9))
    flights = np.repeat(rng.uniform(0.3, 1.7, WEEKS // weeks + 1), weeks)[:WEEKS]
    size = 1000 * rng.uniform(0.3, 0.7) * rng.uniform(0.5, 3)
    return np.asarray(size * flights * (1 + 0.2 * year) * np.exp(rng.normal(0, 0.15, WEEKS)), dtype=np.float64)


def _sticky(rng: np.random.Generator, share: float = 0.3) -> Floats:
    """Noise of unit variance of which a share stays to the next week."""
    noise = rng.normal(0, np.sqrt(1 - share**2), WEEKS)
    out = np.zeros(WEEKS)
    for n, shock in enumerate(noise):
        out[n] = (share * out[n - 1] if n else 0.0) + shock
    return out
