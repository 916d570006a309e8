"""Shares of the next impressions, with a floor for every arm so that none is given up on its first bad week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.bandits.posterior import Posterior
from analytics.errors import Infeasible

Floats = NDArray[np.float64]

FLOOR = 0.05


@dataclass(frozen=True, slots=True)
class Shares:
    """``share`` sums to 1 and is nowhere below ``floor``. ``index`` is what the rule ranked by."""

    rule: str
    share: Floats
    index: Floats
    floor: float
    posterior: Posterior


def with_floor(wanted: Floats, floor: float) -> Floats:
    """``wanted`` (sums to 1) with every share at least ``floor``; what is above the floor keeps its proportions.

    Raises:
        Infeasible: the floors alone exceed the whole.
    """
    most = 1 / len(wanted)
    if not 0 <= floor <= most:
        raise Infeasible(
            f"a floor of {floor:g} for each of {len(wanted)} arms cannot hold: it lies between 0 and {most:.4g}",
            nearest=most if floor > most else 0.0,
        )
    return np.asarray(floor + (1 - len(wanted) * floor) * wanted, dtype=np.float64)
