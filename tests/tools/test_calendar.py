"""The calendar in answers: named unasked where two periods are not alike."""

from __future__ import annotations

from datetime import UTC, date, datetime

from store import calendar_changes
from store.engine import write
from tests.tools.conftest import Bench

NOW = datetime(2024, 7, 1, tzinfo=UTC)
MAY, JUNE = ("2024-05-01", "2024-05-31"), ("2024-06-01", "2024-06-30")


def _add(bench: Bench, kind: str, name: str, start: date, end: date | None = None) -> None:
    with write(bench.engine) as session:
        calendar_changes.add_event(session, account_id=None, kind=kind, name=name, start=start, end=end or start,
                                   by="t", now=NOW)  # fmt: skip


def _caveats(bench: Bench, **more: object) -> list[str]:
    done = bench.call("compare", metrics=["spend"], period=JUNE, baseline=MAY, **more)
    return [c for c in done.caveats if "alike" in c]


def test_a_promotion_in_one_of_two_periods_is_said_in_one_line(shop: Bench) -> None:
    assert _caveats(shop) == []
    _add(shop, "promotion", "Sale", date(2024, 6, 10), date(2024, 6, 14))
    said = "the periods are not alike: June 2024 holds the promotion 'Sale' (2024-06-10 to 2024-06-14)"
    assert _caveats(shop) == [said]
    left_out = [{"start": "2024-06-10", "end": "2024-06-14"}]
    assert _caveats(shop, without=left_out) == []  # ex-promo
    _add(shop, "promotion", "Sale", date(2024, 5, 10), date(2024, 5, 14))
    assert _caveats(shop) == []  # both have it


def test_holidays_that_differ_are_named(shop: Bench) -> None:
    with write(shop.engine) as session:
        calendar_changes.set_country(session, shop.scope, "DE", by="t", now=NOW)
    (said,) = _caveats(shop)
    assert said.startswith("the periods are not alike: May 2024 holds the holiday Labor Day (2024-05-01), the holiday")


def test_a_tracking_change_inside_or_between_the_periods_is_a_caveat_and_outside_none(shop: Bench) -> None:
    _add(shop, "tracking", "Old tag", date(2024, 5, 1))
    _add(shop, "tracking", "Later", date(2024, 7, 1))
    assert _caveats(shop) == []
    _add(shop, "tracking", "New tag", date(2024, 6, 1))
    assert _caveats(shop) == ["tracking changed ('New tag' on 2024-06-01): figures before and after are not alike"]


def test_the_calendar_lists_what_touches_the_period_and_says_whose_holidays_are_unknown(shop: Bench) -> None:
    _add(shop, "freeze", "Audit", date(2024, 5, 30), date(2024, 6, 2))
    done = shop.call("calendar", period=JUNE)
    assert done.text == "In the calendar, June 2024:\n• 2024-05-30 to 2024-06-02: freeze Audit"
    assert "no country is set for Shop and Shop Meta" in done.caveats[0]
    assert shop.call("calendar", period=("2024-04-01", "2024-04-30")).text.startswith("Nothing is in the calendar")
