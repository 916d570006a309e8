"""How far a value lies from what was expected, in standard deviations of a scale on which noise is even.

A value y of mean mu has the variance  u mu + (cv mu)^2: ``u`` is the size of one event (1 for counts, the value of an
order for revenue with days of nothing, 0 where no such floor is known) and ``cv`` the rest, relative to the mean.
Its variance-stabilised scale is

    u > 0    (2 / cv) asinh(cv sqrt(y / u + 3/8))        negative binomial (Anscombe 1948)
    u = 0    log(y) / cv                                 its limit for large y
    else     y / sigma                                   series that have negative values

so that counts of 3 and of 3,000 are judged by one threshold. A value below the mean of a count is moved half an event
towards it (a correction for continuity), without which no conversions where three are usual would look like 2.5
standard deviations instead of the 1.6 that it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

OFFSET = 3 / 8
LEAST_FRAC = 0.02  # noise of a series is never taken for less than this share of its mean
NOTHING = 10.0  # times ``tiny``
FURTHEST = 50.0  # standard deviations: beyond, the distance says nothing more


@dataclass(slots=True)
class Ground:
    """What a series' scale rests on, arrays of shape (S,).

    ``positive``: multiplicative, in logs; else additive. ``tiny``: a value below which positive values are nothing.
    ``unit``: the size of one event, 0 for none. ``least``: the least noise, relative or (additive) absolute.
    """

    positive: Bools
    tiny: Floats
    unit: Floats
    least: Floats


def mean_of(ground: Ground, x: Floats) -> Floats:
    """The expected value of level and season ``x``: exp for positive series."""
    if ground.positive.all():
        return np.maximum(np.exp(np.minimum(x, 60.0)), np.maximum(ground.tiny, 0.05 * ground.unit))
    low = np.maximum(ground.tiny, 0.05 * ground.unit)
    return np.where(ground.positive, np.maximum(np.exp(np.clip(x, -60.0, 60.0)), low), x)


def relative_sd(ground: Ground, mu: Floats, excess: Floats, thin: Floats) -> tuple[Floats, Floats]:
    """(sigma, cv): the whole noise in units of the link, and its part beyond events. ``thin`` is 1 / volume, or 0."""
    cv = np.sqrt(np.maximum(excess, ground.least**2))
    floor = np.where(ground.positive, np.maximum(ground.unit / np.maximum(mu, 1e-300), thin), 0.0)
    return np.sqrt(cv**2 + floor), cv


def distance(ground: Ground, y: Floats, mu: Floats, sigma: Floats, cv: Floats) -> tuple[Floats, Floats]:
    """(z, plain): standard deviations of ``y`` from ``mu``; ``plain`` without the correction for continuity.

    ``z`` is for judging, ``plain`` for learning (a corrected one would be biased).
    """
    events = ground.unit > 0
    above = np.maximum(y, 0.0)
    unit = np.where(events, ground.unit, 1.0)
    n, m = above / unit, mu / unit
    half = np.where(n < m, np.minimum(n + 0.5, m), n)
    stack = np.arcsinh(cv * np.sqrt(np.maximum(np.stack((n, half, m)) + OFFSET, 0.0))) * (2 / cv)
    # volume may make the noise larger than cv and events alone
    wide = np.sqrt(cv**2 + np.where(events, 1 / np.maximum(m, 1e-300), 0.0)) / sigma
    plain = np.where(events, (stack[0] - stack[2]) * wide, 0.0)
    z = np.where(events, (stack[1] - stack[2]) * wide, 0.0)
    if not events.all():
        tiny = np.where(ground.positive, ground.tiny, 1.0)
        ratio = (np.log(above + tiny) - np.log(np.maximum(mu, 0.0) + tiny)) / sigma
        ratio[(above <= NOTHING * tiny) & (mu <= NOTHING * tiny)] = 0.0  # nothing where nothing is expected
        other = np.where(ground.positive, ratio, (y - mu) / sigma)
        plain, z = np.where(events, plain, other), np.where(events, z, other)
    return np.clip(z, -FURTHEST, FURTHEST), np.clip(plain, -FURTHEST, FURTHEST)


def value_at(ground: Ground, mu: Floats, sigma: Floats, cv: Floats, z: Floats) -> Floats:
    """The value that lies ``z`` standard deviations from ``mu``: the inverse of ``distance`` (of ``plain``)."""
    events = ground.unit > 0
    unit = np.where(events, ground.unit, 1.0)
    m = np.maximum(mu, 0.0) / unit
    wide = np.sqrt(cv**2 + np.where(events, 1 / np.maximum(m, 1e-300), 0.0)) / sigma
    there = np.arcsinh(cv * np.sqrt(m + OFFSET)) + z / wide * cv / 2
    counted = np.maximum(np.where(there > 0, (np.sinh(np.clip(there, 0.0, 60.0)) / cv) ** 2 - OFFSET, 0.0), 0.0) * unit
    scaled = np.maximum(
        (np.maximum(mu, 0.0) + ground.tiny) * np.exp(np.clip(z * sigma, -60.0, 60.0)) - ground.tiny, 0.0
    )
    return np.where(events, counted, np.where(ground.positive, scaled, mu + z * sigma))
