"""What a split is expected to do, read off the bootstrap draws."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from domain.recommendation import Range
from store.tables import Account
from tools.budget import DRAWS, Floats, Movable, Split
from tools.budget.movable import corrected
from tools.levers import Levers

HORIZON_DAYS = 30
LEVEL = 0.90


def expected_range(gain: Floats, levers: Levers, account: Account) -> Range:
    """Mean and 90 % interval of ``gain`` (per draw, over the horizon), unrounded."""
    low, high = np.quantile(gain, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    money = levers.outcome == "revenue"
    return Range(
        low=Decimal(repr(float(low))),
        mid=Decimal(repr(float(gain.mean()))),
        high=Decimal(repr(float(high))),
        unit="money" if money else "count",
        currency=account.currency if money else None,
        level=LEVEL,
        horizon_days=HORIZON_DAYS,
    )


def chance_worse(split: Split, amounts: Mapping[str, Decimal], levers: Levers) -> float:
    """Share of draws worse than today, never nothing. Where the total changes, revenue has to pay for the spend."""
    worse = int(np.sum(net_gain(split, amounts, levers) < 0))
    return min(worse + 1, DRAWS) / (DRAWS + 1)  # some hundred draws cannot show that it never happens


UNFLATTERED = ", less what picking the best of a noisy fit flatters"


def unflattered_words(split: Split) -> str:
    """What was taken off a prediction for having been searched for, as the end of how it was reckoned."""
    return UNFLATTERED if split.picked is not None and split.picked.flattery > 0 else ""


def added_spend(split: Split, amounts: Mapping[str, Decimal]) -> Decimal:
    """What the amounts cost a day over today's."""
    return sum((amounts[m.lever.entity] - m.lever.now for m in split.movable), Decimal(0))


def net_gain(split: Split, amounts: Mapping[str, Decimal], levers: Levers) -> Floats:
    """Gain a day per draw; of revenue less the spend that is added, which has to pay for itself."""
    return split.gain(amounts) - (float(added_spend(split, amounts)) if levers.outcome == "revenue" else 0.0)


def left_at_margins(split: Split) -> Decimal | None:
    """Added revenue a day at the plan's margins, less the spend that is added; None where a margin is not known."""
    gain = np.zeros(DRAWS)
    for m, own in zip(split.movable, split.gains(split.amounts), strict=True):
        if split.amounts[m.lever.entity] == m.lever.now:
            continue
        if m.lever.margin is None:
            return None
        gain = gain + own * float(m.lever.margin)
    return Decimal(repr(float(corrected(gain, split.correction).mean()))) - added_spend(split, split.amounts)


def by_move(split: Split) -> list[Movable]:
    """Changed levers, the largest raise first and the largest cut last."""
    return sorted(split.changed, key=lambda m: (m.lever.now - split.amounts[m.lever.entity], m.lever.name))
