"""The executor through the real Google Ads SDK, over gRPC with TLS, against the emulated platform and market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select

from agent.activation import ActivationDeps, execute
from connectors.base import Landed
from connectors.google_ads import GoogleAdsConfig, GoogleAdsConnector
from domain.lifecycle import Status
from domain.money import Money
from domain.ratio import Ratio
from domain.recommendation import Change
from emulators.google_ads.server import Handle, start
from emulators.market.world import Market
from scheduler.sync import sync
from store import audit
from store.approvals import add_approver, decide, view
from store.engine import read, write
from store.tables import Account, BidTarget, Budget
from tests.activation.bench import FakeTime
from tests.activation.world import LIMITS, opened, recommendation


@pytest.fixture(scope="module")
def handle() -> Iterator[Handle]:
    running = start(Market(history_days=30))
    yield running
    running.stop()


@dataclass
class Live:
    """A synced store, the connector to the emulator, and an approved cut of 5 a day on the account's first budget."""

    engine: Engine
    handle: Handle
    connector: GoogleAdsConnector
    change: Change
    card: str
    time: FakeTime = field(default_factory=FakeTime)

    def run(self) -> Status:
        now = self.handle.market.now
        platforms = {"google_ads": self.connector}
        deps = ActivationDeps(
            self.engine, platforms, now, LIMITS, self.time.monotonic, self.time.sleep, write_deadline_s=1.0
        )
        return execute(deps, self.card)

    def attempts(self) -> list[Any]:
        with read(self.engine) as session:
            assert audit.verify(session) is None
            return list(view(session, self.card).operations[0].attempts)

    def amount(self) -> Money:
        shown = self.connector.state(self.change.account, self.change.entity).daily_amount
        assert shown is not None
        return shown


@pytest.fixture
def live(engine: Engine, handle: Handle) -> Iterator[Live]:
    login = handle.login
    config = GoogleAdsConfig(
        developer_token=login.developer_token,
        client_id=login.client_id,
        client_secret=login.client_secret,
        refresh_token=login.refresh_token,
        login_customer_id=login.manager_id,
        endpoint=handle.endpoint,
        token_uri=handle.token_uri,
        ca_file=handle.ca_file,
    )
    handle.faults.clear()
    handle.lag.clear()
    handle.market.advance(1)  # apart from the change history of the test before
    connector = GoogleAdsConnector(config, now=handle.market.now, sleep=lambda _seconds: None)
    sync(engine, connector, now=handle.market.now())
    change, card = approved(engine, handle)
    handle.writes.clear()
    yield Live(engine, handle, connector, change, card)
    connector.close()


def approved(engine: Engine, handle: Handle) -> tuple[Change, str]:
    now = handle.market.now()
    with write(engine) as session:
        usable = Budget.enabled & (Budget.period == "DAILY") & ~Budget.shared
        budget = session.scalars(select(Budget).where(usable).order_by(Budget.entity)).first()
        assert budget is not None
        assert budget.daily_micros is not None
        account = session.get_one(Account, budget.account_id)
        add_approver(session, account_id=account.id, user="Ana", by="setup", now=now)
        before = Money.from_micros(budget.daily_micros, account.currency)
        change = Change(
            "google_ads", account.external_id or "", budget.entity, budget.name, "daily_budget",
            before, Money.from_micros(budget.daily_micros - 5_000_000, account.currency), now,
        )  # fmt: skip
        account_id = account.id
    rec = recommendation(account_id, change)
    card = opened(engine, replace(rec, created_at=now, expires_at=now + timedelta(days=1)))
    answer = decide(engine, card, "Ana", "approve", now=now, limits=LIMITS)
    assert answer.claimed, answer.text
    return change, card


def test_an_approved_budget_is_written_once_and_its_request_id_kept(live: Live) -> None:
    assert live.run() is Status.APPLIED
    assert live.run() is Status.APPLIED
    (sent,) = live.handle.writes
    assert sent.operations == ((live.change.entity, live.change.after.micros),)
    (attempt,) = live.attempts()
    assert (attempt.outcome, attempt.request_id, attempt.read_back) == ("applied", sent.request_id, "desired")
    assert live.amount() == live.change.after


@pytest.mark.parametrize("kind", ["unavailable", "reset", "hang", "internal"])
def test_a_lost_answer_of_an_applied_write_is_settled_by_reading_alone(live: Live, kind: str) -> None:
    live.handle.faults.add("mutate", kind, when="after")  # type: ignore[arg-type]
    assert live.run() is Status.APPLIED
    assert len(live.handle.writes) == 1
    assert [a.outcome for a in live.attempts()] == ["unknown"]
    assert live.amount() == live.change.after


def test_a_lost_write_is_sent_once_more_after_a_read_back_proved_that_nothing_landed(live: Live) -> None:
    live.handle.faults.add("mutate", "reset", when="before")
    assert live.run() is Status.APPLIED
    assert [(a.number, a.outcome) for a in live.attempts()] == [(1, "unknown"), (2, "applied")]
    assert live.amount() == live.change.after


