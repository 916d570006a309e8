"""Answers as they were given, with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.scope import Scope
from store.tables import AnswerRow

Feedback = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer. ``payload`` is its ``--json`` form, with ``exact`` values of its facts as decimal strings."""

    id: str
    thread: str
    question: str
    planner: str
    payload: Mapping[str, Any]
    account_ids: tuple[int, ...]
    asked_by: str
    created_at: datetime
    feedback: str | None


def save(session: Session, scope: Scope, answer: StoredAnswer) -> None:
    """Keep an answer that was given from the accounts in ``scope``."""
    session.add(
        AnswerRow(
            id=answer.id,
            thread=answer.thread,
            question=answer.question,
            planner=answer.planner,
            payload=dict(answer.payload),
            account_ids=list(scope.account_ids),
            asked_by=answer.asked_by,
            created_at=answer.created_at,
        )
    )


def get(session: Session, scope: Scope, answer_id: str) -> StoredAnswer | None:
    """The answer, or None where there is none that was given from accounts in ``scope`` alone."""
    row = session.get(AnswerRow, answer_id)
    return None if row is None or not _visible(row, scope) else _stored(row)


def in_thread(session: Session, scope: Scope, thread: str) -> list[StoredAnswer]:
    """The thread's answers that ``scope`` may see, oldest first."""
    query = select(AnswerRow).where(AnswerRow.thread == thread).order_by(AnswerRow.created_at, AnswerRow.id)
    return [_stored(row) for row in session.scalars(query) if _visible(row, scope)]


def give_feedback(session: Session, scope: Scope, answer_id: str, feedback: Feedback) -> None:
    """Keep what a person thought of an answer. Raises BadInput where ``scope`` holds no such answer."""
    row = session.get(AnswerRow, answer_id)
    if row is None or not _visible(row, scope):
        raise BadInput(f"no answer has id {answer_id!r}")
    row.feedback = feedback


def _visible(row: AnswerRow, scope: Scope) -> bool:
    return all(account_id in scope for account_id in row.account_ids)


def _stored(row: AnswerRow) -> StoredAnswer:
    return StoredAnswer(
        id=row.id,
        thread=row.thread,
        question=row.question,
        planner=row.planner,
        payload=row.payload,
        account_ids=tuple(row.account_ids),
        asked_by=row.asked_by,
        created_at=row.created_at,
        feedback=row.feedback,
    )
