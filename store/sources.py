"""Published sheets that are read again and again: where they are, how often, and what came of it last.

Setup and the job use this; no question reads it. A sheet's account is among its options.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from store.tables import Source

MAX_NAME = 100
HOURS = (1, 24 * 7)


def add(
    session: Session, *, name: str, url: str, options: Mapping[str, Any], every_hours: int, by: str, now: datetime,
) -> Source:  # fmt: skip
    """Remember a sheet. Raises BadInput for a name that is taken or no name, or hours out of range."""
    name = check_new(session, name)
    if not HOURS[0] <= every_hours <= HOURS[1]:
        raise BadInput(f"every {every_hours} hours: use {HOURS[0]} to {HOURS[1]}")
    source = Source(name=name, url=url, options=dict(options), every_hours=every_hours, added_by=by, added_at=now)
    session.add(source)
    session.flush()
    return source


def check_new(session: Session, name: str) -> str:
    """The name as kept. Raises BadInput where it is none, or taken."""
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(f"source name {name[:40]!r}: use 1 to {MAX_NAME} printable characters")
    if any(known.name.casefold() == name.casefold() for known in listed(session)):
        raise BadInput(f"there is a source {name!r} already; remove it first, or use another name")
    return name


def listed(session: Session) -> list[Source]:
    """Every source by name."""
    return list(session.scalars(select(Source).order_by(Source.name)))


def named(session: Session, name: str) -> Source:
    """One source, without regard to case. Raises BadInput where there is none."""
    known = listed(session)
    found = next((s for s in known if s.name.casefold() == name.strip().casefold()), None)
    if found is None:
        there = ", ".join(s.name for s in known) or "none"
        raise BadInput(f"there is no source {name!r}; known: {there}")
    return found


def remove(session: Session, name: str) -> Source:
    """Forget a sheet; what was loaded from it stays."""
    source = named(session, name)
    session.execute(delete(Source).where(Source.id == source.id))
    return source


def due(session: Session, now: datetime) -> list[Source]:
    """The sources whose interval has passed since they were last looked at."""
    return [s for s in listed(session) if s.checked_at is None or s.checked_at + timedelta(hours=s.every_hours) <= now]


def settle(
    session: Session, source_id: int, now: datetime, *, error: str | None = None, sha256: str | None = None,
    run_id: int | None = None,
) -> None:  # fmt: skip
    """Keep what came of a look. An error leaves what was loaded last as it was; a removed source is left alone."""
    source = session.get(Source, source_id)
    if source is None:
        return
    source.checked_at, source.error = now, error
    if error is None:
        source.content_sha256 = sha256 or source.content_sha256
        source.run_id = run_id or source.run_id
    session.flush()
