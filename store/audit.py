"""The audit chain: append only, each entry's hash covers itself and the entry before it.

An edit, a removal, a reordering and an insertion break a hash or a number; a cut-off tail disagrees with the head
row. What no chain in one database can show is a forger who rewrites every later entry and the head as well: for
that, copy ``audit list``'s last hash to another place now and then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.guards import insert_missing
from store.tables import AuditEntry, AuditHead

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    payload: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain first fails, and how."""

    seq: int
    reason: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.reason}"


def append(session: Session, actor: str, action: str, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
    """Add an entry inside the caller's transaction. The head row is locked: call it last, it serialises writers."""
    head = _locked_head(session)
    entry = AuditEntry(
        seq=head.seq + 1,
        at=now.isoformat(),
        actor=actor,
        action=action,
        subject=subject,
        payload=json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False),
        previous=head.hash,
    )
    entry.hash = _hash(entry)
    session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    session.flush()


def verify(session: Session) -> Broken | None:
    """Walk the whole chain. None where it holds, else its first break."""
    seq, previous = 0, GENESIS
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=500)):
        if entry.seq != seq + 1:
            return Broken(seq + 1, f"missing; the next one is {entry.seq}")
        if entry.previous != previous:
            return Broken(entry.seq, "does not follow the entry before it")
        if entry.hash != _hash(entry):
            return Broken(entry.seq, "was changed after it was written")
        seq, previous = entry.seq, entry.hash
    head = session.get(AuditHead, 1)
    recorded = (head.seq, head.hash) if head else (0, GENESIS)
    if recorded[0] > seq:
        return Broken(seq + 1, f"missing; the head says there are {recorded[0]} entries")
    return None if recorded == (seq, previous) else Broken(seq, f"is not the head, which says entry {recorded[0]}")


def entries(session: Session, *, subject: str | None = None, limit: int | None = None) -> Iterator[Entry]:
    """Entries in order; with ``limit`` only the last so many."""
    query = select(AuditEntry)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    rows = session.scalars(query.order_by(AuditEntry.seq.desc()).limit(limit)).all()
    for row in reversed(rows):
        yield Entry(row.seq, row.at, row.actor, row.action, row.subject, json.loads(row.payload), row.hash)


def _locked_head(session: Session) -> AuditHead:
    insert_missing(session, AuditHead, {"id": 1, "seq": 0, "hash": GENESIS})
    query = select(AuditHead).where(AuditHead.id == 1).with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def _hash(entry: AuditEntry) -> str:
    parts = [entry.seq, entry.at, entry.actor, entry.action, entry.subject, entry.payload, entry.previous]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
