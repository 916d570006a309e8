"""The calendar: promotions, freezes, tracking changes and events as told; holidays are computed, never stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.calendar import local_days, public_holidays
from domain.policy import Freeze, StepEnvelope
from domain.scope import Scope
from store.tables import Account, CalendarEvent

Kind = Literal["promotion", "holiday", "freeze", "tracking", "event"]
STORED: tuple[str, ...] = ("promotion", "freeze", "tracking", "event")
STEP = "max_step"


@dataclass(frozen=True, slots=True)
class Event:
    """Days that are not like the others, both ends counted.

    ``accounts`` are those in scope that it concerns. ``id`` is None for a holiday, which is computed; ``details`` are
    an event's own step limit or a note.
    """

    kind: Kind
    name: str
    start: date
    end: date
    accounts: tuple[int, ...]
    id: int | None = None
    every_account: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    added_by: str = ""

    @property
    def max_step(self) -> Decimal | None:
        """The step limit that an event lifts to, as a fraction; None where it lifts none."""
        said = self.details.get(STEP)
        return None if said is None else Decimal(str(said))


def events(session: Session, scope: Scope, start: date, end: date, kinds: Collection[str] | None = None) -> list[Event]:
    """What of the calendar touches the days ``start`` to ``end``, by day and name."""
    wanted = set(get_args(Kind) if kinds is None else kinds)
    query = (
        select(CalendarEvent)
        .where(
            CalendarEvent.removed_at.is_(None),
            CalendarEvent.kind.in_(wanted),
            CalendarEvent.start <= end,
            CalendarEvent.end >= start,
            or_(CalendarEvent.account_id.is_(None), CalendarEvent.account_id.in_(scope.account_ids)),
        )
        .execution_options(populate_existing=True)
    )
    found = [read_event(row, scope) for row in session.scalars(query)]
    if "holiday" in wanted:
        found += _holidays(session, scope, start, end)
    return sorted(found, key=lambda e: (e.start, e.end, e.name))


def all_events(session: Session, scope: Scope) -> list[Event]:
    """Everything stored for the scope, by day; no holidays."""
    return events(session, scope, date.min, date.max, STORED)


def countries(session: Session, scope: Scope) -> dict[int, str | None]:
    """Each account's country, None where it was not said."""
    query = select(Account.id, Account.country).where(Account.id.in_(scope.account_ids))
    return {row.id: row.country for row in session.execute(query)}


def freezes(session: Session, account_id: int, timezone: str, day: date) -> tuple[Freeze, ...]:
    """The freezes of one account, or of all, that hold around ``day``: their days are local days of the account."""
    found = events(session, Scope((account_id,)), day, day, ("freeze",))
    return tuple(Freeze(*local_days(e.start, e.end, timezone), f"freeze '{e.name}'", account_id) for e in found)


def envelopes(session: Session, account_id: int, timezone: str, day: date) -> tuple[StepEnvelope, ...]:
    """The events around ``day`` that lift the step limit of an account; its own stand before those of all accounts."""
    found = [e for e in events(session, Scope((account_id,)), day, day, ("event",)) if e.max_step is not None]
    own = [e for e in found if not e.every_account]
    return tuple(
        StepEnvelope(*local_days(e.start, e.end, timezone), e.max_step, e.name, e.added_by)
        for e in own or found
        if e.max_step is not None
    )


def read_event(row: CalendarEvent, scope: Scope) -> Event:
    """A stored row as what it says of the scope."""
    kind: Kind = row.kind  # type: ignore[assignment]  # the table's check allows no other
    accounts = scope.account_ids if row.account_id is None else (row.account_id,)
    every = row.account_id is None
    return Event(kind, row.name, row.start, row.end, accounts, row.id, every, dict(row.details), row.added_by)


def _holidays(session: Session, scope: Scope, start: date, end: date) -> list[Event]:
    of: dict[str, list[int]] = defaultdict(list)
    for account_id, country in sorted(countries(session, scope).items()):
        if country is not None:
            of[country].append(account_id)
    return [
        Event("holiday", name if len(of) == 1 else f"{name} ({country})", day, day, tuple(accounts))
        for country, accounts in of.items()
        for day, name in public_holidays(country, start, end)
    ]


def days_of(found: Iterable[Event]) -> set[date]:
    """Every day that the events touch."""
    return {date.fromordinal(n) for e in found for n in range(e.start.toordinal(), e.end.toordinal() + 1)}
