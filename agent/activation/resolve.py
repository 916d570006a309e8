"""The way out of quarantine: a person looks at what the platform shows and says what it came to. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.activation.deps import ActivationDeps
from agent.activation.execute import verdict
from connectors.base import Observation, PlatformError, ReadBack
from domain.errors import Refused
from domain.lifecycle import OpState, Status
from store import ledger
from store.approvals import OperationView, view
from store.engine import read

Outcome = Literal["applied", "failed"]
_AGREES = {"applied": ReadBack.DESIRED, "failed": ReadBack.BEFORE}


@dataclass(frozen=True, slots=True)
class Seen:
    """One quarantined operation and what the platform shows of it now; ``trouble`` says why it shows nothing."""

    operation: OperationView
    shown: Observation | None
    trouble: str = ""

    def agrees(self, outcome: Outcome) -> bool:
        """Whether what is shown is what ``outcome`` says."""
        return self.shown is not None and self.shown.verdict is _AGREES[outcome]

    def __str__(self) -> str:
        change = self.operation.change
        shows = f"the platform shows {self.shown.value}" if self.shown else f"nothing could be read: {self.trouble}"
        return f"{change.entity_name}: {change.before} to {change.after}; {shows}"


def look(deps: ActivationDeps, approval_id: str) -> tuple[Seen, ...]:
    """Read every quarantined operation of an approval live.

    Raises:
        BadInput: there is no such approval.
        Refused: it is not in quarantine.
    """
    with read(deps.engine) as session:
        shown = view(session, approval_id)
    if shown.approval.status is not Status.QUARANTINED:
        raise Refused(f"approval {approval_id} is {shown.approval.status}, so there is nothing for a person to resolve")
    return tuple(_seen(deps, o) for o in shown.operations if o.state is OpState.QUARANTINED)


def resolve(
    deps: ActivationDeps, approval_id: str, seen: tuple[Seen, ...], outcome: Outcome, *, by: str, certain: bool
) -> Status:
    """Settle what was ``seen`` as a person says; where the approval stands then. Its budget is free again.

    Raises:
        Refused: what is shown is not what ``outcome`` says and the person is not ``certain``, or it moved meanwhile.
    """
    if not certain and (against := [s for s in seen if not s.agrees(outcome)]):
        raise Refused(f"not settled as {outcome}: {against[0]}. Where you know better, add --yes")
    readings = {
        s.operation.id: ledger.Reading(s.shown.verdict, s.shown.value, s.shown.request_id) if s.shown else None
        for s in seen
    }
    return ledger.resolve(deps.engine, approval_id, OpState(outcome), readings, verdict, by=by, now=deps.now())


def _seen(deps: ActivationDeps, operation: OperationView) -> Seen:
    connector = deps.connectors.get(operation.change.platform)
    if connector is None:
        return Seen(operation, None, f"{operation.change.platform} is not connected")
    try:
        return Seen(operation, connector.read_back(operation.change))
    except PlatformError as error:
        return Seen(operation, None, str(error))
