"""The outbox, the record of deliveries, and what a channel may see: on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from domain.errors import BadInput, NotConfigured
from store import bindings, deliveries, outbox
from store.engine import read, write
from store.tables import Account, OutboxMessage

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _put(engine: Engine, key: str, channel: str = "C1", **more: str) -> bool:
    with write(engine) as session:
        return outbox.put(
            session, dedupe_key=key, kind="notice", channel=channel, payload={"text": key}, now=NOW, **more
        )


def test_one_dedupe_key_is_queued_once(engine: Engine) -> None:
    assert _put(engine, "a") is True
    assert _put(engine, "a") is False
    assert [row.payload for row in outbox.take(engine, NOW, 10)] == [{"text": "a"}]


def test_a_message_put_in_business_time_of_the_future_is_still_due(engine: Engine) -> None:
    _put(engine, "a")
    assert outbox.take(engine, NOW - timedelta(days=400))


def test_a_leased_row_is_nobody_elses_until_the_lease_runs_out(engine: Engine) -> None:
    _put(engine, "a")
    (first,) = outbox.take(engine, NOW)
    assert outbox.take(engine, NOW + outbox.LEASE - timedelta(seconds=1)) == []
    (again,) = outbox.take(engine, NOW + outbox.LEASE)
    assert (first.attempts, again.attempts, first.id) == (1, 2, again.id)


def test_two_notifiers_at_once_never_hold_one_row_twice(engine: Engine) -> None:
    for n in range(30):
        _put(engine, f"k{n}", channel=f"C{n}")

    def drain(_: int) -> list[int]:
        taken: list[int] = []
        while rows := outbox.take(engine, NOW, 3):
            taken += [row.id for row in rows]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [row_id for part in pool.map(drain, range(4)) for row_id in part]
    assert len(taken) == len(set(taken)) == 30


def test_messages_of_one_channel_are_held_one_at_a_time_and_in_order(engine: Engine) -> None:
    for key in ("a", "b", "c"):
        _put(engine, key)
    order = []
    while rows := outbox.take(engine, NOW, 10):
        assert len(rows) == 1
        order.append(rows[0].dedupe_key)
        with write(engine) as session:
            outbox.sent(session, rows[0].id, message_ts="1.1", now=NOW)
    assert order == ["a", "b", "c"]


def test_a_rate_limited_row_waits_and_its_try_does_not_count(engine: Engine) -> None:
    _put(engine, "a")
    (row,) = outbox.take(engine, NOW)
    later = NOW + timedelta(seconds=7)
    with write(engine) as session:
        outbox.failed(session, row.id, "ratelimited", retry_at=later, attempted=False)
    assert outbox.take(engine, later - timedelta(seconds=1)) == []
    assert outbox.take(engine, later)[0].attempts == 1


def test_a_final_error_is_recorded_and_never_tried_again(engine: Engine) -> None:
    _put(engine, "a")
    (row,) = outbox.take(engine, NOW)
    with write(engine) as session:
        outbox.failed(session, row.id, "channel_not_found", retry_at=None)
    assert outbox.take(engine, NOW + timedelta(days=1)) == []
    with read(engine) as session:
        assert session.scalars(select(OutboxMessage.error)).all() == ["channel_not_found"]
        assert outbox.waiting(session) == 0


def test_the_bot_is_engaged_where_it_posted_and_below_its_own_messages(engine: Engine) -> None:
    _put(engine, "a", thread_ts="5.0")
    (row,) = outbox.take(engine, NOW)
    with write(engine) as session:
        outbox.sent(session, row.id, message_ts="6.0", now=NOW)
        assert outbox.engaged(session, "C1", "5.0")
        assert outbox.engaged(session, "C1", "6.0")
        assert not outbox.engaged(session, "C1", "7.0")
        assert not outbox.engaged(session, "C2", "5.0")


def test_a_delivery_with_any_known_key_is_not_new(engine: Engine) -> None:
    with write(engine) as session:
        assert deliveries.first_time(session, ["event:E1", "msg:C1:5.0"], NOW)
    with write(engine) as session:
        assert not deliveries.first_time(session, ["event:E2", "msg:C1:5.0"], NOW)
    with write(engine) as session:
        assert not deliveries.first_time(session, ["event:E2"], NOW)


def test_of_racing_deliveries_exactly_one_is_the_first(engine: Engine) -> None:
    def deliver(n: int) -> bool:
        with write(engine) as session:
            return deliveries.first_time(session, [f"event:{n}", "msg:C1:5.0"], NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(deliver, range(16))) == 1


def test_old_deliveries_can_be_forgotten(engine: Engine) -> None:
    with write(engine) as session:
        deliveries.first_time(session, ["old"], NOW - timedelta(days=3))
        deliveries.first_time(session, ["new"], NOW)
        deliveries.forget(session, NOW - timedelta(days=1))
        assert deliveries.first_time(session, ["old"], NOW)
        assert not deliveries.first_time(session, ["new"], NOW)


def _account(engine: Engine, name: str) -> int:
    with write(engine) as session:
        account = Account(
            platform="google_ads", name=name, currency="EUR", timezone="UTC", origin="file", created_at=NOW
        )
        session.add(account)
        session.flush()
        return account.id


def test_an_unbound_channel_sees_the_only_account_but_never_one_of_several(engine: Engine) -> None:
    with read(engine) as session, pytest.raises(NotConfigured, match="budgeteer import"):
        bindings.scope_for_channel(session, "C1")
    only = _account(engine, "Acme EU")
    with read(engine) as session:
        assert bindings.scope_for_channel(session, "C1").account_ids == (only,)
    _account(engine, "Other client")
    with read(engine) as session, pytest.raises(NotConfigured, match="budgeteer channel bind C1 --account"):
        bindings.scope_for_channel(session, "C1")


def test_a_binding_is_exactly_what_the_channel_sees(engine: Engine) -> None:
    first, second = _account(engine, "A"), _account(engine, "B")
    with write(engine) as session:
        bindings.bind(session, "C1", [first])
        bindings.bind(session, "U1", [second])
    with read(engine) as session:
        assert bindings.scope_for_channel(session, "C1").account_ids == (first,)
        assert bindings.scope_for_channel(session, "D9", person="U1").account_ids == (second,)
    with write(engine) as session, pytest.raises(BadInput, match="999"):
        bindings.bind(session, "C1", [999])
