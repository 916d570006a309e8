"""Over a year of local days each digest comes exactly once, and one that did not come is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update

from domain.errors import BadInput
from scheduler.digests import Due, all_due, key, missed, own_day, post_due
from store import bindings, channels
from store.channels import DigestTime
from store.engine import read, write
from store.tables import ChannelSettings, OutboxMessage
from tests.activation.world import NOW, seed

CHANNEL = "C0MARKETING"
BERLIN = "Europe/Berlin"
STEP = timedelta(minutes=30)


def over_the_year(when: DigestTime, zone: str, week_start: int = 0) -> Counter[Due]:
    """Every digest of 2026, each counted as often as it begins to be due: once it is out it is not made again."""
    at, found, out = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC), Counter[Due](), set[Due]()
    while at.astimezone(ZoneInfo(zone)).year < 2027:
        now = all_due(when, at, "UTC", week_start, [zone])
        found.update(d for d in now if d not in out)
        out.update(now)
        at += STEP
    return found


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("hour", [2, 8])
def test_each_local_day_week_and_month_of_a_year_has_exactly_one(zone: str, hour: int) -> None:
    when = DigestTime(True, hour, zone, weekdays_only=False, weekly=True, monthly=True)
    found = over_the_year(when, zone)
    assert set(found.values()) == {1}
    days = {form: sorted(d.day for d in found if d.form == form) for form in ("daily", "weekly", "monthly")}
    assert days["daily"] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert days["weekly"] == [date(2025, 12, 29) + timedelta(weeks=n) for n in range(53)]
    assert days["monthly"] == [date(2026, m, 2) for m in range(1, 13)]


@pytest.mark.parametrize("week_start", [0, 6])
def test_by_hand_a_digest_has_the_name_that_the_clock_gives_it(week_start: int) -> None:
    """Else a week's digest asked for on its Wednesday would come a second time by the clock, or the other way round."""
    when = DigestTime(True, 8, BERLIN, weekdays_only=False, weekly=True, monthly=True)
    for n in range(365):
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n)
        for one in all_due(when, noon, "UTC", week_start, [BERLIN]):
            if one.form != "monthly" or noon.day > 1:  # on the first, the month that just ended is the last whole one
                assert own_day(one.form, noon.date(), week_start) == one.day


def test_where_weekends_are_left_out_a_sundays_week_and_a_saturdays_month_come_on_monday() -> None:
    when = DigestTime(True, 8, BERLIN, weekly=True, monthly=True)
    sunday = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert all_due(when, sunday, "UTC", 6, [BERLIN]) == []
    monday = sunday + timedelta(days=1)
    assert Due("weekly", date(2026, 3, 1)) in all_due(when, monday, "UTC", 6, [BERLIN])
    second = datetime(2026, 5, 2, 12, tzinfo=UTC)  # a Saturday
    assert all_due(when, second, "UTC", 0, [BERLIN]) == []
    assert Due("monthly", date(2026, 5, 2)) in all_due(when, second + timedelta(days=2), "UTC", 0, [BERLIN])


def test_a_week_is_not_over_before_it_is_over_in_the_accounts_zone() -> None:
    when = DigestTime(False, 8, "Asia/Tokyo", weekdays_only=False, weekly=True)
    monday = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # 08:30 on Monday in Tokyo, Sunday afternoon in New York
    assert all_due(when, monday, "UTC", 0, ["Asia/Tokyo"]) == [Due("weekly", date(2026, 3, 2))]
    assert all_due(when, monday, "UTC", 0, ["America/New_York"]) == []
    assert all_due(when, monday + timedelta(hours=6), "UTC", 0, ["America/New_York"]) == [
        Due("weekly", date(2026, 3, 2))
    ]


def ready(engine: Engine, when: DigestTime, since: datetime = NOW - timedelta(days=60)) -> None:
    account = seed(engine)
    with write(engine) as session:
        bindings.bind(session, CHANNEL, [account])
        channels.set_digest(session, CHANNEL, when, by="t", now=since)


def queued(engine: Engine) -> dict[str, dict[str, object]]:
    with read(engine) as session:
        rows = session.execute(select(OutboxMessage.dedupe_key, OutboxMessage.payload).order_by(OutboxMessage.id))
        return {k: p for k, p in rows if not k.endswith(":chart")}


def test_a_week_and_a_month_are_posted_once_each_also_when_late(engine: Engine) -> None:
    ready(engine, DigestTime(False, 8, "UTC", weekly=True, monthly=True))
    wednesday = datetime(2026, 3, 4, 7, tzinfo=UTC)
    assert post_due(engine, wednesday, "UTC") == (CHANNEL, CHANNEL)
    assert post_due(engine, wednesday + timedelta(hours=4), "UTC") == ()
    found = queued(engine)
    assert set(found) == {f"digest:{CHANNEL}:weekly:2026-03-02", f"digest:{CHANNEL}:monthly:2026-03-02"}
    assert str(found[key(CHANNEL, date(2026, 3, 2), "weekly")]["verdict"]).startswith(
        "The week 2026-02-23 to 2026-03-01"
    )
    assert str(found[key(CHANNEL, date(2026, 3, 2), "monthly")]["verdict"]).startswith("February 2026: ")


