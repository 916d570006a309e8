"""Net new spend per account and day: what is counted, what is given back, what a missing figure does."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine, delete, update

from domain.money import Money
from store.approvals import Decision, decide
from store.engine import read, write
from store.policy_facts import gather
from store.tables import DailyMetric, Operation, Reservation
from tests.activation.world import CUSTOMER, LIMITS, NOW, change, opened, recommendation, seed


def approve(engine: Engine, approval: str, **more: object) -> Decision:
    return decide(engine, approval, "Ana", "approve", **{"now": NOW, "limits": LIMITS, **more})  # type: ignore[arg-type]


def test_moving_money_within_the_account_takes_nothing_of_the_envelope(engine: Engine) -> None:
    account = seed(engine)
    with write(engine) as session:
        session.execute(update(DailyMetric).values(spend_micros=1))
    plan = recommendation(account, change("b1", after="240"), change("b2", after="160"))
    assert approve(engine, opened(engine, plan)).claimed
    with read(engine) as session:
        assert gather(session, account, plan.changes, NOW).reserved_24h_micros == 0


def test_a_reservation_counts_for_24_hours_against_others_and_never_against_its_own(engine: Engine) -> None:
    account = seed(engine)
    mine = opened(engine, recommendation(account))
    assert approve(engine, mine).claimed
    with read(engine) as session:
        assert gather(session, account, [change()], NOW).reserved_24h_micros == 40_000_000
        assert gather(session, account, [change()], NOW, besides=mine).reserved_24h_micros == 0
        assert gather(session, account, [change()], NOW + timedelta(hours=24)).reserved_24h_micros == 0
    with write(engine) as session:
        session.execute(update(Reservation).values(released_at=NOW))
    with read(engine) as session:
        assert gather(session, account, [change()], NOW).reserved_24h_micros == 0


def test_without_spend_on_record_no_net_new_spend_is_approved(engine: Engine) -> None:
    account = seed(engine)
    approval = opened(engine, recommendation(account))
    with write(engine) as session:
        session.execute(update(DailyMetric).values(spend_micros=None))
    assert "spend of the last 7 days is unknown" in approve(engine, approval).text
    with write(engine) as session:
        session.execute(delete(DailyMetric))
    assert "no figures for this account" in approve(engine, approval).text


def test_a_day_without_figures_lowers_the_mean_and_today_does_not_count(engine: Engine) -> None:
    account = seed(engine)
    with write(engine) as session:
        session.execute(delete(DailyMetric).where(DailyMetric.day < NOW.date() - timedelta(days=4)))
    with read(engine) as session:
        facts = gather(session, account, [change()], NOW)
        assert facts.mean_daily_spend_7d == Money(Decimal(4_000_000_000 // 7) / 10**6, "EUR")
        earlier = gather(session, account, [change()], NOW - timedelta(days=1))
        assert earlier.last_data_day == NOW.date() - timedelta(days=2)


def test_what_we_changed_in_the_last_24_hours_counts_from_where_it_began(engine: Engine) -> None:
    account = seed(engine)
    first = opened(engine, recommendation(account, change(before="200", after="260")))
    assert approve(engine, first).claimed
    with write(engine) as session:
        done = {"state": "applied", "settled_at": NOW, "approval_status": "applied"}
        session.execute(update(Operation).values(**done))
    step = change(before="260", after="300")
    with read(engine) as session:
        entity = gather(session, account, [step], NOW + timedelta(hours=1)).entities["b1"]
        assert (entity.day_ago, entity.last_change_at) == (Money(Decimal(200), "EUR"), NOW)
        next_day = gather(session, account, [step], NOW + timedelta(hours=24)).entities["b1"]
        assert (next_day.day_ago, next_day.last_change_at) == (None, NOW)
    assert step.account == CUSTOMER
