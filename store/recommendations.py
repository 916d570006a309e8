"""Recommendations as drafted: one row a revision, never changed afterwards. Their life is in ``store.approvals``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.recommendation import Recommendation, plan_hash
from domain.recommendation_json import from_json, to_json
from domain.scope import Scope
from store.tables import RecommendationRow


def add(session: Session, rec: Recommendation, origin: dict[str, Any]) -> None:
    """Keep a revision. ``origin`` says who asked where; ``origin["edited_by"]`` lists who edited an amount.

    Raises:
        BadInput: this revision is kept already; an edit makes revision n+1.
    """
    if session.get(RecommendationRow, (rec.id, rec.revision)) is not None:
        raise BadInput(f"recommendation {rec.id} revision {rec.revision} exists; an edit makes the next revision")
    session.add(
        RecommendationRow(
            id=rec.id,
            revision=rec.revision,
            account_id=rec.account_id,
            plan_hash=plan_hash(rec.changes),
            content=to_json(rec),
            origin=origin,
            created_at=rec.created_at,
        )
    )
    session.flush()


def get(session: Session, scope: Scope, rec_id: str, revision: int | None = None) -> Recommendation:
    """A revision, or the newest one. Raises BadInput where the scope has no such recommendation."""
    return from_json(_row(session, scope, rec_id, revision).content)


def origin(session: Session, scope: Scope, rec_id: str, revision: int) -> dict[str, Any]:
    """Who asked for a revision, where, and who edited it."""
    return _row(session, scope, rec_id, revision).origin


def _row(session: Session, scope: Scope, rec_id: str, revision: int | None) -> RecommendationRow:
    query = (
        select(RecommendationRow)
        .where(RecommendationRow.id == rec_id, RecommendationRow.account_id.in_(scope.account_ids))
        .order_by(RecommendationRow.revision.desc())
        .limit(1)
    )
    if revision is not None:
        query = query.where(RecommendationRow.revision == revision)
    if (row := session.scalar(query)) is None:
        raise BadInput(f"there is no recommendation {rec_id!r} here")
    return row
