"""What a media-mix fit reads: an outcome, the spend of each channel, and what else moved the outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries, NotEnoughData

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Grain = Literal["day", "week", "month", "period"]
"""``period`` is a row number without a calendar: no season can be told."""

PER_YEAR: dict[str, float] = {"day": 365.25, "week": 365.25 / 7, "month": 12.0}
CARRYOVER: dict[str, int] = {"day": 28, "week": 8, "month": 3, "period": 8}
"""How many periods a spend may work for, its own counted."""
MIN_PERIODS = 40


@dataclass(frozen=True, slots=True)
class Series:
    """Periods in time order.

    ``day`` is the proleptic ordinal of each period's first day ``(periods,)`` (a row number where ``grain`` is
    ``period``), ``outcome`` ``(periods,)``, ``spend`` ``(periods, channels)``, ``controls`` ``(periods, controls)``.

    Raises:
        BadSeries: lengths that differ, values that are not finite, a negative spend.
        NotEnoughData: fewer periods than ``MIN_PERIODS`` after those that only feed the carryover.
    """

    grain: Grain
    day: Ints
    outcome: Floats
    spend: Floats
    channels: tuple[str, ...]
    controls: Floats
    control_names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        n = len(self.outcome)
        if self.spend.shape != (n, len(self.channels)) or self.controls.shape != (n, len(self.control_names)):
            raise BadSeries(f"{n} outcomes, spend of {self.spend.shape} and controls of {self.controls.shape} differ")
        for what, values in (("outcome", self.outcome), ("spend", self.spend), ("a control", self.controls)):
            if not np.isfinite(values).all():
                raise BadSeries(f"{what} has a value that is missing or infinite")
        if (self.spend < 0).any():
            at, channel = (int(i) for i in np.argwhere(self.spend < 0)[0])
            raise BadSeries(f"{self.channels[channel]} is {self.spend[at, channel]:g} in period {at + 1}: not a spend")
        needed = MIN_PERIODS + self.carryover - 1
        if n < needed:
            raise NotEnoughData(
                f"{n} periods; {needed} are needed ({MIN_PERIODS} to fit, and {self.carryover - 1} before them whose "
                "spend still works in them)"
            )

    @property
    def carryover(self) -> int:
        return CARRYOVER[self.grain]

    def until(self, n: int) -> Series:
        """The first ``n`` periods."""
        return Series(
            self.grain, self.day[:n], self.outcome[:n], self.spend[:n], self.channels, self.controls[:n],
            self.control_names,
        )  # fmt: skip
