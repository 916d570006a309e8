"""Campaigns with anomalies of known day and kind, drawn from a seed: what detectors are compared on.

A campaign's day has the mean ``base x weekday x year x drift x promotion`` and noise around it: counts are Poisson
draws of a mean with gamma noise (negative binomial), money is log-normal or, for a quarter of it, log-Student-t(5).
Sizes are drawn in standard deviations (sd) of that campaign's ordinary day, on the scale on which its noise is even
(logs for money, the stabilised scale of the negative binomial for counts), so that an event is neither trivial in a
large campaign nor invisible in a small one; what a campaign is too small to show is not drawn in it.

    kind            days    size
    spike           1-2     +4.5 to +10 sd
    drop            1-2     -4.5 to -8 sd
    zero            1-4     to 0, where 0 is 4 sd or more away
    tracking break  5-10    to 0-40 %, 3 sd or more, then back
    level shift     stays   3 to 6 sd, up or down
    slow ramp       stays   grows in 10-20 days to 4 to 8 sd, up or down
    promotion       2-5     x 1.4-2, 3 sd or more; not in the calendar

Promotions in the calendar (``known``) are no events. No event falls into the first 56 days, or within 30 days of
another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BURN_IN, APART = 56, 30  # days
KINDS = ("spike", "drop", "zero", "tracking break", "level shift", "slow ramp", "promotion")
SHARE = (0.26, 0.16, 0.12, 0.12, 0.18, 0.08, 0.08)
TRIES_EACH = 3.2  # a campaign, in the mean; those too near or too small are left out
STAYS = {"level shift": 7, "slow ramp": 7}  # days after its change in which finding it counts


class Event(NamedTuple):
    """An anomaly of ``series`` from day ``first`` to ``last``, both counted; the days in which finding it counts."""

    series: int
    first: int
    last: int
    kind: str


@dataclass(frozen=True, slots=True)
class Injected:
    """``values`` and ``known`` of shape (S, T), ``counts`` (S,) and the events in them."""

    values: Floats
    known: Bools
    counts: Bools
    events: tuple[Event, ...]


def draw(seed: int, campaigns: int = 200, days: int = 400) -> Injected:
    """A market of its own for each seed; half of the campaigns are counts and half are money."""
    rng = np.random.default_rng(seed)
    counts = np.arange(campaigns) % 2 == 0
    base = np.where(counts, np.exp(rng.uniform(np.log(3), np.log(400), campaigns)),
                    np.exp(rng.uniform(np.log(20), np.log(8000), campaigns)))  # fmt: skip
    noise_frac = rng.uniform(0.05, 0.25, campaigns)
    known = _calendar(rng, days)
    mean = base[:, None] * _weekday(rng, campaigns, days) * _year(rng, campaigns, days) * _drift(rng, campaigns, days)
    mean *= np.where(known, 1 + rng.uniform(0.2, 1.0, campaigns)[:, None], 1.0)
    events: list[Event] = []
    factor = np.ones_like(mean)
    noise = np.where(counts, -noise_frac, noise_frac)
    for series in range(campaigns):
        events += _inject(rng, series, factor[series], mean[series], float(noise[series]), known)
    values = _noisy(rng, mean * factor, noise_frac, counts)
    return Injected(values, np.broadcast_to(known, values.shape), counts, tuple(events))


def _calendar(rng: np.random.Generator, days: int) -> Bools:
    known = np.zeros(days, dtype=bool)
    for start in rng.choice(np.arange(60, days - 10), 4, replace=False):
        known[start : start + rng.integers(2, 7)] = True
    return known


def _weekday(rng: np.random.Generator, campaigns: int, days: int) -> Floats:
    profile = 1 + rng.normal(0, 0.05, (campaigns, 7))
    profile[:, 5:] *= rng.uniform(0.5, 1.25, (campaigns, 1))
    profile /= profile.mean(axis=1, keepdims=True)
    return profile[:, np.arange(days) % 7]


def _year(rng: np.random.Generator, campaigns: int, days: int) -> Floats:
    angle = 2 * np.pi * (np.arange(days) / 365.25 + rng.uniform(0, 1, (campaigns, 1)))
    return 1 + rng.uniform(0, 0.3, (campaigns, 1)) * np.sin(angle)


def _drift(rng: np.random.Generator, campaigns: int, days: int) -> Floats:
    steps = rng.normal(0, 1, (campaigns, days)) * rng.uniform(0, 0.015, (campaigns, 1))
    return np.exp(np.cumsum(steps, axis=1))


def _noisy(rng: np.random.Generator, mean: Floats, noise_frac: Floats, counts: Bools) -> Floats:
    sigma = noise_frac[:, None]
    gamma = rng.gamma(1 / sigma**2, sigma**2, mean.shape)
    tailed = (np.arange(len(counts)) % 8 == 1)[:, None]
    draws = np.where(tailed, rng.standard_t(5, mean.shape) / np.sqrt(5 / 3), rng.normal(0, 1, mean.shape))
    money = np.round(mean * np.exp(sigma * draws - sigma**2 / 2), 2)
    return np.where(counts[:, None], rng.poisson(mean * gamma), money)


def _inject(
    rng: np.random.Generator, series: int, factor: Floats, mean: Floats, noise: float, known: Bools
) -> list[Event]:
    """Multiply days of ``factor`` in place; the events, no two within ``APART`` days. ``noise`` as in ``_times``."""
    events: list[Event] = []
    days = len(factor)
    for _ in range(rng.poisson(TRIES_EACH)):
        first = int(rng.integers(BURN_IN, days - APART))
        kind = str(rng.choice(KINDS, p=SHARE))
        times = _shape(rng, kind, mean[first] * factor[first], noise)
        near = slice(max(first - 2, 0), first + max(len(times), 5))
        apart = all(abs(first - e.first) > APART + max(len(times), e.last - e.first) for e in events)
        if not len(times) or not apart or known[near].any():
            continue
        stays = kind in STAYS
        last = first + len(times) - 1
        factor[first : last + 1] *= times
        factor[last + 1 :] *= times[-1] if stays else 1.0
        events.append(Event(series, first, last + (STAYS[kind] if stays else 0), kind))
    return events


def _shape(rng: np.random.Generator, kind: str, mean: float, noise: float) -> Floats:
    """The factor on each day of the kind; empty where a campaign of this noise cannot show it."""
    sign = 1 if rng.random() < 0.5 else -1
    match kind:
        case "spike":
            return np.full(rng.integers(1, 3), _times(mean, noise, rng.uniform(4.5, 10)))
        case "drop":
            return _shown(np.full(rng.integers(1, 3), _times(mean, noise, -rng.uniform(4.5, 8))))
        case "zero":
            return np.zeros(rng.integers(1, 5) if _sds_to(0, mean, noise) > 4 else 0)
        case "tracking break":
            left = rng.uniform(0, 0.4)
            return np.full(rng.integers(5, 11) if _sds_to(left, mean, noise) > 3 else 0, left)
        case "level shift":
            return _shown(np.array([_times(mean, noise, sign * rng.uniform(3, 6))]))
        case "slow ramp":
            length = int(rng.integers(10, 21))
            return _shown(_times(mean, noise, sign * rng.uniform(4, 8)) ** (np.arange(1, length + 1) / length))
        case _:
            return np.full(rng.integers(2, 6), max(rng.uniform(1.4, 2), _times(mean, noise, 3)))


def _shown(times: Floats) -> Floats:
    return times if times.min() > 0 else times[:0]


def _times(mean: float, noise: float, sds: float) -> float:
    """The factor that moves the variance-stabilised mean by ``sds``; 0 where zero is nearer.

    ``noise`` is the standard deviation in logs of money, and minus the coefficient of variation beside Poisson's of
    counts, whose stabilised scale is (2/cv) asinh(cv sqrt(y)).
    """
    if noise > 0:
        return float(np.exp(noise * sds))
    cv = -noise
    if mean == 0:
        return 0.0
    there = np.arcsinh(cv * np.sqrt(mean)) + sds * cv / 2
    return float((np.sinh(there) / cv) ** 2 / mean) if there > 0 else 0.0


def _sds_to(left: float, mean: float, noise: float) -> float:
    if noise > 0:
        return float(np.log(1 / max(left, 1e-9)) / noise)
    cv = -noise
    return float(2 / cv * (np.arcsinh(cv * np.sqrt(mean)) - np.arcsinh(cv * np.sqrt(left * mean))))
