"""Recording versions of models and looks at drift: only what was better on later days comes into use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from store.guards import lock_account
from store.model_versions import CURRENT, REFUSED, RETIRED
from store.tables import DriftCheck, ModelVersion


@dataclass(frozen=True, slots=True)
class Fitted:
    """A version to be recorded: what it was fitted on, and how it did on later days."""

    model: str
    trained_from: date
    trained_to: date
    scored_from: date
    scored_to: date
    score: float
    rival_score: float
    params: dict[str, Any]
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drift:
    """One look at an input or at residuals; ``drifted`` None where there are too few days to say."""

    model: str
    subject: str
    ks: float | None
    ks_p: float | None
    psi: float | None
    drifted: bool | None
    details: dict[str, Any]


def record(session: Session, account_id: int, fitted: Fitted, *, promoted: bool, now: datetime) -> int:
    """Keep a version; its number. ``promoted`` puts it in the place of the one in use, otherwise it is refused."""
    lock_account(session, account_id)
    of = (ModelVersion.account_id == account_id, ModelVersion.model == fitted.model)
    number = (session.scalar(select(func.max(ModelVersion.version)).where(*of)) or 0) + 1
    if promoted:
        session.execute(update(ModelVersion).where(*of, ModelVersion.status == CURRENT).values(status=RETIRED))
    session.add(
        ModelVersion(
            account_id=account_id, model=fitted.model, version=number, status=CURRENT if promoted else REFUSED,
            trained_from=fitted.trained_from, trained_to=fitted.trained_to, scored_from=fitted.scored_from,
            scored_to=fitted.scored_to, score=fitted.score, rival_score=fitted.rival_score, params=fitted.params,
            details=fitted.details, created_at=now,
        )
    )  # fmt: skip
    session.flush()
    return number


def record_drift(session: Session, account_id: int, seen: Drift, *, now: datetime) -> None:
    """Keep one look at drift."""
    session.add(
        DriftCheck(
            account_id=account_id, model=seen.model, subject=seen.subject, at=now, ks=seen.ks, ks_p=seen.ks_p,
            psi=seen.psi, drifted=seen.drifted, details=seen.details,
        )
    )  # fmt: skip
