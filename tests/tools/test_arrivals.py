"""Clicks that do not arrive are told from a dead conversion tag, from less demand, and from what cannot be known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy import Engine

from analytics.arrivals import arrivals
from analytics.errors import NotEnoughData
from store import accounts, ingest, orders
from store.engine import write
from tests.tools.conftest import NOW
from tests.tools.market_days import LAST, days, loaded, since
from tests.tools.test_causes import DAY, END, START, only, why
from tests.tools.test_shop import Row

Reach = Callable[[str, date], float]


def analytics(
    engine: Engine, clicks: dict[tuple[date, str], int], reach: Reach, *, by_source: bool = False, rest: float = 900.0,
    seed: int = 3,
) -> int:  # fmt: skip
    """A GA4 account whose sessions are Poisson about nine tenths of the clicks times what ``reach`` lets through."""
    rng, rows = np.random.default_rng(seed), []
    at = sorted({day for day, _ in clicks})
    names = sorted({name for _, name in clicks})
    for day in at:
        came = {n: int(rng.poisson(0.9 * clicks[day, n] * reach(n, day))) for n in names}
        if by_source:
            came = {"google / cpc": sum(came.values())}
        lost = sum(0.9 * clicks[day, n] * (1 - reach(n, day)) for n in names)
        came["google / organic"] = int(rng.poisson(rest * reach("rest", day) + lost * reach("elsewhere", day)))
        rows += [ingest.MetricRow(day, n, None, None, None, None, None, None, s) for n, s in came.items() if s]
    with write(engine) as session:
        owner = accounts.ensure(session, platform="ga4", name="Site", currency="USD", timezone="UTC", origin="file",
                                now=NOW, kind="analytics")  # fmt: skip
        ingest.load(session, owner, rows, source="ga4.csv", content_sha256=None, complete=True, now=NOW)
        return owner.id


def through(**share: float) -> Reach:
    """What reaches the site from START to END, by name; all of it otherwise, and nothing turns up elsewhere."""

    def reach(name: str, day: date) -> float:
        return (
            share.get(name, 0.0 if name == "elsewhere" else 1.0) if START <= day <= END else float(name != "elsewhere")
        )

    return reach


def both(engine: Engine, reach: Reach, *, by_source: bool = False, **hit: float) -> tuple[int, int]:
    frame = days(only(since(START, **hit)))
    clicks = {(r.day, r.campaign): r.clicks for r in frame.itertuples()}
    return loaded(engine, frame), analytics(engine, clicks, reach, by_source=by_source)


@pytest.mark.parametrize(
    ("reach", "hit", "kind", "said"),
    [
        (through(Brand=0.03), {"cvr": 0.35}, "tracking_break", "where as many clicks usually bring"),
        (through(Brand=0.03, elsewhere=0.9), {"cvr": 0.35}, "tracking_break", "lost, as in a redirect"),
        (through(Brand=0.03, Search=0.03, Shop=0.03, rest=0.02), {"cvr": 0.35}, "tracking_break", "the site is down"),
        (through(), {"cvr": 0.1}, "tracking_break", "and those who clicked arrived"),
        (through(), {"cvr": 0.55}, "conversion_rate", "converted"),
        (through(), {"clicks": 0.4}, "demand", "shown less often"),
    ],
)
def test_the_cause_is_told_by_where_those_who_clicked_were_lost(
    sqlite_engine: Engine, reach: Reach, hit: dict[str, float], kind: str, said: str
) -> None:
    found = why(sqlite_engine, both(sqlite_engine, reach, **hit), "conversions", "Brand")
    assert (found.kind, said in found.said) == (kind, True), found.said


def test_of_analytics_by_source_the_platforms_own_sources_are_held_against_its_clicks(sqlite_engine: Engine) -> None:
    reach = through(Brand=0.05, Search=0.05, Shop=0.05)
    found = why(sqlite_engine, both(sqlite_engine, reach, by_source=True, cvr=0.3), "conversions", "Brand")
    assert (found.kind, "sessions of google / cpc (Google Ads) in 'Site'" in found.said) == ("tracking_break", True)
    assert [f.source for f in found.facts if f.label.startswith("Sessions")] == ["ga4, Site"] * 2


def test_analytics_outside_the_scope_is_neither_used_nor_named(sqlite_engine: Engine) -> None:
    account, _ = both(sqlite_engine, through(Brand=0.03), cvr=0.55)
    found = why(sqlite_engine, account, "conversions", "Brand")
    assert found.kind == "conversion_rate"
    assert "Site" not in repr(found.as_dict())


def test_days_that_analytics_has_not_counted_yet_or_does_not_hold_say_nothing(sqlite_engine: Engine) -> None:
    frame = days(since(LAST, cvr=0.1))
    clicks = {(r.day, r.campaign): r.clicks for r in frame.itertuples()}
    account = loaded(sqlite_engine, frame)
    site = analytics(sqlite_engine, clicks, lambda name, day: float(name != "elsewhere" and day < LAST))
    found = why(sqlite_engine, (account, site), "conversions", "Brand", first=LAST, last=LAST)
    assert [e.found for e in found.evidence if e.at == "sessions in Site"] == [
        "these days are too young: analytics takes up to two days to count one"
    ]
    assert "do not arrive" not in found.said
    later = why(sqlite_engine, (account, site), "conversions", "Brand", first=LAST, last=LAST, today=LAST + 3 * DAY)
    assert "sessions" in repr(later.as_dict())


def test_half_of_few_sessions_is_chance_and_a_ratio_is_held_against_its_own_days() -> None:
    rng = np.random.default_rng(5)
    clicks = rng.poisson(400, 40).astype(float)
    asked = np.arange(40) >= 38
    sessions = rng.poisson(0.6 * clicks).astype(float)
    assert not arrivals(clicks, sessions, asked).lost  # six in ten is what this site always has
    assert arrivals(clicks, np.where(asked, sessions * 0.1, sessions), asked).lost
    with pytest.raises(NotEnoughData, match="were due; 20 are needed"):
        arrivals(clicks / 40, sessions / 40, asked)
    with pytest.raises(NotEnoughData, match="usual days"):
        arrivals(clicks[-8:], sessions[-8:], asked[-8:])
    wild = np.where(np.arange(40) % 2 == 0, sessions * 0.3, sessions)  # half of the days lose most of them anyway
    assert not arrivals(clicks, np.where(asked, sessions * 0.25, wild), asked).lost


def test_orders_that_name_the_platform_are_the_ones_that_count(sqlite_engine: Engine) -> None:
    """The shop as a whole lost as many sales as the platform did, but others': the newsletter ended."""
    account = loaded(sqlite_engine, days(only(since(START, cvr=0.4, everywhere=1))))
    rows, number = [], 0
    for n in range(42):
        day = END - n * DAY
        for source, a_day in (("google / cpc", 40), ("newsletter", 0 if day >= START else 40)):
            for _ in range(a_day):
                number += 1
                at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
                rows.append(Row(str(number), at, day, None, 50_000_000, 0, 0, 0, None, "US", source, True, False))
    with write(sqlite_engine) as session:
        shop = accounts.ensure(session, platform="shopify", name="Shop", currency="USD", timezone="UTC", origin="file",
                               now=NOW, kind="shop")  # fmt: skip
        orders.load(session, shop, rows, source="orders.csv", content_sha256=None, now=NOW)
        ids = (account, shop.id)
    found = why(sqlite_engine, ids, "conversions")
    assert found.kind == "tracking_break"
    assert "orders of Shop whose source is Google Ads (200, usually 200) held" in found.said
    assert {f.source for f in found.facts if "Shop" in f.label} == {"shopify, Shop"}


def test_a_source_that_looks_as_usual_does_not_vouch_for_one_campaign_of_several(sqlite_engine: Engine) -> None:
    def hit(campaign: str, at: date, means: dict[str, float]) -> None:
        means["cvr"] *= 0.0 if campaign == "Search" and at >= START else 1.0

    frame = days(only(hit))
    clicks = {(r.day, r.campaign): r.clicks for r in frame.itertuples()}
    ids = loaded(sqlite_engine, frame), analytics(sqlite_engine, clicks, through(), by_source=True)
    found = why(sqlite_engine, ids, "conversions", "Search")
    assert "arrived" not in found.said
    (told,) = [e.found for e in found.evidence if e.at == "sessions in Site"]
    assert "as a whole, where too few of the clicks" in told
