"""The connector's port over an emulated market in the same process: the whole path without a wire in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from connectors.base import (
    BidState,
    BudgetState,
    Capabilities,
    ForeignChange,
    Landed,
    Observation,
    PlatformAccount,
    ReadBack,
    ReportPage,
    ReportQuery,
    Unsupported,
    Validation,
    WriteOutcome,
)
from connectors.base import DailyRow as Row
from domain.account_change import AccountChange
from domain.money import Money
from domain.recommendation import Change
from emulators.market.world import BudgetEvent, Market

OURS = "budgeteer"
RECENT_DAYS = 7


class MarketPlatform:
    """Reads what a platform would show of ``market``, and sets budgets there."""

    platform = "google_ads"
    capabilities = Capabilities(True, True, False, 0.0, 0.0)

    def __init__(self, market: Market) -> None:
        self.market = market

    def accounts(self) -> tuple[PlatformAccount, ...]:
        m = self.market
        return (PlatformAccount(m.account_id, m.account_name, m.currency, m.timezone),)

    def report(self, query: ReportQuery) -> Iterator[ReportPage]:
        rows = self.market.rows(query.start, query.end)
        yield ReportPage(
            tuple(
                Row(r.day, r.campaign.name, r.campaign.id, r.spend_micros, r.impressions, r.clicks, r.conversions,
                    r.revenue)
                for r in rows
            ),
            None,
            True,
        )  # fmt: skip

    def budgets(self, account: str) -> tuple[BudgetState, ...]:
        lost = self._lost(self.market.today)
        return tuple(self._state(b.id, lost) for b in self.market.budgets)

    def state(self, account: str, entity: str) -> BudgetState:
        return self._state(entity, self._lost(self.market.today))

    def bids(self, account: str) -> tuple[BidState, ...]:
        return ()

    def bid_state(self, account: str, entity: str) -> BidState:
        raise Unsupported("this market is played by budgets alone")

    def recent_changes(self, account: str, entity: str, since: datetime) -> tuple[ForeignChange, ...]:
        found = [e for e in self.market.events() if e.budget_id == entity and e.at >= since]
        return tuple(ForeignChange(e.at, e.by, e.client, entity, "amount", *self._moneys(e)) for e in found)

    def account_changes(self, account: str, since: datetime) -> tuple[AccountChange, ...]:
        return tuple(self._told(n, e) for n, e in enumerate(self.market.events()) if e.at >= since)

    def validate(self, change: Change) -> Validation:
        return Validation.LOCAL_ONLY

    def apply(self, change: Change, deadline_s: float) -> WriteOutcome:
        self.market.set_budget(change.entity, change.after.micros, by=OURS)
        return WriteOutcome(Landed.APPLIED, None)

    def read_back(self, change: Change) -> Observation:
        shown = Money.from_micros(self.market.budget_micros(change.entity), self.market.currency)
        verdict = {change.after: ReadBack.DESIRED, change.before: ReadBack.BEFORE}.get(shown, ReadBack.OTHER)
        return Observation(verdict, shown, self.market.now())

    def _state(self, budget_id: str, lost: dict[str, float]) -> BudgetState:
        m = self.market
        spec = next(b for b in m.budgets if b.id == budget_id)
        spenders = m.spenders(budget_id)
        return BudgetState(
            entity=budget_id, name=spec.name, campaigns=tuple((c.id, c.name) for c in spenders),
            daily_amount=Money.from_micros(m.budget_micros(budget_id), m.currency), period="DAILY", shared=spec.shared,
            enabled=True, learning=m.learning(budget_id), billable_unit_micros=m.billable_unit_micros,
            observed_at=m.now(), lost_impression_share_budget=lost.get(budget_id),
            bid_strategy=spenders[0].bid_strategy,
        )  # fmt: skip

    def _lost(self, today: date) -> dict[str, float]:
        """Mean share of impressions lost to the budget, by budget, over the last whole days."""
        rows = self.market.rows(today - timedelta(days=RECENT_DAYS), today - timedelta(days=1))
        lost: dict[str, list[float]] = {}
        for r in rows:
            lost.setdefault(r.campaign.budget_id, []).append(r.lost_to_budget)
        return {b: sum(seen) / len(seen) for b, seen in lost.items()}

    def _moneys(self, e: BudgetEvent) -> tuple[Money, Money]:
        old, new = (Money.from_micros(m, self.market.currency) for m in (e.old_micros, e.new_micros))
        return old, new

    def _told(self, n: int, e: BudgetEvent) -> AccountChange:
        old, new = self._moneys(e)
        spec = next(b for b in self.market.budgets if b.id == e.budget_id)
        return AccountChange(
            source_id=f"event {n}", at=e.at, entity=e.budget_id, entity_name=spec.name,
            campaigns=tuple(c.id for c in self.market.spenders(e.budget_id)), field="daily_budget",
            old={"amount_micros": old.micros, "currency": old.currency},
            new={"amount_micros": new.micros, "currency": new.currency}, by=e.by, client=e.client,
        )  # fmt: skip
