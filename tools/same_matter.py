"""Which incidents of two accounts tell of one matter: those who click do not arrive, and the ads sell no more.

A landing page that is gone shows in analytics as sessions that are missing and in the ads as conversions that are. Each
stays an incident of its own account, which another channel may see alone; where somebody sees both, each names the
other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from domain.metrics import METRICS
from domain.utm_sources import platform_of
from store.incidents import IncidentView
from tools.labels import platform_label, quoted

ARRIVED = "sessions"
NEAR = timedelta(days=3)  # young conversions and young sessions are withheld for different times
_WORSE = frozenset({"conversions:down", "revenue:down", "cvr:down", "cpa:up", "roas:down"})
"""What the ads show where nobody arrives, by metric:direction."""


def beside(one: IncidentView, found: Iterable[IncidentView]) -> list[IncidentView]:
    """Those of ``found``, of other accounts, that tell of the same matter as ``one``, in their order."""
    return [other for other in found if other.account_id != one.account_id and _same(one, other)]


def said_beside(others: Iterable[IncidentView]) -> str:
    """``Sessions down of Acme Site (GA4), 2024-06-22 to 2024-06-25``; empty where there are none."""
    return "; ".join(
        f"{_what(o)} of {quoted(o.account)} ({platform_label(o.platform)}), "
        f"{f'on {o.first_day}' if o.first_day == o.last_day else f'{o.first_day} to {o.last_day}'} ({o.id[:8]})"
        for o in others
    )


def _what(view: IncidentView) -> str:
    return f"{METRICS[view.metric].label} {view.direction}"


def _same(one: IncidentView, other: IncidentView) -> bool:
    visits, ads = (one, other) if one.metric == ARRIVED else (other, one)
    if visits.metric != ARRIVED or visits.direction != "down" or f"{ads.metric}:{ads.direction}" not in _WORSE:
        return False
    if visits.first_day > ads.last_day + NEAR or ads.first_day > visits.last_day + NEAR:
        return False
    in_common = set(visits.campaigns) & set(ads.campaigns)
    return bool(in_common) or any(platform_of(name) == ads.platform for name in visits.campaigns)
