"""What a look at an account makes of its incidents: opened once per matter, grown, worsened, recovered, opened again.

One transaction an account, under the account's lock: two watchers that saw the same leave one incident and one event.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain import alert
from domain.alert import SEVERITIES, Told
from domain.money import from_micros
from store import incident_matching as matching
from store.guards import lock_account
from store.incident_matching import BLIND, QUIET_DAYS
from store.incident_values import Candidate, DayValue
from store.incidents import OPEN
from store.tables import Incident, IncidentDay, IncidentEvent

BY = "budgeteer"
COMES_BACK = timedelta(days=7)  # the same matter within a week of its end is the same incident again, in its thread
STAYS_CLOSED = timedelta(days=60)  # longer than any run of days that a look can name: what was closed stays closed
TELLING = ("opened", "worsened", "reopened", "woke")  # the events that a channel itself hears of
NAMED_AT_FIRST = ("kind", "said", "facts", "evidence", "seen_with")
"""Of a cause: a change made then is no longer near later days, by whatever accounts it is seen."""
_REACHES = ("campaign", "several", "account")


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of an incident. ``what`` is opened, grew, worsened, reopened, woke, recovered or merged.

    ``tell``: it belongs into the channel itself, not only into its thread.
    """

    incident_id: str
    what: str
    event_id: int
    tell: bool


def settle(
    session: Session, account_id: int, found: Sequence[Candidate], looked: Mapping[str, date], now: datetime
) -> tuple[Moved, ...]:
    """Bring the account's incidents in line with ``found``.

    ``looked``: the last day that could be judged, by metric. What is not in it ends nothing: a metric that nobody
    could look at has not recovered. The same look twice changes nothing the second time.
    """
    lock_account(session, account_id)
    rows = list(
        session.scalars(
            select(Incident)
            .where(Incident.account_id == account_id)
            .where(
                Incident.open_key.is_not(None)
                | (Incident.ended_at >= now - COMES_BACK)
                | ((Incident.status == "closed") & (Incident.last_day >= now.date() - STAYS_CLOSED))
            )
            .order_by(Incident.opened_at, Incident.id)
            .execution_options(populate_existing=True)
        )
    )
    about = matching.reached(session, [row.id for row in rows])
    open_ = [row for row in rows if row.open_key is not None]
    ended = [row for row in rows if row.open_key is None]
    goes_on: dict[str, list[Candidate]] = {}
    new: list[Candidate] = []
    for candidate in found:
        row = matching.best(open_, about, candidate) or _again(session, ended, about, candidate)
        if row is not None:
            goes_on.setdefault(row.id, []).append(candidate)
        elif not candidate.faint and not matching.closed_already(ended, about, candidate):
            new.append(candidate)
    moved: list[Moved | None] = []
    for row in rows:
        if row.id in goes_on:
            whole = _as_one(row, about, goes_on[row.id])
            moved.append(_grow(session, row, whole, now) if row in open_ else _reopen(session, row, whole, now))
    for candidate in new:
        row = _open(session, account_id, candidate, now)
        moved.append(_happened(session, row, "opened", now, tell=not candidate.over))
        if candidate.over:
            moved.append(_end(session, row, None, looked, now))
    for row in open_:
        if row.id not in goes_on:
            into = next((c for c in found if matching.rank(row, about, c) is not None), None)
            moved.append(_end(session, row, into, looked, now))
    return tuple(m for m in moved if m is not None)


def _as_one(row: Incident, about: matching.About, found: Sequence[Candidate]) -> Candidate:
    """What goes on with one incident as one candidate: the surest, with the days of the others."""
    main = min(found, key=lambda c: (matching.rank(row, about, c) or 0, -len(c.days)))
    if len(found) == 1:
        return main
    days = tuple(sorted({d for c in found for d in c.days}, key=_in_order))
    first, last = min(c.first_day for c in found), max(c.last_day for c in found)
    return replace(main, days=days, first_day=first, last_day=last)


def _in_order(d: DayValue) -> tuple[str, date, int]:
    return d.metric, d.day, d.campaign_id or 0


def _matter(row: Incident) -> str | None:
    """What an open incident is about, metric:direction, without the number that tells it from another of its kind."""
    return None if row.open_key is None else row.open_key.partition("#")[0]


def _free_key(session: Session, account_id: int, incident_id: str, wanted: str) -> str:
    """``wanted``, or with a number where another open incident of the account goes by it."""
    query = select(Incident.open_key).where(
        Incident.account_id == account_id, Incident.open_key.is_not(None), Incident.id != incident_id
    )
    taken = set(session.scalars(query))
    return next(key for n in range(1, len(taken) + 2) if (key := wanted if n == 1 else f"{wanted}#{n}") not in taken)


