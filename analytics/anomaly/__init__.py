"""Anomalies in many series at once, causally: ``detect`` says of each day what was expected and how surprising it was.

The way through: ``settings`` (what matters and how often it may be wrong), ``start`` (the first weeks of a series),
``noise`` (how far a value is from the expected one, in standard deviations), ``track`` (what each day teaches) and
``detection`` (the answer). ``docs/methods/anomalies.md`` has the formulae and measured figures.
"""

from analytics.anomaly.detection import Detection, detect, detect_last
from analytics.anomaly.settings import KINDS, LEVEL_SHIFT, NONE, REASONS, SPIKE, WEIGHTS, ZERO, Settings, threshold

__all__ = [
    "KINDS",
    "LEVEL_SHIFT",
    "NONE",
    "REASONS",
    "SPIKE",
    "WEIGHTS",
    "ZERO",
    "Detection",
    "Settings",
    "detect",
    "detect_last",
    "threshold",
]
