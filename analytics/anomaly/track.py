"""What each step teaches: level, season and noise of every series, and whether its level has moved for good.

All series at once, one step of time after the other; nothing is read ahead. One step of one series:

    z_1 = distance of the value from the mean of level + season
    z_m = (sum of the last m clipped distances) / sqrt(m), m = 2, 4, 8, over its own long-run size: moves that last
    surprise = max(|z_1| / tail, |z_2|, |z_4|, |z_8|) / threshold, with the direction's weight

Past anomalies teach little: the level moves by at most ``CLIP_FLAGGED`` standard deviations' worth, the noise by
``CLIP_NOISE``, and the season not at all from a flagged value. ``tail``, one above and one below, is by how much the
series' distances beyond 2 exceed 2 in the mean, against 0.37 of normal ones (the mean excess of peaks over threshold):
heavy-tailed series are held to more.

A level shift is confirmed by a flagged z_m, m > 1, or by ``CONFIRM`` values in a row far on one side; the level is then
the new one at once, so that the next day is ordinary. The old level is kept for ``memory`` steps: values that go back
to it are a recovery and not a second anomaly.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.anomaly.noise import NOTHING, Bools, Floats, Ground, distance, mean_of, relative_sd
from analytics.anomaly.start import Start, unit_of

SPANS = (1, 2, 4, 8)
CLIP, CLIP_FLAGGED, CLIP_NOISE = 2.0, 1.0, 3.0
GAIN_SEASON, GAIN_NOISE, GAIN_SPAN, GAIN_ZEROS = 0.15, 0.02, 0.01, 0.02
GAIN_ODD_ZEROS = 0.006  # of a zero that is an anomaly: one outage of some days makes zeros no habit
FREEDOM, FREEDOM_MOST = 8.0, 100.0  # of the noise, at the start and by its gain
FIRST_CYCLES, OF_MEDIAN = 3, 1.57  # a median of n has pi / 2n of the variance
CONSISTENT = 1.03  # E[min(|z|, 3)^2] of a normal z is 1 / 1.03
CONFIRM, FAR = 3, 2.2
TAIL_FROM, NORMAL_EXCESS, EXCESS_MOST, GAIN_TAIL = 2.0, 0.373, 2.5, 0.08
NEAR_OLD, LEAVES = 2.5, 3.0  # so near the old level, and so far from the new one: a value that went back
BACK = 2  # such values in a row restore the old level
FORGET, SHARPNESS = 0.97, 25.0  # of the errors by which several gains are weighed


@dataclass(slots=True)
class Seen:
    """One step's answer, arrays (S,): NaN where the series has not started."""

    mu: Floats
    sigma: Floats
    cv: Floats
    z: Floats
    surprise: Floats
    tails: Floats
    unit: Floats
    shifted: Bools


