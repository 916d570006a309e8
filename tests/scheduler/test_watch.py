"""The watch as a job: the same data are told once, by whichever scheduler, and a blind watch says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from domain.scope import Scope
from scheduler import watch_pictures
from scheduler.run import JobFailed
from scheduler.watch import watch_all
from store import bindings, incident_actions, incidents
from store.engine import read, write
from store.tables import Account, Campaign, ChannelSettings, Incident, OutboxMessage
from tests.tools.market_days import LAST, TODAY, days, loaded, since

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def nothing(*_args: Any, **_kwargs: Any) -> dict[str, Any]:
    return {"kind": "unknown", "said": "Not looked for.", "facts": [], "evidence": []}


def run(engine: Engine, today: date = TODAY) -> str | None:
    return watch_all(engine, NOW + (today - TODAY), today=today, find=nothing)


def office(engine: Engine, **channels: str | None) -> int:
    """An account with a price spike of one campaign, seen by these channels with these settings of alerts."""
    account = loaded(engine, days(since(LAST, cpc=2.0)))
    with write(engine) as session:
        for channel, least in channels.items():
            bindings.bind(session, channel, [account])
            if least is not None:
                session.add(ChannelSettings(channel=channel, content={}, alerts=least, updated_by="x", updated_at=NOW))
    return account


def queued(engine: Engine) -> list[tuple[str, str]]:
    with read(engine) as session:
        rows = session.execute(select(OutboxMessage.channel, OutboxMessage.kind).order_by(OutboxMessage.id))
        return [(channel, kind) for channel, kind in rows]


def test_two_schedulers_at_once_post_one_message_a_channel(engine: Engine) -> None:
    account, start = office(engine, C0ADS=None), Barrier(2)

    def fire() -> None:
        start.wait()
        run(engine)

    both = [Thread(target=fire) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert run(engine) is None
    assert queued(engine) == [("C0ADS", "incident"), ("C0ADS", "chart")]
    with read(engine) as session:
        kept = incidents.open_incidents(session, Scope((account,)))
    assert [(i.metric, i.direction) for i in kept if i.severity != "info"] == [("cpc", "up")]
    assert [i.campaigns for i in kept if i.severity != "info"] == [("Brand",)]


def test_each_channel_hears_of_what_it_asked_for(sqlite_engine: Engine) -> None:
    office(sqlite_engine, C0ALL="info", C0OFF="off", C0GRAVE="critical", C0USUAL=None)
    run(sqlite_engine)
    with read(sqlite_engine) as session:
        grave = set(session.scalars(select(Incident.severity)))
    assert "critical" not in grave
    heard = {channel for channel, _ in queued(sqlite_engine)}
    assert heard == {"C0ALL", "C0USUAL"}


def test_news_goes_into_the_thread_and_recovery_ends_it(sqlite_engine: Engine) -> None:
    office(sqlite_engine, C0ADS=None)
    run(sqlite_engine)
    loaded(sqlite_engine, days(since(LAST, cpc=2.0), last=LAST + DAY, length=78), source="b.csv")
    assert "1 " in str(run(sqlite_engine, TODAY + DAY))
    assert queued(sqlite_engine)[2:] == [("C0ADS", "incident_update"), ("C0ADS", "incident_news")]
    calm = days(last=LAST + 4 * DAY, length=80, seed=4)
    loaded(sqlite_engine, calm[calm.day > LAST + DAY], source="c.csv")
    said = run(sqlite_engine, TODAY + 4 * DAY)
    assert said is not None
    assert "1 recovered" in said


def test_a_snooze_keeps_the_thread_quiet_and_its_end_is_told(sqlite_engine: Engine) -> None:
    account = office(sqlite_engine, C0ADS=None)
    run(sqlite_engine)
    scope = Scope((account,))
    with write(sqlite_engine) as session:
        (one,) = [i for i in incidents.open_incidents(session, scope) if i.severity != "info"]
        incident_actions.snooze(session, scope, one.id, "1d", by="Ana", now=NOW)
    before = len(queued(sqlite_engine))
    assert run(sqlite_engine) is None
    assert len(queued(sqlite_engine)) == before
    assert "1 woke" in str(watch_all(sqlite_engine, NOW + DAY, today=TODAY, find=nothing))
    assert queued(sqlite_engine)[before:] == [("C0ADS", "incident_update"), ("C0ADS", "incident_news")]


def test_a_watch_that_fails_is_posted_and_recovers_once_it_sees_again(sqlite_engine: Engine) -> None:
    account = office(sqlite_engine, C0ADS="critical")
    with write(sqlite_engine) as session:
        session.execute(update(Account).values(country="nowhere"))
    for _ in range(2):
        with pytest.raises(JobFailed, match=str(account)):
            run(sqlite_engine)
    assert queued(sqlite_engine) == [("C0ADS", "incident")]
    with write(sqlite_engine) as session:
        session.execute(update(Account).values(country=None))
    assert "1 recovered" in str(run(sqlite_engine))


def test_the_picture_is_of_the_incidents_own_campaign(sqlite_engine: Engine) -> None:
    from store.incident_settling import settle
    from store.incident_values import Candidate, DayValue
    from tests.activation.world import seed

    account = seed(sqlite_engine)
    with write(sqlite_engine) as session:
        session.add(Campaign(account_id=account, external_id="2", name="Shop"))
        session.flush()
        ids = session.scalars(select(Campaign.id).order_by(Campaign.id)).all()

    def of(campaign: int) -> Candidate:
        value = DayValue(campaign, "conversions", LAST, 2.0, 10.0, 6.0, 14.0, 0.99)
        return Candidate(
            kind="zero", metric="conversions", direction="down", reach="campaign", severity="warning", first_day=LAST,
            last_day=LAST, looked_from=LAST - 7 * DAY, money_micros=None, currency="EUR", keys=("conversions:down",),
            cause={}, days=(value,), seen=(value,),
        )  # fmt: skip

    found = [of(i) for i in ids]
    with write(sqlite_engine) as session:
        settle(session, account, found, {}, NOW)
    with read(sqlite_engine) as session:
        for view in incidents.open_incidents(session, Scope((account,))):
            shown = watch_pictures.shown(found, view, incidents.days(session, Scope((account,)), view.id))
            assert shown is not None
            assert shown.campaigns == {ids[["Brand", "Shop"].index(view.campaigns[0])]}
