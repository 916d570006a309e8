"""One wire attempt and what it came to, by reading back: applied, failed, unknown, or for a person to look at.

The old value in a read-back does not prove that nothing landed: a rule or a person may have put it back meanwhile,
and the attempt itself may still be on its way. So the platform's change history is asked too, and only once it is
complete: on a real platform a change appears there minutes later. Until then the outcome stays unknown. A second
attempt is made only within ``SECOND_ATTEMPT_WITHIN`` of the first; after that the world has moved on and a person
decides. What can still happen: a write that lands only after the platform's settle time and its history delay, so
minutes after its deadline, meets a second attempt of the same absolute amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.activation.deps import ActivationDeps, Hold
from agent.activation.history import amount_moves, told
from agent.activation.preflight import preflight
from connectors.base import Connector, Landed, Observation, PlatformError, ReadBack, WriteOutcome
from domain.lifecycle import OpState
from domain.recommendation import Change
from store import ledger
from store.approvals import ApprovalView, OperationView

SECOND_ATTEMPT_WITHIN = timedelta(minutes=10)
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 8.0


class Lost(Exception):
    """The intent could not be committed: nothing was sent, and nothing may be."""


@dataclass(frozen=True, slots=True)
class Work:
    """One operation in this process's hands. ``note``: what the last look before the write saw and let pass."""

    deps: ActivationDeps
    hold: Hold
    shown: ApprovalView
    operation: OperationView
    note: str = ""

    @property
    def change(self) -> Change:
        return self.operation.change


@dataclass(frozen=True, slots=True)
class _Sent:
    """An attempt that may have reached the platform, and what its answer said."""

    number: int
    intended_at: datetime
    said: Landed
    detail: str


def send(work: Work, *, number: int) -> OpState:
    """Commit the intent, make one wire attempt, read back, settle. Raises Lost where the intent is not ours."""
    deps = work.deps
    work.hold.keep()
    intent = ledger.intend(deps.engine, work.operation.id, number, deps.now(), note=work.note)
    if intent is None:
        raise Lost
    work.hold.check_time_to_write()
    outcome = _attempt(deps, intent.change)
    ledger.answered(
        deps.engine,
        intent,
        outcome=outcome.landed,
        request_id=outcome.request_id,
        detail=outcome.detail,
        now=deps.now(),
    )
    return _settle(work, _Sent(number, intent.at, outcome.landed, outcome.detail))


def settle_sent(work: Work) -> OpState:
    """Settle an operation whose sender died, or that could not be read back before."""
    last = work.operation.attempts[-1]
    said = Landed(last.outcome) if last.outcome else Landed.UNKNOWN
    return _settle(work, _Sent(last.number, last.intended_at, said, last.detail or ""))


def _attempt(deps: ActivationDeps, change: Change) -> WriteOutcome:
    """The one call that writes. Whatever goes wrong in it leaves the outcome unknown, not failed."""
    try:
        return deps.connectors[change.platform].apply(change, deps.write_deadline_s)
    except Exception as error:
        return WriteOutcome(Landed.UNKNOWN, None, f"no usable answer ({type(error).__name__})")


def _settle(work: Work, sent: _Sent) -> OpState:
    seen, trouble = _read_until_settled(work)
    refused = f"refused by the platform: {sent.detail}"
    if seen is None:
        if sent.said is Landed.REJECTED:
            return _note(work, OpState.FAILED, refused, None)
        return _note(work, OpState.UNKNOWN, f"sent, but not read back yet: {trouble}", None)
    if sent.said is Landed.REJECTED and sent.number == 1 and seen.verdict is ReadBack.DESIRED:
        return _note(work, OpState.FAILED, f"{refused}; it shows {seen.value} all the same, set by somebody else", seen)
    if seen.verdict is not ReadBack.BEFORE:
        return _shown(work, seen)
    if sent.said is Landed.REJECTED:
        return _note(work, OpState.FAILED, refused, seen)
    return _before(work, sent, seen)


def _shown(work: Work, seen: Observation) -> OpState:
    """What a read-back that does not show the old value settles by itself."""
    if seen.verdict is ReadBack.DESIRED:
        note = f"; {work.note}" if work.note else ""
        return _note(work, OpState.APPLIED, f"read back as {seen.value}{note}", seen)
    change = work.change
    what = f"the platform shows {seen.value}, neither {change.before} nor {change.after}: a person has to look"
    return _note(work, OpState.QUARANTINED, what, seen)


