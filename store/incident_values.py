"""What a look at an account hands over to be kept: an unusual value, a matter, and nothing that writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class DayValue:
    """One unusual value, as it is stored. ``campaign_id`` None is the whole account."""

    campaign_id: int | None
    metric: str
    day: date
    value: float | None
    expected: float | None
    low: float | None
    high: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a look found of one matter in one account.

    ``keys`` name it as metric:direction, its root first, then what moved with it: an open incident under any of them
    is the same matter. ``looked_from`` is the first day that the look judged anew.
    """

    kind: str
    metric: str
    direction: str
    reach: str
    severity: str
    first_day: date
    last_day: date
    looked_from: date
    money_micros: int | None
    currency: str | None
    keys: tuple[str, ...]
    cause: dict[str, Any]
    days: tuple[DayValue, ...]
    follows: tuple[str, ...] = ()  # what its root may be a symptom of, as metric:direction
    faint: bool = False  # goes on with an incident, but opens none
    over: bool = False  # it came and went while nobody looked: kept as recovered, and in no channel
    seen: tuple[DayValue, ...] = ()  # the root metric's whole judged stretch, for a picture; not stored

    @property
    def campaigns(self) -> frozenset[int]:
        """Whom it touches; none where it is of the account as a whole."""
        return frozenset(d.campaign_id for d in self.days if d.campaign_id is not None)
