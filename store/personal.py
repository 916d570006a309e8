"""What waits for a person: approvals that they may decide, and what stopped on the way and needs somebody."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.errors import NotConfigured
from domain.lifecycle import Status
from domain.scope import Scope
from store.approval_view import ApprovalView, view
from store.bindings import scope_for_channel
from store.tables import Account, Approval, Approver, LabelRule

NEEDS_SOMEBODY = (Status.QUARANTINED, Status.UNKNOWN)


def tiers_of(session: Session, user: str) -> dict[int, int]:
    """The accounts that a person may approve for, each with the highest tier."""
    query = select(Approver.account_id, Approver.tier).where(Approver.user == user).order_by(Approver.account_id)
    return {row.account_id: row.tier for row in session.execute(query)}


def scope_of_person(session: Session, user: str, channel: str | None = None) -> Scope | None:
    """What a person sees by themselves: the accounts that they approve for, and those that ``channel`` (by default
    their direct messages) is bound to. None where that is nothing.
    """
    ids = set(tiers_of(session, user))
    where, person = (user, user) if channel is None else (channel, user if channel.startswith("D") else None)
    with suppress(NotConfigured):
        ids |= set(scope_for_channel(session, where, person).account_ids)
    return Scope(tuple(sorted(ids))) if ids else None


def may_stop(session: Session, user: str, account_ids: Sequence[int]) -> list[Account]:
    """Those of ``account_ids`` that ``user`` may not approve for: stopping takes the same right."""
    tiers = tiers_of(session, user)
    missing = [i for i in account_ids if i not in tiers]
    return list(session.scalars(select(Account).where(Account.id.in_(missing)).order_by(Account.name)))


def pending_for(session: Session, user: str, now: datetime) -> list[ApprovalView]:
    """The approvals that still wait for this person's decision, the one that ends first coming first."""
    tiers = tiers_of(session, user)
    if not tiers:
        return []
    query = (
        select(Approval)
        .where(Approval.account_id.in_(tiers), Approval.status == Status.PENDING, Approval.expires_at > now)
        .order_by(Approval.expires_at, Approval.id)
    )
    mine = [a.id for a in session.scalars(query) if a.tier <= tiers[a.account_id]]
    return [view(session, approval_id) for approval_id in mine]


def needing_somebody(session: Session, scope: Scope) -> list[ApprovalView]:
    """Approvals whose outcome is not known: nothing more is written there until that is settled."""
    query = (
        select(Approval.id)
        .where(Approval.account_id.in_(scope.account_ids), Approval.status.in_(NEEDS_SOMEBODY))
        .order_by(Approval.created_at, Approval.id)
    )
    return [view(session, approval_id) for approval_id in session.scalars(query)]


def labels_to_confirm(session: Session, scope: Scope) -> int:
    """How many proposed label rules nobody has decided on."""
    query = select(func.count()).select_from(LabelRule)
    return session.scalar(query.where(LabelRule.account_id.in_(scope.account_ids), LabelRule.status == "proposed")) or 0
