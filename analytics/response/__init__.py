"""What a campaign returns for its daily spend: a concave curve with weekday, trend and special days controlled.

The curve is ``scale * ln(1 + spend / bend)`` (never quite full) or ``scale * spend / (bend + spend)`` (full one
day), whichever fits a draw better, on top of a level for each weekday and a linear trend. Days alone can hardly
tell the two apart, so both stay in the draws and the interval carries the doubt. Without the weekdays the curve
would claim for the budget what people buy on Mondays anyway: on one real export the raw slope is 4.7 and the
controlled one 1.7.
"""

from analytics.response.calibration import Experiment
from analytics.response.control import KNOT_DAYS, Slope, controlled_slope, controls
from analytics.response.curves import LEVEL, Response, curve_slope, curve_value
from analytics.response.fitting import fit
from analytics.response.refusals import MIN_ACTIVE_DAYS, MIN_DAYS, MIN_VARIATION
from analytics.response.siblings import Sibling, borrow

__all__ = [
    "KNOT_DAYS", "LEVEL", "MIN_ACTIVE_DAYS", "MIN_DAYS", "MIN_VARIATION", "Experiment", "Response", "Sibling", "Slope",
    "borrow", "controlled_slope", "controls", "curve_slope", "curve_value", "fit",
]  # fmt: skip
