"""Files that somebody gave the bot: kept until they confirmed how to read them, and no longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.errors import BadInput
from store.tables import FileDrop

Status = Literal["asked", "loading", "imported", "refused", "cancelled", "expired"]
KEPT = timedelta(hours=24)
LOADS = timedelta(minutes=3)  # a load that said nothing for longer may be taken up by another press
CLAIM = "claim"
MAX_NAME = 300


@dataclass(frozen=True, slots=True)
class Drop:
    """One file. ``content`` is None once it was dealt with; ``reading`` is what is known and asked about it."""

    id: str
    user: str
    channel: str
    thread_ts: str
    message_ts: str | None
    name: str
    content: bytes | None
    sha256: str
    reading: Mapping[str, Any]
    status: Status
    run_id: int | None
    created_at: datetime


def add(
    session: Session, *, drop_id: str, user: str, channel: str, thread_ts: str, name: str, content: bytes | None,
    sha256: str, status: Status, reading: Mapping[str, Any], now: datetime,
) -> None:  # fmt: skip
    """Keep a file. The same ``drop_id`` again changes nothing: its message was delivered twice."""
    if session.get(FileDrop, drop_id) is not None:
        return
    settled = None if status == "asked" else now
    session.add(
        FileDrop(
            id=drop_id,
            user=user,
            channel=channel,
            thread_ts=thread_ts,
            name=name[:MAX_NAME],
            sha256=sha256,
            content=content if status == "asked" else None,
            reading=dict(reading),
            status=status,
            created_at=now,
            settled_at=settled,
        )
    )


def get(session: Session, drop_id: str, *, lock: bool = False) -> Drop:
    """One file; ``lock`` holds it until the transaction ends. Raises BadInput for an unknown id."""
    query = select(FileDrop).where(FileDrop.id == drop_id).execution_options(populate_existing=True)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise BadInput(f"there is no file {drop_id[:40]!r}")
    return Drop(
        row.id, row.user, row.channel, row.thread_ts, row.message_ts, row.name, row.content, row.sha256, row.reading,
        row.status, row.run_id, row.created_at,  # type: ignore[arg-type]
    )  # fmt: skip


def known(session: Session, drop_id: str) -> bool:
    """Whether this file was taken in before."""
    return session.get(FileDrop, drop_id) is not None


def read_as(session: Session, drop_id: str, reading: Mapping[str, Any]) -> None:
    """Keep what is known and asked about a file now."""
    session.execute(update(FileDrop).where(FileDrop.id == drop_id).values(reading=dict(reading)))


def posted(session: Session, drop_id: str, message_ts: str) -> None:
    """The message with its buttons stands in Slack."""
    session.execute(update(FileDrop).where(FileDrop.id == drop_id).values(message_ts=message_ts))


def settle(
    session: Session, drop_id: str, status: Status, reading: Mapping[str, Any], now: datetime, run_id: int | None = None
) -> None:
    """A file was dealt with: its content goes."""
    values: dict[str, Any] = {"status": status, "reading": dict(reading), "content": None, "settled_at": now}
    if run_id is not None:
        values["run_id"] = run_id
    session.execute(update(FileDrop).where(FileDrop.id == drop_id).values(values))


def claim(session: Session, drop: Drop, token: str, now: datetime, *, taken_up: bool) -> bool:
    """Begin to load a file, in one conditional update: of several presses one gets True. ``drop`` is locked.

    ``token`` names this load; ``taken_up`` says that the process of this very press died before, as the inbox knows;
    ``now`` is the system's clock.
    """
    free: Status = "asked"
    if drop.status == "loading" and (taken_up or datetime.fromisoformat(drop.reading[CLAIM]["until"]) <= now):
        free = "loading"
    reading = {**drop.reading, CLAIM: {"token": token, "until": (now + LOADS).isoformat()}}
    statement = update(FileDrop).where(FileDrop.id == drop.id, FileDrop.status == free)
    claimed = statement.values(status="loading", reading=reading).returning(FileDrop.id)
    return session.execute(claimed).first() is not None


def held(session: Session, drop_id: str, token: str) -> bool:
    """Whether the load that ``token`` names is still the one that goes on; the file is locked."""
    drop = get(session, drop_id, lock=True)
    return drop.status == "loading" and drop.reading[CLAIM]["token"] == token


def let_go(session: Session, drop_id: str, reading: Mapping[str, Any]) -> None:
    """A load failed before anything was stored: the file is asked about as before."""
    session.execute(update(FileDrop).where(FileDrop.id == drop_id).values(status="asked", reading=dict(reading)))


def expire(session: Session, now: datetime) -> list[str]:
    """Drop what nobody confirmed in ``KEPT``; the ids."""
    waits = (FileDrop.status == "asked") & (FileDrop.created_at <= now - KEPT)
    left = (FileDrop.status == "loading") & (FileDrop.created_at <= now - 2 * KEPT)  # pressed within a day, and died
    ids = list(session.scalars(select(FileDrop.id).where(waits | left)))
    if ids:
        values = {"status": "expired", "content": None, "settled_at": now}
        session.execute(update(FileDrop).where(FileDrop.id.in_(ids), waits | left).values(values))
    return ids
