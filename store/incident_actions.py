"""What people do about an incident: acknowledge, snooze, call expected, close; and taking a quiet rule back.

Each is one transaction with its event and its audit, under the account's lock. Doing it twice does it once: the second
is told who was first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.scope import Scope
from store import audit, incidents
from store.guards import lock_account
from store.incident_settling import is_open, record
from store.incidents import IncidentView
from store.tables import Incident, IncidentDay, IncidentEvent, QuietRule

Expected = Literal["promotion", "seasonal", "tracking"]
SNOOZES: dict[str, timedelta] = {"1d": timedelta(days=1), "3d": timedelta(days=3), "1w": timedelta(days=7)}
QUIET_FOR: dict[str, timedelta] = {
    "promotion": timedelta(days=14),  # few promotions last longer; a longer one is called so again
    "seasonal": timedelta(days=60),
    "tracking": timedelta(days=7),  # a broken tag is mended within days, or somebody should hear of it again
}
MARGIN = 1.25  # how much further than what was called expected stays quiet: no day is exactly like another
NO_RULE = frozenset({"stale", "watch_failed"})  # missing data and a failed watch are never quieted, only snoozed
SAME_END = timedelta(hours=1)  # ends so near each other are one wish, pressed or delivered twice
_MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it. ``changed`` False: it was so before, or the incident is over; ``by``, ``at``: who was first.

    ``until`` is the end of a snooze or of the quiet rules, ``rules`` their ids; ``was`` the snooze's end before.
    """

    incident: IncidentView
    changed: bool
    event_id: int | None = None
    by: str | None = None
    at: datetime | None = None
    until: datetime | None = None
    rules: tuple[int, ...] = ()
    was: datetime | None = None


def acknowledge(session: Session, scope: Scope, incident_id: str, *, by: str, now: datetime) -> Acted:
    """Say that somebody looks at it: it is not told again unless it gets worse."""
    row = _locked(session, scope, incident_id)
    if row.status != "open":
        return _was(session, scope, row, "acknowledged")
    row.status = "acknowledged"
    return _done(session, scope, row, "acknowledged", by, now)


def snooze(session: Session, scope: Scope, incident_id: str, length: str, *, by: str, now: datetime) -> Acted:
    """Say nothing of it for a while from now; at the end it is told again where it is still open.

    One that is snoozed gets this end instead, be it sooner or later than the one it had.

    Raises:
        BadInput: no such incident, or a length that is not offered.
    """
    if length not in SNOOZES:
        raise BadInput(f"a snooze lasts {', '.join(SNOOZES)}, not {length[:40]!r}")
    row = _locked(session, scope, incident_id)
    until = now + SNOOZES[length]
    was = row.snoozed_until if row.snoozed_until is not None and row.snoozed_until > now else None
    if not is_open(row) or (was is not None and abs(was - until) < SAME_END):
        return _was(session, scope, row, "snoozed", until=row.snoozed_until)
    row.snoozed_until = until
    return _done(session, scope, row, "snoozed", by, now, until=until, was=was)


def unsnooze(session: Session, scope: Scope, incident_id: str, *, by: str, now: datetime) -> Acted:
    """Take a snooze back."""
    row = _locked(session, scope, incident_id)
    if not is_open(row) or row.snoozed_until is None:
        return _was(session, scope, row, "unsnoozed")
    row.snoozed_until = None
    return _done(session, scope, row, "unsnoozed", by, now)


def expect(
    session: Session, scope: Scope, incident_id: str, why: str, *, by: str, now: datetime, note: str = ""
) -> Acted:
    """Say that it was to be expected: it ends, and the same is not told again for as long as that reason lasts.

    One quiet rule for each campaign and metric that it holds, up to a little more than what was seen.

    Raises:
        BadInput: no such incident, a reason that is not offered, or a kind that cannot be expected.
    """
    if why not in QUIET_FOR:
        raise BadInput(f"an incident is expected for a reason of {', '.join(QUIET_FOR)}; not {why[:40]!r}")
    row = _locked(session, scope, incident_id)
    if row.kind in NO_RULE:
        raise BadInput("missing data and a failed watch cannot be called expected, since nothing is seen then; snooze")
    if not is_open(row):
        return _was(session, scope, row, "expected")
    until = now + QUIET_FOR[why]
    learned = _learn(session, row, why, " ".join(note.split())[:_MAX_NOTE], by, now, until)
    row.status, row.open_key, row.ended_at, row.snoozed_until = "expected", None, now, None
    return _done(session, scope, row, "expected", by, now, until=until, why=why, rules=learned)


