"""Which incident of the store a look's candidate goes on with: by its name, by what it told before, or as what follows
from it; of campaigns that it reached, on days that join up with its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.incident_values import Candidate
from store.tables import Incident, IncidentDay

QUIET_DAYS = 2  # usual days after the last unusual one before it counts as over: one alone may be chance
NEAR = timedelta(days=QUIET_DAYS)
TOGETHER = timedelta(days=3)  # what leaves its band so soon after another began with it
AT_ONCE = timedelta(days=7)  # what follows from a matter follows so soon: later it has a reason of its own
BLIND = frozenset({"stale", "watch_failed"})  # of the account, without days or campaigns


@dataclass(frozen=True, slots=True)
class Reached:
    """What an incident has told so far: whose, and which metric:direction."""

    campaigns: frozenset[int] = frozenset()
    keys: frozenset[str] = frozenset()


NOTHING = Reached()
About = Mapping[str, Reached]


@dataclass(slots=True)
class _Gathered:
    campaigns: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


def reached(session: Session, incident_ids: Sequence[str]) -> About:
    """The campaigns and metrics of each incident's days."""
    query = select(
        IncidentDay.incident_id, IncidentDay.campaign_id, IncidentDay.metric, IncidentDay.value > IncidentDay.expected
    ).where(IncidentDay.incident_id.in_(incident_ids))
    found: dict[str, _Gathered] = {}
    for incident_id, campaign_id, metric, above in session.execute(query.distinct()):
        of = found.setdefault(incident_id, _Gathered())
        of.keys.add(f"{metric}:{'up' if above else 'down'}")
        if campaign_id is not None:
            of.campaigns.add(campaign_id)
    return {i: Reached(frozenset(of.campaigns), frozenset(of.keys)) for i, of in found.items()}


def name(row: Incident) -> str:
    """What an incident is about, as metric:direction."""
    return f"{row.metric}:{row.direction}"


def best(rows: Iterable[Incident], about: About, candidate: Candidate) -> Incident | None:
    """The incident that the candidate goes on with: the surest one, of several the one with most campaigns in common,
    then the first."""
    ranked = [(r, row) for row in rows if (r := rank(row, about, candidate)) is not None]
    if not ranked:
        return None
    in_common = {row.id: len(about.get(row.id, NOTHING).campaigns & candidate.campaigns) for _, row in ranked}
    return min(ranked, key=lambda found: (found[0], -in_common[found[1].id]))[1]


def rank(row: Incident, about: About, candidate: Candidate) -> int | None:
    """How surely a candidate is the incident's matter, 0 surest; None where it is another.

    By name (0, 1), by what it told before (2), as its consequence or reason (3), or because both began at once in one
    campaign, where two things seldom do (4).
    """
    if row.kind in BLIND or candidate.kind in BLIND:
        return 0 if name(row) == candidate.keys[0] else None
    mine = about.get(row.id, NOTHING)
    named, root = name(row), candidate.keys[0]
    if not _may_share(row, mine, candidate):
        return None
    if named in candidate.keys:
        return 0 if named == root else 1
    if not _days_join(row, candidate):
        return None
    if root in mine.keys:
        return 2
    if named in candidate.follows and candidate.first_day <= row.first_day + AT_ONCE:
        return 3
    one = len(mine.campaigns) == 1 and mine.campaigns == candidate.campaigns
    return 4 if one and abs(candidate.first_day - row.first_day) <= TOGETHER else None


def _may_share(row: Incident, mine: Reached, candidate: Candidate) -> bool:
    """Whether their campaigns allow it: in common, or hit within the days of what hits the whole account.

    Where one of both is only the account's own line, it says so by having begun together.
    """
    theirs = candidate.campaigns
    if mine.campaigns & theirs or (not mine.campaigns and not theirs):
        return True
    if not mine.campaigns or not theirs:
        return abs(row.first_day - candidate.first_day) <= TOGETHER
    return row.reach == "account" and row.first_day - TOGETHER <= candidate.first_day <= row.last_day + NEAR


def _days_join(row: Incident, candidate: Candidate) -> bool:
    return candidate.first_day <= row.last_day + NEAR and row.first_day <= candidate.last_day + NEAR


def named_by(row: Incident, candidate: Candidate) -> bool:
    """Whether the candidate may name the incident: under a name that the look knows, else it only adds days."""
    return name(row) in candidate.keys


def closed_already(rows: Collection[Incident], about: About, candidate: Candidate) -> bool:
    """Whether a person closed this very run of days, or it recovered and a look at the same days finds it once more."""
    return any(
        row.status in ("closed", "recovered")
        and rank(row, about, candidate) is not None
        and candidate.first_day <= row.last_day + NEAR
        for row in rows
    )
