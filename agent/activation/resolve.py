"""The way out of quarantine, and out of an outcome that the platform never tells: a person looks at what it shows and
says what it came to. Nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.activation.deps import ActivationDeps, Hold
from agent.activation.execute import verdict
from agent.activation.settle import SECOND_ATTEMPT_WITHIN
from connectors.base import Observation, PlatformError, ReadBack
from domain.errors import Refused
from domain.lifecycle import OpState, Status
from store import ledger
from store.approvals import OperationView, view
from store.engine import read

Outcome = Literal["applied", "failed"]
_WAITS = {Status.QUARANTINED: OpState.QUARANTINED, Status.UNKNOWN: OpState.UNKNOWN}
_AGREES = {"applied": ReadBack.DESIRED, "failed": ReadBack.BEFORE}


@dataclass(frozen=True, slots=True)
class Seen:
    """One operation that waits for a person, and what the platform shows of it now; ``trouble``: why nothing."""

    operation: OperationView
    shown: Observation | None
    trouble: str = ""

    def agrees(self, outcome: Outcome) -> bool:
        """Whether what is shown is what ``outcome`` says."""
        return self.shown is not None and self.shown.verdict is _AGREES[outcome]

    def __str__(self) -> str:
        change = self.operation.change
        shows = f"the platform shows {self.shown.value}" if self.shown else f"nothing could be read: {self.trouble}"
        return f"{change.entity_name}: {change.moves}; {shows}"


def look(deps: ActivationDeps, approval_id: str) -> tuple[Seen, ...]:
    """Read every operation of an approval that is in quarantine, or whose outcome is not known, live.

    Raises:
        BadInput: there is no such approval.
        Refused: it is neither, or it was sent so lately that it may still settle by itself.
    """
    with read(deps.engine) as session:
        shown = view(session, approval_id)
    state = _WAITS.get(shown.approval.status)
    if state is None:
        raise Refused(f"approval {approval_id} is {shown.approval.status}, so there is nothing for a person to resolve")
    waiting = [o for o in shown.operations if o.state is state]
    sent = [a.intended_at for o in waiting if state is OpState.UNKNOWN for a in o.attempts]
    if sent and deps.now() - max(sent) < SECOND_ATTEMPT_WITHIN:
        at = max(sent) + SECOND_ATTEMPT_WITHIN
        raise Refused(f"approval {approval_id} is still being read back; a person may settle it from {at:%H:%M} UTC")
    return tuple(_seen(deps, o) for o in waiting)


def resolve(
    deps: ActivationDeps, approval_id: str, seen: tuple[Seen, ...], outcome: Outcome, *, by: str, certain: bool
) -> Status:
    """Settle what was ``seen`` as a person says; where the approval stands then. Its budget is free again.

    Raises:
        Refused: what is shown is not what ``outcome`` says and the person is not ``certain``, it moved meanwhile, or
            a process is reading it back at this moment.
    """
    if not certain and (against := [s for s in seen if not s.agrees(outcome)]):
        raise Refused(f"not settled as {outcome}: {against[0]}. Where you know better, add --yes")
    readings = {
        s.operation.id: ledger.Reading(s.shown.verdict, s.shown.value, s.shown.request_id) if s.shown else None
        for s in seen
    }
    hold = Hold(deps, approval_id)
    if not hold.take():
        raise Refused(f"approval {approval_id} is being read back by a process just now; try again in a minute")
    try:
        return ledger.resolve(deps.engine, approval_id, OpState(outcome), readings, verdict, by=by, now=deps.now())
    finally:
        hold.release()


def _seen(deps: ActivationDeps, operation: OperationView) -> Seen:
    connector = deps.connectors.get(operation.change.platform)
    if connector is None:
        return Seen(operation, None, f"{operation.change.platform} is not connected")
    try:
        return Seen(operation, connector.read_back(operation.change))
    except PlatformError as error:
        return Seen(operation, None, str(error))
