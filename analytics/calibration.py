"""How earlier predictions turned out, to correct later ones: a ratio shrunk to 1 and a width of ranges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NotEnoughData

Floats = NDArray[np.float64]

FEWEST = 5
PRIOR_SD = 0.5
"""Before any outcome a prediction is believed to be right within half of itself."""
PRIOR_WEIGHT = 8.0  # outcomes' worth of belief that a range is as wide as it should be
NARROWEST, WIDEST = 0.5, 3.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """``ratio`` of realised to predicted with its standard deviation, at least 0, and ``widen``, what the standard
    deviation of a prediction has to be multiplied by.
    """

    ratio: float
    ratio_sd: float
    widen: float
    outcomes: int


def calibrate(predicted: Floats, predicted_sd: Floats, realised: Floats, realised_sd: Floats) -> Calibration:
    """Learn from predictions and what came of them, one entry each, in one unit or in several.

    An outcome counts by how sure both sides are against how much was predicted: one whose measurement could have been
    anything moves nothing. The ratio is the posterior mean under a normal prior around 1; the width is the moment
    estimate of the predictions' own error (squared misses less the measurement's variance), shrunk towards 1 by how
    much of the misses' variance is the predictions'.

    Raises:
        NotEnoughData: fewer than ``FEWEST`` outcomes.

    Source: Efron, Morris (1973), Stein's estimation rule and its competitors: an empirical Bayes approach.
    """
    if predicted.size < FEWEST:
        raise NotEnoughData(f"{predicted.size} measured outcomes; {FEWEST} are needed to correct a prediction by them")
    variance = predicted_sd**2 + realised_sd**2
    precision = PRIOR_SD**-2 + float(np.sum(predicted**2 / variance))
    ratio = max(0.0, (PRIOR_SD**-2 + float(np.sum(predicted * realised / variance))) / precision)
    own = (ratio * predicted_sd) ** 2
    share = own / (own + realised_sd**2)  # of a miss' variance that is the prediction's
    excess = ((realised - ratio * predicted) ** 2 - realised_sd**2) / np.where(own > 0, own, np.inf)
    weight = float(np.sum(share**2))
    wide = (PRIOR_WEIGHT + float(np.sum(share**2 * excess))) / (PRIOR_WEIGHT + weight)
    widen = float(np.clip(wide, NARROWEST**2, WIDEST**2)) ** 0.5
    return Calibration(ratio, precision**-0.5, widen, int(predicted.size))
