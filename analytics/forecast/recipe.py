"""What may differ between versions of the forecast of one series, and which of them does better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analytics.errors import NotEnoughData

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pace = Literal["all", "steady", "quick"]
PACES: dict[Pace, tuple[float, float]] = {"all": (0.0, 1.0), "steady": (0.0, 0.12), "quick": (0.08, 1.0)}
"""Which gains of the level are tried, from and to."""
FOLDS = 4  # stretches of the horizon that a candidate is chosen on
BETTER = 0.98  # of the error of the version in use: by less, a change is noise


@dataclass(frozen=True, slots=True)
class Recipe:
    """``pace``: how fast the level may follow; whether lasting shifts are taken out, and the year's pattern counts."""

    pace: Pace = "all"
    shifts: bool = True
    year: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Recipe:
        """The opposite of ``to_json``; what is not said is as usual."""
        pace = said.get("pace", "all")
        return cls(pace if pace in PACES else "all", bool(said.get("shifts", True)), bool(said.get("year", True)))


USUAL = Recipe()
CANDIDATES = tuple(Recipe(pace, shifts, year) for pace in PACES for shifts in (True, False) for year in (True, False))


@dataclass(frozen=True, slots=True)
class Gate:
    """What came of a comparison on later days that neither version was chosen on.

    ``score`` and ``rival_score`` are MASE on the last ``horizon`` values, the rival's that of the version in use or,
    where there is none, of the seasonal naive. ``chosen_on`` is the candidate's MASE on the earlier stretches.
    """

    candidate: Recipe
    score: float
    rival_score: float
    chosen_on: float
    promoted: bool
    coverage: float | None


def gate(
    values: NDArray[np.float64], horizon: int, current: Recipe | None, *, period: int = 7, year: float | None = None
) -> Gate:
    """Choose the best recipe for ``values`` (T,) on all but the last ``horizon``, and try it on these.

    Raises:
        NotEnoughData: too few values to choose on earlier stretches and try on a later one.
    """
    length = len(values)
    origins = [n for n in range(length - (FOLDS + 1) * horizon, length - horizon, horizon) if n >= length // 3]
    if len(origins) < 2:
        raise NotEnoughData(f"{length} values are too few; {4 * horizon} are needed to choose and to try a version")
    with_year = year is not None and length - horizon >= 2 * year
    tried = [r for r in CANDIDATES if r.year or with_year]  # without two years there is no pattern to leave out
    found = {recipe: _error(values, horizon, origins, recipe, period, year)[0] for recipe in tried}
    best = min(tried, key=lambda r: (found[r] if np.isfinite(found[r]) else np.inf, r != USUAL))
    later = [length - horizon]
    score, coverage, naive = _error(values, horizon, later, best, period, year)
    rival = naive if current is None else _error(values, horizon, later, current, period, year)[0]
    if not (np.isfinite(score) and np.isfinite(rival)):
        raise NotEnoughData(f"the last {horizon} values, or those before, are too few to try a version on")
    better = score < BETTER * rival and best != current
    return Gate(best, score, rival, found[best], better, coverage)


def _error(
    values: NDArray[np.float64], horizon: int, origins: Sequence[int], recipe: Recipe, period: int, year: float | None
) -> tuple[float, float | None, float]:
    from analytics.forecast.backtest import backtest

    try:
        tested = backtest(values[None], horizon, origins, period, year=year, recipe=recipe)
    except NotEnoughData:
        return float("nan"), None, float("nan")
    return (
        float("nan") if tested.mase is None else tested.mase,
        tested.coverage,
        float("nan") if tested.naive_mase is None else tested.naive_mase,
    )
