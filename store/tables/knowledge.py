"""What a team tells the bot: plan, labels, calendar, and where its sheets are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class PlanLine(Base):
    """One line of a plan: a month's budget and targets of an account, or of one campaign or label in it.

    ``pool`` is the purchase order, client entity or fund that the money belongs to ("" where the plan names none):
    money never moves between pools. ``campaign`` is a name as imported, ``label`` is "key=value"; both "" for the whole
    account. ``target_cpa_micros`` is money; ``margin`` a fraction of revenue; ``floor`` the worst acceptable value of
    the target's metric. ``locked`` money stays where it is.
    """

    __tablename__ = "plan_lines"
    __table_args__ = (UniqueConstraint("account_id", "month", "pool", "campaign", "label"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    month: Mapped[date]  # its first day
    pool: Mapped[str] = mapped_column(String(200), default="")
    campaign: Mapped[str] = mapped_column(String(500), default="")
    label: Mapped[str] = mapped_column(String(200), default="")
    budget_micros: Mapped[int | None] = mapped_column(BigInteger)
    target_roas: Mapped[float | None]
    target_cpa_micros: Mapped[int | None] = mapped_column(BigInteger)
    margin: Mapped[float | None]
    floor: Mapped[float | None]
    locked: Mapped[bool] = mapped_column(default=False, server_default="0")
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), index=True)


class LabelRule(Base):
    """Campaigns whose name matches ``pattern`` carry the label ``key`` = ``value``, once a person has confirmed it."""

    __tablename__ = "label_rules"
    __table_args__ = (
        UniqueConstraint("account_id", "key", "value", "pattern"),
        CheckConstraint("status in ('proposed', 'confirmed', 'rejected')", name="status"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    key: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(100))
    pattern: Mapped[str] = mapped_column(String(300))
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(String(20))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]


class CampaignLabel(Base):
    """A label that a person gave one campaign by hand; it stands above the rules."""

    __tablename__ = "campaign_labels"
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    set_by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]


class CalendarEvent(Base):
    """Days that are not like the others, both ends counted. ``account_id`` None is every account."""

    __tablename__ = "calendar_events"
    __table_args__ = (
        CheckConstraint("kind in ('promotion', 'holiday', 'freeze', 'tracking', 'event')", name="kind"),
        Index("ix_calendar_events_days", "start", "end"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    start: Mapped[date]
    end: Mapped[date]
    details: Mapped[dict[str, Any]]  # an event's own step limit, a tracking change's note
    added_by: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Source(Base):
    """A sheet published as CSV that is read again and again."""

    __tablename__ = "sources"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    url: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]]  # what ``budgeteer import`` would be told
    every_hours: Mapped[int]
    added_by: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_runs.id"))
    error: Mapped[str | None] = mapped_column(Text)
