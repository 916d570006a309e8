"""One click on a card, decided in one transaction. Every click gets an answer; every refused one is audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.lifecycle import Status
from domain.policy import Limits, check, net_new_micros
from domain.recommendation import Change, plan_hash
from store import audit
from store.approval_view import edited_by, planned, tampered
from store.approvers import approvers
from store.engine import write
from store.guards import changes_one, lock_account
from store.policy_facts import gather
from store.tables import Account, Approval, Operation, RecommendationRow, Reservation, Vote
from store.transitions import move_approval, moved, redraw

Choice = Literal["approve", "reject"]
Outcome = Literal["claimed", "voted", "rejected", "late", "expired", "not_allowed", "refused", "unknown_card"]
Mention = Callable[[str], str]

MAX_REASON = 500
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
class _Click:
    """A click with what it is judged against, inside the transaction that holds the account's lock."""

    session: Session
    approval: Approval
    account: Account
    user: str
    now: datetime
    limits: Limits
    mention: Mention


def at_sign(user: str) -> str:
    """How a person is named where nothing better is known; Slack passes its own."""
    return f"@{user}"


def decide(
    engine: Engine,
    approval_id: str,
    user: str,
    decision: Choice,
    *,
    now: datetime,
    limits: Limits,
    reason: str | None = None,
    mention: Mention = at_sign,
) -> Decision:
    """Take one person's click. Only the approval's id comes from the card; all else is the store's own."""
    with write(engine) as session:
        account_id = session.scalar(select(Approval.account_id).where(Approval.id == approval_id))
        if account_id is None:
            audit.append(session, user, "click.unknown_card", approval_id[:200], {"decision": decision}, now)
            return Decision(None, False, "I do not know this card any more; ask for a fresh proposal.", "unknown_card")
        lock_account(session, account_id)
        approval = session.get_one(Approval, approval_id, populate_existing=True)
        click = _Click(session, approval, session.get_one(Account, account_id), user, now, limits, mention)
        if (answer := _closed(click) or _not_allowed(click, decision)) is not None:
            return answer
        return _reject(click, reason) if decision == "reject" else _approve(click)


def _closed(click: _Click) -> Decision | None:
    """The answer where the approval is no longer pending, or lapses with this click."""
    approval, session = click.approval, click.session
    if approval.status == Status.PENDING and approval.expires_at <= click.now:
        move_approval(session, approval, Status.EXPIRED, actor="budgeteer", now=click.now, payload={})
        return _refuse(click, "expired", f"expired at {_clock(click, approval.expires_at)}, make a fresh one")
    if approval.status == Status.PENDING:
        return None
    status = Status(approval.status)
    if status is Status.EXPIRED:
        return _refuse(click, "expired", f"expired at {_clock(click, approval.expires_at)}, make a fresh one")
    if status is Status.SUPERSEDED:
        return _refuse(click, "late", "replaced by a newer proposal for the same budget; decide on that one")
    done = "approved" if status in _APPROVED else status.value
    who = f" by {click.mention(approval.decided_by)}" if approval.decided_by else ""
    when = f" at {_clock(click, approval.decided_at)}" if approval.decided_at else ""
    return _refuse(click, "late", f"already {done}{who}{when}")


def _not_allowed(click: _Click, decision: Choice) -> Decision | None:
    names = [a.user for a in approvers(click.session, click.approval.account_id, click.approval.tier)]
    if click.user not in names:
        ask = f", ask {_list(click, names)}" if names else "; nobody is, so name one with `budgeteer approvers add`"
        return _refuse(click, "not_allowed", f"you are not an approver for {click.account.name}{ask}")
    if decision == "approve" and click.user in _editors(click) and not click.limits.solo_mode:
        others = [n for n in names if n not in _editors(click)]
        ask = f", ask {_list(click, others)}" if others else "; name another approver"
        return _refuse(click, "not_allowed", f"you edited this amount, so another person has to approve it{ask}")
    return None


def _reject(click: _Click, reason: str | None) -> Decision:
    session, approval = click.session, click.approval
    cleaned = clean_reason(reason)
    session.merge(Vote(approval_id=approval.id, user=click.user, decision="reject", at=click.now))
    approval.decided_by, approval.decided_at, approval.reason = click.user, click.now, cleaned
    move_approval(
        session, approval, Status.REJECTED, actor=click.user, now=click.now, payload={"reason": cleaned}
    )  # fmt: skip
    return Decision(Status.REJECTED, False, "rejected; nothing was changed", "rejected")


def _approve(click: _Click) -> Decision:
    session, approval = click.session, click.approval
    if tampered(session, approval):
        return _refuse(click, "refused", "not applied: the stored plan is not the one that was shown")
    voters = _standing_votes(click)
    if click.user in voters and len(voters) < approval.quorum:
        return _refuse(click, "not_allowed", f"you approved already; {_more_people(click, voters)}")
    together = voters | {click.user}
    if len(together) < approval.quorum:
        session.merge(Vote(approval_id=approval.id, user=click.user, decision="approve", at=click.now))
        session.flush()
        redraw(session, approval, click.now)
        audit.append(session, click.user, "approval.vote", approval.id, {"plan_hash": approval.plan_hash}, click.now)
        return Decision(Status.PENDING, False, f"your approval counts; {_more_people(click, together)}", "voted")
    return _claim(click, together)


