"""The life of an approval and of an operation: one table each, anything else raises."""

from __future__ import annotations

from enum import StrEnum

from domain.errors import IllegalMove


class Status(StrEnum):
    """Where an approval stands."""

    DRAFT = "draft"
    PENDING = "pending"
    EXECUTING = "executing"
    APPLIED = "applied"
    PARTIALLY_APPLIED = "partially_applied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STALE = "stale"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class OpState(StrEnum):
    """Where one operation stands."""

    WAITING = "waiting"
    SENT = "sent"
    APPLIED = "applied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    QUARANTINED = "quarantined"


_S = Status
MOVES: dict[Status, frozenset[Status]] = {
    _S.DRAFT: frozenset({_S.PENDING, _S.WITHDRAWN}),
    _S.PENDING: frozenset({_S.EXECUTING, _S.REJECTED, _S.EXPIRED, _S.SUPERSEDED, _S.WITHDRAWN}),
    _S.EXECUTING: frozenset({_S.APPLIED, _S.PARTIALLY_APPLIED, _S.FAILED, _S.UNKNOWN, _S.STALE, _S.REFUSED}),
    _S.UNKNOWN: frozenset({_S.APPLIED, _S.PARTIALLY_APPLIED, _S.FAILED, _S.QUARANTINED, _S.EXECUTING}),
    _S.QUARANTINED: frozenset({_S.APPLIED, _S.PARTIALLY_APPLIED, _S.FAILED}),
}

_O = OpState
OP_MOVES: dict[OpState, frozenset[OpState]] = {
    _O.WAITING: frozenset({_O.SENT, _O.FAILED, _O.SKIPPED}),
    _O.SENT: frozenset({_O.APPLIED, _O.FAILED, _O.UNKNOWN, _O.QUARANTINED}),
    _O.UNKNOWN: frozenset({_O.APPLIED, _O.FAILED, _O.QUARANTINED, _O.SENT}),
    _O.QUARANTINED: frozenset({_O.APPLIED, _O.FAILED}),
}

OPEN = frozenset({_S.PENDING, _S.EXECUTING, _S.UNKNOWN, _S.QUARANTINED})
"""Statuses that keep an entity's one open change taken."""


def move(old: Status, new: Status) -> Status:
    """``new``, if the table allows it. Raises IllegalMove otherwise."""
    if new not in MOVES.get(old, frozenset()):
        raise IllegalMove(f"an approval that is {old} cannot become {new}; allowed: {_names(MOVES.get(old))}")
    return new


def move_op(old: OpState, new: OpState) -> OpState:
    """``new``, if the table allows it. Raises IllegalMove otherwise."""
    if new not in OP_MOVES.get(old, frozenset()):
        raise IllegalMove(f"an operation that is {old} cannot become {new}; allowed: {_names(OP_MOVES.get(old))}")
    return new


def _names(moves: frozenset[Status] | frozenset[OpState] | None) -> str:
    return ", ".join(sorted(moves)) if moves else "nothing, it is final"
