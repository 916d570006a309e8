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
    """Share of draws worse than today, never nothing. Where the total changes, as in ``net_gain``."""
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
    """Gain a day per draw. Revenue of another total has to pay for the spend that is added: at the plan's margins
    where all of them are known, else in full.
    """
    added = added_spend(split, amounts)
    if levers.outcome != "revenue" or added == 0:
        return split.gain(amounts)
    return (earned(split, amounts) if margins_known(split) else split.gain(amounts)) - float(added)


def margins_known(split: Split) -> bool:
    """Whether the plan says what is left of revenue for every lever that could move: the same measure for all plans."""
    return all(m.lever.margin is not None for m in split.movable)


def earned(split: Split, amounts: Mapping[str, Decimal]) -> Floats:
    """What is left a day, per draw, of the revenue gained, at the margins of the levers that move."""
    moved = [m.lever.entity for m in split.movable if amounts[m.lever.entity] != m.lever.now]
    kept = [float(m.lever.margin or 0) if m.lever.entity in moved else 0.0 for m in split.movable]
    return corrected(np.asarray(np.array(kept) @ split.gains(amounts), dtype=np.float64), split.correction)


def left_at_margins(split: Split) -> Decimal | None:
    """Added revenue a day at the plan's margins, less the spend that is added; None where a margin is not known."""
    if any(m.lever.margin is None for m in split.changed):
        return None
    return Decimal(repr(float(earned(split, split.amounts).mean()))) - added_spend(split, split.amounts)


def by_move(split: Split) -> list[Movable]:
    """Changed levers, the largest raise first and the largest cut last."""
    return sorted(split.changed, key=lambda m: (m.lever.now - split.amounts[m.lever.entity], m.lever.name))
