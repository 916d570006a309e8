"""Synthetic control: what would have come without a change, from series that the change left alone."""

from analytics.synthetic_control.fit import Control, Panel, difference_in_differences, fit, synthetic_difference
from analytics.synthetic_control.inference import Interval, Placebo, interval, p_value, placebo
from analytics.synthetic_control.simplex import SimplexFit, simplex_least_squares

__all__ = [
    "Control", "Interval", "Panel", "Placebo", "SimplexFit", "difference_in_differences", "fit", "interval", "p_value",
    "placebo", "simplex_least_squares", "synthetic_difference",
]  # fmt: skip
