"""Clicks that do not arrive are an incident of the analytics, and whose clicks they are is told to who sees them."""

from __future__ import annotations

import json
from datetime import date

import pytest
from sqlalchemy import Engine

from agent.context import plan_context
from agent.digest import in_words, make
from agent.planner.rules import plan
from app.slack import alerts
from domain.scope import Scope
from scheduler.watch import watch_all
from store import bindings, incidents
from store.engine import read, write
from store.incidents import IncidentView
from tests.scheduler.test_watch import NOW, nothing, queued
from tests.tools.market_days import LAST, TODAY, days, loaded, since
from tests.tools.test_arrivals import Reach, analytics
from tests.tools.test_causes import DAY
from tools import MENU
from tools.base import ToolContext
from tools.same_matter import beside

BROKE = LAST - 4 * DAY


def broken(day: date) -> bool:
    return BROKE <= day <= LAST


def site(engine: Engine, reach: Reach, *, by_source: bool = True, last: date = LAST, **hit: float) -> tuple[int, int]:
    """A Google account and the site's analytics, seen together, each alone, and not at all."""
    frame = days(since(BROKE, **{"everywhere": 1, **hit}), last=last, length=77)
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


def test_a_page_that_is_gone_is_named_by_both_accounts_only_where_both_are_seen(sqlite_engine: Engine) -> None:
    ads, ga4 = site(sqlite_engine, lost, cvr=0.15)
    watch_all(sqlite_engine, NOW, today=TODAY, find=nothing)
    with read(sqlite_engine) as session:
        open_ = incidents.open_incidents(session, Scope((ads, ga4)))
    visits = next(i for i in open_ if i.metric == "sessions")
    fewer = next(i for i in open_ if (i.metric, i.direction) == ("conversions", "down"))
    assert beside(visits, open_) == [fewer]
    assert beside(fewer, open_) == [visits]
    assert {channel for channel, kind in queued(sqlite_engine) if kind == "incident_update"} == {"C0BOTH"}

    def said(one: IncidentView, channel: str) -> str:
        found = alerts.drawn(sqlite_engine, one.id, channel)
        assert found is not None
        return found[0]

    assert f"Same matter: Sessions down of Site (GA4), {BROKE} to {LAST - DAY} ({visits.id[:8]})" in said(
        fewer, "C0BOTH"
    )
    assert "Same matter: Conversions down of Shop (Google Ads)" in said(visits, "C0BOTH")
    assert not any(word in said(fewer, "C0ADS") for word in ("Same matter", "Site", "GA4"))
    assert not any(word in said(visits, "C0SITE") for word in ("Same matter", "Shop", "Google Ads"))
    made = make(sqlite_engine, Scope((ads, ga4)), now=NOW, timezone="UTC", today=TODAY, picture=False)
    assert visits.id not in {d.subject for d in made.decisions}  # asked about once, by what it costs
    assert fewer.id in {d.subject for d in made.decisions}
    assert any("GA4 (Site)" in line for line in made.incidents)
    about = {"campaigns": [fewer.campaigns[0]]}
    assert "GA4" in answer(sqlite_engine, "alerts", about, ads, ga4)
    assert "GA4" not in answer(sqlite_engine, "alerts", about, ads)


def answer(engine: Engine, tool: str, args: dict[str, object], *scope: int) -> str:
    context = ToolContext(engine, Scope(scope), TODAY, "UTC", now=NOW)
    return MENU[tool].run(context, MENU[tool].arguments.model_validate_json(json.dumps(args))).text


def test_visits_that_are_missing_alone_are_something_to_decide_in_the_digest(sqlite_engine: Engine) -> None:
    ads, ga4 = site(sqlite_engine, lost)
    watch_all(sqlite_engine, NOW, today=TODAY, find=nothing)

    def asked(*scope: int) -> set[str]:
        made = make(sqlite_engine, Scope(scope), now=NOW, timezone="UTC", today=TODAY, picture=False)
        return {d.subject for d in made.decisions if d.kind == "incident"}

    (one,) = sessions(sqlite_engine, ads, ga4)
    assert asked(ads, ga4) == {one.id}
    assert asked(ads) == set()
    german = make(sqlite_engine, Scope((ads, ga4)), now=NOW, timezone="UTC", today=TODAY, picture=False, language="de")
    (told,) = [d["said"] for d in in_words(german)["decisions"] if "GA4" in d["said"]]
    assert "Sitzungen bleiben aus" in told
    assert "Landingpage" in told
    with read(sqlite_engine) as session:
        context = plan_context(session, Scope((ga4,)), now=NOW, timezone="UTC", week_start=0, today=TODAY)
    assert [c.name for c in plan("clicks without sessions?", context).calls] == ["alerts"]
    assert "Warning: Sessions down · Site · GA4" in answer(sqlite_engine, "alerts", {}, ga4)
    first, last = str(BROKE), str(LAST)
    why = {"metrics": ["sessions"], "period": {"start": first, "end": last}, "explain": True,
           "baseline": {"start": str(BROKE - 7 * DAY), "end": str(LAST - 7 * DAY)}}  # fmt: skip
    assert f"Open since {BROKE}: Warning: Sessions down, tracking" in answer(sqlite_engine, "compare", why, ads, ga4)
