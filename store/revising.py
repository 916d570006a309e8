"""An edit: revision n+1 with other amounts, frozen, in the transaction that closes the older card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain import policy
from domain.policy import Limits
from domain.ratio import Amount
from domain.recommendation import Alternative, Change, Prediction, Recommendation
from domain.recommendation_json import from_json
from store import audit, outbox, recommendations
from store.approval_view import tampered
from store.approvals import open_approval
from store.clicking import (
    UNKNOWN_CARD,
    Click,
    Decision,
    Mention,
    Presence,
    at_sign,
    closed,
    locked,
    names,
    not_an_approver,
    planned_changes,
    refuse,
    stranger,
)
from store.engine import write
from store.policy_facts import gather
from store.tables import Approval, Operation, RecommendationRow

WHOLE_PLAN = 0  # the number under which errors of the plan as a whole are told
SLACKS_PATIENCE_MS = 1_500


@dataclass(frozen=True, slots=True)
class Revised:
    """The fresh approval; or why there is none, by the operation's number (``WHOLE_PLAN`` for all of it)."""

    approval_id: str | None
    errors: Mapping[int, str]
    superseded: tuple[str, ...] = ()


def revise(
    engine: Engine,
    approval_id: str,
    user: str,
    amounts: Mapping[int, Amount],
    prediction: Prediction,
    *,
    now: datetime,
    limits: Limits,
    mention: Mention = at_sign,
    presence: Presence = "member",
) -> Revised:
    """Put a pending plan's operations up again with other ``amounts``, by the number of each; the others are left out.

    Who edits is an approver of the account or the person who asked for the plan. Everything but the amounts is the
    store's own. Votes for the older revision count for nothing: they stay with it.
    """
    with write(engine, patience_ms=SLACKS_PATIENCE_MS) as session:
        click = locked(session, approval_id, user, now, limits, mention, presence)
        if click is None:
            return Revised(None, {WHOLE_PLAN: UNKNOWN_CARD})
        if (answer := closed(click) or stranger(click) or _may_not_edit(click)) is not None:
            return Revised(None, {WHOLE_PLAN: answer.text})
        if tampered(session, click.approval):
            return Revised(None, {WHOLE_PLAN: refuse(click, "refused", "the stored plan is not the one shown").text})
        changes = _edited(session, approval_id, amounts)
        if errors := _refused(click, changes):
            return Revised(None, errors)
        return _reopened(click, [c for _, c in changes], prediction)


def refused_at_once(
    engine: Engine, approval_id: str, user: str, *, now: datetime, limits: Limits, mention: Mention, presence: Presence
) -> Decision | None:
    """Why this person may not edit at all, audited, before they fill in anything; None where they may."""
    with write(engine) as session:
        click = locked(session, approval_id, user, now, limits, mention, presence)
        return None if click is None else stranger(click) or _may_not_edit(click)


def _may_not_edit(click: Click) -> Decision | None:
    row = click.session.get_one(RecommendationRow, (click.approval.recommendation_id, click.approval.revision))
    asked_by = from_json(row.content).requested_by
    return None if click.user in (asked_by, *names(click)) else not_an_approver(click, 1)


def _edited(session: Session, approval_id: str, amounts: Mapping[int, Amount]) -> list[tuple[int, Change]]:
    planned = planned_changes(session, approval_id)
    row = _content(session, approval_id)
    affects = {c.entity: c.affects for c in row.changes}
    return [
        (seq, replace(change, after=amounts[seq], affects=affects.get(change.entity, ())))
        for seq, change in enumerate(planned, start=1)
        if seq in amounts
    ]


def _content(session: Session, approval_id: str) -> Recommendation:
    approval = session.get_one(Approval, approval_id)
    return from_json(session.get_one(RecommendationRow, (approval.recommendation_id, approval.revision)).content)