def test_one_that_was_not_sent_is_said_the_next_time_with_the_reason(engine: Engine) -> None:
    ready(engine, DigestTime(True, 8, "UTC"))
    assert post_due(engine, datetime(2026, 3, 3, 9, tzinfo=UTC), "UTC") == (CHANNEL,)
    with write(engine) as session:
        session.execute(update(OutboxMessage).values(error="channel_not_found"))
    # nothing ran on Wednesday and Thursday
    assert post_due(engine, datetime(2026, 3, 6, 9, tzinfo=UTC), "UTC") == (CHANNEL,)
    said = queued(engine)[key(CHANNEL, date(2026, 3, 6))]["sections"][0]  # type: ignore[index]
    assert said[0] == "Not sent before"
    assert said[1][-3:] == [
        "The digest of 2026-03-03 was not sent: Slack did not take it (channel_not_found)",
        "The digest of 2026-03-04 was not sent: nothing ran that day",
        "The digest of 2026-03-05 was not sent: nothing ran that day",
    ]
    assert post_due(engine, datetime(2026, 3, 9, 9, tzinfo=UTC), "UTC") == (CHANNEL,)  # a weekend is no gap
    monday = queued(engine)[key(CHANNEL, date(2026, 3, 9))]["sections"]
    assert all(heading != "Not sent before" for heading, _ in monday)  # type: ignore[attr-defined]


def test_before_it_was_asked_for_nothing_was_missed(sqlite_engine: Engine) -> None:
    ready(sqlite_engine, DigestTime(True, 8, "UTC"), since=datetime(2026, 3, 4, 9, tzinfo=UTC))
    with read(sqlite_engine) as session:
        when = channels.digest_time(session, CHANNEL)
        assert missed(session, CHANNEL, when, date(2026, 3, 5), "UTC") == []
        assert len(missed(session, CHANNEL, when, date(2026, 3, 6), "UTC")) == 1


def test_one_channel_that_cannot_be_queued_is_tried_again_and_keeps_no_other_waiting(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduler import digests
    from scheduler.run import JobFailed

    ready(sqlite_engine, DigestTime(True, 8, "UTC"))
    with write(sqlite_engine) as session:
        channels.set_digest(session, "C0AAA", DigestTime(True, 8, "UTC"), by="t", now=NOW)
    put, broken = digests.outbox.put, [True]

    def failing(session: object, **said: object) -> bool:
        if broken[0] and said["channel"] == "C0AAA":
            raise OSError("away")
        return put(session, **said)  # type: ignore[arg-type]

    monkeypatch.setattr(digests.outbox, "put", failing)
    morning = datetime(2026, 3, 4, 9, tzinfo=UTC)
    with pytest.raises(JobFailed, match=f"no digest could be queued for C0AAA; queued for {CHANNEL}"):
        post_due(sqlite_engine, morning, "UTC")
    broken[0] = False
    assert post_due(sqlite_engine, morning, "UTC") == ("C0AAA",)


def test_sections_that_a_channel_hides_are_left_out(sqlite_engine: Engine) -> None:
    ready(sqlite_engine, DigestTime(True, 8, "UTC", hidden=("blind", "chart")))
    post_due(sqlite_engine, datetime(2026, 3, 4, 9, tzinfo=UTC), "UTC")
    (payload,) = queued(sqlite_engine).values()
    assert all(heading != "What I cannot see" for heading, _ in payload["sections"])  # type: ignore[attr-defined]
    with read(sqlite_engine) as session:
        assert not [k for k in session.scalars(select(OutboxMessage.dedupe_key)) if k.endswith(":chart")]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (DigestTime(True, language="tlh"), "unknown language 'tlh'; there are en, de"),
        (DigestTime(True, alerts="loud"), "unknown severity 'loud'; there are info, warning, critical, off"),
        (
            DigestTime(True, hidden=("verdict",)),
            "unknown section of a digest 'verdict'; there are plan, incidents",
        ),
    ],
)
def test_a_setting_that_there_is_not_is_refused_with_what_there_is(
    sqlite_engine: Engine, when: DigestTime, said: str
) -> None:
    with write(sqlite_engine) as session, pytest.raises(BadInput, match=said):
        channels.set_digest(session, CHANNEL, when, by="t", now=NOW)


def test_settings_are_kept_and_unbinding_ends_every_form(sqlite_engine: Engine) -> None:
    when = DigestTime(False, 9, BERLIN, False, weekly=True, monthly=True, hidden=("board",), alerts="critical")
    with write(sqlite_engine) as session:
        assert channels.set_digest(session, CHANNEL, when, by="t", now=NOW)
        assert not channels.set_digest(session, CHANNEL, when, by="t", now=NOW)
        assert channels.digest_time(session, CHANNEL) == when
        channels.unbind(session, CHANNEL)
        assert not channels.digest_times(session)
        assert session.get_one(ChannelSettings, CHANNEL).alerts == "critical"


def test_a_weekly_digest_asked_for_in_mid_week_begins_with_the_next_monday(sqlite_engine: Engine) -> None:
    tuesday = datetime(2026, 3, 3, 9, tzinfo=UTC)
    ready(sqlite_engine, DigestTime(False, 8, "UTC", weekly=True, monthly=True), since=tuesday)
    with write(sqlite_engine) as session:  # another setting later moves no beginning
        kept = channels.digest_time(session, CHANNEL)
        channels.set_digest(
            session, CHANNEL, replace(kept, hidden=("chart",)), by="Ana", now=tuesday + timedelta(days=5)
        )
    assert post_due(sqlite_engine, tuesday + timedelta(minutes=1), "UTC") == ()
    monday = datetime(2026, 3, 9, 8, tzinfo=UTC)
    assert post_due(sqlite_engine, monday - timedelta(minutes=1), "UTC") == ()
    assert post_due(sqlite_engine, monday, "UTC") == (CHANNEL,)
    assert set(queued(sqlite_engine)) == {f"digest:{CHANNEL}:weekly:2026-03-09"}