def wake(session: Session, account_id: int, now: datetime) -> tuple[Moved, ...]:
    """End the snoozes that ran out; what is still open is told again."""
    lock_account(session, account_id)
    due = select(Incident).where(
        Incident.account_id == account_id, Incident.open_key.is_not(None), Incident.snoozed_until <= now
    )
    woken = []
    for row in session.scalars(due.order_by(Incident.id).execution_options(populate_existing=True)):
        row.snoozed_until = None
        woken.append(_happened(session, row, "woke", now, tell=True))
    return tuple(woken)


def _again(session: Session, ended: Sequence[Incident], about: matching.About, candidate: Candidate) -> Incident | None:
    """The incident that this is once more: recovered a few days ago, or closed by a person and graver since."""
    later = [row for row in reversed(ended) if candidate.last_day > row.last_day]
    graver = [r for r in later if r.status == "closed" and alert.worsened(_told(session, r), _now(candidate))]
    return matching.best([r for r in later if r.status == "recovered" or r in graver], about, candidate)


def _open(session: Session, account_id: int, candidate: Candidate, now: datetime) -> Incident:
    new = uuid.uuid4().hex
    row = Incident(
        id=new, account_id=account_id, kind=candidate.kind,
        open_key=_free_key(session, account_id, new, candidate.keys[0]),
        metric=candidate.metric, direction=candidate.direction, reach=candidate.reach, status="open",
        severity=candidate.severity, first_day=candidate.first_day, last_day=candidate.last_day,
        money_micros=candidate.money_micros, broadcast_micros=candidate.money_micros, currency=candidate.currency,
        cause=candidate.cause, revision=0, opened_at=now, changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _keep_days(session, row, candidate)
    return row


def _grow(session: Session, row: Incident, candidate: Candidate, now: datetime) -> Moved | None:
    """Take the new look in; None where nothing is new."""
    told, fresh = _told(session, row), _now(candidate)
    graver = SEVERITIES.index(fresh.severity) > SEVERITIES.index(told.severity)
    if not _take_in(session, row, candidate):
        return None
    snoozed = row.snoozed_until is not None and row.snoozed_until > now
    if alert.worsened(told, fresh) and (graver or not snoozed):
        row.snoozed_until = None  # a snooze was for what was known then
        return _happened(session, row, "worsened", now, tell=True)
    return _happened(session, row, "grew", now, tell=False)


def _reopen(session: Session, row: Incident, candidate: Candidate, now: datetime) -> Moved:
    row.status, row.ended_at, row.snoozed_until = "open", None, None
    row.severity, row.reach = candidate.severity, candidate.reach
    key = candidate.keys[0] if matching.named_by(row, candidate) else matching.name(row)
    row.open_key = _free_key(session, row.account_id, row.id, key)
    _take_in(session, row, candidate)
    return _happened(session, row, "reopened", now, tell=True)


def _take_in(session: Session, row: Incident, candidate: Candidate) -> bool:
    """Let the incident say what the look says; whether that is anything new.

    While it is open its severity and reach are the worst so far: it is not told again for falling and rising.
    """
    severity = max(row.severity, candidate.severity, key=SEVERITIES.index)
    reach = max(row.reach, candidate.reach, key=_REACHES.index)
    if not matching.named_by(row, candidate):
        return _take_echo(session, row, candidate)
    named = _matter(row) == candidate.keys[0]
    key = row.open_key if named else _free_key(session, row.account_id, row.id, candidate.keys[0])
    said = {
        "open_key": key, "kind": candidate.kind, "metric": candidate.metric,
        "direction": candidate.direction, "reach": reach, "severity": severity,
        "first_day": min(row.first_day, candidate.first_day), "last_day": candidate.last_day,
        "money_micros": candidate.money_micros, "currency": candidate.currency, "cause": _cause(row, candidate),
    }  # fmt: skip
    changed = {name for name, value in said.items() if getattr(row, name) != value}
    if not _keep_days(session, row, candidate) and not changed:
        return False
    for name in changed:
        setattr(row, name, said[name])
    return True


def _cause(row: Incident, candidate: Candidate) -> dict[str, Any]:
    """The cause that the look found; of a later piece of what goes on, that of its beginning, where one was found."""
    if candidate.first_day <= row.first_day + matching.TOGETHER or row.cause.get("kind", "unknown") == "unknown":
        return candidate.cause
    now = {name: value for name, value in candidate.cause.items() if name not in NAMED_AT_FIRST}
    return {**now, **{name: row.cause[name] for name in NAMED_AT_FIRST if name in row.cause}}


def _take_echo(session: Session, row: Incident, candidate: Candidate) -> bool:
    """Let an incident go on under its own name by what still follows from it."""
    mine = select(IncidentDay).where(IncidentDay.incident_id == row.id, IncidentDay.day >= candidate.looked_from)
    told = {d.metric for d in candidate.days}
    kept = {v for d in session.scalars(mine) if (v := _value(d)).metric not in told}
    days = tuple(sorted(kept | set(candidate.days), key=_in_order))
    last = max(row.last_day, candidate.last_day)
    changed = _keep_days(session, row, replace(candidate, days=days)) or last != row.last_day
    row.last_day = last
    return changed


def _keep_days(session: Session, row: Incident, candidate: Candidate) -> bool:
    """Replace the days that were judged anew; whether they differ."""
    mine = select(IncidentDay).where(IncidentDay.incident_id == row.id, IncidentDay.day >= candidate.looked_from)
    before = {_value(d) for d in session.scalars(mine)}
    if before == set(candidate.days):
        return False
    session.execute(
        delete(IncidentDay).where(IncidentDay.incident_id == row.id, IncidentDay.day >= candidate.looked_from)
    )
    session.add_all(
        IncidentDay(
            incident_id=row.id, account_id=row.account_id, campaign_id=d.campaign_id, metric=d.metric, day=d.day,
            value=d.value, expected=d.expected, low=d.low, high=d.high, score=d.score,
        )
        for d in candidate.days
        if d.day >= candidate.looked_from
    )  # fmt: skip
    session.flush()
    return True


def _value(d: IncidentDay) -> DayValue:
    return DayValue(d.campaign_id, d.metric, d.day, d.value, d.expected, d.low, d.high, d.score)


def _end(
    session: Session, row: Incident, into: Candidate | None, looked: Mapping[str, date], now: datetime
) -> Moved | None:
    """Recovered where enough usual days were seen since, merged where another incident tells of it now."""
    last = looked.get(row.metric)
    if into is not None:
        row.status, what = "closed", "merged"
    elif last is not None and (row.kind in BLIND or last >= row.last_day + timedelta(days=QUIET_DAYS)):
        row.status, what = "recovered", "recovered"
    else:
        return None
    quiet = row.snoozed_until is not None and row.snoozed_until > now
    row.open_key, row.ended_at, row.snoozed_until = None, now, None
    details = {} if into is None else {"into": into.keys[0]}
    return _happened(session, row, what, now, tell=False, details={**details, "snoozed": quiet})


def _told(session: Session, row: Incident) -> Told:
    """What the channel was last told: as the incident's last telling event has it."""
    money = None if row.broadcast_micros is None else from_micros(row.broadcast_micros)
    query = (
        select(IncidentEvent.details)
        .where(IncidentEvent.incident_id == row.id, IncidentEvent.kind.in_(TELLING))
        .order_by(IncidentEvent.id.desc())
        .limit(1)
    )
    stood = session.scalar(query) or {}
    last = date.fromisoformat(stood.get("last_day", row.last_day.isoformat()))
    first = date.fromisoformat(stood.get("first_day", row.first_day.isoformat()))
    return Told(row.severity, money, row.reach, (last - first).days + 1)  # type: ignore[arg-type]  # the table's checks


def _now(candidate: Candidate) -> Told:
    money = None if candidate.money_micros is None else from_micros(candidate.money_micros)
    days = (candidate.last_day - candidate.first_day).days + 1
    return Told(candidate.severity, money, candidate.reach, days)  # type: ignore[arg-type]


def _happened(
    session: Session, row: Incident, what: str, now: datetime, *, tell: bool, details: dict[str, Any] | None = None
) -> Moved:
    if tell:
        row.broadcast_micros = row.money_micros
    return Moved(row.id, what, record(session, row, what, BY, now, details), tell)


def record(
    session: Session, row: Incident, kind: str, by: str, now: datetime, details: dict[str, Any] | None = None
) -> int:
    """Append an event and move the incident's revision; the event's id. Part of the caller's transaction."""
    row.revision += 1
    row.changed_at = now
    stands = {
        "severity": row.severity, "money_micros": row.money_micros, "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
    }  # fmt: skip
    event = IncidentEvent(
        incident_id=row.id, account_id=row.account_id, kind=kind, by=by, at=now, details={**stands, **(details or {})}
    )
    session.add(event)
    session.flush()
    return event.id


def is_open(row: Incident) -> bool:
    """Whether people may still act on it."""
    return row.status in OPEN
