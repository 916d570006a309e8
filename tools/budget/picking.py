"""By how much the fits flatter the amounts that a search over them picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from analytics.flattery import Drawn, flattery
from tools.budget.amounts import most_changes, pools_of
from tools.budget.movable import Movable, Picked
from tools.budget.request import Request


def picked(movable: Sequence[Movable], amounts: Mapping[str, Decimal], request: Request) -> Picked:
    """``amounts`` as the pick of a search within the bounds of ``movable``, each pool's total as it is in them."""
    return Picked(amounts, sum(_of_pool(own, amounts, request) for own in pools_of(movable)))


def _of_pool(own: Sequence[Movable], amounts: Mapping[str, Decimal], request: Request) -> float:
    share = np.array([m.lever.share_spent for m in own])[:, None]
    curves = Drawn(
        np.array([m.response.scale for m in own]),
        np.array([m.response.bend for m in own]) / share,
        np.array([m.response.full for m in own]),
    )
    today, low, high, chosen = (
        np.array([float(amount) for amount in of])
        for of in (
            (m.lever.now for m in own), (m.low for m in own), (m.high for m in own),
            (amounts[m.lever.entity] for m in own),
        )
    )  # fmt: skip
    return flattery(
        curves, today, low, high, chosen, weight=np.array([m.weight for m in own]),
        max_changes=most_changes(len(own), request),
    )  # fmt: skip
