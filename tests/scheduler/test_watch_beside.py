"""The watch consults what a channel sees beside an account, and tells it there and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from app.slack import alerts
from domain.scope import Scope
from scheduler.watch import watch_all
from store import accounts, bindings, incidents, orders
from store.engine import read, write
from store.incidents import IncidentView
from tests.scheduler.test_watch import NOW
from tests.tools.market_days import LAST, TODAY, days, loaded, since
from tests.tools.test_causes import DAY, START
from tests.tools.test_shop import Row


def shop(engine: Engine, a_day: int = 60) -> int:
    """A shop that goes on selling what Google brings."""
    rows = []
    for n in range(60 * a_day):
        day = LAST - (n // a_day) * DAY
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        rows.append(Row(str(n), at, day, None, 50_000_000, 0, 0, 0, None, "US", "google / cpc", True, False))
    with write(engine) as session:
        owner = accounts.ensure(session, platform="shopify", name="Till", currency="USD", timezone="UTC", origin="file",
                                now=NOW, kind="shop")  # fmt: skip
        orders.load(session, owner, rows, source="orders.csv", content_sha256=None, now=NOW)
        return owner.id


def seen(engine: Engine, *scope: int) -> IncidentView:
    with read(engine) as session:
        return next(i for i in incidents.open_incidents(session, Scope(scope)) if i.metric == "conversions")


@pytest.fixture
def office(sqlite_engine: Engine) -> tuple[Engine, int, int]:
    """Half of the conversions of Google are lost, the shop's orders with source google are not."""
    account, till = loaded(sqlite_engine, days(since(START, cvr=0.4, everywhere=1))), shop(sqlite_engine)
    with write(sqlite_engine) as session:
        bindings.bind(session, "C0BOTH", [account, till])
        bindings.bind(session, "C0ADS", [account])
    return sqlite_engine, account, till


def test_a_channel_that_sees_the_shop_is_told_what_its_orders_say_and_no_other_is(
    office: tuple[Engine, int, int],
) -> None:
    engine, account, till = office
    watch_all(engine, NOW, today=TODAY)
    both, ads = seen(engine, account, till), seen(engine, account)
    assert (both.cause["kind"], both.kind) == ("tracking_break", "tracking_break")
    assert "orders of Till whose source is Google Ads (" in both.said
    assert any("Till" in e["looked_at"] and "sales held" in e["found"] for e in both.cause["evidence"])
    assert not any(word in repr(ads) for word in ("Till", "seen_with", "elsewhere"))
    assert {c: told(engine, both, c) for c in ("C0BOTH", "C0ADS", "C0NONE")} == {
        "C0BOTH": True, "C0ADS": False, "C0NONE": False,
    }  # fmt: skip
    assert watch_all(engine, NOW + DAY / 24, today=TODAY) is None  # the same look changes nothing
    assert seen(engine, account, till) == both
    with write(engine) as session:
        bindings.bind(session, "C0BOTH", [account])
    assert not told(engine, both, "C0BOTH")  # what it saw once it sees no more
    watch_all(engine, NOW + DAY / 12, today=TODAY)
    assert "Till" not in repr(seen(engine, account, till))


def told(engine: Engine, one: IncidentView, channel: str) -> bool:
    """Whether the alert as that channel gets it names the shop."""
    made = alerts.drawn(engine, one.id, channel)
    assert made is not None
    return "Till" in repr(made)


def test_the_scopes_asked_are_those_that_somebody_has(sqlite_engine: Engine) -> None:
    account, till = loaded(sqlite_engine, days(length=5)), shop(sqlite_engine, 1)
    other = loaded(sqlite_engine, days(length=5), account="Other client")

    def asked(*given: int) -> list[tuple[int, ...]]:
        with read(sqlite_engine) as session:
            return [s.account_ids for s in bindings.scopes_beside(session, account, Scope(given))]

    assert asked(account) == [(account, till, other)]  # nobody is bound: only who operates the store sees it
    with write(sqlite_engine) as session:
        bindings.bind(session, "C0OTHER", [till, other])
        bindings.bind(session, "C0ADS", [account, other])
    assert asked(account) == []
    assert asked(account, till) == [(account, till)]
    with write(sqlite_engine) as session:
        for n in range(9):
            bindings.bind(session, f"U{n}", [account, till, other] if n else [account, till])
    assert asked(account) == [(account, till, other), (account, till)]
