"""What the watch keeps: incidents and what was done about them, quiet rules, changes seen on platforms, models."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class Incident(Base):
    """Something unusual in one account, from its first day until it recovered or was closed.

    ``open_key`` names what it is about (metric, direction, kind) while it is open and is None afterwards, so that the
    database itself holds one open incident for one matter. ``money_micros`` is what is at stake so far; None where it
    cannot be said. ``broadcast_micros`` is what was at stake when the channel was last told.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("account_id", "open_key"),
        CheckConstraint("severity in ('info', 'warning', 'critical')", name="severity"),
        CheckConstraint("status in ('open', 'acknowledged', 'expected', 'recovered', 'closed')", name="status"),
        Index("ix_incidents_account_id_status", "account_id", "status"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    open_key: Mapped[str | None] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))  # spike, level_shift, zero, tracking_break, stale, watch_failed
    metric: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(10))  # up, down, none
    reach: Mapped[str] = mapped_column(String(20))  # campaign, several, account
    status: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date]
    last_day: Mapped[date]
    money_micros: Mapped[int | None] = mapped_column(BigInteger)
    broadcast_micros: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    cause: Mapped[dict[str, Any]]  # what the search for a cause found, and what it rests on
    revision: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    snoozed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class IncidentDay(Base):
    """One unusual value that belongs to an incident: a campaign (None: the whole account), a metric, a day."""

    __tablename__ = "incident_days"
    __table_args__ = (UniqueConstraint("incident_id", "campaign_id", "metric", "day"),)
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    metric: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    value: Mapped[float | None]
    expected: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    score: Mapped[float | None]  # 0 to 1


class IncidentEvent(Base):
    """What happened to an incident, and by whom. Append only."""

    __tablename__ = "incident_events"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(40))  # opened, worsened, acknowledged, snoozed, expected, recovered ...
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]]


class QuietRule(Base):
    """What is not alerted, since a person said that it was expected. Visible, and revoked rather than deleted."""

    __tablename__ = "quiet_rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))  # None: every campaign
    metric: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(10))
    condition: Mapped[dict[str, Any]]  # e.g. weekdays, the largest deviation that is still quiet, calendar kinds
    reason: Mapped[str] = mapped_column(Text)
    learned_from: Mapped[str | None] = mapped_column(ForeignKey("incidents.id"))
    created_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    until: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(100))
    revoked_at: Mapped[datetime | None]


class PlatformChange(Base):
    """A change in an account as the platform's own history tells it, made here or elsewhere."""

    __tablename__ = "platform_changes"
    __table_args__ = (
        UniqueConstraint("account_id", "source_id"),
        Index("ix_platform_changes_account_id_at", "account_id", "at"),
    )
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    source_id: Mapped[str] = mapped_column(String(300))  # the platform's id of the change, or what stands for one
    at: Mapped[datetime]
    entity: Mapped[str] = mapped_column(String(200))
    entity_name: Mapped[str | None] = mapped_column(String(500))
    campaigns: Mapped[list[Any]]  # external ids of the campaigns it reaches; empty is not known
    field: Mapped[str] = mapped_column(String(100))
    old: Mapped[dict[str, Any]]
    new: Mapped[dict[str, Any]]
    by: Mapped[str | None] = mapped_column(String(200))
    client: Mapped[str | None] = mapped_column(String(100))
    ours: Mapped[bool]
    read_at: Mapped[datetime]


class ModelVersion(Base):
    """A model that was fitted: what it was fitted on, how it did on later data, and whether it is in use."""

    __tablename__ = "model_versions"
    __table_args__ = (UniqueConstraint("account_id", "model", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    model: Mapped[str] = mapped_column(String(60))  # e.g. forecast of spend
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))  # current, retired, refused
    trained_from: Mapped[date]
    trained_to: Mapped[date]
    scored_from: Mapped[date | None]
    scored_to: Mapped[date | None]
    score: Mapped[float | None]  # lower is better; what it is stands in ``details``
    rival_score: Mapped[float | None]  # of the model in use on the same days
    params: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class DriftCheck(Base):
    """One look at whether inputs or residuals still come from where the model in use was fitted."""

    __tablename__ = "drift_checks"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    model: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(100))  # what was looked at: an input, or "residuals"
    at: Mapped[datetime]
    ks: Mapped[float | None]
    ks_p: Mapped[float | None]
    psi: Mapped[float | None]
    drifted: Mapped[bool | None]  # None: too few days to say
    details: Mapped[dict[str, Any]]
