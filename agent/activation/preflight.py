"""The last look before a write, live: people, policy, kill switch, and the platform itself. Any doubt stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.activation.deps import ActivationDeps
from agent.activation.history import known_moves, told
from connectors.base import BidState, BudgetState, Connector, PlatformError, Stale
from domain.lifecycle import Status
from domain.policy import check
from domain.ratio import Amount, exact
from domain.recommendation import Change
from store.approvals import ApprovalView, OperationView, view
from store.deciding import may_still_apply
from store.engine import read
from store.policy_facts import gather


@dataclass(frozen=True, slots=True)
class Stop:
    """Why nothing is sent: ``status`` is what the approval becomes where nothing of it was written."""

    status: Status
    reason: str
    tampered: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """``stop`` is None where the operation may be sent now; ``note`` is what was seen and let pass."""

    stop: Stop | None
    note: str = ""


def preflight(deps: ActivationDeps, shown: ApprovalView, operation: OperationView) -> Look:
    """Everything that is looked at just before an operation is sent."""
    if stop := by_the_store(deps, shown):
        return Look(stop)
    return _by_the_platform(deps, operation.change)


def by_the_store(deps: ActivationDeps, shown: ApprovalView) -> Stop | None:
    """What the store knows against the plan: a changed amount, removed approvers, its expiry, limits as they are now,
    a kill switch, old figures."""
    changes = [o.change for o in shown.operations]
    approval, now = shown.approval, deps.now()
    with read(deps.engine) as session:
        if shown.tampered or view(session, approval.id).tampered:
            return Stop(Status.REFUSED, "the stored plan is not the one that was approved", tampered=True)
        if gone := may_still_apply(session, approval.id, deps.limits):
            return Stop(Status.REFUSED, gone)
        facts = gather(session, approval.account_id, changes, now, besides=approval.id)
    reasons = list(check(changes, facts, deps.limits, now).refusals)
    if approval.expires_at <= now:
        reasons.insert(0, f"approved, but not sent before it expired at {approval.expires_at:%Y-%m-%d %H:%M} UTC")
    return Stop(Status.REFUSED, "; ".join(reasons)) if reasons else None


def _by_the_platform(deps: ActivationDeps, change: Change) -> Look:
    connector = deps.connectors.get(change.platform)
    if connector is None:
        return Look(Stop(Status.REFUSED, f"{change.platform} is not connected"))
    try:
        stop = _against_plan(connector, change)
        moves = () if stop else known_moves(connector, change, change.observed_at)
        stop = stop or _dry_run(connector, change)
    except PlatformError as error:
        return Look(Stop(Status.FAILED, f"the platform could not be asked: {error}"))
    return Look(stop, f"changed and put back since the plan: {told(moves)}" if moves else "")


def _against_plan(connector: Connector, change: Change) -> Stop | None:
    if change.of_target:
        return _bid_against_plan(connector.bid_state(change.account, change.entity), change)
    return _budget_against_plan(connector.state(change.account, change.entity), change)


def _bid_against_plan(state: BidState, change: Change) -> Stop | None:
    value = state.value(change.field)
    if value is None:
        why = state.why_not or "it aims at something else now"
        return Stop(Status.REFUSED, f"not a {change.called} any more: {why}")
    if value != change.before:
        return _stale(value, change)
    if not state.enabled:
        return Stop(Status.REFUSED, "it is not enabled any more")
    if state.learning:
        return Stop(Status.REFUSED, "its bidding is learning now; a change would start that again")
    return _unseen(state.campaigns, change, "a shared strategy that also bids for") if state.shared else None


def _budget_against_plan(state: BudgetState, change: Change) -> Stop | None:
    if state.daily_amount is None:
        return Stop(Status.REFUSED, f"not a daily budget but {state.period}")
    if state.daily_amount != change.before:
        return _stale(state.daily_amount, change)
    if not state.enabled:
        return Stop(Status.REFUSED, "the budget is not enabled any more")
    if change.after.micros % state.billable_unit_micros:
        return Stop(Status.REFUSED, f"{change.after} is not a multiple of the platform's smallest step")
    if state.shared or len(state.campaigns) > 1:
        return _unseen(state.campaigns, change, "a shared budget that also pays for")
    return None


def _stale(shown: Amount, change: Change) -> Stop:
    said = f"the platform shows {exact(shown)}, the plan was made on {exact(change.before)}; make a fresh one"
    return Stop(Status.STALE, said)


def _unseen(campaigns: Sequence[tuple[str, str]], change: Change, what: str) -> Stop | None:
    """Nothing may reach a campaign that did not stand on the card."""
    unseen = [name for id_, name in campaigns if name not in change.affects and id_ not in change.affects]
    return Stop(Status.REFUSED, f"{what} {', '.join(unseen)}, not shown on the card") if unseen else None


def _dry_run(connector: Connector, change: Change) -> Stop | None:
    try:
        connector.validate(change)
    except Stale as error:
        return Stop(Status.STALE, str(error))
    except PlatformError as error:
        return Stop(Status.REFUSED, f"the platform's own check refused it: {error}")
    return None
