"""The walls of the plan as the store finds them in the claim: whose money a budget is, and what is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine, delete, select, update

from domain.money import Money
from domain.recommendation import Change
from domain.scope import Scope
from store.approvals import Decision, add_approver, decide
from store.engine import read, write
from store.policy_facts import gather
from store.tables import Account, Approval, Budget, Campaign, DailyMetric, ImportRun, Operation, PlanLine, Reservation
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


def test_the_walls_stand_in_a_month_without_a_plan(engine: Engine) -> None:
    here = world(engine, locked=["Third"], budgets={"Generic": 1})
    april = datetime(2026, 4, 1, 8, tzinfo=UTC)
    with write(engine) as session:
        run = session.scalars(select(ImportRun.id)).one()
        for campaign in session.scalars(select(Campaign.id)).all():
            session.add_all(days(here.account, campaign, run, april.date(), 28))
        session.execute(update(Budget).values(observed_at=april))

    def approve(*changes: Change, now: datetime) -> Decision:
        made = replace(recommendation(here.account, *changes), expires_at=april + timedelta(days=2))
        return decide(engine, opened(engine, made), "Ana", "approve", now=now, limits=LIMITS)

    over = (moved("b1", "180"), moved("b2", "220", "Generic"))
    said = "this takes it from “P1” and gives it to “P2”"
    assert approve(*over, now=april - timedelta(hours=12)).text.partition("; ")[0].endswith(said)
    last = "the plan of March 2026 (the last there is: none is loaded for April 2026)"
    assert f"{said}, by {last}" in approve(*over, now=april).text
    assert f"{last} locks Third" in approve(moved("b3", "190", "Third"), now=april).text
    assert approve(moved("b2", "220", "Generic"), now=april).claimed  # no budget of April to hold


ROOM_FOR_ONE = {"Brand": 6500, "Third": 6500}  # P1 lands at 12,400 of 13,000; 15 a day more are 420 until the 31st


def settle(here: World, state: str, at: datetime = NOW) -> None:
    """What was claimed, as the ledger leaves it."""
    with write(here.engine) as session:
        claimed = select(Approval.id).where(Approval.decided_at.is_not(None))
        mine = Operation.approval_id.in_(claimed)
        session.execute(update(Operation).where(mine).values(state=state, settled_at=at, approval_status=state))
        session.execute(update(Approval).where(Approval.decided_at.is_not(None)).values(status=state))
        session.execute(update(Reservation).values(micros=0))


def test_successive_approvals_do_not_walk_over_a_pools_budget(engine: Engine) -> None:
    here = world(engine, budgets=ROOM_FOR_ONE)
    assert here.approve(moved("b1", "215")).claimed
    for state in ("executing", "unknown", "quarantined", "applied"):
        if state != "executing":
            settle(here, state)
        said = here.approve(moved("b3", "215", "Third")).text
        assert "15.00 EUR a day more on top of 15.00 EUR a day of other approvals" in said, state
        assert "would land “P1” at 13,240.00 EUR of its 13,000.00 EUR" in said, state
    settle(here, "failed")
    assert here.approve(moved("b3", "215", "Third")).claimed


def test_an_approval_is_not_counted_against_itself_and_another_pool_is_not_touched(engine: Engine) -> None:
    here = world(engine, budgets={**ROOM_FOR_ONE, "Generic": 6700})
    mine = opened(engine, recommendation(here.account, moved("b1", "215")))
    assert decide(engine, mine, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    with read(engine) as session:
        own = gather(session, here.account, [moved("b1", "215")], NOW, besides=mine).plan
        others = gather(session, here.account, [moved("b1", "215")], NOW).plan
    assert own is not None
    assert others is not None
    assert own.pools["p1"].pending == Money(Decimal(0), "EUR")
    assert others.pools["p1"].pending == Money(Decimal(15), "EUR")
    assert here.approve(moved("b2", "215", "Generic")).claimed


@pytest.mark.parametrize(("days_ago", "pending"), [(1, "15"), (7, "15"), (8, "11.25"), (22, "3.75"), (29, "0")])
def test_an_applied_raise_counts_as_far_as_four_weeks_of_figures_do_not_show_it(
    engine: Engine, days_ago: int, pending: str
) -> None:
    here = world(engine, budgets=ROOM_FOR_ONE)
    assert here.approve(moved("b1", "215")).claimed
    settle(here, "applied", NOW - timedelta(days=days_ago))
    with read(engine) as session:
        plan = gather(session, here.account, [moved("b3", "215", "Third")], NOW).plan
    assert plan is not None
    assert plan.pools["p1"].pending == Money(Decimal(pending), "EUR")


def test_a_cut_under_way_makes_no_room_and_an_applied_one_only_for_what_is_pending(engine: Engine) -> None:
    here = world(engine, budgets=ROOM_FOR_ONE)
    assert here.approve(moved("b1", "150")).claimed
    assert "would land “P1” at 13,100.00 EUR" in here.approve(moved("b3", "225", "Third")).text
    settle(here, "applied")
    assert "would land “P1” at 13,100.00 EUR" in here.approve(moved("b3", "225", "Third")).text


def second_account(here: World) -> World:
    """Another account whose one campaign is paid from P1 too."""
    with write(here.engine) as session:
        account = Account(
            platform="google_ads", name="Acme US", external_id="456", currency="EUR", timezone="UTC", origin="api",
            created_at=NOW,
        )  # fmt: skip
        session.add(account)
        session.flush()
        run = ImportRun(account_id=account.id, source="api", at=NOW, complete=True, summary={})
        campaign = Campaign(account_id=account.id, name="Brand", external_id="21")
        session.add_all([run, campaign])
        session.flush()
        session.add_all(days(account.id, campaign.id, run.id, NOW.date()))
        session.add(plan_line(account.id, run.id, "Brand", "p1", 6200))
        session.add(
            Budget(
                account_id=account.id, entity="c1", name="Budget c1", campaigns=[["21", "Brand"]],
                daily_micros=DAILY, period="DAILY", shared=False, enabled=True, learning=False,
                billable_unit_micros=10_000, bid_strategy=None, lost_impression_share_budget=None, observed_at=NOW,
            )
        )  # fmt: skip
        add_approver(session, account_id=account.id, user="Ana", by="setup", now=NOW)
        return World(here.engine, account.id)


def test_two_approvals_at_once_in_two_accounts_do_not_both_take_what_is_left_of_a_pool(engine: Engine) -> None:
    one = world(engine, budgets=ROOM_FOR_ONE)
    two = second_account(one)
    raises = [(one, moved("b1", "215")), (two, replace(moved("c1", "215"), account="456"))]
    for _ in range(5):
        approvals = [opened(engine, recommendation(where.account, raised)) for where, raised in raises]
        together = Barrier(2)

        def approve(approval: str, together: Barrier = together) -> Decision:
            together.wait()
            return decide(engine, approval, "Ana", "approve", now=NOW, limits=LIMITS)

        with ThreadPoolExecutor(2) as pool:
            decided = list(pool.map(approve, approvals))
        assert sorted(d.claimed for d in decided) == [False, True]
        assert any("on top of 15.00 EUR a day of other approvals" in d.text for d in decided), decided
        settle(one, "failed")