@dataclass(slots=True)
class Tracker:
    """The state of S series; ``gains`` (K,) of the level, ``limit`` the threshold, ``memory`` steps of an old level."""

    series: int
    period: int
    gains: Floats
    limit: float
    memory: int
    up: float | Floats
    down: float | Floats
    counts_given: bool
    started: Bools = field(init=False)
    ground: Ground = field(init=False)
    counts: Bools = field(init=False)
    levels: Floats = field(init=False)
    errors: Floats = field(init=False)
    season: Floats = field(init=False)
    excess: Floats = field(init=False)
    mean: Floats = field(init=False)
    zeros_frac: Floats = field(init=False)
    recent: NDArray[np.float64] = field(init=False)  # (3, spans, S): clipped z, value, mean; newest first
    span_size: Floats = field(init=False)
    tails: Floats = field(init=False)  # (2, S): above, below
    excesses: Floats = field(init=False)  # (2, S)
    age: Floats = field(init=False)  # values judged
    run: Floats = field(init=False)  # signed number of far values in a row
    old: Floats = field(init=False)
    old_age: Floats = field(init=False)
    back: Floats = field(init=False)

    def __post_init__(self) -> None:
        s = self.series
        zero = np.zeros(s)
        self.started = np.zeros(s, dtype=bool)
        self.ground = Ground(np.ones(s, dtype=bool), zero + 1e-12, zero.copy(), zero + 0.02)
        self.counts = np.zeros(s, dtype=bool)
        self.levels, self.errors = np.zeros((len(self.gains), s)), np.zeros((len(self.gains), s))
        self.season = np.zeros((self.period, s))
        self.excess, self.mean, self.zeros_frac = zero + 1.0, zero.copy(), zero.copy()
        self.recent = np.zeros((3, max(SPANS), s))
        self.span_size, self.tails, self.age = np.ones((len(SPANS), s)), np.ones((2, s)), zero.copy()
        self.excesses = np.full((2, s), NORMAL_EXCESS)
        self.run, self.back = zero.copy(), zero.copy()
        self.old, self.old_age = zero.copy(), zero + np.inf

    def begin(self, which: NDArray[np.intp], start: Start) -> None:
        """Series ``which`` begin with what their first weeks said."""
        self.started[which] = True
        ground = self.ground
        ground.positive[which], ground.tiny[which] = start.ground.positive, start.ground.tiny
        ground.unit[which], ground.least[which] = start.ground.unit, start.ground.least
        self.counts[which] = start.counts
        self.levels[:, which] = start.level
        self.season[:, which] = start.season.T
        self.excess[which], self.zeros_frac[which] = start.excess, start.zeros_frac
        self.mean[which] = mean_of(start.ground, start.level)

    def step(self, slot: int, y: Floats, ok: Bools, thin: Floats) -> Seen:
        """Judge ``y`` (S,) where ``ok``, then learn from it. ``thin`` is 1 / volume of the day, 0 where unknown."""
        level = self._level()
        mu = mean_of(self.ground, level + self.season[slot])
        sigma, cv = relative_sd(self.ground, mu, self.excess * self._young_season(), thin)
        z, plain = distance(self.ground, np.where(ok, y, mu), mu, sigma, cv)
        went_back, clearly = self._went_back(slot, y, mu, thin, plain, ok)
        z, plain = np.where(ok & ~went_back, z, 0.0), np.where(ok, plain, 0.0)
        self._remember(plain, y, mu, ok)
        best, span = self._best_span(z / self._tail_of(z), went_back)
        best = self._doubted(best)
        surprise = np.abs(best) * np.where(best > 0, self.up, self.down) / self.limit
        flagged = surprise >= 1
        move, shifted = self._shift(plain, flagged, span, went_back, ok)
        seen = Seen(mu, sigma, cv, best, surprise, self.tails.copy(), self.ground.unit.copy(), shifted)
        self._learn(slot, y, z, plain, mu, sigma, ok & ~shifted & ~went_back)
        self._settle(level, move, shifted, went_back, clearly, ok)
        return seen

    def resume(self, slot: int, y: Floats, which: Bools, anew: Bools) -> None:
        """Values after a long gap set the level of series ``which`` anew, the first (``anew``) by itself."""
        ground = self.ground
        shift = np.maximum(np.where(ground.unit > 0, 0.05 * ground.unit, ground.tiny), 1e-12)
        there = np.where(ground.positive, np.log(np.maximum(y, 0.0) + shift), y) - self.season[slot]
        weight = np.where(anew, 1.0, 0.5)
        self.levels = np.where(which, self.levels + weight * (there - self.levels), self.levels)
        self.recent[0] = np.where(which, 0.0, self.recent[0])
        self.run, self.old_age = np.where(which, 0.0, self.run), np.where(which, np.inf, self.old_age)

    def _level(self) -> Floats:
        if len(self.gains) == 1:
            only: Floats = self.levels[0]
            return only
        weight = np.exp(self.errors.min(axis=0) - self.errors)
        level: Floats = (weight * self.levels).sum(axis=0) / weight.sum(axis=0)
        return level

    def _went_back(
        self, slot: int, y: Floats, mu: Floats, thin: Floats, plain: Floats, ok: Bools
    ) -> tuple[Bools, Bools]:
        """(values that are usual for the level before the last shift, those of them that leave no doubt)."""
        kept = ok & (self.old_age < self.memory)
        if not kept.any():
            return kept, kept
        before = mean_of(self.ground, np.where(kept, self.old + self.season[slot], 0.0))
        sigma, cv = relative_sd(self.ground, before, self.excess, thin)
        _, from_old = distance(self.ground, np.where(kept, y, mu), before, sigma, cv)
        reach = np.clip(np.abs(plain) / 3, NEAR_OLD, self.limit)  # the further from the new level, the less doubt
        near = kept & (np.abs(from_old) < reach) & (np.abs(plain) > LEAVES)
        return near, near & (np.abs(from_old) < np.abs(plain) / 2)

    def _tail_of(self, z: Floats) -> Floats:
        side: Floats = np.where(z > 0, self.tails[0], self.tails[1])
        return side

    def _doubted(self, z: Floats) -> Floats:
        """The normal distance as surprising as ``z`` where few values tell the noise: Student's t (Wallace 1959)."""
        freedom = np.minimum(FREEDOM + self.age, FREEDOM_MOST)
        doubted: Floats = z * (1 - 1 / (4 * freedom)) / np.sqrt(1 + z * z / (2 * freedom))
        return doubted

    def _young_season(self) -> Floats:
        """How much the season's own error, of medians of few values, widens the variance; later it is learned in it."""
        cycles = FIRST_CYCLES + self.age / self.period
        return np.maximum(1 + OF_MEDIAN / cycles - OF_MEDIAN * GAIN_SEASON, 1.0)

    def _remember(self, plain: Floats, y: Floats, mu: Floats, ok: Bools) -> None:
        older = self.recent[:, :-1].copy()
        self.recent[:, 1:] = np.where(ok, older, self.recent[:, 1:])
        newest = np.stack((np.clip(plain, -CLIP_NOISE, CLIP_NOISE), np.where(ok, y, 0.0), mu))
        self.recent[:, 0] = np.where(ok, newest, self.recent[:, 0])

    def _best_span(self, z: Floats, went_back: Bools) -> tuple[Floats, NDArray[np.int64]]:
        """The most surprising distance and how many values it spans; longer spans only on the side of today's value."""
        best, span = z.copy(), np.ones(self.series, dtype=np.int64)
        sums = np.cumsum(self.recent[0], axis=0)
        for i, m in enumerate(SPANS[1:], 1):
            z_m = sums[m - 1] / np.sqrt(m * self.span_size[i])
            better = (z_m * z > 0) & (np.abs(z_m) > np.abs(best)) & ~went_back
            best, span = np.where(better, z_m, best), np.where(better, m, span)
        return best, span

    def _shift(
        self, plain: Floats, flagged: Bools, span: NDArray[np.int64], went_back: Bools, ok: Bools
    ) -> tuple[Floats, Bools]:
        """(how far the level moves, where it does): by the values of the span or run that confirms it."""
        far = ok & ~went_back & (np.abs(plain) > FAR * self._tail_of(plain))
        goes_on = far & (np.sign(plain) == np.sign(self.run))
        run = np.where(goes_on, self.run + np.sign(plain), np.where(far, np.sign(plain), 0.0))
        self.run = np.where(ok, run, self.run)
        lasting = ok & flagged & (span > 1)
        in_a_row = ok & (np.abs(self.run) >= CONFIRM)
        shifted = lasting | in_a_row
        over = np.where(in_a_row, CONFIRM - 1, span) - 1  # the first of a run may have been chance
        if not shifted.any():
            return np.zeros(self.series), shifted
        at = np.arange(self.series)
        y, mu = np.cumsum(self.recent[1:], axis=1)[:, over, at]
        low = np.maximum(self.ground.tiny, 0.05 * self.ground.unit) * (over + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(np.maximum(y, low) / np.maximum(mu, low))
        return np.where(self.ground.positive, ratio, (y - mu) / (over + 1)), shifted

    def _learn(self, slot: int, y: Floats, z: Floats, plain: Floats, mu: Floats, sigma: Floats, ok: Bools) -> None:
        calm = ok & (np.abs(z) < self.limit) & ~(self.ground.positive & (mu <= NOTHING * self.ground.tiny))
        bound = np.where(calm, CLIP, CLIP_FLAGGED)
        step = np.clip(plain, -bound, bound) * sigma
        if len(self.gains) == 1:
            self.levels = np.where(ok, self.levels + self.gains[:, None] * step, self.levels)
        else:
            own = plain * sigma + (self._level() - self.levels)
            bounded = np.clip(own, -bound * sigma, bound * sigma)
            wrong = SHARPNESS * np.minimum(np.abs(own / sigma), CLIP_NOISE) ** 2
            self.levels = np.where(ok, self.levels + self.gains[:, None] * bounded, self.levels)
            self.errors = np.where(calm, FORGET * self.errors + (1 - FORGET) * wrong, self.errors)
        season = self.season[slot]
        self.season[slot] = np.where(calm, season + GAIN_SEASON * step, season)
        square = (np.clip(plain, -CLIP_NOISE, CLIP_NOISE) * sigma) ** 2 * CONSISTENT
        square -= np.where(self.ground.positive, self.ground.unit / np.maximum(mu, 1e-300), 0.0)
        self.excess = np.where(calm, np.maximum(self.excess + GAIN_NOISE * (square - self.excess), 0.0), self.excess)
        sums = np.cumsum(self.recent[0], axis=0)
        for i, m in enumerate(SPANS[1:], 1):
            of_span = np.clip(sums[m - 1] / np.sqrt(m), -4.0, 4.0) ** 2
            size = self.span_size[i] + GAIN_SPAN * (of_span - self.span_size[i])
            self.span_size[i] = np.where(calm, np.maximum(size, 1.0), self.span_size[i])
        excess = np.minimum(np.stack((z, -z)) - TAIL_FROM, EXCESS_MOST)
        self.excesses = np.where(ok & (excess > 0), self.excesses + GAIN_TAIL * (excess - self.excesses), self.excesses)
        longer = np.maximum(self.excesses / NORMAL_EXCESS, 1.0)
        self.tails = (TAIL_FROM + (self.limit - TAIL_FROM) * longer) / self.limit
        self.age += ok
        self._learn_unit(y, mu, ok, calm)

    def _learn_unit(self, y: Floats, mu: Floats, ok: Bools, calm: Bools) -> None:
        """How often a day has nothing, and what one event is worth: not from days after a fall to nothing."""
        alive = ok & (mu > NOTHING * self.ground.tiny)
        usual = alive & calm
        gain = np.where(calm, GAIN_ZEROS, GAIN_ODD_ZEROS)
        self.zeros_frac = np.where(alive, self.zeros_frac + gain * ((y == 0) - self.zeros_frac), self.zeros_frac)
        self.mean = np.where(usual, self.mean + GAIN_ZEROS * (np.minimum(y, 3 * mu + 1e-300) - self.mean), self.mean)
        if not self.counts_given:
            parts = self.counts & ok & (y != np.round(y))  # no counts after all: their noise is the series' own
            self.counts &= ~parts
            self.excess = np.where(parts, self.excess + 1 / np.maximum(mu, 1e-300), self.excess)
        found = unit_of(self.mean, self.zeros_frac, self.ground.positive)
        self.ground.unit = np.where(self.counts, 1.0, np.where(self.started, found, self.ground.unit))

    def _settle(self, level: Floats, move: Floats, shifted: Bools, went_back: Bools, clearly: Bools, ok: Bools) -> None:
        """Take the new level, or the old one again where values went back to it."""
        fresh = shifted & (self.old_age >= self.memory)
        self.old = np.where(fresh, level, self.old)
        self.old_age = np.where(fresh, 0.0, self.old_age + 1)
        self.back = np.where(went_back, self.back + 1, np.where(ok, 0.0, self.back))
        home = clearly | (self.back >= BACK)
        self.levels = np.where(home, self.old, np.where(shifted, level + move, self.levels))
        self.old_age = np.where(home, np.inf, self.old_age)
        done = shifted | went_back
        self.run = np.where(done, 0.0, self.run)
        self.recent[0] = np.where(done, 0.0, self.recent[0])
        self.back = np.where(home, 0.0, self.back)
