"""What else could be done: nothing, half of it, gentler steps, or the same share for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from domain.formatting import format_chance, format_money
from domain.policy import Limits
from domain.recommendation import Alternative
from store.tables import Account
from tools.budget import Split, narrowed, scaled
from tools.effect import HORIZON_DAYS, by_move, chance_worse, expected_range, net_gain
from tools.levers import Levers

NEARLY = 0.8  # of the plan's gain


def alternatives(split: Split, levers: Levers, limits: Limits, account: Account) -> tuple[Alternative, ...]:
    """Doing nothing first, then the smaller or plainer moves, each with its own range."""
    still = expected_range(np.zeros(1), levers, account)
    found = [Alternative("Do nothing", "Every budget stays as it is; nothing is learned from it either", still)]
    half = scaled(split, Decimal("0.5"))
    found.append(_alternative("Half the move", "The same direction, half as far", split, half, levers, account))
    gentle = narrowed(split, limits.warn_step)
    steep = any(split.amounts[m.lever.entity] > m.lever.now * (1 + limits.warn_step) for m in split.movable)
    if steep and gentle is not None:
        label = f"Steps of at most {limits.warn_step * 100:.0f} %"
        found.append(_alternative(label, "Does not restart learning", split, gentle, levers, account))
    if split.total != split.total_now:
        even = _proportional(split)
        found.append(_alternative("Every budget by the same share", "A plain rule", split, even, levers, account))
    return tuple(found)


def _proportional(split: Split) -> dict[str, Decimal]:
    before = sum((m.lever.now for m in split.movable), Decimal(0))
    after = sum(split.amounts.values(), Decimal(0))
    amounts = {m.lever.entity: m.lever.now * after / before for m in split.movable}
    return scaled(replace(split, amounts=amounts), Decimal(1))


def _alternative(
    label: str, detail: str, split: Split, amounts: Mapping[str, Decimal], levers: Levers, account: Account
) -> Alternative:
    moves = ", ".join(
        f"{m.lever.name} {format_money(amounts[m.lever.entity], account.currency)}"
        for m in by_move(replace(split, amounts=amounts))
    )
    worse = chance_worse(split, amounts, levers)
    chance = f"chance of being worse {format_chance(worse)}{_safer(split, amounts, levers, worse)}"
    expected = expected_range(split.gain(amounts) * HORIZON_DAYS, levers, account)
    return Alternative(label, f"{detail}: {moves or 'no budget moves'} ({chance})", expected)


def _safer(split: Split, amounts: Mapping[str, Decimal], levers: Levers, worse: float) -> str:
    """Said where nearly the same gain comes with a smaller risk than the plan's."""
    plan = net_gain(split, split.amounts, levers).mean()
    own = net_gain(split, amounts, levers).mean()
    planned = chance_worse(split, split.amounts, levers)
    if own >= NEARLY * plan > 0 and format_chance(worse) != format_chance(planned) and worse < planned:
        return f" against {format_chance(planned)} of the plan, for {own / plan * 100:.0f} % of its gain"
    return ""
