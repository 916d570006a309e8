"""One emulated account played forward through the product's own path: sync, recommend, approve, apply, measure."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Engine

from agent.activation import ActivationDeps, execute
from domain.errors import Refused
from domain.lifecycle import Status
from domain.policy import Limits
from domain.recommendation import Recommendation
from domain.scope import Scope
from emulators.market.world import Market
from evals._platform import MarketPlatform
from scheduler.measure import measure_due
from scheduler.sync import sync
from store import accounts, promises
from store.approvals import add_approver, decide, open_approval
from store.engine import read, write
from store.promises import PromiseView
from tools.base import ToolContext
from tools.drafting import Draft, draft
from tools.recommend import RecommendArguments

MANAGER = "Ana"
WAITS = 40  # days after a change until its 30 days are whole and their conversions are in


@dataclass
class Play:
    """A market, the store that reads it, and an account whose manager approves everything."""

    engine: Engine
    market: Market
    limits: Limits = field(default_factory=lambda: Limits(solo_mode=True, working_hours=None))
    account: int = 0

    def __post_init__(self) -> None:
        self.sync()
        with write(self.engine) as session:
            self.account = next(a.id for a in accounts.find(session) if a.name == self.market.account_name)
            add_approver(session, account_id=self.account, user=MANAGER, by="setup", now=self.market.now())

    @property
    def scope(self) -> Scope:
        return Scope((self.account,))

    @property
    def context(self) -> ToolContext:
        m = self.market
        return ToolContext(self.engine, self.scope, m.today, m.timezone, now=m.now(), asked_by=MANAGER,
                           limits=self.limits)  # fmt: skip

    def sync(self) -> None:
        report = sync(self.engine, MarketPlatform(self.market), now=self.market.now(), days=60)
        if not report.complete:
            raise RuntimeError(report.failures)

    def pass_days(self, days: int) -> None:
        self.market.advance(days)
        self.sync()

    def recommend(self) -> Draft:
        return draft(self.context, RecommendArguments())

    def apply(self, rec: Recommendation, channel: str | None = "C1") -> str:
        """Approve and carry out; the approval's id."""
        now = self.market.now()
        with write(self.engine) as session:
            card = open_approval(session, rec, quorum=1, channel=channel, now=now).approval_id
        answer = decide(self.engine, card, MANAGER, "approve", now=now, limits=self.limits)
        if not answer.claimed:
            raise Refused(answer.text)
        deps = ActivationDeps(self.engine, {"google_ads": MarketPlatform(self.market)}, self.market.now, self.limits)
        if (status := execute(deps, card)) is not Status.APPLIED:
            raise RuntimeError(f"the change is {status}")
        return card

    def measure(self) -> str | None:
        return measure_due(self.engine, self.market.now())

    def promises(self) -> list[PromiseView]:
        with read(self.engine) as session:
            return promises.listed(session, self.scope)

    def truth(self, promise: PromiseView) -> float:
        """What the change truly adds to revenue over the promise's days."""
        truth = self.market.truth
        gains = (
            truth.revenue(c.entity, c.after_micros / 1e6) - truth.revenue(c.entity, c.before_micros / 1e6)
            for c in promise.changes
        )
        return sum(gains) * promise.days
