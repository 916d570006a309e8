"""Late conversions: days are brought to what they will be by the lag curve, and days too young are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import NotEnoughData

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SHARE = 0.9  # of a day's conversions that must be in before the day is forecast from


def mature(
    values: NDArray[np.float64],
    ages: NDArray[np.int64],
    lag_cdf: NDArray[np.float64],
    least_share: float = LEAST_SHARE,
) -> NDArray[np.float64]:
    """``values`` (S, T) divided by the share of them that is in after ``ages`` (T,) days; NaN where too little is.

    ``lag_cdf`` (A,) is the share in after 0, 1, ... days, never falling; a day older than that is complete.

    Raises:
        NotEnoughData: ``lag_cdf`` is no such curve.
    """
    if not (len(lag_cdf) and np.all(np.diff(lag_cdf) >= 0) and lag_cdf[0] >= 0 and lag_cdf[-1] <= 1):
        raise NotEnoughData("the lag curve must rise from 0 or more to at most 1, a share for each age in days")
    share = np.where(ages < len(lag_cdf), lag_cdf[np.clip(ages, 0, len(lag_cdf) - 1)], 1.0)
    enough = (share >= least_share) & (ages >= 0)
    return np.where(enough, values / np.where(enough, share, 1.0), np.nan)
