"""Taking a change back, or carrying the rest of it out: looked at live, then proposed through the same gates.

Nothing is written here. What is proposed waits for its own approval, and money that was spent stays spent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from agent.activation.deps import ActivationDeps
from agent.activation.history import known_moves, told
from connectors.base import Connector, PlatformError
from domain.errors import Refused
from domain.lifecycle import OpState, Status
from domain.ratio import Amount
from domain.recommendation import Change
from store import following
from store.approvals import ApprovalView, OperationView, view
from store.clicking import Mention, Presence, at_sign
from store.engine import read
from store.following import Followed

Kind = Literal["undo", "finish"]
_NOT_WRITTEN = (OpState.SKIPPED, OpState.FAILED)
AFTER = {
    "undo": (Status.APPLIED, Status.PARTIALLY_APPLIED),
    "finish": (Status.PARTIALLY_APPLIED,),
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """One operation against what the platform shows: a change to propose, or why there is none."""

    change: Change | None
    against: str = ""
    note: str = ""


def follow_up(
    deps: ActivationDeps,
    approval_id: str,
    kind: Kind,
    user: str,
    *,
    mention: Mention = at_sign,
    presence: Presence = "member",
) -> Followed:
    """Propose to undo or to finish an approval, as its budgets stand on the platform now.

    Where somebody else moved one of them since, nothing is proposed: an undo would take their change back too.
    """
    with read(deps.engine) as session:
        shown = view(session, approval_id)
    if shown.approval.status not in AFTER[kind]:
        return Followed(None, f"nothing to {kind}: this is {shown.approval.status.replace('_', ' ')}")
    try:
        seen = [_look(deps, shown, o, kind) for o in _operations(shown, kind)]
    except PlatformError as error:
        return Followed(None, f"the platform could not be asked, so nothing is proposed: {error}")
    except Refused as error:
        return Followed(None, str(error))
    against = [s.against for s in seen if s.against]
    changes = tuple(s.change for s in seen if s.change is not None)
    if against or not changes:
        return Followed(None, f"nothing is proposed: {'; '.join(against) or 'all of it stands as it should already'}")
    plan = following.Plan(kind, changes, tuple(s.note for s in seen if s.note))
    return following.propose(
        deps.engine, approval_id, plan, user, now=deps.now(), limits=deps.limits, mention=mention, presence=presence
    )


def _operations(shown: ApprovalView, kind: Kind) -> Iterable[OperationView]:
    if kind == "undo":
        return [o for o in shown.operations if o.state is OpState.APPLIED]
    return [o for o in shown.operations if o.state in _NOT_WRITTEN]


def _look(deps: ActivationDeps, shown: ApprovalView, operation: OperationView, kind: Kind) -> _Seen:
    change = operation.change
    connector = deps.connectors.get(change.platform)
    if connector is None:
        raise Refused(f"{change.platform} is not connected, so nothing is proposed")
    stands = _stands(connector, change)
    goal, left = (change.before, change.after) if kind == "undo" else (change.after, change.before)
    if stands is None:
        return _Seen(None, f"{change.entity_name} has no {change.called} any more")
    if stands == goal:
        return _Seen(None)
    since = operation.settled_at or shown.approval.created_at
    moves = known_moves(connector, change, since) if kind == "undo" else ()
    foreign = [m for m in moves if m.at > since]
    if stands != left:
        by = f": {told(foreign)}" if foreign else ""
        return _Seen(None, f"{change.entity_name} stands at {stands}, not at {left}; somebody set it{by}")
    note = f"{change.entity_name} was changed and put back since: {told(foreign)}" if foreign else ""
    return _Seen(replace(change, before=left, after=goal, observed_at=deps.now()), note=note)


def _stands(connector: Connector, change: Change) -> Amount | None:
    """What the value stands at on the platform now; None where there is none of its kind any more."""
    if change.of_target:
        return connector.bid_state(change.account, change.entity).value(change.field)
    return connector.state(change.account, change.entity).daily_amount
