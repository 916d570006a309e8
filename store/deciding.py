"""One click on a card, decided in one transaction. Every click gets an answer; every refused one is audited."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.lifecycle import Status
from domain.policy import Limits, check, net_new_micros
from domain.recommendation import plan_hash
from store import audit, suppressions
from store.approval_view import edited_by, tampered
from store.approvers import approvers
from store.clicking import (
    UNKNOWN_CARD,
    Click,
    Decision,
    Mention,
    Presence,
    ask,
    at_sign,
    clock,
    closed,
    editors,
    either,
    locked,
    names,
    not_an_approver,
    planned_changes,
    refuse,
    standing,
    stranger,
)
from store.engine import write
from store.guards import changes_one
from store.policy_facts import gather
from store.tables import Approval, RecommendationRow, Reservation, Vote
from store.transitions import move_approval, moved, redraw

Choice = Literal["approve", "reject"]
MAX_REASON = 500


def decide(
    engine: Engine,
    approval_id: str,
    user: str,
    decision: Choice,
    *,
    now: datetime,
    limits: Limits,
    reason: str | None = None,
    chip: str | None = None,
    mention: Mention = at_sign,
    presence: Presence = "member",
) -> Decision:
    """Take one person's click. Only the approval's id comes from the card; all else is the store's own.

    ``reason`` is what they typed, ``chip`` a key of ``domain.rejection.REASONS``: it becomes a rule.
    """
    with write(engine) as session:
        click = locked(session, approval_id, user, now, limits, mention, presence)
        if click is None:
            return Decision(None, False, UNKNOWN_CARD, "unknown_card")
        if (answer := closed(click) or stranger(click) or _written_over(click, decision)) is not None:
            return answer
        if (answer := _not_allowed(click, decision)) is not None:
            return answer
        return _reject(click, reason, chip) if decision == "reject" else _approve(click)


def _written_over(click: Click, decision: Choice) -> Decision | None:
    """Before anything is read of the plan: what was written over may be no change at all."""
    if decision == "reject" or not tampered(click.session, click.approval):
        return None
    return refuse(click, "refused", "not applied: the stored plan is not the one that was shown")


def _not_allowed(click: Click, decision: Choice) -> Decision | None:
    if decision == "reject":
        return not_an_approver(click, click.approval.tier)
    tier, _ = standing(click.approval, planned_changes(click.session, click.approval.id), click.limits)
    if (answer := not_an_approver(click, tier)) is not None:
        return answer
    if click.user in (edited := editors(click)) and not click.limits.solo_mode:
        others = ask(click, [n for n in names(click, tier) if n not in edited]) or "; name another approver"
        return refuse(click, "not_allowed", f"you edited this amount, so another person has to approve it{others}")
    return None


def _reject(click: Click, reason: str | None, chip: str | None) -> Decision:
    session, approval = click.session, click.approval
    cleaned = clean_reason(reason)
    session.merge(Vote(approval_id=approval.id, user=click.user, decision="reject", at=click.now))
    approval.decided_by, approval.decided_at, approval.reason = click.user, click.now, cleaned
    payload: dict[str, str | None] = {"reason": cleaned}
    if chip is not None:
        changes = planned_changes(session, approval.id)
        until = suppressions.suppress(session, approval, changes, chip, note=cleaned, by=click.user, now=click.now)
        payload |= {"why": chip, "left_alone_until": until.isoformat()}
    move_approval(session, approval, Status.REJECTED, actor=click.user, now=click.now, payload=payload)
    return Decision(Status.REJECTED, False, "rejected; nothing was changed", "rejected")


def _approve(click: Click) -> Decision:
    session, approval = click.session, click.approval
    _tighten(click)
    voters = _standing_votes(click)
    if click.user in voters and len(voters) < approval.quorum:
        return refuse(click, "not_allowed", f"you approved already; {_more_people(click, voters)}")
    together = voters | {click.user}
    if len(together) < approval.quorum:
        session.merge(Vote(approval_id=approval.id, user=click.user, decision="approve", at=click.now))
        session.flush()
        redraw(session, approval, click.now)
        audit.append(session, click.user, "approval.vote", approval.id, {"plan_hash": approval.plan_hash}, click.now)
        return Decision(Status.PENDING, False, f"your approval counts; {_more_people(click, together)}", "voted")
    return _claim(click, together)


def _claim(click: Click, voters: set[str]) -> Decision:
    session, approval, now = click.session, click.approval, click.now
    changes = planned_changes(session, approval.id)
    facts = gather(session, approval.account_id, changes, now, besides=approval.id)
    if refusals := check(changes, facts, click.limits, now).refusals:
        return refuse(click, "refused", "not applied: " + "; ".join(refusals))
    if not _take(click, plan_hash(changes)):
        return refuse(click, "refused", "not applied: the stored plan is not the one that was shown")
    session.refresh(approval)
    session.merge(Vote(approval_id=approval.id, user=click.user, decision="approve", at=now))
    session.add(
        Reservation(approval_id=approval.id, account_id=approval.account_id, micros=net_new_micros(changes), at=now)
    )
    session.flush()
    payload = {
        "approved_by": sorted(voters),
        "reserved_micros": net_new_micros(changes),
        "own_edit": click.user in editors(click),
        "operations": [[c.entity, c.field, c.before.micros, c.after.micros, c.after.currency] for c in changes],
    }
    moved(session, approval, Status.PENDING, actor=click.user, now=now, payload=payload)
    return Decision(Status.EXECUTING, True, f"approved at {clock(click, now)}, applying now", "claimed")


def _take(click: Click, hash_of_operations: str) -> bool:
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


def may_still_apply(session: Session, approval_id: str, limits: Limits) -> str | None:
    """Why the people who approved may no longer carry it, or None while they may."""
    approval = session.get_one(Approval, approval_id, populate_existing=True)
    row = session.get_one(RecommendationRow, (approval.recommendation_id, approval.revision))
    edited = set() if limits.solo_mode else set(edited_by(row))
    tier, needed = standing(approval, planned_changes(session, approval_id), limits)
    allowed = {a.user for a in approvers(session, approval.account_id, tier)} - edited
    votes = select(Vote.user).where(Vote.approval_id == approval_id, Vote.decision == "approve")
    gone = sorted(set(session.scalars(votes)) - allowed)
    still = set(session.scalars(votes)) & allowed
    if len(still) >= needed:
        return None
    if gone:
        return f"approved by people who may no longer approve ({', '.join(gone)})"
    return f"approved by {len(still)} of the {needed} people that the settings ask for now"


def clean_reason(reason: str | None) -> str | None:
    """A typed reason as data: capped, without control or bidirectional characters."""
    if reason is None:
        return None
    kept = "".join(c for c in reason if c == "\n" or (c.isprintable() and c not in "\u200e\u200f"))
    return kept.strip()[:MAX_REASON] or None


def _tighten(click: Click) -> None:
    """Ask for as many people, of as high a tier, as the settings ask for now, and let the card say so."""
    session, approval = click.session, click.approval
    tier, needed = standing(approval, planned_changes(session, approval.id), click.limits)
    if (tier, needed) == (approval.tier, approval.quorum):
        return
    facts = {"tier": [approval.tier, tier], "quorum": [approval.quorum, needed]}
    approval.tier, approval.quorum = tier, needed
    session.flush()
    redraw(session, approval, click.now)
    audit.append(session, "budgeteer", "approval.quorum_changed", approval.id, facts, click.now)


def _standing_votes(click: Click) -> set[str]:
    """Who approved and still may."""
    allowed = set(names(click, click.approval.tier))
    if not click.limits.solo_mode:
        allowed -= set(editors(click))
    votes = select(Vote.user).where(Vote.approval_id == click.approval.id, Vote.decision == "approve")
    return set(click.session.scalars(votes)) & allowed


def _more_people(click: Click, voters: set[str]) -> str:
    missing = click.approval.quorum - len(voters)
    others = either(click, [n for n in names(click, click.approval.tier) if n not in voters])
    return f"{missing} more {'person has' if missing == 1 else 'people have'} to approve" + (
        f": {others}" if others else ""
    )