def _before(work: Work, sent: _Sent, seen: Observation) -> OpState:
    """Tell, after the settle time, whether nothing landed or the old value was put back."""
    connector = work.deps.connectors[work.change.platform]
    age = work.deps.now() - sent.intended_at
    if age < timedelta(seconds=connector.capabilities.history_seconds):
        what = f"not there yet: still {seen.value}; looked at again once the platform's change history is complete"
        return _note(work, OpState.UNKNOWN, what, seen)
    try:
        moves = amount_moves(connector, work.change, sent.intended_at)
    except Exception as error:  # a connector's bug is no answer either
        what = f"it shows {seen.value}, and its change history could not be read ({_said(error)})"
        return _note(work, OpState.QUARANTINED, f"{what}: a person has to look", seen)
    if moves:
        what = f"it shows {seen.value}, but was changed since it was sent: {told(moves)}"
        return _note(work, OpState.QUARANTINED, f"{what}: a person has to look", seen)
    if sent.number >= ledger.MAX_ATTEMPTS:
        return _note(work, OpState.FAILED, f"after {sent.number} attempts the platform still shows {seen.value}", seen)
    if age > SECOND_ATTEMPT_WITHIN:
        what = f"it still shows {seen.value}; sent at {sent.intended_at:%Y-%m-%d %H:%M} UTC, too long ago to send again"
        return _note(work, OpState.QUARANTINED, f"{what}: a person has to decide", seen)
    return _once_more(work, seen, sent.number + 1)


def _once_more(work: Work, seen: Observation, number: int) -> OpState:
    """Nothing landed, as far as the platform can tell: the whole look before a write again, and one more attempt."""
    deps = work.deps
    if work.operation.state is not OpState.UNKNOWN:
        _note(work, OpState.UNKNOWN, f"not there yet: still {seen.value}", seen)
    look = preflight(deps, work.shown, work.operation)
    if look.stop is not None:
        return _not_again(work, look.stop.reason, tampered=look.stop.tampered)
    if not ledger.resume(deps.engine, work.shown.approval.id, deps.now()):
        return OpState.UNKNOWN
    try:
        return send(Work(deps, work.hold, work.shown, work.operation, look.note), number=number)
    except Lost:
        return _not_again(work, "writes are stopped or the plan may no longer be written", tampered=False)


def _not_again(work: Work, reason: str, *, tampered: bool) -> OpState:
    """No second attempt. The value is read once more: the first may have landed while this was looked at."""
    seen, trouble = _read(work.deps.connectors[work.change.platform], work.change)
    if tampered:
        return _note(work, OpState.QUARANTINED, f"{reason}: a person has to look", seen)
    if seen is None:
        return _note(work, OpState.UNKNOWN, f"sent, but not read back yet: {trouble}", None)
    if seen.verdict is not ReadBack.BEFORE:
        return _shown(work, seen)
    return _note(work, OpState.FAILED, f"nothing was changed, not sent again: {reason}", seen)


def _read_until_settled(work: Work) -> tuple[Observation | None, str]:
    """Read at once, then with growing waits until the platform's settle time is over or the old value is gone.

    The last reading (None where none succeeded) and the last trouble.
    """
    deps, change = work.deps, work.change
    connector = deps.connectors.get(change.platform)
    if connector is None:
        return None, f"{change.platform} is not connected"
    ends_at = deps.monotonic() + connector.capabilities.settle_seconds
    wait, trouble, seen = _FIRST_WAIT_S, "", None
    while True:
        work.hold.keep()
        seen, trouble = _read(connector, change)
        left = ends_at - deps.monotonic()
        if (seen is not None and seen.verdict is not ReadBack.BEFORE) or left <= 0:
            return seen, trouble
        deps.sleep(min(wait, left))
        wait = min(wait * 2, _LONGEST_WAIT_S)


def _read(connector: Connector, change: Change) -> tuple[Observation | None, str]:
    try:
        return connector.read_back(change), ""
    except Exception as error:  # a connector's bug leaves the outcome unknown, like a platform's silence
        return None, _said(error)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, PlatformError) else type(error).__name__


def _note(work: Work, state: OpState, detail: str, seen: Observation | None) -> OpState:
    reading = None if seen is None else ledger.Reading(seen.verdict, seen.value, seen.request_id)
    ledger.settle(work.deps.engine, work.operation.id, state, detail=detail, reading=reading, now=work.deps.now())
    return state
