"""What decisions about money rest on and come to: saved scenarios, bid targets, results of experiments, promises."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base

_KEPT = text("removed_at IS NULL")


class Scenario(Base):
    """A plan that a person saved under a name, to compare it with others and perhaps to propose it.

    ``content`` holds what was asked for and what was computed: amounts by entity, expected range, marginal returns,
    chance of being worse, the data and the model it rests on. It never changes; a new computation is a new row.
    """

    __tablename__ = "scenarios"
    __table_args__ = (
        Index("uq_scenarios_kept_name", "account_id", "name", unique=True, sqlite_where=_KEPT, postgresql_where=_KEPT),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    as_of: Mapped[date]  # the day that was today when it was computed
    content: Mapped[dict[str, Any]]
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    recommendation_id: Mapped[str | None] = mapped_column(String(32))  # what it was turned into
    removed_by: Mapped[str | None] = mapped_column(String(100))
    removed_at: Mapped[datetime | None]


class BidTarget(Base):
    """What a campaign or a portfolio strategy bids for, as last read from the platform.

    ``why_not`` says why there is no target to set, where there is none. ``unit_micros`` is the smallest step of a
    target CPA; the lost shares are of eligible impressions in the week before it was read.
    """

    __tablename__ = "bid_targets"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(200), primary_key=True)  # the platform's id of what owns the target
    name: Mapped[str] = mapped_column(String(500))
    campaigns: Mapped[list[Any]]  # [[external id, name], ...]
    strategy: Mapped[str] = mapped_column(String(100))
    target_cpa_micros: Mapped[int | None] = mapped_column(BigInteger)
    target_roas_micros: Mapped[int | None] = mapped_column(BigInteger)  # millionths: 4.0 is 4,000,000
    shared: Mapped[bool]
    enabled: Mapped[bool]
    learning: Mapped[bool | None]
    unit_micros: Mapped[int] = mapped_column(BigInteger)
    why_not: Mapped[str | None] = mapped_column(String(500))
    lost_to_budget: Mapped[float | None]
    lost_to_rank: Mapped[float | None]
    observed_at: Mapped[datetime]


class LiftResult(Base):
    """What an experiment found, to calibrate curves with and to hold attribution against. Revoked, never deleted.

    ``incremental`` is what the spend of the test brought beyond what would have come anyway (revenue in the account's
    currency, or conversions), with an interval of ``level``. ``campaigns`` names campaigns; empty is the account.
    """

    __tablename__ = "lift_results"
    __table_args__ = (CheckConstraint("outcome in ('revenue', 'conversions')", name="outcome"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    campaigns: Mapped[list[Any]]
    outcome: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(60))  # geo, holdout, platform lift study ...
    first_day: Mapped[date]
    last_day: Mapped[date]
    spend_micros: Mapped[int] = mapped_column(BigInteger)
    incremental: Mapped[float]
    low: Mapped[float]
    high: Mapped[float]
    level: Mapped[float]
    source: Mapped[str] = mapped_column(String(500))
    entered_by: Mapped[str] = mapped_column(String(100))
    entered_at: Mapped[datetime]
    revoked_by: Mapped[str | None] = mapped_column(String(100))
    revoked_at: Mapped[datetime | None]


class Promise(Base):
    """What an applied change was expected to do, and later what it did.

    The upper half is written once, when the change is applied: the prediction of the approved revision as it was
    frozen before any outcome. The lower half is written by measuring; where ``status`` is ``no_counterfactual`` the
    realised figures stay None and ``reason`` says why.
    """

    __tablename__ = "promises"
    __table_args__ = (
        UniqueConstraint("approval_id"),
        CheckConstraint("status in ('waiting', 'measured', 'no_counterfactual', 'void')", name="status"),
        Index("ix_promises_account_id_status", "account_id", "status"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    approval_id: Mapped[str] = mapped_column(ForeignKey("approvals.id"))
    recommendation_id: Mapped[str] = mapped_column(String(32))
    revision: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))  # budget, bid
    outcome: Mapped[str | None] = mapped_column(String(20))  # revenue, conversions
    currency: Mapped[str | None] = mapped_column(String(3))
    horizon_days: Mapped[int]
    level: Mapped[float | None]
    predicted_low: Mapped[float | None]  # over the horizon; None where nothing was estimated
    predicted_mid: Mapped[float | None]
    predicted_high: Mapped[float | None]
    frozen: Mapped[dict[str, Any]]  # changes as applied, model, data version, per campaign
    frozen_at: Mapped[datetime]
    applied_at: Mapped[datetime]
    window_start: Mapped[date]
    window_end: Mapped[date]
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    realised_low: Mapped[float | None]
    realised_mid: Mapped[float | None]
    realised_high: Mapped[float | None]
    method: Mapped[str | None] = mapped_column(String(60))
    details: Mapped[dict[str, Any]]
    measured_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
