"""The executor: works from the row, alone on its approval, and may be killed anywhere.

Before each wire call an intent is committed with the operation's move to ``sent``. Whatever dies after that is
settled by a read-back, never by sending again blindly: an intent whose call was never made cannot be told from one
whose answer was lost.
"""

from __future__ import annotations

import logging

from agent.activation.deps import ActivationDeps, Hold, LostHold
from agent.activation.preflight import Stop, by_the_store, preflight
from agent.activation.settle import Lost, Work, send, settle_sent
from domain.lifecycle import OpState, Status
from store import ledger
from store.approvals import ApprovalView, OperationView, find, view
from store.engine import read

log = logging.getLogger("budgeteer.executor")
_AT_WORK = (Status.EXECUTING, Status.UNKNOWN)


def execute(deps: ActivationDeps, approval_id: str) -> Status:
    """Carry out an approval that was claimed; where it stands afterwards.

    Idempotent: a second call, in this process or another, at the same time or after a crash, writes nothing that the
    first may have written. Where somebody else is at work it returns at once.
    """
    if (status := _load(deps, approval_id).approval.status) not in _AT_WORK:
        return status
    hold = Hold(deps, approval_id)
    if not hold.take():
        return _load(deps, approval_id).approval.status
    trouble = None
    try:
        return _carry_out(deps, hold, approval_id)
    except LostHold:
        return _load(deps, approval_id).approval.status
    except Exception as error:
        trouble = deps.redact(f"{type(error).__name__}: {error}")[:500]
        raise
    finally:
        hold.release(trouble)


def settle_unknown(deps: ActivationDeps) -> dict[str, Status]:
    """Take up every approval that is executing or unknown and that no process holds; where each stands now.

    One whose execution raises is left out, logged and recorded; it keeps no other from being taken up.
    """
    with read(deps.engine) as session:
        waiting = find(session, _AT_WORK)
    settled = {}
    for approval_id in waiting:
        try:
            settled[approval_id] = execute(deps, approval_id)
        except Exception as error:
            log.error("approval %s: execution failed: %s: %s", approval_id, type(error).__name__, error)
            _record(deps, approval_id, error)
    return settled


def _carry_out(deps: ActivationDeps, hold: Hold, approval_id: str) -> Status:
    shown = _load(deps, approval_id)
    if shown.approval.status not in _AT_WORK:
        return shown.approval.status
    stop = _look_at_all_first(deps, shown)
    if stop is None:
        for operation in shown.operations:
            state, stop = _one(deps, hold, shown, operation)
            if state is not OpState.APPLIED:
                break
    _skip_the_rest(deps, approval_id)
    return ledger.conclude(deps.engine, approval_id, lambda states: verdict(states, stop), deps.now())


def _look_at_all_first(deps: ActivationDeps, shown: ApprovalView) -> Stop | None:
    """Before the first write of a batch, check every operation of it: better nothing than half a stale plan."""
    if len(shown.operations) < 2 or any(o.state is not OpState.WAITING for o in shown.operations):
        return None
    for operation in shown.operations:
        if stop := preflight(deps, shown, operation).stop:
            _not_sent(deps, operation, stop)
            return stop
    return None


def _one(
    deps: ActivationDeps, hold: Hold, shown: ApprovalView, operation: OperationView
) -> tuple[OpState, Stop | None]:
    if operation.state in (OpState.SENT, OpState.UNKNOWN):
        return settle_sent(Work(deps, hold, shown, operation)), None
    if operation.state is not OpState.WAITING:
        return operation.state, None
    look = preflight(deps, shown, operation)
    if look.stop is not None:
        return _not_sent(deps, operation, look.stop), look.stop
    try:
        return send(Work(deps, hold, shown, operation, look.note), number=1), None
    except Lost:
        if stop := by_the_store(deps, shown):  # a kill switch between the look and the intent
            return _not_sent(deps, operation, stop), stop
        raise LostHold from None


def _not_sent(deps: ActivationDeps, operation: OperationView, stop: Stop) -> OpState:
    detail = f"not sent: {stop.reason}"
    ledger.settle(deps.engine, operation.id, OpState.FAILED, detail=detail, reading=None, now=deps.now())
    return OpState.FAILED


def _skip_the_rest(deps: ActivationDeps, approval_id: str) -> None:
    """After an operation that did not verify, what still waits is not sent. Nothing waits where all went well."""
    for operation in _load(deps, approval_id).operations:
        if operation.state is OpState.WAITING:
            detail = "not sent: an operation before it did not go through"
            ledger.settle(deps.engine, operation.id, OpState.SKIPPED, detail=detail, reading=None, now=deps.now())


def verdict(states: list[OpState], stop: Stop | None = None) -> Status:
    """Where an approval stands whose operations stand so; ``stop`` is why nothing of it was sent."""
    if OpState.QUARANTINED in states:
        return Status.QUARANTINED
    if OpState.UNKNOWN in states or OpState.SENT in states:
        return Status.UNKNOWN
    if all(s is OpState.APPLIED for s in states):
        return Status.APPLIED
    if OpState.APPLIED in states:
        return Status.PARTIALLY_APPLIED
    return stop.status if stop else Status.FAILED


def _record(deps: ActivationDeps, approval_id: str, error: Exception) -> None:
    try:
        ledger.trouble(deps.engine, approval_id, deps.redact(f"{type(error).__name__}: {error}"), deps.now())
    except Exception as worse:  # the store itself is down: the log has both
        log.error("approval %s: not recorded: %s: %s", approval_id, type(worse).__name__, worse)


def _load(deps: ActivationDeps, approval_id: str) -> ApprovalView:
    with read(deps.engine) as session:
        return view(session, approval_id)
