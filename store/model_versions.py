"""Versions of the models in use, their scores, and looks at drift. Read only; every call names its scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import DriftCheck, ModelVersion

CURRENT, RETIRED, REFUSED = "current", "retired", "refused"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one model of one account. Scores: lower is better; ``rival_score`` is of the one in use then."""

    account_id: int
    model: str
    version: int
    status: str
    trained_from: date
    trained_to: date
    scored_from: date | None
    scored_to: date | None
    score: float | None
    rival_score: float | None
    params: dict[str, Any]
    details: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """One look at drift of an input or of residuals; ``drifted`` None where there were too few days to say."""

    model: str
    subject: str
    at: datetime
    ks: float | None
    ks_p: float | None
    psi: float | None
    drifted: bool | None
    details: dict[str, Any]


def forecast_of(metric: str) -> str:
    """The name of the model that forecasts a figure."""
    return f"forecast of {metric}"


def current(session: Session, scope: Scope, account_id: int, model: str) -> Version | None:
    """The version in use; None where none was ever better than doing without."""
    return next((v for v in versions(session, scope, account_id, model) if v.status == CURRENT), None)


def versions(session: Session, scope: Scope, account_id: int, model: str | None = None) -> list[Version]:
    """Every version recorded, newest first."""
    query = (
        select(ModelVersion)
        .where(ModelVersion.account_id == account_id, ModelVersion.account_id.in_(scope.account_ids))
        .order_by(ModelVersion.model, ModelVersion.version.desc())
    )
    rows = session.scalars(query if model is None else query.where(ModelVersion.model == model))
    return [
        Version(
            r.account_id, r.model, r.version, r.status, r.trained_from, r.trained_to, r.scored_from, r.scored_to,
            r.score, r.rival_score, dict(r.params), dict(r.details), r.created_at,
        )
        for r in rows
    ]  # fmt: skip


def drift_checks(session: Session, scope: Scope, account_id: int) -> list[Look]:
    """Every look at drift of one account, newest first."""
    query = (
        select(DriftCheck)
        .where(DriftCheck.account_id == account_id, DriftCheck.account_id.in_(scope.account_ids))
        .order_by(DriftCheck.id.desc())
    )
    return [
        Look(r.model, r.subject, r.at, r.ks, r.ks_p, r.psi, r.drifted, dict(r.details)) for r in session.scalars(query)
    ]