def _claim(click: _Click, voters: set[str]) -> Decision:
    session, approval, now = click.session, click.approval, click.now
    changes = planned_changes(session, approval.id)
    facts = gather(session, approval.account_id, changes, now, besides=approval.id)
    if refusals := check(changes, facts, click.limits, now).refusals:
        return _refuse(click, "refused", "not applied: " + "; ".join(refusals))
    if not _take(click, plan_hash(changes)):
        return _refuse(click, "refused", "not applied: the stored plan is not the one that was shown")
    session.refresh(approval)
    session.merge(Vote(approval_id=approval.id, user=click.user, decision="approve", at=now))
    session.add(
        Reservation(approval_id=approval.id, account_id=approval.account_id, micros=net_new_micros(changes), at=now)
    )
    session.flush()
    payload = {
        "approved_by": sorted(voters),
        "reserved_micros": net_new_micros(changes),
        "own_edit": click.user in _editors(click),
        "operations": [[c.entity, c.field, c.before.micros, c.after.micros, c.after.currency] for c in changes],
    }
    moved(session, approval, Status.PENDING, actor=click.user, now=now, payload=payload)
    return Decision(Status.EXECUTING, True, f"approved at {_clock(click, now)}, applying now", "claimed")


def _take(click: _Click, hash_of_operations: str) -> bool:
    """The claim itself: one conditional UPDATE that can succeed once."""
    approval = click.approval
    statement = (
        update(Approval)
        .where(
            Approval.id == approval.id,
            Approval.status == Status.PENDING,
            Approval.revision == approval.revision,
            Approval.plan_hash == hash_of_operations,
            Approval.expires_at > click.now,
        )
        .values(status=Status.EXECUTING, decided_by=click.user, decided_at=click.now)
    )
    return changes_one(click.session, statement)


def planned_changes(session: Session, approval_id: str) -> list[Change]:
    """The changes of an approval's operations, in the order in which they are written."""
    query = select(Operation).where(Operation.approval_id == approval_id).order_by(Operation.seq)
    return [planned(o) for o in session.scalars(query.execution_options(populate_existing=True))]


def may_still_apply(session: Session, approval_id: str, limits: Limits) -> str | None:
    """Why the people who approved may no longer carry it, or None while they may."""
    approval = session.get_one(Approval, approval_id, populate_existing=True)
    row = session.get_one(RecommendationRow, (approval.recommendation_id, approval.revision))
    editors = set() if limits.solo_mode else set(edited_by(row))
    allowed = {a.user for a in approvers(session, approval.account_id, approval.tier)} - editors
    votes = select(Vote.user).where(Vote.approval_id == approval_id, Vote.decision == "approve")
    gone = sorted(set(session.scalars(votes)) - allowed)
    standing = set(session.scalars(votes)) & allowed
    if len(standing) >= approval.quorum:
        return None
    return f"approved by people who may no longer approve ({', '.join(gone)})" if gone else "not enough approvals"


def clean_reason(reason: str | None) -> str | None:
    """A typed reason as data: capped, without control or bidirectional characters."""
    if reason is None:
        return None
    kept = "".join(c for c in reason if c == "\n" or (c.isprintable() and c not in "\u200e\u200f"))
    return kept.strip()[:MAX_REASON] or None


def _standing_votes(click: _Click) -> set[str]:
    """Who approved and still may."""
    allowed = {a.user for a in approvers(click.session, click.approval.account_id, click.approval.tier)}
    votes = select(Vote.user).where(Vote.approval_id == click.approval.id, Vote.decision == "approve")
    return set(click.session.scalars(votes)) & allowed


def _editors(click: _Click) -> tuple[str, ...]:
    key = (click.approval.recommendation_id, click.approval.revision)
    return edited_by(click.session.get_one(RecommendationRow, key))


def _refuse(click: _Click, outcome: Outcome, text: str) -> Decision:
    approval = click.approval
    audit.append(click.session, click.user, f"click.{outcome}", approval.id, {"reason": text}, click.now)
    return Decision(Status(approval.status), False, text, outcome)


def _more_people(click: _Click, voters: set[str]) -> str:
    missing = click.approval.quorum - len(voters)
    others = [a.user for a in approvers(click.session, click.approval.account_id, click.approval.tier)]
    ask = _list(click, [n for n in others if n not in voters])
    return f"{missing} more {'person has' if missing == 1 else 'people have'} to approve" + (f": {ask}" if ask else "")


def _list(click: _Click, users: Sequence[str]) -> str:
    return " or ".join(click.mention(u) for u in users)


def _clock(click: _Click, at: datetime) -> str:
    """The time as the account's people read it; with its day where that is not today."""
    zone = ZoneInfo(click.account.timezone)
    local, today = at.astimezone(zone), click.now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
