"""Keeping what platforms' change histories tell, each change once, ours told from everybody else's.

No planner or tool can reach this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.account_change import MICROS, AccountChange
from store.guards import insert_missing
from store.tables import Attempt, Operation, PlatformChange

CLOCKS_APART = timedelta(minutes=5)
"""How far the platform's clock may be behind ours."""
LANDS_WITHIN = timedelta(minutes=15)
"""How long after it was sent a write may be dated by the platform."""
_MAX_ID, _MAX_NAME, _MAX_ENTITY, _MAX_FIELD = 300, 500, 200, 100


@dataclass(frozen=True, slots=True)
class _Sent:
    """A write of ours that may have landed; the values in millionths."""

    entity: str
    field: str
    before: int
    after: int
    at: datetime

    def made(self, change: AccountChange) -> bool:
        before, after = (_millionths(side) for side in (change.old, change.new))
        return (
            change.field == self.field
            and change.entity == self.entity
            and after == self.after
            and before in (None, self.before)
            and -CLOCKS_APART <= change.at - self.at <= LANDS_WITHIN
        )


def _millionths(side: Mapping[str, Any]) -> int | None:
    """An amount of money, or a plain number such as a target ROAS; None where the platform does not say."""
    if (micros := side.get(MICROS)) is not None:
        return int(micros)
    value = side.get("value")
    return round(value * 1_000_000) if isinstance(value, int | float) else None


def record(session: Session, account_id: int, changes: Sequence[AccountChange], *, now: datetime) -> int:
    """Keep the changes that are not kept yet; how many those were. Reading a history again adds nothing.

    A change is ours where the ledger holds an attempt that was not refused, of the same value, from the same to the
    same amount, sent at about that time.
    """
    if not changes:
        return 0
    sent = _sent(session, account_id, min(c.at for c in changes), max(c.at for c in changes))
    added = 0
    for change in sorted(changes, key=lambda c: (c.at, c.source_id)):
        ours = any(s.made(change) for s in sent)
        added += insert_missing(session, PlatformChange, _values(account_id, change, ours, now))
    return added


def _sent(session: Session, account_id: int, first: datetime, last: datetime) -> list[_Sent]:
    query = (
        select(Operation.entity, Operation.field, Operation.before_micros, Operation.after_micros, Attempt.intended_at)
        .join(Attempt, Attempt.operation_id == Operation.id)
        .where(
            Operation.account_id == account_id,
            Attempt.intended_at.between(first - LANDS_WITHIN, last + CLOCKS_APART),
            or_(Attempt.outcome.is_(None), Attempt.outcome != "rejected"),
        )
    )
    return [_Sent(*row) for row in session.execute(query)]


def _values(account_id: int, change: AccountChange, ours: bool, now: datetime) -> dict[str, object]:
    if not change.source_id or len(change.source_id) > _MAX_ID:
        raise ValueError(f"a change's source id has 1 to {_MAX_ID} characters, not {change.source_id!r}")
    return {
        "account_id": account_id,
        "source_id": change.source_id,
        "at": change.at,
        "entity": _text(change.entity, _MAX_ENTITY) or "",
        "entity_name": _text(change.entity_name, _MAX_NAME),
        "campaigns": list(change.campaigns),
        "field": _text(change.field, _MAX_FIELD) or "",
        "old": dict(change.old),
        "new": dict(change.new),
        "by": _text(change.by, _MAX_ENTITY),
        "client": _text(change.client, _MAX_FIELD),
        "ours": ours,
        "read_at": now,
    }


def _text(said: str | None, most: int) -> str | None:
    """Text from outside is data: control characters go, and what is longer than its column is cut."""
    return None if said is None else "".join(_printable(said))[:most]


def _printable(said: str) -> Iterable[str]:
    return (c if c.isprintable() else " " for c in said)
