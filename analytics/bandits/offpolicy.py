"""What another policy would have earned on logged days, from the logs of the policy that ran.

Inverse propensity scoring (IPS) is unbiased and noisy; self-normalised (SNIPS) trades a little bias for much less
noise; doubly robust (DR) adds a reward model and is right where either the propensities or the model are.

Source: Horvitz and Thompson (1952); Swaminathan and Joachims (2015); Dudík, Langford, Li (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries, NoOverlap, NotEnoughData

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_ROWS = 100
LEAST_EFFECTIVE = 30.0
"""Rows that the weighted log is worth: with fewer, a normal interval means nothing."""
_Z = 1.959963984540054
_SHRINK = 50.0


@dataclass(frozen=True, slots=True)
class Log:
    """Logged rounds; each array has one entry a round.

    ``arm`` was shown and brought ``reward``; the logging policy chose it with probability ``propensity``, the policy to
    be judged would choose it with probability ``target``.
    """

    arm: Ints
    reward: Floats
    propensity: Floats
    target: Floats

    def __post_init__(self) -> None:
        n = len(self.arm)
        if any(len(a) != n for a in (self.reward, self.propensity, self.target)):
            raise BadSeries("arm, reward, propensity and target differ in length")
        for name, values, least in (("propensity", self.propensity, 0.0), ("target", self.target, -1.0)):
            bad = ~((values > least) & (values <= 1)) | (values < 0)
            if np.any(bad):
                at = int(np.argmax(bad))
                raise BadSeries(f"{name} of round {at} is {values[at]:g}; it is a probability of what was shown")
        if not np.all(np.isfinite(self.reward)):
            raise BadSeries(f"reward of round {int(np.argmin(np.isfinite(self.reward)))} is missing or infinite")

    @property
    def weight(self) -> Floats:
        return np.asarray(self.target / self.propensity, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value`` is the reward a round under the policy judged, with a 95 % interval.

    ``effective`` is how many rounds the weighted log is worth, ``largest_weight`` the heaviest of them, ``clipped`` how
    many weights were cut, and ``mean_weight`` should be 1: else propensities and policy do not belong together.
    """

    method: str
    value: float
    standard_error: float
    low: float
    high: float
    rounds: int
    effective: float
    largest_weight: float
    mean_weight: float
    clipped: int


def evaluate(
    log: Log, model: tuple[Floats, Floats] | None = None, *, clip: float | None = None
) -> tuple[Estimate, ...]:
    """IPS and SNIPS, and DR where ``model`` gives the expected reward of what was shown and of the policy, per round.

    ``clip`` cuts weights above it: less noise, and a bias downwards that the count of cut weights tells.

    Raises:
        NotEnoughData: fewer than 100 rounds, or a log worth fewer than 30 rounds for this policy.
        NoOverlap: the mean weight is not 1: the policy shows what the log never could, or the propensities are wrong.
    """
    n = len(log.arm)
    if n < LEAST_ROWS:
        raise NotEnoughData(f"{n} rounds are logged; {LEAST_ROWS} are needed")
    weight = log.weight
    effective = float(weight.sum() ** 2 / max((weight**2).sum(), 1e-300))
    if effective < LEAST_EFFECTIVE:
        raise NotEnoughData(
            f"for this policy the {n} rounds are worth {effective:.0f}, because it mostly shows what was seldom shown; "
            f"{LEAST_EFFECTIVE:.0f} are needed"
        )
    _require_overlap(weight)
    cut = weight if clip is None else np.minimum(weight, clip)
    shared = (n, effective, float(weight.max()), float(weight.mean()), int((cut < weight).sum()))
    share = cut / cut.mean()
    value = float(share @ log.reward) / n
    found = [
        _estimate("ips", cut * log.reward, shared),
        _estimate("snips", value + share * (log.reward - value), shared),
    ]
    if model is not None:
        shown, policy = model
        found.append(_estimate("dr", policy + cut * (log.reward - shown), shared))
    return tuple(found)


def expected_rewards(
    log: Log, strata: Ints, policy: Sequence[Floats], *, folds: int = 5, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """A reward model for DR: each arm's mean in each stratum, shrunk to the arm's and the whole's, from other folds.

    ``policy[s]`` holds the judged policy's probability of every arm in stratum ``s``. Returned per round: the expected
    reward of what was shown, and of the policy.
    """
    arms = int(max(log.arm.max() + 1, max(len(p) for p in policy)))
    fold = rng.permutation(np.arange(len(log.arm)) % folds)
    shown, wanted = np.zeros(len(log.arm)), np.zeros(len(log.arm))
    chances = np.array([np.pad(p, (0, arms - len(p))) for p in policy])
    for own in range(folds):
        fit, use = fold != own, fold == own
        table = _shrunk_means(log.arm[fit], strata[fit], log.reward[fit], arms, len(policy))
        shown[use] = table[strata[use], log.arm[use]]
        wanted[use] = (chances * table).sum(axis=1)[strata[use]]
    return shown, wanted


def _shrunk_means(arm: Ints, stratum: Ints, reward: Floats, arms: int, strata: int) -> Floats:
    whole = float(reward.mean())
    count = np.bincount(arm, minlength=arms)
    of_arm = (np.bincount(arm, reward, minlength=arms) + _SHRINK * whole) / (count + _SHRINK)
    cell = stratum * arms + arm
    cells = np.bincount(cell, minlength=arms * strata).reshape(strata, arms)
    sums = np.bincount(cell, reward, minlength=arms * strata).reshape(strata, arms)
    return np.asarray((sums + _SHRINK * of_arm) / (cells + _SHRINK), dtype=np.float64)


def _require_overlap(weight: Floats) -> None:
    off = float(weight.mean() - 1)
    error = float(weight.std(ddof=1) / np.sqrt(len(weight)))
    if abs(off) > max(4 * error, 1e-6):
        raise NoOverlap(
            f"the weights average {1 + off:.3f} and not 1: the policy shows arms that the log never showed, or its "
            "propensities are not those by which the arms were chosen"
        )


def _estimate(method: str, terms: Floats, shared: tuple[int, float, float, float, int]) -> Estimate:
    n, effective, largest, mean_weight, clipped = shared
    value, error = float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(n))
    low, high = value - _Z * error, value + _Z * error
    return Estimate(method, value, error, low, high, n, effective, largest, mean_weight, clipped)
