"""What a forecast and a backtest say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Forecast:
    """H steps ahead for S series; ``lo`` to ``hi`` hold each value with probability ``level``.

    ``mid, mean, lo, hi`` (S, H): ``mid`` is as likely too low as too high, ``mean`` is the expectation, which sums
    need. ``fitted`` (S, T) is one step ahead. A row is NaN where ``reasons`` says why there is no forecast. ``exact``
    (S,) is True where nothing was estimated (a constant, a series at 0) and ``reasons`` says so.
    ``past`` and ``came`` (K, S, H): what would have been forecast at ``origins`` (values known by then) and what came,
    NaN where it has not come yet or was not known.
    ``coverage`` is the share of values inside intervals on the later half of the origins, with widths from stretches
    that had ended before; None where there are too few. ``effects`` (S, R) of the regressors: a factor where the series
    is smoothed as logarithms, what they add where it is smoothed as it is, NaN where as roots.
    """

    mid: NDArray[np.float64]
    mean: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    fitted: NDArray[np.float64]
    level: float
    coverage: float | None
    reasons: tuple[str | None, ...]
    exact: NDArray[np.bool_]
    origins: tuple[int, ...]
    past: NDArray[np.float64]
    came: NDArray[np.float64]
    effects: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """Forecasts at ``origins`` held against what came; nothing after an origin was used for it.

    ``mase`` and ``smape`` (S,) over all origins, NaN where a series could not be scored; the overall figures are means
    over the series scored. ``coverage`` is the share of values inside their intervals, whose width never saw them.
    """

    origins: tuple[int, ...]
    horizon: int
    level: float
    mase_of: NDArray[np.float64]
    smape_of: NDArray[np.float64]
    coverage_of: NDArray[np.float64]
    mase: float | None
    smape: float | None
    coverage: float | None
    naive_mase: float | None  # of the seasonal naive on the same days
