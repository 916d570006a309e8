"""Why people reject a proposal, and what each reason keeps from being proposed again, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.recommendation import Change


@dataclass(frozen=True, slots=True)
class Reason:
    """One chip of the modal. ``both_ways``: the budget is left alone altogether, not only in the proposed direction."""

    label: str
    days: int
    both_ways: bool

    def direction(self, change: Change) -> int:
        """+1: no raise, -1: no cut, 0: no change at all."""
        if self.both_ways:
            return 0
        return 1 if change.step > 0 else -1

    @property
    def lasts(self) -> timedelta:
        return timedelta(days=self.days)


REASONS: dict[str, Reason] = {
    "not_now": Reason("Not now", 7, both_ways=False),
    "wrong_campaign": Reason("Wrong campaign", 90, both_ways=True),
    "too_large": Reason("Amount too large", 14, both_ways=False),
    "promotion": Reason("Promotion coming", 14, both_ways=True),
    "data": Reason("Do not trust the data", 14, both_ways=True),
    "other": Reason("Other", 7, both_ways=False),
}
