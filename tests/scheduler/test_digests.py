"""A channel's digest: at its hour in its zone, once per local day, caught up on the same day, never silent."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text

from domain.errors import BadInput
from scheduler.digests import due, post_due
from store import bindings, channels
from store.channels import DigestTime
from store.engine import read, write
from store.tables import OutboxMessage
from tests.activation.world import NOW, seed

CHANNEL = "C0MARKETING"
EIGHT = DigestTime(on=True, hour=8, timezone="Europe/Berlin")


def at(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=UTC)


def ready(engine: Engine, when: DigestTime = EIGHT) -> None:
    account = seed(engine)
    with write(engine) as session:
        bindings.bind(session, CHANNEL, [account])
        channels.set_digest(session, CHANNEL, when, by="t", now=NOW)


def queued(engine: Engine) -> list[OutboxMessage]:
    with read(engine) as session:
        found = list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
        session.expunge_all()
        return found


@pytest.mark.parametrize(
    ("now", "zone", "hour", "expected"),
    [
        ("2026-03-04T06:59", "Europe/Berlin", 8, None),  # 07:59 there
        ("2026-03-04T07:00", "Europe/Berlin", 8, date(2026, 3, 4)),
        ("2026-03-30T06:00", "Europe/Berlin", 8, date(2026, 3, 30)),  # summer time began: an hour earlier in UTC
        ("2026-03-04T23:30", "Europe/Berlin", 8, None),  # 00:30 of the next day there
        ("2026-03-04T22:30", "Asia/Tokyo", 7, date(2026, 3, 5)),
        ("2026-03-07T09:00", "Europe/Berlin", 8, None),  # a Saturday
        ("2026-03-08T23:30", "Asia/Tokyo", 8, date(2026, 3, 9)),  # Monday there, Sunday in UTC
    ],
)
def test_the_wall_clock_of_the_channels_zone_decides(now: str, zone: str, hour: int, expected: date | None) -> None:
    assert due(DigestTime(on=True, hour=hour, timezone=zone), at(now), "UTC") == expected


def test_an_hour_that_a_day_skips_or_has_twice_still_means_one_digest() -> None:
    early = DigestTime(on=True, hour=2, timezone="Europe/Berlin", weekdays_only=False)
    spring = [due(early, at("2026-03-29T00:00") + timedelta(minutes=m), "UTC") for m in range(0, 240, 10)]
    first = next(i for i, day in enumerate(spring) if day)
    assert first == 6  # 03:00, for there is no 02:00
    autumn = [due(early, at("2026-10-24T23:30") + timedelta(minutes=m), "UTC") for m in range(0, 240, 10)]
    assert {day for day in autumn if day} == {date(2026, 10, 25)}  # one day, so one key


def test_off_means_off_and_every_day_has_weekends() -> None:
    saturday = at("2026-03-07T09:00")
    assert due(DigestTime(on=False), saturday, "UTC") is None
    assert due(DigestTime(on=True, weekdays_only=False), saturday, "UTC") == date(2026, 3, 7)


def test_it_is_queued_once_a_day_however_many_schedulers_look(engine: Engine) -> None:
    ready(engine)
    workers = [threading.Thread(target=post_due, args=(engine, at("2026-03-04T07:01"), "UTC")) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    post_due(engine, at("2026-03-04T11:00"), "UTC")
    assert [m.dedupe_key for m in queued(engine) if m.kind == "digest"] == [f"digest:{CHANNEL}:2026-03-04"]
    post_due(engine, at("2026-03-05T07:00"), "UTC")
    assert len([m for m in queued(engine) if m.kind == "digest"]) == 2


def test_after_downtime_it_is_caught_up_on_the_same_day_and_not_for_days_gone_by(sqlite_engine: Engine) -> None:
    ready(sqlite_engine)
    assert post_due(sqlite_engine, at("2026-03-04T15:00"), "UTC") == (CHANNEL,)
    assert post_due(sqlite_engine, at("2026-03-09T15:00"), "UTC") == (CHANNEL,)
    assert [m.dedupe_key[-10:] for m in queued(sqlite_engine) if m.kind == "digest"] == ["2026-03-04", "2026-03-09"]


def test_on_a_monday_of_the_channel_three_days_are_covered(sqlite_engine: Engine) -> None:
    ready(sqlite_engine)
    post_due(sqlite_engine, at("2026-03-09T07:00"), "UTC")
    (message,) = [m for m in queued(sqlite_engine) if m.kind == "digest"]
    assert "Friday to Sunday, 2026-03-06 to 2026-03-08" in message.payload["verdict"]


def test_a_failure_to_build_it_is_posted_as_such(sqlite_engine: Engine) -> None:
    ready(sqlite_engine)
    with write(sqlite_engine) as session:
        channels.unbind(session, CHANNEL)
        channels.set_digest(session, CHANNEL, EIGHT, by="t", now=NOW)
        session.execute(text("INSERT INTO accounts (platform, name, currency, timezone, origin, created_at, kind) "
                             "VALUES ('meta', 'Other', 'EUR', 'UTC', 'file', '2026-01-01', 'ads')"))  # fmt: skip
    assert post_due(sqlite_engine, at("2026-03-04T08:00"), "UTC") == (CHANNEL,)
    assert post_due(sqlite_engine, at("2026-03-04T08:01"), "UTC") == ()
    (message,) = queued(sqlite_engine)
    assert message.kind == "notice"
    assert "The digest of 2026-03-04 could not be built: this channel is not bound" in message.payload["text"]
    assert "not a quiet day" in message.payload["text"]


def test_an_unexpected_failure_is_posted_without_its_text(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(sqlite_engine)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("scheduler.digests.make", broken)
    post_due(sqlite_engine, at("2026-03-04T08:00"), "UTC")
    (message,) = queued(sqlite_engine)
    assert "an unexpected RuntimeError" in message.payload["text"]
    assert "secret" not in message.payload["text"]


@pytest.mark.parametrize(
    ("channel", "when", "said"),
    [
        ("#marketing", EIGHT, "is not a Slack id"),
        ("C1", DigestTime(on=True, hour=24), "hour of 0 to 23, not 24"),
        ("C1", DigestTime(on=True, timezone="Berlin"), "unknown time zone 'Berlin'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(sqlite_engine: Engine, channel: str, when: DigestTime, said: str) -> None:
    with write(sqlite_engine) as session, pytest.raises(BadInput, match=said):
        channels.set_digest(session, channel, when, by="t", now=NOW)
