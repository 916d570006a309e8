"""Clicks that do not arrive are an incident of the analytics, and whose clicks they are is told to who sees them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from domain.scope import Scope
from scheduler.watch import watch_all
from store import bindings, incidents
from store.engine import read, write
from store.incidents import IncidentView
from tests.scheduler.test_watch import NOW, nothing, queued
from tests.tools.market_days import LAST, TODAY, days, loaded, since
from tests.tools.test_arrivals import Reach, analytics
from tests.tools.test_causes import DAY

BROKE = LAST - 4 * DAY


def broken(day: date) -> bool:
    return BROKE <= day <= LAST


def site(
    engine: Engine, reach: Reach, *, by_source: bool = True, last: date = LAST, clicks: float = 1.0
) -> tuple[int, int]:
    """A Google account and the site's analytics, seen together, each alone, and not at all."""
    frame = days(since(BROKE, clicks=clicks, everywhere=1), last=last, length=77)
    came = {(r.day, r.campaign): r.clicks for r in frame.itertuples()}
    ids = loaded(engine, frame, source=f"{last}.csv"), analytics(engine, came, reach, by_source=by_source)
    with write(engine) as session:
        bindings.bind(session, "C0BOTH", ids)
        bindings.bind(session, "C0ADS", ids[:1])
        bindings.bind(session, "C0SITE", ids[1:])
    return ids


def lost(name: str, day: date) -> float:
    return 0.0 if name == "elsewhere" else 0.04 if broken(day) and name != "rest" else 1.0


def sessions(engine: Engine, *scope: int) -> list[IncidentView]:
    with read(engine) as session:
        return [i for i in incidents.open_incidents(session, Scope(scope)) if i.metric == "sessions"]


def test_an_account_whose_own_figures_are_calm_loses_its_visitors_and_it_is_told(sqlite_engine: Engine) -> None:
    ads, ga4 = site(sqlite_engine, lost)
    watch_all(sqlite_engine, NOW, today=TODAY, find=nothing)
    (alone,), (both,) = sessions(sqlite_engine, ga4), sessions(sqlite_engine, ads, ga4)
    assert (both.account, both.campaigns, both.first_day, both.last_day) == (
        "Site",
        ("google / cpc",),
        BROKE,
        LAST - DAY,
    )
    assert (both.kind, both.cause["kind"]) == ("tracking_break", "tracking_break")
    assert both.said.startswith("Clicks do not arrive: ")
    assert {f["source"] for f in both.cause["facts"]} == {"google_ads, Shop", "ga4, Site"}
    assert (alone.kind, alone.severity) == ("level_shift", "warning")
    assert not any(word in repr(alone.cause) for word in ("Shop", "Google Ads", "Clicks do"))
    assert sessions(sqlite_engine, ads) == []
    heard = {channel for channel, kind in queued(sqlite_engine) if kind == "incident"}
    assert heard == {"C0BOTH", "C0SITE"}
    assert watch_all(sqlite_engine, NOW + DAY / 24, today=TODAY, find=nothing) is None
    site(sqlite_engine, lost, last=LAST + 4 * DAY)
    assert "1 recovered" in str(watch_all(sqlite_engine, NOW + 5 * DAY, today=TODAY + 5 * DAY, find=nothing))


@pytest.mark.parametrize(
    ("reach", "by_source", "clicks"),
    [
        (lambda name, day: float(name != "elsewhere"), True, 0.3),  # fewer click, and as many of them arrive
        (lambda name, day: 0.0 if name == "elsewhere" else 0.75 if broken(day) else 1.0, True, 1.0),  # a consent banner
        (lambda name, day: 0.0 if name == "elsewhere" else 0.1 if day == LAST else 1.0, True, 1.0),  # not yet counted
    ],
)
def test_less_demand_another_banner_and_a_young_day_are_no_incident(
    sqlite_engine: Engine, reach: Reach, by_source: bool, clicks: float
) -> None:
    ids = site(sqlite_engine, reach, by_source=by_source, clicks=clicks)
    watch_all(sqlite_engine, NOW, today=TODAY, find=nothing)
    assert sessions(sqlite_engine, *ids) == []


def test_one_campaign_of_several_is_named_where_analytics_names_campaigns(sqlite_engine: Engine) -> None:
    ids = site(
        sqlite_engine, lambda name, day: lost("rest" if name in ("Search", "Shop") else name, day), by_source=False
    )
    watch_all(sqlite_engine, NOW, today=TODAY, find=nothing)
    (one,) = sessions(sqlite_engine, *ids)
    assert (one.campaigns, one.reach) == (("Brand",), "campaign")
