"""What a split is expected to do, read off the bootstrap draws."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from domain.recommendation import Range
from store.tables import Account
from tools.budget import DRAWS, Floats, Movable, Split
from tools.levers import Levers

HORIZON_DAYS = 30
LEVEL = 0.90


def expected_range(gain: Floats, levers: Levers, account: Account) -> Range:
    """Mean and 90 % interval of ``gain`` (per draw, over the horizon), to three digits."""
    low, high = np.quantile(gain, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    money = levers.outcome == "revenue"
    return Range(
        low=_digits(float(low)),
        mid=_digits(float(gain.mean())),
        high=_digits(float(high)),
        unit="money" if money else "count",
        currency=account.currency if money else None,
        level=LEVEL,
        horizon_days=HORIZON_DAYS,
    )


def chance_worse(split: Split, amounts: Mapping[str, Decimal], levers: Levers) -> float:
    """Share of draws worse than today, never nothing. Where the total changes, revenue has to pay for the spend."""
    gain = split.gain(amounts)
    added = float(sum((amounts[m.lever.entity] - m.lever.now for m in split.movable), Decimal(0)))
    worse = int(np.sum(gain < (added if levers.outcome == "revenue" else 0.0)))
    return min(worse + 1, DRAWS) / (DRAWS + 1)  # some hundred draws cannot show that it never happens


def by_move(split: Split) -> list[Movable]:
    """Changed levers, the largest raise first and the largest cut last."""
    return sorted(split.changed, key=lambda m: (m.lever.now - split.amounts[m.lever.entity], m.lever.name))


def _digits(value: float) -> Decimal:
    """Three significant digits: an estimate should not look exact to the cent."""
    return Decimal(f"{value:.3g}").quantize(Decimal("0.01")) if abs(value) < 1e12 else Decimal(f"{value:.3g}")
