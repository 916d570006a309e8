"""Accounts and what runs in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class Account(Base):
    """An account of figures, from a platform's API or from a file.

    ``kind`` says what its figures are: ``ads`` (an ads platform: spend and what it claims), ``analytics`` (GA4: no
    spend, its own attribution) or ``shop`` (orders). Totals over platforms read ``ads`` only. ``week_start`` is 0 for
    Monday and 6 for Sunday, ``country`` an ISO 3166 code for its holidays; None is "not said".
    """

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("platform", "name"),
        CheckConstraint("origin in ('api', 'file')", name="origin"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str | None] = mapped_column(String(100))
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(20), default="ads", server_default="ads")
    week_start: Mapped[int | None]
    country: Mapped[str | None] = mapped_column(String(2))


class Campaign(Base):
    """A campaign, or whatever stands in its place in an export that names none."""

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("account_id", "name"), UniqueConstraint("account_id", "external_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(500))
    external_id: Mapped[str | None] = mapped_column(String(100))
    serving: Mapped[str | None] = mapped_column(String(40))  # the platform's own word, such as LIMITED; None: not said
    serving_reasons: Mapped[list[Any] | None]
    serving_at: Mapped[datetime | None]  # when that was first read to be so; None: as long as it has been read


class Budget(Base):
    """A budget as last read from the platform; ``entity`` is the platform's id of what owns the amount."""

    __tablename__ = "budgets"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(500))
    campaigns: Mapped[list[Any]]  # [[external id, name], ...]
    daily_micros: Mapped[int | None] = mapped_column(BigInteger)
    period: Mapped[str] = mapped_column(String(40))
    shared: Mapped[bool]
    enabled: Mapped[bool]
    learning: Mapped[bool | None]
    billable_unit_micros: Mapped[int] = mapped_column(BigInteger)
    bid_strategy: Mapped[str | None] = mapped_column(String(100))
    lost_impression_share_budget: Mapped[float | None]
    lost_impression_share_rank: Mapped[float | None]
    observed_at: Mapped[datetime]