def close(session: Session, scope: Scope, incident_id: str, *, by: str, now: datetime) -> Acted:
    """End it by hand: these days are dealt with. It opens again only where it gets worse."""
    row = _locked(session, scope, incident_id)
    if not is_open(row):
        return _was(session, scope, row, "closed")
    row.status, row.open_key, row.ended_at, row.snoozed_until = "closed", None, now, None
    return _done(session, scope, row, "closed", by, now)


def revoke(session: Session, scope: Scope, rule_id: int, *, by: str, now: datetime) -> bool:
    """Take a quiet rule back; False where it was revoked before.

    Raises:
        BadInput: there is no such rule in the scope.
    """
    rule = session.get(QuietRule, rule_id)
    if rule is None or rule.account_id not in scope:
        raise BadInput(f"there is no quiet rule {rule_id}; see budgeteer watch rules")
    lock_account(session, rule.account_id)
    session.refresh(rule)
    if rule.revoked_at is not None:
        return False
    rule.revoked_by, rule.revoked_at = by, now
    session.flush()
    audit.append(session, by, "watch.rule_revoked", f"quiet_rule:{rule_id}", {"account": rule.account_id}, now)
    return True


def _locked(session: Session, scope: Scope, incident_id: str) -> Incident:
    found = incidents.incident(session, scope, incident_id)
    lock_account(session, found.account_id)
    return session.get_one(Incident, found.id, populate_existing=True)


def _was(session: Session, scope: Scope, row: Incident, kind: str, until: datetime | None = None) -> Acted:
    """Nothing to do; who did it, where somebody did."""
    last = select(IncidentEvent).where(IncidentEvent.incident_id == row.id, IncidentEvent.kind == kind)
    event = session.scalars(last.order_by(IncidentEvent.id.desc()).limit(1)).first()
    view = incidents.incident(session, scope, row.id)
    return Acted(view, False, by=event.by if event else None, at=event.at if event else None, until=until)


def _done(
    session: Session, scope: Scope, row: Incident, kind: str, by: str, now: datetime, *,
    until: datetime | None = None, why: str | None = None, rules: tuple[int, ...] = (), was: datetime | None = None,
) -> Acted:  # fmt: skip
    ends = {name: at.isoformat() if at else None for name, at in (("until", until), ("was", was))}
    said = {**ends, "why": why, "rules": list(rules)}
    details = {name: value for name, value in said.items() if value}
    event = record(session, row, kind, by, now, details)
    audit.append(session, by, f"incident.{kind}", row.id, details, now)
    return Acted(incidents.incident(session, scope, row.id), True, event, by, now, until, rules, was)


def _learn(
    session: Session, row: Incident, why: str, note: str, by: str, now: datetime, until: datetime
) -> tuple[int, ...]:
    """A rule for each campaign and metric; the largest deviation stands in it, so that a worse one is told."""
    largest: dict[tuple[int | None, str, str], float | None] = {}
    whole = {"own_line": True}  # the account's sum, which is no word about its other campaigns
    for day in session.scalars(select(IncidentDay).where(IncidentDay.incident_id == row.id)):
        if day.value is None or not day.expected:
            continue
        off = day.value / day.expected - 1
        key = (day.campaign_id, day.metric, "up" if off > 0 else "down")
        largest[key] = max(largest.get(key) or 0.0, abs(off))
    if not largest:
        largest, whole = {(None, row.metric, row.direction): None}, {}
    made = [
        QuietRule(
            account_id=row.account_id, campaign_id=campaign, metric=metric, direction=direction,
            condition={"why": why, "largest": None if top is None else round(top * MARGIN, 4),
                       **(whole if campaign is None else {})},
            reason=note or f"expected: {why}", learned_from=row.id, created_by=by, created_at=now, until=until,
        )
        for (campaign, metric, direction), top in sorted(largest.items(), key=lambda pair: str(pair[0]))
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return tuple(rule.id for rule in made)
