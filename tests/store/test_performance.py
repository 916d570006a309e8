"""Sums from the store, on both databases: exact money, one level only, nobody else's rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, insert

from domain.scope import Scope
from store import performance
from store.engine import read, write
from store.performance import Rows
from store.tables import Account, Campaign, DailyMetric, ImportRun

NOW = datetime(2024, 7, 1, tzinfo=UTC)
FIRST = date(2024, 6, 1)


def _store(engine: Engine) -> None:
    """Accounts 1 (google_ads, campaigns 1 and 2), 2 (meta, campaign 3) and 3 (meta, empty)."""
    with write(engine) as session:
        for account_id, platform, name in ((1, "google_ads", "Shop"), (2, "meta", "Shop"), (3, "meta", "Empty")):
            session.add(Account(id=account_id, platform=platform, name=name, currency="USD", timezone="UTC",
                                origin="file", created_at=NOW))  # fmt: skip
        session.flush()
        for campaign_id, account_id in ((1, 1), (2, 1), (3, 2)):
            session.add(Campaign(id=campaign_id, account_id=account_id, name=f"c{campaign_id}"))
        for run, account_id in ((1, 1), (2, 2), (3, 1)):
            session.add(
                ImportRun(id=run, account_id=account_id, source=f"{run}.csv", at=NOW, complete=True, summary={})
            )
        session.flush()
        session.execute(insert(DailyMetric), [_row(c, day) for c in (1, 2, 3) for day in range(10)])
        session.execute(insert(DailyMetric), [_row(1, 0, breakdown="device:mobile"), _row(1, 0, level="ad")])


def _row(campaign: int, day: int, *, level: str = "campaign", breakdown: str = "") -> dict[str, object]:
    account = 2 if campaign == 3 else 1
    return {
        "campaign_id": campaign, "account_id": account, "level": level, "breakdown": breakdown,
        "day": FIRST + timedelta(days=day), "spend_micros": 100_000 * campaign + 1, "impressions": 1000,
        "clicks": 10 * campaign, "conversions": 0.1, "revenue": None if campaign == 2 else 2.5,
        "run_id": 2 if account == 2 else 3 if day == 9 else 1,
    }  # fmt: skip


ALL, DAYS = Scope((1, 2, 3)), Rows(FIRST, date(2024, 6, 30))


def test_money_is_summed_exactly_and_each_row_once(engine: Engine) -> None:
    _store(engine)
    with read(engine) as session:
        google, meta = performance.totals(session, ALL, DAYS)
    assert google.sums["spend"] == Decimal("3.00002")
    assert google.sums["clicks"] == 300
    assert meta.sums["spend"] == Decimal("3.00001")
    assert google.rows == 20
    assert float(google.sums["conversions"] or 0) == pytest.approx(2.0)


def test_what_some_rows_do_not_state_is_counted_as_not_stated(engine: Engine) -> None:
    _store(engine)
    with read(engine) as session:
        by_campaign = {t.campaign_id: t for t in performance.totals(session, ALL, DAYS, by=("campaign",))}
        whole = performance.totals(session, Scope((1,)), DAYS)[0]
    assert by_campaign[2].sums["revenue"] is None
    assert by_campaign[1].sums["revenue"] == Decimal("25")
    assert (whole.stated["revenue"], whole.rows) == (10, 20)


def test_a_scope_and_the_row_filters_limit_what_is_read(engine: Engine) -> None:
    _store(engine)
    with read(engine) as session:
        assert [t.account_id for t in performance.totals(session, Scope((2,)), DAYS)] == [2]
        asked_outside = Rows(FIRST, date(2024, 6, 30), accounts={1})
        assert performance.totals(session, Scope((2,)), asked_outside) == []
        one = performance.totals(session, ALL, Rows(FIRST, FIRST, campaigns={1}))
        rest = performance.totals(session, ALL, Rows(FIRST, FIRST, without={1}))
        assert [t.sums["clicks"] for t in one] == [10]
        assert [t.sums["clicks"] for t in rest] == [20, 30]
        assert performance.sources(session, Scope((2,)), [1, 2, 3]) == {2: "2.csv"}
        assert [c.name for c in performance.campaigns(session, Scope((2,)))] == ["c3"]


def test_days_left_out_are_in_no_sum_and_are_no_day_with_data(engine: Engine) -> None:
    _store(engine)
    third = FIRST + timedelta(days=2)
    rows = Rows(FIRST, FIRST + timedelta(days=9), days_left_out=((third, third + timedelta(days=3)), (FIRST, FIRST)))
    with read(engine) as session:
        google = performance.totals(session, Scope((1,)), rows)[0]
        days = performance.days_with_data(session, ALL, rows)
    assert google.rows == 2 * 5
    assert days[1] == {FIRST + timedelta(days=d) for d in (1, 6, 7, 8, 9)}


def test_days_and_loads_come_with_the_sums(engine: Engine) -> None:
    _store(engine)
    with read(engine) as session:
        by_day = performance.totals(session, Scope((1,)), DAYS, by=("day",))
        whole = performance.totals(session, Scope((1,)), DAYS)[0]
    assert [t.day for t in by_day] == [FIRST + timedelta(days=i) for i in range(10)]
    assert by_day[-1].runs == (3, 3)
    assert whole.runs == (1, 3)


def test_day_ranges_are_per_platform_and_an_empty_account_has_none(engine: Engine) -> None:
    _store(engine)
    with read(engine) as session:
        last = FIRST + timedelta(days=9)
        assert performance.day_range(session, ALL) == {"google_ads": (FIRST, last), "meta": (FIRST, last)}
        assert performance.day_range(session, Scope((3,))) == {}
        found = {a.id: (a.first_day, a.last_day) for a in performance.accounts(session, ALL)}
        assert found == {1: (FIRST, last), 2: (FIRST, last), 3: (None, None)}


def test_days_with_data_are_those_that_have_a_row(engine: Engine) -> None:
    _store(engine)
    with read(engine) as session:
        whole = performance.days_with_data(session, ALL, Rows(FIRST, FIRST + timedelta(days=9)))
        longer = performance.days_with_data(session, ALL, Rows(FIRST - timedelta(days=2), FIRST + timedelta(days=12)))
    assert whole == longer == {i: {FIRST + timedelta(days=d) for d in range(10)} for i in (1, 2)}
