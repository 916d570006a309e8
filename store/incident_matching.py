"""Which incident of the store a look's candidate is: under its own name, under a name it knows only as a symptom, or as
what follows from an incident of the same campaigns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.incident_values import Candidate
from store.tables import Incident, IncidentDay

QUIET_DAYS = 2  # usual days after the last unusual one before it counts as over: one alone may be chance
Reached = Mapping[str, frozenset[int]]


def campaigns(session: Session, incident_ids: Sequence[str]) -> Reached:
    """The campaigns that each incident has reached so far."""
    query = select(IncidentDay.incident_id, IncidentDay.campaign_id).where(IncidentDay.incident_id.in_(incident_ids))
    reached: dict[str, set[int]] = {}
    for incident_id, campaign_id in session.execute(query.distinct()):
        if campaign_id is not None:
            reached.setdefault(incident_id, set()).add(campaign_id)
    return {i: frozenset(found) for i, found in reached.items()}


def touch(about: Reached, row: Incident, candidate: Candidate) -> bool:
    """Whether they may be one matter: a campaign that stops is not the one that stopped a month ago and still stands.

    What is about the whole account touches all of it.
    """
    mine, theirs = about.get(row.id, frozenset()), candidate.campaigns
    return not mine or not theirs or bool(mine & theirs)


def name(row: Incident) -> str:
    """What an incident is about, as metric:direction."""
    return f"{row.metric}:{row.direction}"


def same(rows: Sequence[Incident], about: Reached, candidate: Candidate) -> Incident | None:
    """The incident of this matter: under its root's name, else a symptom's, else one that it echoes."""
    near = [row for row in rows if touch(about, row, candidate)]
    known = next((row for key in candidate.keys for row in near if name(row) == key), None)
    return known or next((row for row in near if echoes(about, row, candidate)), None)


def echoes(about: Reached, row: Incident, candidate: Candidate) -> bool:
    """Whether a candidate is what an incident of other name brought about: of the same campaigns, in the same days, and
    a symptom that the incident told already or that follows from what it is about.

    Conversions are judged days after the clicks that they follow: they go on when the clicks have recovered.
    """
    mine, theirs = about.get(row.id, frozenset()), candidate.campaigns
    if not (mine & theirs or (not mine and not theirs)) or not _days_overlap(row, candidate.first_day):
        return False
    told = {str(key) for key in row.cause.get("symptoms", ())}
    return candidate.keys[0] in told or name(row) in candidate.follows


def _days_overlap(row: Incident, first_day: date) -> bool:
    near = timedelta(days=QUIET_DAYS)
    return row.first_day - near <= first_day <= row.last_day + near


def named_by(row: Incident, candidate: Candidate) -> bool:
    """Whether the candidate may name the incident: under a name that the look knows, else it only adds days."""
    return name(row) in candidate.keys


def closed_already(rows: Collection[Incident], about: Reached, candidate: Candidate) -> bool:
    """Whether a person closed this very run of days, or it recovered and a look at the same days finds it once more."""
    return any(
        row.status in ("closed", "recovered")
        and touch(about, row, candidate)
        and (named_by(row, candidate) or echoes(about, row, candidate))
        and candidate.first_day <= row.last_day + timedelta(days=QUIET_DAYS)
        for row in rows
    )
