"""One wire attempt and what it came to, by reading back: applied, failed, unknown, or for a person to look at."""

from __future__ import annotations

from agent.activation.deps import ActivationDeps, Hold
from agent.activation.preflight import preflight
from connectors.base import Connector, Landed, Observation, PlatformError, ReadBack, WriteOutcome
from domain.lifecycle import OpState
from domain.recommendation import Change
from store import ledger
from store.approvals import ApprovalView, OperationView

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 8.0


class Lost(Exception):
    """The intent could not be committed: nothing was sent, and nothing may be."""


def send(deps: ActivationDeps, hold: Hold, shown: ApprovalView, operation: OperationView, *, number: int) -> OpState:
    """Commit the intent, make one wire attempt, read back, settle. Raises Lost where the intent is not ours."""
    hold.keep()
    intent = ledger.intend(deps.engine, operation.id, number, deps.now())
    if intent is None:
        raise Lost
    hold.check_time_to_write()
    outcome = _attempt(deps, operation.change)
    ledger.answered(
        deps.engine,
        intent,
        outcome=outcome.landed,
        request_id=outcome.request_id,
        detail=outcome.detail,
        now=deps.now(),
    )
    return _settle(deps, hold, shown, operation, number=number, said=outcome.landed, detail=outcome.detail)


def settle_sent(deps: ActivationDeps, hold: Hold, shown: ApprovalView, operation: OperationView) -> OpState:
    """Settle an operation whose sender died, or that could not be read back before."""
    last = operation.attempts[-1]
    said = Landed(last.outcome) if last.outcome else Landed.UNKNOWN
    return _settle(deps, hold, shown, operation, number=last.number, said=said, detail=last.detail or "")


def _attempt(deps: ActivationDeps, change: Change) -> WriteOutcome:
    """The one call that writes. Whatever goes wrong in it leaves the outcome unknown, not failed."""
    try:
        return deps.connectors[change.platform].apply(change, deps.write_deadline_s)
    except Exception as error:
        return WriteOutcome(Landed.UNKNOWN, None, f"no usable answer ({type(error).__name__})")


def _settle(
    deps: ActivationDeps,
    hold: Hold,
    shown: ApprovalView,
    operation: OperationView,
    *,
    number: int,
    said: Landed,
    detail: str,
) -> OpState:
    change = operation.change
    seen, trouble = _read_until_settled(deps, hold, change)
    if seen is None:
        if said is Landed.REJECTED:
            return _note(deps, operation, OpState.FAILED, f"refused by the platform: {detail}", None)
        return _note(deps, operation, OpState.UNKNOWN, f"sent, but not read back yet: {trouble}", None)
    if seen.verdict is ReadBack.DESIRED:
        return _note(deps, operation, OpState.APPLIED, f"read back as {seen.value}", seen)
    if seen.verdict is ReadBack.OTHER:
        what = f"the platform shows {seen.value}, neither {change.before} nor {change.after}: a person has to look"
        return _note(deps, operation, OpState.QUARANTINED, what, seen)
    if said is Landed.REJECTED:
        return _note(deps, operation, OpState.FAILED, f"refused by the platform: {detail}", seen)
    if number >= ledger.MAX_ATTEMPTS:
        what = f"after {number} attempts the platform still shows {seen.value}"
        return _note(deps, operation, OpState.FAILED, what, seen)
    return _once_more(deps, hold, shown, operation, seen, number + 1)


def _once_more(
    deps: ActivationDeps, hold: Hold, shown: ApprovalView, operation: OperationView, seen: Observation, number: int
) -> OpState:
    """A read-back proved that nothing landed, so one more attempt cannot write twice."""
    if operation.state is not OpState.UNKNOWN:
        _note(deps, operation, OpState.UNKNOWN, f"not there yet: still {seen.value}", seen)
    if stop := preflight(deps, shown, operation):
        return _note(deps, operation, OpState.FAILED, f"nothing was changed, not sent again: {stop.reason}", seen)
    if not ledger.resume(deps.engine, shown.approval.id, deps.now()):
        return OpState.UNKNOWN
    try:
        return send(deps, hold, shown, operation, number=number)
    except Lost:
        return _note(deps, operation, OpState.FAILED, "nothing was changed, not sent again: writes are stopped", seen)


def _read_until_settled(deps: ActivationDeps, hold: Hold, change: Change) -> tuple[Observation | None, str]:
    """Read at once, then with growing waits until the platform's settle time is over or the old value is gone.

    The last reading (None where none succeeded) and the last trouble.
    """
    connector = deps.connectors.get(change.platform)
    if connector is None:
        return None, f"{change.platform} is not connected"
    ends_at = deps.monotonic() + connector.capabilities.settle_seconds
    wait, trouble, seen = _FIRST_WAIT_S, "", None
    while True:
        hold.keep()
        seen, trouble = _read(connector, change)
        left = ends_at - deps.monotonic()
        if (seen is not None and seen.verdict is not ReadBack.BEFORE) or left <= 0:
            return seen, trouble
        deps.sleep(min(wait, left))
        wait = min(wait * 2, _LONGEST_WAIT_S)


def _read(connector: Connector, change: Change) -> tuple[Observation | None, str]:
    try:
        return connector.read_back(change), ""
    except PlatformError as error:
        return None, str(error)


def _note(
    deps: ActivationDeps, operation: OperationView, state: OpState, detail: str, seen: Observation | None
) -> OpState:
    reading = None if seen is None else ledger.Reading(seen.verdict, seen.value, seen.request_id)
    ledger.settle(deps.engine, operation.id, state, detail=detail, reading=reading, now=deps.now())
    return state
