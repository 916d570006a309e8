"""Trials and rewards of each arm, with rewards that have not arrived yet taken into account.

A conversion of yesterday's impression comes days later. Counting yesterday's impressions in full calls every new
creative bad. So a trial of age ``d`` counts as the share ``arrived[d]`` of a trial: the share of all rewards that
arrive within ``d`` days. For rare rewards that is the maximum-likelihood rate (rewards of a day are Poisson with mean
trials x rate x share arrived).

Source: Chapelle (2014), Modeling delayed feedback in display advertising; Vernade, Cappé, Perchet (2017), Stochastic
bandit models for delayed conversions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries, NotEnoughData

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matured:
    """Per arm: ``trials`` in whole matured trials (a fraction where rewards are still to come) and ``rewards``.

    ``raw_trials`` counts them as they were shown. ``square`` is None for yes-or-no rewards, else the sum of squared
    rewards (revenue). ``rate``: trials are an exposure such as spend, and rewards may be more.
    """

    trials: Floats
    rewards: Floats
    raw_trials: Floats
    square: Floats | None = None
    rate: bool = False

    @property
    def arms(self) -> int:
        return len(self.trials)


def mature(
    trials: Floats,
    rewards: Floats,
    arrived: Floats | None = None,
    *,
    half_life: float | None = None,
    rate: bool = False,
    names: Sequence[str] = (),
) -> Matured:
    """Sum daily yes-or-no rewards, ``(arms, days)`` with the newest day last, at age 0.

    With ``rate`` the trials are an exposure (spend) and rewards are counts: they may exceed it.

    ``arrived[d]`` is the share of rewards that arrive by age ``d``, rising to at most 1; older days have its last.
    None: every reward is there at once. ``half_life`` (days) lets old days fade where creatives wear out.
    ``names`` of the arms are for errors.

    Raises:
        BadSeries: negative or infinite figures, more rewards than trials, shares that are no rising shares.
        NotEnoughData: fewer than two arms, or an arm with no matured trial.
    """
    _check(trials, rewards)
    if not rate and np.any(rewards > trials):
        arm, day = (int(i[0]) for i in np.nonzero(rewards > trials))
        raise BadSeries(
            f"{_named(names, arm)} has {rewards[arm, day]:g} rewards of {trials[arm, day]:g} trials on one day: a "
            "yes-or-no reward comes at most once a trial"
        )
    days = trials.shape[1]
    age = np.arange(days - 1, -1, -1)
    share = np.ones(days) if arrived is None else _checked(arrived)[np.minimum(age, len(arrived) - 1)]
    fade = np.ones(days) if half_life is None else 0.5 ** (age / _positive(half_life))
    whole = trials @ (share * fade)
    _require(whole, names)
    return Matured(whole, rewards @ fade, trials.sum(axis=1), rate=rate)


def means(trials: Floats, sums: Floats, squares: Floats, *, names: Sequence[str] = ()) -> Matured:
    """Rewards that are amounts (revenue a click): sums and sums of squares per arm, of matured trials only.

    Raises:
        BadSeries: figures that cannot be those of any amounts (a negative variance).
        NotEnoughData: fewer than two arms, or an arm with fewer than 30 trials, too few for its mean to be near normal.
    """
    _require(trials, names)
    if np.any(trials < LEAST_FOR_MEANS):
        arm = int(np.argmin(trials))
        raise NotEnoughData(
            f"{_named(names, arm)} has {trials[arm]:g} trials; {LEAST_FOR_MEANS} are needed to say how sure its mean is"
        )
    if np.any(squares * trials < sums**2 * (1 - 1e-9)):
        raise BadSeries("a sum of squares is below the squared sum over the trials, which no amounts can give")
    return Matured(trials, sums, trials, squares)


LEAST_FOR_MEANS = 30


def _check(trials: Floats, rewards: Floats) -> None:
    if trials.shape != rewards.shape or trials.ndim != 2:
        raise BadSeries(f"trials are {trials.shape} and rewards {rewards.shape}; both are (arms, days)")
    for name, values in (("trials", trials), ("rewards", rewards)):
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise BadSeries(f"{name} hold a negative, infinite or missing number")


def _named(names: Sequence[str], arm: int) -> str:
    return names[arm] if names else f"arm {arm}"


def _require(trials: Floats, names: Sequence[str]) -> None:
    if len(trials) < 2:
        raise NotEnoughData(f"there is nothing to choose between: {len(trials)} of the two arms needed")
    if np.any(trials <= 0):
        name = _named(names, int(np.argmax(trials <= 0)))
        raise NotEnoughData(f"{name} has no trial whose reward could have arrived: leave it out, or wait")


def _checked(arrived: Floats) -> Floats:
    if len(arrived) == 0 or np.any(np.diff(arrived) < 0) or arrived[0] < 0 or not 0 < arrived[-1] <= 1:
        raise BadSeries(f"{arrived.tolist()} are no shares that rise from 0 or more to at most 1")
    return arrived


def _positive(half_life: float) -> float:
    if not half_life > 0:
        raise BadSeries(f"a half-life of {half_life:g} days; it must be above 0")
    return half_life
