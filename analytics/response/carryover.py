"""How long a day's spend works, judged by later days that the curve did not see."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
NONE_BEFORE = 0.3
"""Chance of no carryover before the days are seen; the others share the rest."""
LENGTH = 21
FOLDS = 4
FIRST_TRAIN = 0.5
TELLS = 0.9
"""Chance on one side, none or some, from which the days are said to tell."""
_WEEK = 7
_BENDS = np.geomspace(0.1, 10.0, 5)
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Carried:
    """Spend as it works under each of ``SHARES`` (weights sum to 1), and how likely each is by the later days.

    ``share`` is the likeliest, 0 with a ``reason`` where the days cannot tell carryover from none.
    """

    stocks: tuple[Floats, ...]
    chances: Floats
    share: float
    reason: str | None

    @property
    def spend(self) -> Floats:
        """The likeliest."""
        return self.stocks[int(np.argmax(self.chances))]

    def of_draws(self, draws: int) -> NDArray[np.int64]:
        """Which of ``SHARES`` each draw takes: as many as it is likely, well mixed."""
        turns = (np.arange(draws) + 0.5) * _GOLDEN % 1.0
        rank = (np.argsort(np.argsort(turns)) + 0.5) / draws
        return np.minimum(np.searchsorted(np.cumsum(self.chances), rank), len(SHARES) - 1)


def carried(spend: Floats, outcome: Floats, day: Ints, control: Floats) -> Carried:
    """How likely each carryover is, by how well its curve, fitted on earlier days, tells later ones.

    Every one keeps its part of the draws, so what the days cannot tell is in the range. Days that are not there, and
    those before the first, are taken to have spent what their neighbours did: only the carryover into known days rests
    on them.
    """
    stocks = tuple(adstocked(spend, day, share) for share in SHARES)
    errors = np.array([_later_errors(stock, outcome, control, float(spend.mean())) for stock in stocks])
    chances = _chances(errors)
    best = int(np.argmax(chances))
    if chances[0] >= TELLS:
        return Carried(stocks, chances, 0.0, None)
    if 1 - chances[0] >= TELLS:
        return Carried(stocks, chances, SHARES[best], None)
    return Carried(
        stocks, chances, 0.0,
        "its days cannot tell whether a day's spend still works on the days after it; the range holds both",
    )  # fmt: skip


def _chances(errors: Floats) -> Floats:
    """Of each share, from squared errors on later days: a normal likelihood, of as many days as are independent."""
    total = errors.sum(axis=1)
    worst = errors[0] - errors[0].mean()
    lag = float(worst[1:] @ worst[:-1]) / max(float(worst @ worst), 1e-300)
    days = errors.shape[1] * (1 - max(lag, 0.0)) / (1 + max(lag, 0.0))
    logs = -0.5 * days * np.log(np.maximum(total, 1e-300) / max(float(total.min()), 1e-300))
    before = np.full(len(SHARES), (1 - NONE_BEFORE) / (len(SHARES) - 1))
    before[0] = NONE_BEFORE
    chances = before * np.exp(logs)
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def adstocked(spend: Floats, day: Ints, share: float) -> Floats:
    """Geometric carryover over ``LENGTH`` days by the calendar."""
    if share == 0:
        return spend
    at = day - day[0]
    whole = np.interp(np.arange(at[-1] + 1), at, spend)
    before = np.full(LENGTH - 1, whole[: 2 * _WEEK].mean())
    weights = share ** np.arange(LENGTH)
    stock = np.convolve(np.concatenate([before, whole]), weights / weights.sum(), mode="valid")
    return np.asarray(stock[at], dtype=np.float64)


def _later_errors(stock: Floats, outcome: Floats, control: Floats, mean: float) -> Floats:
    """Squared errors on the days after each origin, fitted on those before; the curve is the best of a few bends."""
    n = len(outcome)
    edges = np.linspace(int(n * FIRST_TRAIN), n, FOLDS + 1).astype(int)
    shapes = np.log1p(stock[:, None] / (_BENDS * mean))
    errors = []
    for origin, end in pairwise(edges.tolist()):
        fits = [_told(shapes[:, [b]], outcome, control, origin, end) for b in range(len(_BENDS))]
        errors.append(min(fits, key=lambda told: told[0])[1])
    return np.concatenate(errors)


def _told(shape: Floats, outcome: Floats, control: Floats, origin: int, end: int) -> tuple[float, Floats]:
    """The error on the days fitted, and the squared errors on those after."""
    design = np.column_stack([shape, control])
    beta = np.linalg.lstsq(design[:origin], outcome[:origin], rcond=1e-9)[0]
    inside = outcome[:origin] - design[:origin] @ beta
    after = outcome[origin:end] - design[origin:end] @ beta
    return float(inside @ inside), np.asarray(after**2, dtype=np.float64)
