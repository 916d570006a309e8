"""Slack and jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class ChannelBinding(Base):
    """Which accounts a Slack channel sees."""

    __tablename__ = "channel_bindings"
    channel: Mapped[str] = mapped_column(String(100), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)


class ChannelSettings(Base):
    """What a channel's digest holds and when it comes, and which alerts it gets. None is the default."""

    __tablename__ = "channel_settings"
    channel: Mapped[str] = mapped_column(String(100), primary_key=True)
    digest: Mapped[bool] = mapped_column(default=False, server_default="0")
    hour: Mapped[int | None]
    timezone: Mapped[str | None] = mapped_column(String(64))
    weekdays_only: Mapped[bool] = mapped_column(default=True, server_default="1")
    weekly: Mapped[bool] = mapped_column(default=False, server_default="0")  # the week, on its first day
    monthly: Mapped[bool] = mapped_column(default=False, server_default="0")  # the month, on the second of the next
    language: Mapped[str | None] = mapped_column(String(10))
    alerts: Mapped[str | None] = mapped_column(String(10))  # the least severity that is posted, or "off"
    content: Mapped[dict[str, Any]]
    updated_by: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]


class FileDrop(Base):
    """A file that somebody gave the bot, kept until they confirmed how to read it."""

    __tablename__ = "file_drops"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user: Mapped[str] = mapped_column(String(100))
    channel: Mapped[str] = mapped_column(String(100))
    thread_ts: Mapped[str] = mapped_column(String(40))
    message_ts: Mapped[str | None] = mapped_column(String(40))  # the question with its buttons
    name: Mapped[str] = mapped_column(String(300))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)  # None once it was dealt with
    sha256: Mapped[str] = mapped_column(String(64))
    reading: Mapped[dict[str, Any]]  # platform, account, currency, dates, week start: guessed, then confirmed
    status: Mapped[str] = mapped_column(String(20))  # asked, loading, imported, refused, cancelled, expired
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_runs.id"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class SeenEvent(Base):
    """Deliveries already taken, by event id, by channel and ts, by signature."""

    __tablename__ = "seen_events"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    at: Mapped[datetime]


class InboxMessage(Base):
    """A click or a question that was acknowledged, kept until it is dealt with: a dead process loses none."""

    __tablename__ = "inbox"
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # click, rejection, question
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class OutboxMessage(Base):
    """A message to deliver: channel-neutral content, rendered and sent by the app, kept until it arrived."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(40))  # answer, card, card_update, notice
    channel: Mapped[str] = mapped_column(String(100))
    thread_ts: Mapped[str | None] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    message_ts: Mapped[str | None] = mapped_column(String(40))
    error: Mapped[str | None] = mapped_column(Text)
    leased_until: Mapped[datetime | None]


class JobRun(Base):
    """One slot of one job: the lease while it runs, the record after."""

    __tablename__ = "job_runs"
    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    slot: Mapped[str] = mapped_column(String(60), primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    leased_until: Mapped[datetime]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    progress: Mapped[str | None] = mapped_column(String(200))  # how far it is, in words; what it did, once it is done
