"""The tables. Money is integer micros with its currency; times are UTC; every client row names its account."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, UTC out, on both databases. A naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table shares: constraint names, and the column types of Python's own types."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime(),
        date: Date(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        float: Double(),
    }


# --- Accounts and what runs in them -----------------------------------------------------------


class Account(Base):
    """An ad account, from a platform's API or from a file."""

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


class Campaign(Base):
    """A campaign, or whatever stands in its place in an export that names none."""

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("account_id", "name"), UniqueConstraint("account_id", "external_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(500))
    external_id: Mapped[str | None] = mapped_column(String(100))


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
    observed_at: Mapped[datetime]


# --- Daily figures -----------------------------------------------------------------------------


class ImportRun(Base):
    """One load of figures, from a file or from a platform."""

    __tablename__ = "import_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    source: Mapped[str] = mapped_column(String(500))  # a file's name, or "api"
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
    complete: Mapped[bool]
    summary: Mapped[dict[str, Any]]


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


# --- Answers and their evidence ------------------------------------------------------------------


class AnswerRow(Base):
    """An answer as it was given, with its facts, so that it can be shown and explained later."""

    __tablename__ = "answers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    thread: Mapped[str] = mapped_column(String(200), index=True)
    question: Mapped[str] = mapped_column(Text)
    planner: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]]
    account_ids: Mapped[list[Any]]
    asked_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    feedback: Mapped[str | None] = mapped_column(String(10))


# --- Recommendations, approvals, operations, ledger ----------------------------------------------


class RecommendationRow(Base):
    """One revision of a recommendation: content that never changes. Its life is in ``approvals``."""

    __tablename__ = "recommendations"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    plan_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]  # the Recommendation, with its prediction frozen
    origin: Mapped[dict[str, Any]]  # who asked, where
    created_at: Mapped[datetime]


class Approval(Base):
    """The life of one revision. ``id`` is the opaque id that a card's buttons carry."""

    __tablename__ = "approvals"
    __table_args__ = (UniqueConstraint("recommendation_id", "revision"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    recommendation_id: Mapped[str] = mapped_column(String(32))
    revision: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    plan_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), index=True)
    tier: Mapped[int]
    quorum: Mapped[int]
    proposed_by: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    superseded_by: Mapped[str | None] = mapped_column(String(32))
    channel: Mapped[str | None] = mapped_column(String(100))
    message_ts: Mapped[str | None] = mapped_column(String(40))
    thread_ts: Mapped[str | None] = mapped_column(String(40))  # the parent of the card's thread, where it is a reply


class Vote(Base):
    """One person's decision on one approval."""

    __tablename__ = "votes"
    approval_id: Mapped[str] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    user: Mapped[str] = mapped_column(String(100), primary_key=True)
    decision: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]


_OPEN = "approval_status in ('pending', 'executing', 'unknown', 'quarantined')"


class Operation(Base):
    """One write of an approval. ``approval_status`` copies the approval's, for the index that keeps one open
    change per entity."""

    __tablename__ = "operations"
    __table_args__ = (
        UniqueConstraint("approval_id", "seq"),
        Index(
            "uq_operations_open_entity",
            "account_id",
            "entity",
            "field",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    approval_id: Mapped[str] = mapped_column(ForeignKey("approvals.id"), index=True)
    seq: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    platform: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(100))  # the platform's id
    entity: Mapped[str] = mapped_column(String(200))
    entity_name: Mapped[str] = mapped_column(String(500))
    field: Mapped[str] = mapped_column(String(40))
    before_micros: Mapped[int] = mapped_column(BigInteger)
    after_micros: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    observed_at: Mapped[datetime]
    approval_status: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[datetime | None]


class Attempt(Base):
    """The ledger: an intent committed before the wire call, settled after the read-back.

    ``key`` is a hash over approval, target, field, before, after and attempt number, so the
    same write cannot be intended twice.
    """

    __tablename__ = "ledger"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id"), index=True)
    number: Mapped[int]
    intended_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(20))  # applied, rejected, unknown: what the answer said
    request_id: Mapped[str | None] = mapped_column(String(100))
    detail: Mapped[str | None] = mapped_column(Text)
    read_back: Mapped[str | None] = mapped_column(String(20))  # desired, before, other
    read_micros: Mapped[int | None] = mapped_column(BigInteger)
    settled_at: Mapped[datetime | None]


class SpendEnvelope(Base):
    """The row to lock before reserving net new spend of an account."""

    __tablename__ = "spend_envelopes"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class Reservation(Base):
    """Net new daily spend that an approval took from its account's envelope."""

    __tablename__ = "reservations"
    approval_id: Mapped[str] = mapped_column(ForeignKey("approvals.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    micros: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Approver(Base):
    """Who may approve for an account, up to which tier."""

    __tablename__ = "approvers"
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    user: Mapped[str] = mapped_column(String(100), primary_key=True)
    tier: Mapped[int]
    added_at: Mapped[datetime]


class KillSwitch(Base):
    """``scope`` is ``global``, ``platform:google_ads`` or ``account:3``. On stops the next operation."""

    __tablename__ = "kill_switches"
    scope: Mapped[str] = mapped_column(String(60), primary_key=True)
    on: Mapped[bool] = mapped_column(Boolean)
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)


class AuditEntry(Base):
    """Append only; ``hash`` covers the entry and the one before it."""

    __tablename__ = "audit"
    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(200), index=True)
    payload: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The one row to lock before appending."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


# --- Slack and jobs ------------------------------------------------------------------------------


class ChannelBinding(Base):
    """Which accounts a Slack channel sees."""

    __tablename__ = "channel_bindings"
    channel: Mapped[str] = mapped_column(String(100), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)


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
