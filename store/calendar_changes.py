"""Changing the calendar: what a person adds, removes or says, each in the audit. No planner or tool can reach this."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.calendar import checked_country
from domain.errors import BadInput
from domain.scope import Scope
from store import audit
from store.calendar import STEP, STORED, Event, read_event
from store.tables import Account, CalendarEvent

MAX_NAME, LONGEST_DAYS, HIGHEST_STEP = 200, 400, Decimal(3)


def add_event(
    session: Session, *, account_id: int | None, kind: str, name: str, start: date, end: date, by: str, now: datetime,
    max_step: Decimal | None = None, note: str | None = None,
) -> int:  # fmt: skip
    """Add days to the calendar, audited; the event's id. ``account_id`` None is every account.

    The same days of the same kind and name are added once. ``max_step`` (a fraction) is the step limit that an event
    lifts to within its dates: ``by`` answers for it.

    Raises:
        BadInput: what is wrong, with what is allowed.
    """
    name = _checked(kind, name, start, end, max_step)
    details: dict[str, Any] = {} if max_step is None else {STEP: str(max_step)}
    if note:
        details["note"] = note[:500]
    same = select(CalendarEvent).where(
        CalendarEvent.removed_at.is_(None),
        CalendarEvent.kind == kind,
        CalendarEvent.name == name,
        CalendarEvent.start == start,
        CalendarEvent.end == end,
        CalendarEvent.account_id.is_(None) if account_id is None else CalendarEvent.account_id == account_id,
    )
    there = next((row for row in session.scalars(same) if row.details == details), None)
    if there is not None:
        return there.id
    row = CalendarEvent(
        account_id=account_id, kind=kind, name=name, start=start, end=end, details=details, added_by=by, added_at=now
    )
    session.add(row)
    session.flush()
    said = {"event": row.id, "kind": kind, "name": name, "start": str(start), "end": str(end), **details}
    audit.append(session, by, "calendar.added", _subject(account_id), said, now)
    return row.id


def remove_event(session: Session, scope: Scope, event_id: int, *, by: str, now: datetime) -> Event:
    """Take days out of the calendar, audited; the row stays. Raises BadInput where there is no such event."""
    row = session.get(CalendarEvent, event_id, populate_existing=True)
    if row is None or row.removed_at is not None or row.account_id not in (None, *scope.account_ids):
        raise BadInput(f"the calendar has no event {event_id}; see budgeteer calendar list")
    session.execute(update(CalendarEvent).where(CalendarEvent.id == event_id).values(removed_at=now))
    audit.append(session, by, "calendar.removed", _subject(row.account_id), {"event": event_id, "name": row.name}, now)
    return read_event(row, scope)


def set_country(session: Session, scope: Scope, country: str, *, by: str, now: datetime) -> None:
    """Say whose holidays the accounts keep, audited. Raises BadInput for a country without a known calendar."""
    code = checked_country(country)
    session.execute(update(Account).where(Account.id.in_(scope.account_ids)).values(country=code))
    for account_id in scope.account_ids:
        audit.append(session, by, "calendar.country", _subject(account_id), {"country": code}, now)


def _checked(kind: str, name: str, start: date, end: date, max_step: Decimal | None) -> str:
    name = " ".join(name.split())
    if kind not in STORED:
        raise BadInput(f"{kind!r} is no kind of day; use {', '.join(STORED)} (holidays are computed)")
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(f"the name {name[:40]!r} is not usable; give 1 to {MAX_NAME} printable characters")
    if end < start or (end - start).days >= LONGEST_DAYS:
        raise BadInput(f"{start} to {end} is no stretch of 1 to {LONGEST_DAYS} days")
    if max_step is not None and kind != "event":
        raise BadInput(f"only an event has a step limit of its own, not a {kind}")
    if max_step is not None and not (max_step.is_finite() and 0 < max_step <= HIGHEST_STEP):
        raise BadInput(f"a step limit of {max_step} is not usable; give a fraction above 0 and at most {HIGHEST_STEP}")
    return name


def _subject(account_id: int | None) -> str:
    return "calendar" if account_id is None else f"account:{account_id}"
