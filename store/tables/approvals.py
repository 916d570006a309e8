"""Recommendations, approvals, operations, the ledger and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


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
    undoes: Mapped[str | None] = mapped_column(String(32), index=True)  # the approval whose change this one takes back
    reminded_at: Mapped[datetime | None]


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


class Suppression(Base):
    """What is not to be proposed again for a while: a rejection's reason, as a rule that can be taken back."""

    __tablename__ = "suppressions"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    entity: Mapped[str] = mapped_column(String(200))
    direction: Mapped[int]  # +1: no raise, -1: no cut, 0: no change at all
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)
    approval_id: Mapped[str] = mapped_column(ForeignKey("approvals.id"))
    by: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    until: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


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
    external: Mapped[bool] = mapped_column(default=False, server_default="0")  # a guest, or of another company


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
