"""What a promise is: how long it runs, what of a prediction holds for a part of a plan, when a later change cuts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

from domain.errors import BadInput

HORIZON_DAYS = 30
LEAST_DAYS = 14
"""Fewer days than these after a change say nothing that noise would not say as well."""


@dataclass(frozen=True, slots=True)
class Total:
    """An expected effect over the horizon, with an interval of ``level``."""

    low: float
    mid: float
    high: float
    level: float

    @property
    def sd(self) -> float:
        """The standard deviation that a normal interval as wide as this one has."""
        return (self.high - self.low) / 2 / NormalDist().inv_cdf((1 + self.level) / 2)

    def over(self, days: int, horizon_days: int) -> Total:
        """The part of it that falls on ``days`` of the horizon."""
        share = days / horizon_days
        return Total(self.low * share, self.mid * share, self.high * share, self.level)


@dataclass(frozen=True, slots=True)
class Measured:
    """What measuring came to: ``status`` is measured, no_counterfactual or void; the figures are None in the latter.

    The figures are over the days of the window up to ``window_end``.
    """

    status: str
    reason: str | None
    window_end: date
    realised: Total | None = None
    method: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """What earlier predictions of an account came to: ``ratio`` of realised to predicted, how sure that is, and by
    how much their ranges were too narrow (above 1) or too wide; learned from ``measured`` promises.
    """

    ratio: float
    ratio_sd: float
    widen: float
    measured: int

    def spread(self, mid: float, sd: float) -> float:
        """The standard deviation of a corrected prediction that had ``mid`` and ``sd``."""
        return float(((self.widen * self.ratio * sd) ** 2 + (self.ratio_sd * mid) ** 2) ** 0.5)

    def of(self, total: Total) -> Total:
        """A prediction brought to what earlier ones came to; its interval the normal one."""
        z = NormalDist().inv_cdf((1 + total.level) / 2)
        mid, half = self.ratio * total.mid, z * self.spread(total.mid, total.sd)
        return Total(mid - half, mid, mid + half, total.level)

    def to_json(self) -> dict[str, float]:
        return {"ratio": self.ratio, "ratio_sd": self.ratio_sd, "widen": self.widen, "measured": self.measured}

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> Correction:
        return cls(float(known["ratio"]), float(known["ratio_sd"]), float(known["widen"]), int(known["measured"]))


def window(applied_on: date, horizon_days: int) -> tuple[date, date]:
    """The first and last whole day under a change that was applied on ``applied_on``."""
    return applied_on + timedelta(days=1), applied_on + timedelta(days=horizon_days)


def cut_at(start: date, end: date, changed_on: date) -> date | None:
    """The last whole day of a window before a later change; ``end`` where that came after it, None where nothing is
    left that could be measured.
    """
    if changed_on > end:
        return end
    last = changed_on - timedelta(days=1)
    return last if (last - start).days + 1 >= LEAST_DAYS else None


def part_of(block: Mapping[str, Any], landed: Sequence[tuple[str, int]]) -> Total | None:
    """What a frozen prediction says of the changes that landed, (entity, micros after) each; None where it says
    nothing of one of them at that amount.

    ``block`` has ``level``, per entity its ``after_micros`` and ``mid``, and the ``covariance`` of all over the draws.
    The interval is the normal one of that covariance: draws of single entities do not add up end by end.
    """
    known = {(str(e["entity"]), int(e["after_micros"])): n for n, e in enumerate(block["entities"])}
    if not landed or any(one not in known for one in landed):
        return None
    at = [known[one] for one in landed]
    level = float(block["level"])
    if not 0 < level < 1:
        raise BadInput(f"a level of {level} is no level of an interval")
    mid = sum(float(block["entities"][n]["mid"]) for n in at)
    variance = sum(float(block["covariance"][a][b]) for a in at for b in at)
    half = NormalDist().inv_cdf((1 + level) / 2) * max(variance, 0.0) ** 0.5
    return Total(mid - half, mid, mid + half, level)
