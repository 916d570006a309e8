"""A store, a platform and an account on it, for the tests of the executor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from agent.activation import ActivationDeps, execute
from domain.lifecycle import OpState, Status
from domain.policy import Limits
from domain.recommendation import Change
from store.approvals import ApprovalView, decide, view
from store.engine import read
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, opened, recommendation


@dataclass
class FakeTime:
    """A monotonic clock that only sleeping moves."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Bench:
    """A store, a platform and an account on it."""

    engine: Engine
    platform: FakePlatform
    account: int
    time: FakeTime = field(default_factory=FakeTime)
    limits: Limits = LIMITS
    now: datetime = NOW

    def deps(self) -> ActivationDeps:
        return ActivationDeps(
            self.engine, {"google_ads": self.platform}, lambda: self.now, self.limits,
            self.time.monotonic, self.time.sleep,
        )  # fmt: skip

    def approved(self, *changes: Change, **more: object) -> str:
        approval = opened(self.engine, recommendation(self.account, *changes, **more))  # type: ignore[arg-type]
        answer = decide(self.engine, approval, "Ana", "approve", now=NOW, limits=LIMITS)
        assert answer.claimed, answer.text
        return approval

    def run(self, approval: str) -> Status:
        return execute(self.deps(), approval)

    def view(self, approval: str) -> ApprovalView:
        with read(self.engine) as session:
            return view(session, approval)

    def states(self, approval: str) -> list[OpState]:
        return [o.state for o in self.view(approval).operations]

    def detail(self, approval: str, seq: int = 1) -> str:
        return self.view(approval).operations[seq - 1].detail or ""
