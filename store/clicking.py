"""A click and what it is judged against, inside the transaction that holds its account's lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import policy
from domain.lifecycle import Status
from domain.policy import Limits
from domain.recommendation import Change
from store import audit, plans
from store.approval_view import edited_by, planned
from store.approvers import ApproverView, approvers
from store.guards import lock_account
from store.tables import Account, Approval, Operation, RecommendationRow
from store.transitions import move_approval

Outcome = Literal[
    "claimed", "voted", "rejected", "late", "expired", "not_allowed", "refused", "unknown_card", "revised"
]
Mention = Callable[[str], str]
Presence = Literal["member", "outside", "gone", "unclear", "hidden"]
"""Who Slack says a person is: of this workspace, a guest or of another company, deactivated; or it did not say; or it
will not say, since the app lacks the right to ask."""

UNKNOWN_CARD = "I do not know this card any more; ask for a fresh proposal."
_APPROVED = frozenset(
    {Status.EXECUTING, Status.APPLIED, Status.PARTIALLY_APPLIED, Status.FAILED, Status.UNKNOWN, Status.STALE,
     Status.REFUSED, Status.QUARANTINED}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """What a click did. ``claimed`` is True for exactly one click of an approval's life: that one may execute.

    ``text`` is what the clicker is told; ``status`` is None where there is no such approval.
    """

    status: Status | None
    claimed: bool
    text: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Click:
    """One person's act on one approval."""

    session: Session
    approval: Approval
    account: Account
    user: str
    now: datetime
    limits: Limits
    mention: Mention
    presence: Presence = "member"


def at_sign(user: str) -> str:
    """How a person is named where nothing better is known; Slack passes its own."""
    return f"@{user}"


def locked(
    session: Session, approval_id: str, user: str, now: datetime, limits: Limits, mention: Mention, presence: Presence
) -> Click | None:
    """The click with its account locked, and those it shares a pool of a plan with: two claims never fill one pool.

    None, audited, where there is no such approval.
    """
    account_id = session.scalar(select(Approval.account_id).where(Approval.id == approval_id))
    if account_id is None:
        audit.append(session, user, "click.unknown_card", approval_id[:200], {}, now)
        return None
    for each in plans.sharing_a_pool(session, account_id):  # in one order, so that no two can wait for each other
        lock_account(session, each)
    approval = session.get_one(Approval, approval_id, populate_existing=True)
    return Click(session, approval, session.get_one(Account, account_id), user, now, limits, mention, presence)


def closed(click: Click) -> Decision | None:
    """The answer where the approval is no longer pending, or lapses with this click."""
    approval, session = click.approval, click.session
    if approval.status == Status.PENDING and approval.expires_at <= click.now:
        move_approval(session, approval, Status.EXPIRED, actor="budgeteer", now=click.now, payload={})
        return refuse(click, "expired", f"expired at {clock(click, approval.expires_at)}, make a fresh one")
    if approval.status == Status.PENDING:
        return None
    status = Status(approval.status)
    if status is Status.EXPIRED:
        return refuse(click, "expired", f"expired at {clock(click, approval.expires_at)}, make a fresh one")
    if status is Status.SUPERSEDED:
        return refuse(click, "late", _superseded(click))
    done = "approved" if status in _APPROVED else status.value
    who = f" by {click.mention(approval.decided_by)}" if approval.decided_by else ""
    when = f" at {clock(click, approval.decided_at)}" if approval.decided_at else ""
    return refuse(click, "late", f"already {done}{who}{when}")


def _superseded(click: Click) -> str:
    newer = click.session.get(Approval, click.approval.superseded_by or "")
    if newer is not None and newer.recommendation_id == click.approval.recommendation_id:
        return f"edited by {click.mention(newer.proposed_by)}; decide on the fresh card with the new amounts"
    return "replaced by a newer proposal for the same budget; decide on that one"


def stranger(click: Click) -> Decision | None:
    """The answer to one whom Slack does not vouch for: in doubt, no."""
    text = not_vouched(click.session, click.account, click.user, click.presence)
    if text is None:
        return None
    more = ask(click, names(click)) if click.presence == "outside" else ""
    return refuse(click, "not_allowed", text + more)


def not_vouched(session: Session, account: Account, user: str, presence: Presence) -> str | None:
    """Why what a person does about ``account`` does not count, as Slack says who they are; None where it does."""
    if presence == "gone":
        return "your Slack account is deactivated, so what you do here does not count"
    if presence == "hidden":
        return (
            "the app lacks the scope users:read, so Slack does not say who you are, and nothing was decided; install "
            "the app again with what `budgeteer slack manifest` prints, then try again"
        )
    if presence == "unclear":
        return "Slack could not tell who you are just now, so nothing was decided; please try again"
    named = next((a for a in approvers(session, account.id) if a.user == user), None)
    if presence == "outside" and (named is None or not named.external):
        return (
            "you are a guest or from another company here, and not named as an approver from outside for "
            f"{account.name}"
        )
    return None


def not_an_approver(click: Click, tier: int) -> Decision | None:
    """The answer to one who may not decide at ``tier``."""
    if click.user in (known := names(click, tier)):
        return None
    more = ask(click, known) or "; nobody is, so name one with `budgeteer approvers add`"
    return refuse(click, "not_allowed", f"you are not an approver for {click.account.name}{more}")


def refuse(click: Click, outcome: Outcome, text: str) -> Decision:
    """Answer and audit a click that changes nothing."""
    approval = click.approval
    audit.append(click.session, click.user, f"click.{outcome}", approval.id, {"reason": text}, click.now)
    return Decision(Status(approval.status), False, text, outcome)


def names(click: Click, tier: int = 1) -> list[str]:
    """Who may approve at ``tier``."""
    found: tuple[ApproverView, ...] = approvers(click.session, click.approval.account_id, tier)
    return [a.user for a in found]


def ask(click: Click, users: Sequence[str]) -> str:
    """``, ask @Ana or @Ben``; empty where there is nobody."""
    return f", ask {either(click, users)}" if users else ""


def either(click: Click, users: Sequence[str]) -> str:
    """``@Ana or @Ben``."""
    return " or ".join(click.mention(u) for u in users)


def editors(click: Click) -> tuple[str, ...]:
    """Who changed an amount of this revision or of one before it."""
    key = (click.approval.recommendation_id, click.approval.revision)
    return edited_by(click.session.get_one(RecommendationRow, key))


def planned_changes(session: Session, approval_id: str) -> list[Change]:
    """The changes of an approval's operations, in the order in which they are written."""
    query = select(Operation).where(Operation.approval_id == approval_id).order_by(Operation.seq)
    return [planned(o) for o in session.scalars(query.execution_options(populate_existing=True))]


def standing(approval: Approval, changes: Sequence[Change], limits: Limits) -> tuple[int, int]:
    """(tier, people needed) by the limits as they are now. What the card promised is never loosened by a setting,
    except for a team of one, which has nobody else.
    """
    tier = max(approval.tier, policy.tier(changes, limits))
    needed = policy.quorum(tier, limits)
    return tier, needed if limits.solo_mode else max(approval.quorum, needed)


def clock(click: Click, at: datetime) -> str:
    """The time as the account's people read it; with its day where that is not today."""
    zone = ZoneInfo(click.account.timezone)
    local, today = at.astimezone(zone), click.now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
