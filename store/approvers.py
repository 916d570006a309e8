"""Who may approve: named people, by account and tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from store import audit
from store.tables import Account, Approver

HIGHEST_TIER = 9


@dataclass(frozen=True, slots=True)
class ApproverView:
    """A person who may approve for an account, up to ``tier``. ``external``: named although a guest or of another
    company."""

    account_id: int
    user: str
    tier: int
    added_at: datetime
    external: bool = False


def add_approver(
    session: Session,
    *,
    account_id: int,
    user: str,
    tier: int = HIGHEST_TIER,
    external: bool = False,
    by: str,
    now: datetime,
) -> None:
    """Let ``user`` approve for an account up to ``tier``, audited; replaces an earlier tier.

    A guest or a person of another company may approve only where they are named as ``external``.
    """
    if session.get(Account, account_id) is None:
        raise BadInput(f"there is no account {account_id}")
    if not user.strip() or not 1 <= tier <= HIGHEST_TIER:
        raise BadInput(f"an approver needs a name and a tier of 1 to {HIGHEST_TIER}, not {user!r} and {tier}")
    session.merge(Approver(account_id=account_id, user=user, tier=tier, added_at=now, external=external))
    audit.append(
        session, by, "approver.added", f"account:{account_id}", {"user": user, "tier": tier, "external": external}, now
    )


def remove_approver(session: Session, *, account_id: int, user: str, by: str, now: datetime) -> bool:
    """Take the right away, audited; False where there was none. What they approved and is not yet applied stops."""
    statement = delete(Approver).where(Approver.account_id == account_id, Approver.user == user)
    if not session.connection().execute(statement).rowcount:
        return False
    audit.append(session, by, "approver.removed", f"account:{account_id}", {"user": user}, now)
    return True


def approvers(session: Session, account_id: int, tier: int = 1) -> tuple[ApproverView, ...]:
    """Who may approve at ``tier`` for an account, by name."""
    query = select(Approver).where(Approver.account_id == account_id, Approver.tier >= tier).order_by(Approver.user)
    rows = session.scalars(query.execution_options(populate_existing=True))
    return tuple(ApproverView(a.account_id, a.user, a.tier, a.added_at, a.external) for a in rows)


def anybody(session: Session) -> bool:
    """Whether any person may approve anything yet."""
    return session.scalar(select(Approver.user).limit(1)) is not None
