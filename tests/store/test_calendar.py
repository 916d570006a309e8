"""The calendar in the store, and what it does to the policy. On both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.calendar import checked_country, local_days, public_holidays
from domain.errors import BadInput
from domain.policy import Limits, check
from domain.scope import Scope
from store import audit, calendar, calendar_changes
from store.engine import read, write
from store.policy_facts import gather
from store.tables import Account
from tests.activation.world import NOW, change, seed

TODAY = NOW.date()


def _add(engine: Engine, kind: str, start: date, end: date, *, account: int | None = None, step: str | None = None,
         name: str = "Sale") -> int:  # fmt: skip
    with write(engine) as session:
        return calendar_changes.add_event(
            session, account_id=account, kind=kind, name=name, start=start, end=end, by="cli:ops", now=NOW,
            max_step=None if step is None else Decimal(step),
        )  # fmt: skip


def _refusals(engine: Engine, account: int, now: datetime, after: str = "240") -> tuple[str, ...]:
    with read(engine) as session:
        changes = [change(after=after)]
        return check(changes, gather(session, account, changes, now), Limits(envelope=Decimal(9)), now).refusals


def test_what_is_added_is_listed_for_its_account_until_it_is_removed(engine: Engine) -> None:
    account = seed(engine)
    scope = Scope((account,))
    one = _add(engine, "promotion", date(2026, 3, 1), date(2026, 3, 5), account=account)
    assert _add(engine, "promotion", date(2026, 3, 1), date(2026, 3, 5), account=account) == one  # once
    everywhere = _add(engine, "tracking", TODAY, TODAY, name="New tag")
    with read(engine) as session:
        found = calendar.events(session, scope, TODAY, date(2026, 3, 31))
        assert [(e.name, e.every_account) for e in found] == [("Sale", False), ("New tag", True)]
        assert calendar.events(session, scope, date(2026, 3, 6), date(2026, 3, 31)) == []
        assert calendar.events(session, scope, TODAY, TODAY, ("freeze",)) == []
    with write(engine) as session:
        calendar_changes.remove_event(session, scope, one, by="cli:ops", now=NOW)
        with pytest.raises(BadInput, match="no event"):
            calendar_changes.remove_event(session, scope, one, by="cli:ops", now=NOW)
    with read(engine) as session:
        assert [e.id for e in calendar.all_events(session, scope)] == [everywhere]
        assert [e.action for e in audit.entries(session)][-3:] == [
            "calendar.added",
            "calendar.added",
            "calendar.removed",
        ]
        assert audit.verify(session) is None


def test_holidays_are_those_of_the_accounts_country_and_none_without_one(engine: Engine) -> None:
    account = seed(engine)
    scope = Scope((account,))
    with write(engine) as session:
        assert calendar.events(session, scope, date(2024, 1, 1), date(2024, 12, 31)) == []
        calendar_changes.set_country(session, scope, "de", by="cli:ops", now=NOW)
        with pytest.raises(BadInput, match="no holidays are known for 'ZZ'"):
            calendar_changes.set_country(session, scope, "ZZ", by="cli:ops", now=NOW)
    with read(engine) as session:
        found = {e.name: e.start for e in calendar.events(session, scope, date(2024, 3, 1), date(2024, 4, 30))}
        assert found == {"Good Friday": date(2024, 3, 29), "Easter Monday": date(2024, 4, 1)}
        assert all(e.id is None for e in calendar.events(session, scope, date(2024, 12, 1), date(2024, 12, 31)))


@pytest.mark.parametrize(("own", "stopped"), [(True, True), (False, True)])
def test_a_freeze_of_the_account_or_of_all_stops_every_check(engine: Engine, own: bool, stopped: bool) -> None:
    account = seed(engine)
    assert _refusals(engine, account, NOW) == ()
    _add(engine, "freeze", TODAY, TODAY, account=account if own else None, name="Shop move")
    assert any("freeze 'Shop move'" in said for said in _refusals(engine, account, NOW)) is stopped


def test_a_freeze_of_another_account_stops_nothing(engine: Engine) -> None:
    account = seed(engine)
    with write(engine) as session:
        other = Account(platform="meta", name="Other", currency="EUR", timezone="UTC", origin="file", created_at=NOW)
        session.add(other)
        session.flush()
        other_id = other.id
    _add(engine, "freeze", TODAY, TODAY, account=other_id)
    assert _refusals(engine, account, NOW) == ()


def test_a_freezes_days_are_local_days_of_the_account(engine: Engine) -> None:
    account = seed(engine)
    with write(engine) as session:
        session.get_one(Account, account).timezone = "America/Los_Angeles"
    _add(engine, "freeze", TODAY, TODAY, account=account)
    early = datetime(2026, 3, 4, 7, 59, tzinfo=UTC)  # still the 3rd in Los Angeles
    assert _refusals(engine, account, early) == ()
    for frozen in (early + timedelta(minutes=1), datetime(2026, 3, 5, 7, 59, tzinfo=UTC)):
        assert _refusals(engine, account, frozen) != ()
    assert _refusals(engine, account, datetime(2026, 3, 5, 8, 0, tzinfo=UTC)) == ()


def test_an_event_lifts_the_step_limit_to_its_own_figure_within_its_dates_only(engine: Engine) -> None:
    account = seed(engine)
    _add(engine, "event", TODAY, TODAY, account=account, step="0.8", name="Black Friday")
    assert _refusals(engine, account, NOW, "340") == ()  # +70 %
    assert any("+80 %" in said for said in _refusals(engine, account, NOW, "380"))  # +90 %
    for outside in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        assert any("+50 %" in said for said in _refusals(engine, account, outside, "340"))
    with read(engine) as session:
        changes = [change(after="340")]
        warned = check(changes, gather(session, account, changes, NOW), Limits(envelope=Decimal(9)), NOW).warnings
    assert any("'Black Friday' allows +80 %" in said and "cli:ops" in said for said in warned)


def test_of_two_events_the_narrower_holds_the_accounts_own_first_and_none_narrows_the_usual_limit(
    engine: Engine,
) -> None:
    account = seed(engine)
    _add(engine, "event", TODAY, TODAY, step="0.6", name="All")
    assert any("+60 %" in said for said in _refusals(engine, account, NOW, "340"))
    _add(engine, "event", TODAY, TODAY, account=account, step="0.9", name="Own wide")
    assert _refusals(engine, account, NOW, "340") == ()
    _add(engine, "event", TODAY, TODAY, account=account, step="0.1", name="Own narrow")
    assert any("+50 %" in said for said in _refusals(engine, account, NOW, "340"))
    assert _refusals(engine, account, NOW, "280") == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": "holiday"}, "holidays are computed"),
        ({"name": "  "}, "is not usable"),
        ({"end": date(2026, 1, 1)}, "no stretch"),
        ({"end": date(2028, 1, 1)}, "no stretch"),
        ({"max_step": Decimal("NaN")}, "step limit of NaN"),
        ({"max_step": Decimal(4)}, "at most 3"),
        ({"max_step": Decimal(0)}, "above 0"),
        ({"kind": "freeze", "max_step": Decimal("0.5")}, "only an event"),
    ],
)
def test_what_is_no_event_is_refused_and_leaves_nothing(
    sqlite_engine: Engine, more: dict[str, object], said: str
) -> None:
    usual = {"account_id": None, "kind": "event", "name": "X", "start": TODAY, "end": TODAY, "by": "a", "now": NOW}
    with pytest.raises(BadInput, match=said), write(sqlite_engine) as session:
        calendar_changes.add_event(session, **{**usual, **more})  # type: ignore[arg-type]
    with read(sqlite_engine) as session:
        assert list(audit.entries(session)) == []


ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Africa/Cairo",
                         "Australia/Lord_Howe", "Pacific/Apia", "UTC"])  # fmt: skip


@settings(deadline=None)
@given(
    ZONES, st.dates(date(2015, 1, 2), date(2027, 12, 1)), st.integers(0, 5), st.integers(-50, 200), st.integers(0, 59)
)
def test_a_moment_lies_in_local_days_exactly_when_its_local_date_does(
    zone: str, start: date, length: int, hours: int, minute: int
) -> None:
    end = start + timedelta(days=length)
    first, after = local_days(start, end, zone)
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC) + timedelta(hours=hours, minutes=minute)
    inside = start <= moment.astimezone(ZoneInfo(zone)).date() <= end
    assert (first.astimezone(UTC) <= moment < after.astimezone(UTC)) == inside


@settings(deadline=None, max_examples=30)
@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 900))
def test_holidays_lie_in_the_days_asked_for_and_are_the_same_however_they_are_cut(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    whole = public_holidays("DE", start, end)
    middle = start + timedelta(days=length // 2)
    assert whole == public_holidays("DE", start, middle) + public_holidays("DE", middle + timedelta(days=1), end)
    assert all(start <= day <= end for day, _ in whole)


def test_a_country_is_a_code_with_known_holidays() -> None:
    assert checked_country(" uk ") == "GB"
    with pytest.raises(BadInput, match="such as DE"):
        checked_country("Germany")
