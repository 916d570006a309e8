"""Days of spend as they would have been by the budgets of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from store.budget_steps import Step

DAY_SECONDS = 86_400


def as_if_now(spent: Mapping[date, float], changed: Sequence[Step], timezone: str) -> dict[date, float]:
    """``spent`` by day with each change counted on the days before it, as if its money were spent whole.

    Of its own day it counts the part before it. A day without spend stays one: nothing ran that a budget could limit.
    """
    zone = ZoneInfo(timezone)
    now = dict(spent)
    for step in changed:
        local = step.at.astimezone(zone)
        before = (local.hour * 3600 + local.minute * 60 + local.second) / DAY_SECONDS
        for day in now:
            share = 1.0 if day < local.date() else before if day == local.date() else 0.0
            now[day] += step.per_day * share if spent[day] > 0 else 0.0
    return {day: max(0.0, value) for day, value in now.items()}
