"""Daily figures, and what each load was."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class ImportRun(Base):
    """One load, from a file or from a platform: of daily figures, orders or a plan (``kind``).

    An undone load keeps its row, with who took it back and when.
    """

    __tablename__ = "import_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    source: Mapped[str] = mapped_column(String(500))  # a file's name, or "api"
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
    complete: Mapped[bool]
    summary: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(String(20), default="daily", server_default="daily")
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(100))


class DailyMetric(Base):
    """One entity on one day at one level and breakdown. NULL is "the source does not say", never 0."""

    __tablename__ = "daily_metrics"
    __table_args__ = (Index("ix_daily_metrics_account_day", "account_id", "level", "day"),)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    breakdown: Mapped[str] = mapped_column(String(100), primary_key=True, default="")
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    spend_micros: Mapped[int | None] = mapped_column(BigInteger)
    impressions: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    conversions: Mapped[float | None]
    revenue: Mapped[float | None]
    sessions: Mapped[int | None] = mapped_column(BigInteger)
    reach: Mapped[int | None] = mapped_column(BigInteger)  # people: days of it never add up
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), index=True)


class AdDay(Base):
    """One ad or ad set on one day as one load said it; the newest load's row counts. NULL is "not said", never 0.

    ``ad`` is empty where the export stops at ad sets, ``ad_set`` where it names ads only. The campaign's own figures
    are in ``daily_metrics``; these are their parts and are never added to them.
    """

    __tablename__ = "ad_days"
    __table_args__ = (
        UniqueConstraint("campaign_id", "ad_set", "ad", "day", "run_id"),
        Index("ix_ad_days_account_id_day", "account_id", "day"),
    )
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    ad_set: Mapped[str] = mapped_column(String(500))
    ad: Mapped[str] = mapped_column(String(500))
    day: Mapped[date]
    spend_micros: Mapped[int | None] = mapped_column(BigInteger)
    impressions: Mapped[int | None] = mapped_column(BigInteger)
    clicks: Mapped[int | None] = mapped_column(BigInteger)
    conversions: Mapped[float | None]
    revenue: Mapped[float | None]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id"), index=True)


class MetricRevision(Base):
    """What a daily figure was before a later load changed it. Append only."""

    __tablename__ = "metric_revisions"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    level: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]
    breakdown: Mapped[str] = mapped_column(String(100))
    old: Mapped[dict[str, Any]]
    written_by_run: Mapped[int] = mapped_column(ForeignKey("import_runs.id"))
    replaced_by_run: Mapped[int] = mapped_column(ForeignKey("import_runs.id"))
