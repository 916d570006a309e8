"""Allocation of a budget over response curves, with a certificate that can be checked without trusting the search."""

from analytics.optimizer.curves import (
    Curves,
    Family,
    Floats,
    HillCurves,
    LinearCurves,
    LogCurves,
    MeanOfDraws,
    MixedCurves,
    PowerCurves,
)
from analytics.optimizer.dual import Allocation, allocate
from analytics.optimizer.groups import Groups

__all__ = [
    "Allocation",
    "Curves",
    "Family",
    "Floats",
    "Groups",
    "HillCurves",
    "LinearCurves",
    "LogCurves",
    "MeanOfDraws",
    "MixedCurves",
    "PowerCurves",
    "allocate",
]