def test_a_budget_that_somebody_moved_since_the_plan_is_stale_and_not_touched(live: Live) -> None:
    other = replace(
        live.change, after=Money.from_micros(live.change.before.micros + 1_000_000, live.change.before.currency)
    )
    live.connector.apply(other, 5.0)
    live.handle.writes.clear()
    assert live.run() is Status.STALE
    assert live.handle.writes == []


def test_what_the_platform_refuses_in_its_dry_run_is_refused_before_any_write(live: Live) -> None:
    live.handle.faults.add("validate", "permission", when="before")
    assert live.run() is Status.REFUSED
    assert live.handle.writes == []


def test_a_write_that_lands_after_its_deadline_and_a_first_reading_is_found_and_not_doubled(live: Live) -> None:
    live.handle.faults.add("mutate", "late", reads=1)
    assert live.run() is Status.APPLIED
    assert [w.applied for w in live.handle.writes] == [1]
    assert [(a.number, a.outcome, a.read_back) for a in live.attempts()] == [(1, "unknown", "desired")]


def test_a_write_that_lands_after_the_settle_time_waits_for_the_change_history_and_is_not_doubled(live: Live) -> None:
    live.connector.capabilities = replace(live.connector.capabilities, settle_seconds=0, history_seconds=180)
    live.handle.faults.add("mutate", "late", reads=1)
    assert live.run() is Status.UNKNOWN
    assert live.run() is Status.APPLIED
    assert [w.applied for w in live.handle.writes] == [1]


def test_a_write_that_lands_later_than_settle_time_and_history_meets_a_second_one_of_the_same_amount(
    live: Live,
) -> None:
    """What remains, shown and not hidden: beyond both delays the same absolute amount may be sent twice."""
    live.connector.capabilities = replace(live.connector.capabilities, settle_seconds=0, history_seconds=0)
    live.handle.faults.add("mutate", "late", reads=4)  # read back, preflight, read back, and one more
    assert live.run() is Status.APPLIED
    live.amount()
    assert [w.applied for w in live.handle.writes] == [1, 1]
    assert live.amount() == live.change.after


def test_a_rule_that_puts_the_amount_back_at_once_is_met_by_a_person_and_not_by_a_second_write(live: Live) -> None:
    budget_id, old = live.change.entity.rsplit("/", 1)[1], live.change.before.micros
    live.handle.faults.add("mutate", "foreign_edit", when="after", budget_id=budget_id, micros=old)
    live.handle.faults.add("mutate", "unavailable", when="after")
    assert live.run() is Status.QUARANTINED
    assert [w.applied for w in live.handle.writes] == [1]
    assert live.amount() == live.change.before


def test_reads_that_are_stale_for_a_while_are_waited_for(live: Live) -> None:
    live.handle.lag.stale_reads = 3
    live.connector.capabilities = replace(live.connector.capabilities, settle_seconds=30)
    assert live.run() is Status.APPLIED
    assert len(live.handle.writes) == 1


def test_the_change_history_shows_a_change_only_after_a_while(live: Live) -> None:
    live.handle.lag.history_reads = 1
    since = live.handle.market.now()
    assert live.connector.apply(live.change, 5.0).landed is Landed.APPLIED
    asked = (live.change.account, live.change.entity, since)
    assert live.connector.recent_changes(*asked) == ()
    (seen,) = live.connector.recent_changes(*asked)
    assert (seen.before, seen.after) == (live.change.before, live.change.after)


def test_a_bid_target_goes_the_same_way_over_the_wire_and_a_lost_answer_is_settled_by_reading_alone(live: Live) -> None:
    now = live.handle.market.now()
    with read(live.engine) as session:
        row = session.scalars(select(BidTarget).where(BidTarget.target_roas_micros.is_not(None))).one()
        before, account_id = Ratio.from_micros(row.target_roas_micros or 0), row.account_id
        names = tuple(str(c[1]) for c in row.campaigns)
        entity, name = row.entity, row.name
    after = Ratio((before.amount * Decimal("1.1")).quantize(Decimal("0.01")))
    live.change = Change("google_ads", live.change.account, entity, name, "target_roas", before, after, now, names)
    rec = recommendation(account_id, live.change)
    live.card = opened(live.engine, replace(rec, created_at=now, expires_at=now + timedelta(days=1)))
    answer = decide(live.engine, live.card, "Ana", "approve", now=now, limits=LIMITS)
    assert answer.claimed, answer.text
    live.handle.faults.add("mutate", "reset", when="after")
    assert live.run() is Status.APPLIED
    assert [w.operations for w in live.handle.writes] == [((entity, after.micros),)]
    assert [(a.outcome, a.read_value) for a in live.attempts()] == [("unknown", after)]
