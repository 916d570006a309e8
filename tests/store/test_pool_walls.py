"""The walls of the plan as the store finds them in the claim: whose money a budget is, and what is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine, delete, select, update

from domain.recommendation import Change
from domain.scope import Scope
from store.approvals import Decision, decide
from store.engine import read, write
from store.tables import Budget, Campaign, DailyMetric, ImportRun, PlanLine
from tests.activation.world import LIMITS, NOW, change, opened, recommendation, seed
from tools.standings import card_lines

MARCH = date(2026, 3, 1)
DAILY = 200_000_000
STORED = {"21": "Brand", "22": "Generic", "23": "Third"}  # one budget each: b1, b2, b3
POOLS = {"Brand": "P1", "Generic": "P2", "Third": "P1"}


@dataclass(frozen=True)
class World:
    """An account with a plan: 200 a day on each campaign for eight weeks, so each lands at 6,200 in March."""

    engine: Engine
    account: int

    def approve(self, *changes: Change, now: datetime = NOW, user: str = "Ana") -> Decision:
        approval = opened(self.engine, recommendation(self.account, *changes))
        return decide(self.engine, approval, user, "approve", now=now, limits=LIMITS)


def moved(entity: str, after: str, name: str = "Brand") -> Change:
    return replace(change(entity, "200", after), affects=(name,))


def world(
    engine: Engine,
    stored: Mapping[str, str] = STORED,
    pools: Mapping[str, str] = POOLS,
    budgets: Mapping[str, int] | None = None,
    fed: Sequence[list[str]] = (["21", "Brand"], ["22", "Generic"], ["23", "Third"]),
    locked: Sequence[str] = (),
) -> World:
    account = seed(engine)
    with write(engine) as session:
        session.execute(delete(DailyMetric))
        session.execute(delete(Campaign))
        run = session.scalars(select(ImportRun.id)).one()
        for external_id, name in stored.items():
            campaign = Campaign(account_id=account, name=name, external_id=None if "-" in external_id else external_id)
            session.add(campaign)
            session.flush()
            session.add_all(days(account, campaign.id, run, NOW.date()))
        for name, pool in pools.items():
            session.add(plan_line(account, run, name, pool, (budgets or {}).get(name, 20_000), name in locked))
        for index, pair in enumerate(fed, start=1):
            session.get_one(Budget, (account, f"b{index}")).campaigns = [pair]
    return World(engine, account)


def days(account: int, campaign: int, run: int, until: date, count: int = 56) -> list[DailyMetric]:
    return [
        DailyMetric(
            campaign_id=campaign, level="campaign", day=until - timedelta(days=back), breakdown="", account_id=account,
            spend_micros=DAILY, impressions=1, clicks=1, conversions=1.0, revenue=1.0, run_id=run,
        )
        for back in range(1, count + 1)
    ]  # fmt: skip


def plan_line(account: int, run: int, name: str, pool: str, budget: int, locked: bool = False) -> PlanLine:
    return PlanLine(
        account_id=account, month=MARCH, pool=pool, campaign=name, label="", budget_micros=budget * 1_000_000,
        locked=locked, run_id=run,
    )  # fmt: skip


RENAMED = (["21", "Brand"], ["22", "Generic 2026"], ["23", "Third"])


def test_a_renamed_campaign_stays_in_its_pool(engine: Engine) -> None:
    here = world(engine, fed=RENAMED, budgets={"Generic": 6210})
    over_the_wall = here.approve(moved("b1", "180"), moved("b2", "220", "Generic 2026"))
    assert "money never moves between pools: this takes it from “P1” and gives it to “P2”" in over_the_wall.text
    full = here.approve(moved("b2", "210", "Generic 2026"))
    assert "would land “P2” at 6,480.00 EUR of its 6,210.00 EUR" in full.text
    with read(engine) as session:
        (line,) = card_lines(session, Scope((here.account,)), [moved("b2", "210", "Generic 2026")], NOW.date())
    assert (line.pool, line.lands_after) == ("P2", Decimal(6480))
    with write(engine) as session:
        session.execute(update(PlanLine).values(locked=True))
    assert "the plan of March 2026 locks Generic" in here.approve(moved("b2", "190", "Generic 2026")).text


def test_two_campaigns_of_one_name_are_told_apart_by_id(engine: Engine) -> None:
    here = world(
        engine,
        stored={"21": "Brand", "22": "Brand (22)", "23": "Third"},
        pools={"Brand": "P1", "Brand (22)": "P2", "Third": "P1"},
        fed=(["21", "Brand"], ["22", "Brand"], ["23", "Third"]),
    )
    assert "takes it from “P1” and gives it to “P2”" in here.approve(moved("b1", "180"), moved("b2", "220")).text
    assert here.approve(moved("b1", "180"), moved("b3", "220", "Third")).claimed


def test_a_stored_campaign_without_an_id_is_met_by_name(engine: Engine) -> None:
    here = world(engine, stored={"21": "Brand", "-": "Generic", "23": "Third"})
    assert "gives it to “P2”" in here.approve(moved("b1", "180"), moved("b2", "220", "Generic")).text
    assert here.approve(moved("b2", "210", "Generic")).claimed


def test_a_budget_of_campaigns_that_are_not_known_is_left_alone_where_there_is_a_plan(engine: Engine) -> None:
    here = world(engine, fed=(["21", "Brand"], ["99", "Generic"], ["23", "Third"]))
    said = here.approve(moved("b2", "190", "Generic")).text
    assert "the store does not know 'Generic', which it feeds; sync the account first" in said  # 22 is another
    with write(engine) as session:
        session.get_one(Budget, (here.account, "b2")).campaigns = [["22", "Generic"], ["98", "Fresh"]]
        session.get_one(Budget, (here.account, "b3")).campaigns = []
    assert "does not know 'Fresh'" in here.approve(moved("b2", "190", "Generic")).text
    assert "no campaign that it feeds is known; sync" in here.approve(moved("b3", "190", "Third")).text
    with write(engine) as session:
        session.execute(delete(PlanLine))
    assert here.approve(moved("b2", "190", "Generic")).claimed