def _refused(click: Click, changes: Sequence[tuple[int, Change]]) -> dict[int, str]:
    """What the policy has against the edited plan, beside the amount that it is about."""
    plan = [c for _, c in changes]
    if not plan:
        return {WHOLE_PLAN: "nothing is left of the plan; to drop all of it, reject it"}
    planned = planned_changes(click.session, click.approval.id)
    if [(c.entity, c.after) for c in plan] == [(c.entity, c.after) for c in planned]:
        return {WHOLE_PLAN: "these are the amounts on the card already; nothing to edit"}
    facts = gather(click.session, click.approval.account_id, plan, click.now, besides=click.approval.id)
    errors: dict[int, str] = {}
    for refusal in policy.check(plan, facts, click.limits, click.now).refusals:
        own = next((seq for seq, c in changes if refusal.startswith(f"{c.entity_name}: ")), WHOLE_PLAN)
        said = refusal.partition(": ")[2] if own else refusal
        errors[own] = f"{errors[own]}; {said}" if own in errors else said
    if errors:
        refuse(click, "refused", "edit refused: " + "; ".join(errors.values()))
    return errors


def _reopened(click: Click, changes: list[Change], prediction: Prediction) -> Revised:
    session, older, now = click.session, click.approval, click.now
    row = session.get_one(RecommendationRow, (older.recommendation_id, older.revision))
    facts = gather(session, older.account_id, changes, now, besides=older.id)
    warnings = policy.check(changes, facts, click.limits, now).warnings
    rec = _revision(click, from_json(row.content), changes, prediction, warnings)
    by = [*(row.origin.get("edited_by") or ()), click.user]
    origin = {**row.origin, "edited_by": list(dict.fromkeys(by)), "edited_from": older.id}
    if prediction.parts is not None:
        origin["prediction"] = dict(prediction.parts)
    recommendations.add(session, rec, origin)
    needed = policy.quorum(rec.tier, click.limits)
    needed = needed if click.limits.solo_mode else max(needed, older.quorum)
    opened = open_approval(session, rec, quorum=needed, channel=older.channel, undoes=older.undoes, now=now)
    session.get_one(Approval, opened.approval_id).proposed_by = click.user
    if older.channel is not None:
        queue_card(session, opened.approval_id, older.channel, older.thread_ts or older.message_ts, now)
    before = [[c.entity, c.after.micros] for c in planned_changes(session, older.id)]
    facts_ = {"from": older.id, "before": before, "after": [[c.entity, c.after.micros] for c in changes]}
    audit.append(session, click.user, "approval.edited", opened.approval_id, facts_, now)
    return Revised(opened.approval_id, {}, opened.superseded)


def _revision(
    click: Click, base: Recommendation, changes: list[Change], prediction: Prediction, warnings: tuple[str, ...]
) -> Recommendation:
    """The next revision: what the base says of the budgets stays, what it says of its amounts goes."""
    key = click.approval.recommendation_id
    latest = click.session.scalar(select(func.max(RecommendationRow.revision)).where(RecommendationRow.id == key))
    kept = {name for c in changes for name in (c.entity_name, *c.affects)}
    as_before = Alternative("As proposed before", "The amounts of the card that was edited", base.expected)
    nothing = [a for a in base.alternatives if a.label == "Do nothing"]
    return replace(
        base,
        revision=(latest or base.revision) + 1,
        title=f"{click.account.name}: {_counted(changes)}, amounts edited",
        summary="The amounts were edited by a person.",
        changes=tuple(changes),
        why=tuple(f for f in base.why if f.entity in kept),
        expected=prediction.expected,
        chance_worse=prediction.chance_worse,
        confidence=prediction.confidence,
        not_estimated=prediction.not_estimated,
        risks=(*prediction.risks, *base.risks),
        alternatives=(*nothing, as_before),
        tier=max(click.approval.tier, policy.tier(changes, click.limits)),
        created_at=click.now,
        expires_at=policy.expiry(click.now, click.limits, click.account.timezone),
        warnings=warnings,
    )


def _counted(changes: Sequence[Change]) -> str:
    what = "bid target" if changes[0].of_target else "budget"
    return f"{len(changes)} {what}{'' if len(changes) == 1 else 's'}"


def queue_card(session: Session, approval_id: str, channel: str, thread_ts: str | None, now: datetime) -> None:
    """Post a card, once; it is drawn from the store when it is sent."""
    outbox.put(
        session,
        dedupe_key=f"card:{approval_id}",
        kind="card",
        channel=channel,
        payload={"approval_id": approval_id},
        thread_ts=thread_ts,
        now=now,
    )


def operations_of(session: Session, approval_id: str) -> dict[int, Change]:
    """The operations of an approval by their numbers."""
    query = select(Operation.seq).where(Operation.approval_id == approval_id).order_by(Operation.seq)
    return dict(zip(session.scalars(query), planned_changes(session, approval_id), strict=True))
