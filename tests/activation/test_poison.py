"""One approval that cannot be carried out keeps no other from it, and says why once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select, update

from agent.activation import settle_unknown
from connectors.base import BudgetState
from domain.lifecycle import Status
from store import audit
from store.engine import read, write
from store.tables import Approval, JobRun
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import NOW, change, seed


def test_an_approval_whose_execution_raises_is_recorded_once_and_the_later_ones_go_on(
    engine: Engine, tmp_path: Path
) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    bench = Bench(engine, platform, seed(engine))
    for entity in ("b1", "b2"):
        platform.put(entity)
    poisoned, later = bench.approved(change("b1")), bench.approved(change("b2", after="210"))
    with write(engine) as session:  # the poisoned one comes first
        session.execute(update(Approval).where(Approval.id == poisoned).values(created_at=NOW.replace(year=2025)))
    sound = platform.state

    def state(account: str, entity: str) -> BudgetState:
        if entity == "b1":
            raise KeyError("amountMicros")
        return sound(account, entity)

    platform.state = state  # type: ignore[method-assign]
    assert settle_unknown(bench.deps()) == {later: Status.APPLIED}
    assert settle_unknown(bench.deps()) == {}
    assert bench.view(poisoned).approval.status is Status.EXECUTING
    with read(engine) as session:
        told = [e.payload for e in audit.entries(session, subject=poisoned) if e.action == "execution.failed"]
        assert told == [{"error": "KeyError: 'amountMicros'"}]
        assert session.scalar(select(JobRun.error).where(JobRun.slot == poisoned)) == "KeyError: 'amountMicros'"
    platform.state = sound  # type: ignore[method-assign]
    assert settle_unknown(bench.deps()) == {poisoned: Status.APPLIED}
