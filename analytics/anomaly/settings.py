"""What detection is set by: which direction matters for a metric, how often it may be wrong, how fast it learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from analytics.anomaly.noise import Floats

NONE, SPIKE, LEVEL_SHIFT, ZERO = range(4)
KINDS: Final = ("none", "spike", "level_shift", "zero")

JUDGED, MISSING, CALENDAR, SHORT, PAUSED, SMALL, RESUMED, ZEROS = range(8)
REASONS: Final = (
    "judged",
    "no value",
    "explained by the calendar",
    "history too short",
    "nothing ran",
    "volume too small",
    "first values after a long gap",
    "hardly anything but zeros so far",
)

# (up, down): what a standard deviation counts in each direction; less than 1 asks for more surprise before a flag.
WEIGHTS: Final[dict[str, tuple[float, float]]] = {
    "spend": (1.0, 0.85),
    "impressions": (0.8, 0.9),
    "clicks": (0.8, 1.0),
    "ctr": (0.7, 1.0),
    "cpm": (1.0, 0.7),
    "cpc": (1.0, 0.7),
    "conversions": (0.7, 1.0),
    "conversion_rate": (0.7, 1.0),
    "cpa": (1.0, 0.7),
    "revenue": (0.7, 1.0),
    "roas": (0.7, 1.0),
    "aov": (0.8, 0.9),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults are those measured in ``docs/methods/anomalies.md``.

    ``up``, ``down``: weight of a surprise in each direction (``WEIGHTS`` by metric through ``of``). These and
    ``least_volume`` may be arrays (S,): the metrics of many campaigns are judged at the cost of one.
    ``rate``: false flags for one value (below a grain of an hour: for one hour) that the threshold allows, if the noise
    were as modelled. ``weekly``: the same a week over all series together; the stricter of the two holds.
    ``counts``: whether the values are counts of events (None: whole numbers of 0 or more so far).
    ``least_volume``: a point of less volume is not judged.
    ``start``: known values before the first judgement (None: three periods, at least 21).
    ``gains``: of the level, a step; several are weighed by how well each predicted (None: by the grain).
    """

    up: float | Floats = 1.0
    down: float | Floats = 1.0
    rate: float = 3e-4
    weekly: float = 2.0
    counts: bool | None = None
    least_volume: float | Floats = 0.0
    start: int | None = None
    gains: tuple[float, ...] | None = None

    @classmethod
    def of(cls, metric: str) -> Settings:
        """Settings with the weights of ``metric``; a metric without weights counts both directions alike."""
        up, down = WEIGHTS.get(metric, (1.0, 1.0))
        return cls(up=up, down=down, counts=metric in _COUNTS if metric in WEIGHTS else None)


_COUNTS = frozenset({"impressions", "clicks", "conversions"})  # conversions also where a platform splits them


def threshold(series: int, period: int, settings: Settings) -> float:
    """Standard deviations from which a point is flagged, for ``series`` series whose day or week has ``period`` steps.

    The two-sided normal quantile of p = min(rate / steps an hour, weekly / (series x steps a week)): more series and
    very fine grains ask for more surprise, so that false alarms stay as many as a person can look at.
    """
    from scipy.special import ndtri

    steps_a_day = 1.0 if period <= 7 else float(period)
    p = min(settings.rate / max(steps_a_day / 24, 1.0), settings.weekly / (max(series, 1) * 7 * steps_a_day))
    return float(-ndtri(p / 2))
