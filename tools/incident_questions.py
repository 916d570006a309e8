"""What is asked about an incident, in words that the planner reads."""

from __future__ import annotations

from domain.metrics import METRICS
from store.incidents import IncidentView
from tools.labels import platform_label

MOST_NAMED = 10  # of an incident that reaches more: those with the most unusual days


def fix(one: IncidentView) -> str | None:
    """``recommend a budget that spends less on "Brand" on Google Ads in "Acme"``; None where no campaign is known."""
    if one.metric not in METRICS or not one.campaigns:
        return None
    names = " and ".join(f'"{name}"' for name in one.campaigns[:MOST_NAMED])
    where = f'on {platform_label(one.platform)} in "{one.account}"'
    return f"recommend a budget that spends {_way(one)} on {names} {where}"


def _way(one: IncidentView) -> str:
    """Less where it costs more or brings less than it should; where it spends too little, or does better, more."""
    if one.metric == "spend":
        return "less" if one.direction == "up" else "more"
    better = {1: "up", -1: "down"}.get(METRICS[one.metric].better)
    return "more" if one.direction == better else "less"


def why(one: IncidentView) -> str:
    """``why did conversions of "Brand" change on 2024-06-30``; how fresh the data are where no figure moved."""
    if one.metric not in METRICS:
        return "how fresh are the data"
    name = f' of "{one.campaigns[0]}"' if one.reach == "campaign" and one.campaigns else ""
    when = f"on {one.first_day}" if one.first_day == one.last_day else f"from {one.first_day} to {one.last_day}"
    return f"why did {METRICS[one.metric].label.lower()}{name} change {when}"
