"""What is asked about an incident, in words that the planner reads."""

from __future__ import annotations

from domain.metrics import METRICS
from store.incidents import IncidentView


def why(one: IncidentView) -> str:
    """``why did conversions of "Brand" change on 2024-06-30``; how fresh the data are where no figure moved."""
    if one.metric not in METRICS:
        return "how fresh are the data"
    name = f' of "{one.campaigns[0]}"' if one.reach == "campaign" and one.campaigns else ""
    when = f"on {one.first_day}" if one.first_day == one.last_day else f"from {one.first_day} to {one.last_day}"
    return f"why did {METRICS[one.metric].label.lower()}{name} change {when}"
