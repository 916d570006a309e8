"""Undo and finish: a fresh proposal that follows another approval, opened once, whoever presses first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain import policy
from domain.errors import Refused
from domain.policy import Limits
from domain.recommendation import Change, Recommendation
from store import audit, recommendations
from store.approval_view import followup_id, standing_finish, standing_undo
from store.approvals import open_approval
from store.clicking import (
    UNKNOWN_CARD,
    Click,
    Mention,
    Presence,
    at_sign,
    clock,
    editors,
    locked,
    not_an_approver,
    refuse,
    stranger,
)
from store.engine import write
from store.policy_facts import gather
from store.revising import queue_card
from store.tables import Approval, RecommendationRow

Kind = Literal["undo", "finish"]
NOT_ESTIMATED = {
    "undo": "not estimated: it takes a change back; what that change has done until then is done",
    "finish": "not estimated again: it is the rest of a plan, without the part that was written",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be proposed, each budget from where the platform shows it now; ``notes`` were seen and let pass."""

    kind: Kind
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Followed:
    """The fresh approval, or None; ``text`` is what the person is told."""

    approval_id: str | None
    text: str
    superseded: tuple[str, ...] = ()


def propose(
    engine: Engine,
    approval_id: str,
    plan: Plan,
    user: str,
    *,
    now: datetime,
    limits: Limits,
    mention: Mention = at_sign,
    presence: Presence = "member",
) -> Followed:
    """Open it in the transaction that looks whether somebody else did. Approvers of the account may ask for it."""
    with write(engine) as session:
        click = locked(session, approval_id, user, now, limits, mention, presence)
        if click is None:
            return Followed(None, UNKNOWN_CARD)
        if (answer := stranger(click) or not_an_approver(click, 1)) is not None:
            return Followed(None, answer.text)
        if (said := _already(click, plan.kind)) is not None:
            refuse(click, "late", said)
            return Followed(None, said)
        verdict = policy.check(plan.changes, gather(session, click.account.id, plan.changes, now), limits, now)
        if not verdict.allowed:
            said = f"the policy forbids this {plan.kind}: {'; '.join(verdict.refusals)}"
            refuse(click, "refused", said)
            return Followed(None, said)
        try:
            return _open(click, plan, (*plan.notes, *verdict.warnings))
        except Refused as error:
            refuse(click, "refused", str(error))
            return Followed(None, str(error))


def _already(click: Click, kind: Kind) -> str | None:
    look = standing_undo if kind == "undo" else standing_finish
    found = look(click.session, click.approval.id)
    if found is None:
        return None
    other = click.session.get_one(Approval, found)
    by = click.mention(other.decided_by) if other.decided_by else ""
    if other.decided_at is None:
        who = click.mention(other.proposed_by)
        return f"to {kind} this is proposed already, by {who} at {clock(click, other.created_at)}; decide on that card"
    done = "undone" if kind == "undo" else "finished"
    return f"already {done}: approved by {by} at {clock(click, other.decided_at)}"


def _open(click: Click, plan: Plan, warnings: tuple[str, ...]) -> Followed:
    session, before, now = click.session, click.approval, click.now
    rec = _recommendation(session, click, plan, warnings)
    origin: dict[str, Any] = {"asked_by": click.user, "undoes" if plan.kind == "undo" else "finishes": before.id}
    if plan.kind == "finish":  # the same amounts, so whoever edited them still may not approve them
        origin["edited_by"] = list(editors(click))
    recommendations.add(session, rec, origin)
    opened = open_approval(
        session,
        rec,
        quorum=policy.quorum(rec.tier, click.limits),
        channel=before.channel,
        undoes=before.id if plan.kind == "undo" else None,
        now=now,
    )
    if before.channel is not None:
        queue_card(session, opened.approval_id, before.channel, before.thread_ts or before.message_ts, now)
    audit.append(session, click.user, f"approval.{plan.kind}_proposed", before.id, {"by": opened.approval_id}, now)
    return Followed(opened.approval_id, "proposed as a card of its own; it waits for an approval", opened.superseded)


def _recommendation(session: Session, click: Click, plan: Plan, warnings: tuple[str, ...]) -> Recommendation:
    rec_id = followup_id(plan.kind, click.approval.id)
    latest = session.scalar(select(func.max(RecommendationRow.revision)).where(RecommendationRow.id == rec_id))
    what = "take a change back" if plan.kind == "undo" else "carry out the rest of a plan"
    return Recommendation(
        id=rec_id,
        revision=(latest or 0) + 1,
        account_id=click.account.id,
        title=f"{click.account.name}: {what}",
        summary=f"Proposed to {what}.",
        changes=plan.changes,
        why=(),
        expected=None,
        chance_worse=None,
        confidence="low",
        risks=(("Undo puts the value back; what was spent meanwhile stays spent",) if plan.kind == "undo" else ()),
        alternatives=(),
        tier=policy.tier(plan.changes, click.limits),
        requested_by=click.user,
        created_at=click.now,
        expires_at=policy.expiry(click.now, click.limits, click.account.timezone),
        warnings=warnings,
        not_estimated=NOT_ESTIMATED[plan.kind],
    )
