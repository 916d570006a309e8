"""What came of a change is told once its days are mature, against campaigns nobody changed, or no number is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, func, select, update

from domain.account_change import AccountChange
from domain.promise import Total
from scheduler.measure import measure_due
from store import bindings, calendar_changes, change_log
from store.engine import read, write
from store.promises import PromiseView
from store.tables import Account, Budget, Campaign, DailyMetric, ImportRun, OutboxMessage, Promise
from tests.activation.world import NOW, change, recommendation, seed
from tests.store.test_promising import applied, kept

DAY = timedelta(days=1)
CHANGED_ON = NOW.date()
FIRST, LAST = CHANGED_ON - 120 * DAY, CHANGED_ON + 40 * DAY
DUE = NOW + 41 * DAY
LEVEL = {"Brand": 1000.0, "Search": 800.0, "Shop": 600.0, "Social": 700.0}


def fill(
    engine: Engine, account: int, names: tuple[str, ...] = tuple(LEVEL), *, effect: float = 0.0, last: date = LAST,
    wild: float = 0.0, seed_: int = 1, season: float = 0.0,
) -> None:  # fmt: skip
    """Days of campaigns that share a market; Brand brings ``effect`` more a day from the day of the change on, and all
    bring ``season`` of their level more. ``wild`` lets the others wander from week to week."""
    rng = np.random.default_rng(seed_)
    days = [FIRST + n * DAY for n in range((last - FIRST).days + 1)]
    market = np.exp(rng.normal(0, 0.08, len(days)))
    market[[d >= CHANGED_ON for d in days]] *= 1 + season
    with write(engine) as session:
        session.execute(DailyMetric.__table__.delete().where(DailyMetric.account_id == account))
        run = session.scalars(select(ImportRun.id).limit(1)).one()
        for name in names:
            own = rng.normal(0, 0.03, len(days))
            if name != "Brand" and wild:
                own = own + np.repeat(rng.normal(0, wild, len(days) // 7 + 1), 7)[: len(days)]
            known = select(Campaign).where(Campaign.account_id == account, Campaign.name == name)
            campaign = session.scalar(known) or Campaign(account_id=account, name=name, external_id=f"x{name}")
            session.add(campaign)
            session.flush()
            values = LEVEL[name] * market * np.exp(own)
            session.add_all(
                DailyMetric(
                    campaign_id=campaign.id, level="campaign", day=day, breakdown="", account_id=account, run_id=run,
                    spend_micros=200_000_000, impressions=1, clicks=1, conversions=1.0,
                    revenue=float(value + (effect if name == "Brand" and day > CHANGED_ON else 0)),
                )
                for day, value in zip(days, values, strict=True)
            )  # fmt: skip


def only(engine: Engine, account: int) -> PromiseView:
    (found,) = [p for p in kept(engine, account).values() if p.changes[0].entity == "b1"]
    return found


@pytest.fixture
def account(sqlite_engine: Engine) -> int:
    account = seed(sqlite_engine)
    applied(sqlite_engine, recommendation(account))
    return account


def test_the_effect_is_found_beside_the_market_and_told_once(engine: Engine) -> None:
    account = seed(engine)
    applied(engine, recommendation(account))
    fill(engine, account, effect=100.0, season=0.3)  # the market rose too: that is nobody's merit
    assert measure_due(engine, DUE) == "1 measured"
    found = only(engine, account)
    assert found.realised is not None
    assert found.realised.low < 100 * 30 < found.realised.high
    assert found.realised.low > 0
    assert found.realised.high - found.realised.low < 3000
    assert found.method == "synthetic control, conformal interval"
    assert {name for name, _ in found.details["compared_with"]} <= {"Search", "Shop", "Social"}
    assert measure_due(engine, DUE + DAY) is None
    assert only(engine, account) == found
    with read(engine) as session:
        assert session.scalar(select(func.count()).where(OutboxMessage.kind == "promise")) == 1


def test_nothing_is_measured_before_the_last_days_conversions_are_in(sqlite_engine: Engine, account: int) -> None:
    end = only(sqlite_engine, account).window_end
    fill(sqlite_engine, account, last=end + 6 * DAY)
    assert measure_due(sqlite_engine, DUE) is None
    fill(sqlite_engine, account, last=end + 7 * DAY)
    assert measure_due(sqlite_engine, NOW + 37 * DAY) is None  # that day is not over yet
    assert measure_due(sqlite_engine, NOW + 38 * DAY) == "1 measured"


@pytest.mark.parametrize(
    ("names", "wild", "reason"),
    [
        (("Brand",), 0.0, "left 0 comparable campaigns alone"),
        (("Brand", "Search"), 0.0, "left 1 comparable campaigns alone"),
        (tuple(LEVEL), 0.8, "missed the changed ones by"),
    ],
)
def test_without_a_comparison_there_is_a_reason_and_never_a_number(
    sqlite_engine: Engine, account: int, names: tuple[str, ...], wild: float, reason: str
) -> None:
    fill(sqlite_engine, account, names, effect=100.0, wild=wild)
    assert measure_due(sqlite_engine, DUE) == "1 without a counterfactual"
    found = only(sqlite_engine, account)
    assert (found.status, found.realised) == ("no_counterfactual", None)
    assert reason in (found.reason or "")


def test_a_campaign_that_was_changed_itself_is_no_comparison(sqlite_engine: Engine, account: int) -> None:
    with write(sqlite_engine) as session:
        session.execute(update(Budget).where(Budget.entity == "b2").values(campaigns=[["xSearch", "Search"]]))
    applied(sqlite_engine, recommendation(account, change("b2")), at=NOW + 5 * DAY)
    somebody = moved_elsewhere("other", ("xShop",), NOW + 8 * DAY)
    with write(sqlite_engine) as session:
        change_log.record(session, account, [somebody], now=NOW + 9 * DAY)
    fill(sqlite_engine, account)
    measure_due(sqlite_engine, DUE)
    found = only(sqlite_engine, account)
    assert found.status == "no_counterfactual"
    assert "left 1 comparable campaigns alone" in (found.reason or "")


def moved_elsewhere(entity: str, campaigns: tuple[str, ...], at: datetime) -> AccountChange:
    amounts: list[dict[str, Any]] = [{"amount_micros": m, "currency": "EUR"} for m in (1_000_000, 2_000_000)]
    return AccountChange("e1", at, entity, "B", campaigns, "daily_budget", amounts[0], amounts[1], "joe", "WEB")


@pytest.mark.parametrize(("after_days", "days"), [(21, 20), (10, None)])
def test_somebody_elses_change_of_the_same_budget_cuts_the_window_or_voids_it(
    sqlite_engine: Engine, account: int, after_days: int, days: int | None
) -> None:
    fill(sqlite_engine, account, effect=100.0)
    with write(sqlite_engine) as session:
        somebody = moved_elsewhere("b1", (), NOW + after_days * DAY)
        change_log.record(session, account, [somebody], now=NOW + after_days * DAY)
    measure_due(sqlite_engine, DUE)
    found = only(sqlite_engine, account)
    said = f"changed by somebody else (daily budget) on {CHANGED_ON + after_days * DAY}"
    if days is None:
        assert found.status == "void"
        assert found.reason == f"{said}: fewer than 14 whole days are left to measure"
        return
    assert (found.status, found.days, found.details["cut"]) == ("measured", days, said)
    assert found.realised is not None
    assert found.realised.low < 100 * days < found.realised.high


def test_other_accounts_stand_in_only_where_the_channel_sees_them_and_it_is_allowed(
    sqlite_engine: Engine, account: int
) -> None:
    with write(sqlite_engine) as session:
        other = Account(platform="meta", name="Acme Meta", external_id="9", currency="USD", timezone="UTC",
                        origin="api", created_at=NOW)  # fmt: skip
        session.add(other)
        session.flush()
        bindings.bind(session, "C1", [account, other.id])
        other_id = other.id
    fill(sqlite_engine, other_id, ("Search", "Shop", "Social"), seed_=1)
    fill(sqlite_engine, account, ("Brand",), effect=100.0, seed_=1)
    with write(sqlite_engine) as session:
        bindings.bind(session, "C1", [account])
    assert measure_due(sqlite_engine, DUE, across_accounts=True) == "1 without a counterfactual"
    for across, status in ((False, "no_counterfactual"), (True, "measured")):
        with write(sqlite_engine) as session:
            bindings.bind(session, "C1", [account, other_id])
            session.execute(update(Promise).values(status="waiting", reason=None))
        measure_due(sqlite_engine, DUE, across_accounts=across)
        assert only(sqlite_engine, account).status == status
    named = {name for name, _ in only(sqlite_engine, account).details["compared_with"]}
    assert named == {"a campaign of another account"}


def test_figures_that_never_come_end_the_waiting(sqlite_engine: Engine, account: int) -> None:
    fill(sqlite_engine, account, last=CHANGED_ON + 20 * DAY)
    assert measure_due(sqlite_engine, NOW + 90 * DAY) is None
    assert measure_due(sqlite_engine, NOW + 91 * DAY) == "1 without a counterfactual"
    assert "never arrived" in (only(sqlite_engine, account).reason or "")


def test_what_else_was_in_the_window_is_noted(sqlite_engine: Engine, account: int) -> None:
    fill(sqlite_engine, account, effect=100.0)
    with write(sqlite_engine) as session:
        calendar_changes.add_event(
            session, account_id=account, kind="promotion", name="Spring sale", start=CHANGED_ON + 5 * DAY,
            end=CHANGED_ON + 6 * DAY, by="Ana", now=NOW,
        )  # fmt: skip
    measure_due(sqlite_engine, DUE)
    assert only(sqlite_engine, account).details["notes"] == ["promotion Spring sale (2026-03-09 to 2026-03-10)"]


def test_a_predicted_range_of_a_shorter_window_is_its_share(sqlite_engine: Engine, account: int) -> None:
    assert only(sqlite_engine, account).promised == Total(900, 1400, 1900, 0.95)
