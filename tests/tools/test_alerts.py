"""Asking for what is open: gravest first, every figure a fact, nothing of another client."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from agent.planner import rules
from agent.state import Entity, PlanContext
from domain.evidence import ToolResult
from domain.formatting import format_value
from domain.scope import Scope
from scheduler.watch import look_at
from store import audit, incident_actions, incidents, watch_looks
from store.engine import read, write
from store.incident_settling import settle
from store.incident_values import Candidate
from store.tables import JobRun
from tests.tools.market_days import LAST, TODAY, days, loaded, since
from tools import MENU
from tools.base import ToolContext

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
CONTEXT = PlanContext(TODAY, "UTC", 0, ("google_ads",), (), (), days().day.min(), LAST, ("USD",))


@pytest.mark.parametrize(
    "question",
    ["any alerts?", "what is wrong?", "what's wrong", "open incidents", "are there any open incidents right now",
     "show me the alerts", "are there any anomalies", "is anything broken today", "has anything gone wrong",
     "any problems?", "do we have any issues right now", "is tracking broken?", "any tracking problems?",
     "clicks without sessions", "do clicks arrive?", "are the clicks still arriving", "is the tag broken"],
)  # fmt: skip
def test_people_ask_for_them_in_these_words(question: str) -> None:
    planned = rules.plan(question, CONTEXT)
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("alerts", {})]


@pytest.mark.parametrize("question", ["what is wrong with meta", "any alerts last week"])
def test_what_is_more_than_that_is_not_answered_with_less(question: str) -> None:
    planned = rules.plan(question, CONTEXT)
    assert [c.name for c in planned.calls] != ["alerts"]


@pytest.mark.parametrize(
    "question",
    ["what is wrong with Brand?", "what's up with Brand", "any problems with Brand?", "is anything wrong with Brand",
     "is everything ok with Brand?", "are there any issues with Brand", "what's going on with Brand",
     "problems with Brand?"],
)  # fmt: skip
def test_what_is_wrong_with_something_is_what_is_open_of_it_and_its_health(question: str) -> None:
    brand = (Entity("Brand", "google_ads", 1, "Shop"),)
    planned = rules.plan(
        question, replace(CONTEXT, campaigns=brand, accounts=(Entity("Shop", "google_ads", 1, "Shop"),))
    )
    about = {"campaigns": ["Brand"]}
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("alerts", about), ("health", about)]


def ask(engine: Engine, *accounts: int, **named: list[str]) -> ToolResult:
    chosen = MENU["alerts"]
    context = ToolContext(engine, Scope(accounts), TODAY, "UTC", now=NOW)
    return chosen.run(context, chosen.arguments.model_validate_json(json.dumps(named)))


def test_of_a_campaign_only_its_own_incidents_are_told_and_what_blinds_the_whole_account(sqlite_engine: Engine) -> None:
    mine = loaded(sqlite_engine, days(since(LAST, cpc=2.0)), "Mine")
    look_at(sqlite_engine, Scope((mine,)), NOW, today=TODAY)
    looked(sqlite_engine, mine)
    assert "CPC up" in ask(sqlite_engine, mine, campaigns=["Brand"]).text
    others = [c for c in days().campaign.unique() if c != "Brand"]
    calm = ask(sqlite_engine, mine, campaigns=[others[0]])
    assert calm.text == f"Nothing unusual is open for {others[0]}. The watch last looked on 2024-07-01."
    with write(sqlite_engine) as session:
        blind = {"cause": {"kind": "stale", "said": "The data end on 2024-06-28."}, "days": (), "money_micros": None,
                 "kind": "stale", "metric": "data", "direction": "none", "reach": "account",
                 "keys": ("data:none",), "severity": "warning", "currency": None}  # fmt: skip
        missing = Candidate(first_day=LAST, last_day=LAST, looked_from=LAST, **blind)
        settle(session, mine, [missing], {"data": LAST}, NOW)
    assert "Data missing" in ask(sqlite_engine, mine, campaigns=[others[0]]).text
    assert ask(sqlite_engine, mine, campaigns=["Nobody"]).refused


def looked(engine: Engine, account: int, at: datetime = NOW) -> None:
    with write(engine) as session:
        audit.append(session, "cli:ana", watch_looks.BY_HAND, watch_looks.subject(account), {}, at)


def test_nothing_open_where_nobody_looked_is_not_called_usual(sqlite_engine: Engine) -> None:
    mine, other = loaded(sqlite_engine, days(), "Mine"), loaded(sqlite_engine, days(seed=2), "Other")
    assert ask(sqlite_engine, mine).text.startswith("I do not know: the watch has not looked")
    looked(sqlite_engine, mine)
    said = "Nothing unusual is open. The watch last looked on 2024-07-01."
    assert (ask(sqlite_engine, mine).text, ask(sqlite_engine, mine).caveats) == (said, ())
    both = ask(sqlite_engine, mine, other)
    assert both.caveats == ("the watch has not looked at Google Ads (Other) yet",)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, ()),
        ("JobFailed: account 9 could not be looked at", ()),
        ("OperationalError", ("the watch has not looked at Google Ads (Shop) yet",)),
    ],
)
def test_a_look_by_the_clock_counts_unless_the_run_broke(
    sqlite_engine: Engine, error: str | None, told: tuple[str, ...]
) -> None:
    mine = loaded(sqlite_engine, days())
    with write(sqlite_engine) as session:
        session.add(JobRun(job="watch", slot="s", owner="o", leased_until=NOW, started_at=NOW, finished_at=NOW,
                           error=error))  # fmt: skip
    assert ask(sqlite_engine, mine).caveats == told


def test_an_old_look_and_old_figures_are_said(sqlite_engine: Engine) -> None:
    mine = loaded(sqlite_engine, days())
    looked(sqlite_engine, mine, NOW - timedelta(days=20))
    chosen = MENU["alerts"]
    context = ToolContext(sqlite_engine, Scope((mine,)), LAST + timedelta(days=30), "UTC", now=NOW)
    assert chosen.run(context, chosen.arguments.model_validate({})).caveats == (
        "the watch last looked at Google Ads (Shop) on 2024-06-11",
        "the figures of Google Ads (Shop) end on 2024-06-30: nothing after that is seen",
    )


def test_what_is_open_is_told_with_its_figures_as_facts(sqlite_engine: Engine) -> None:
    frame = days(since(LAST, cpc=2.0))
    mine, other = loaded(sqlite_engine, frame, "Mine"), loaded(sqlite_engine, days(seed=2), "Other")
    look_at(sqlite_engine, Scope((mine, other)), NOW, today=TODAY)
    result = ask(sqlite_engine, mine)
    brand = frame[(frame.campaign == "Brand") & (frame.day == LAST)].iloc[0]
    assert float(result.facts[0].value or 0) == pytest.approx(brand.spend / brand.clicks)
    bare = re.sub(r"\{\{f\d+\}\}|\d{4}-\d\d-\d\d", "", result.text)
    assert not re.search(r"\d", bare), bare
    by_id = {f.id: format_value(f) for f in result.facts}
    said = re.sub(r"\{\{(f\d+)\}\}", lambda m: by_id[m[1]], result.text)
    assert "Warning: CPC up · Mine · Google Ads, in Brand: $2." in said
    assert "paid more for the same clicks than expected" in said
    looked(sqlite_engine, other)
    assert ask(sqlite_engine, other).text == "Nothing unusual is open. The watch last looked on 2024-07-01."


def test_a_snoozed_incident_is_named_as_such_and_not_told(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(since(LAST, cpc=2.0)))
    scope = Scope((account,))
    look_at(sqlite_engine, scope, NOW, today=TODAY)
    with write(sqlite_engine) as session:
        for one in incidents.open_incidents(session, scope):
            incident_actions.snooze(session, scope, one.id, "1d", by="Ana", now=NOW)
    assert ask(sqlite_engine, account).text.startswith("Nothing unusual is open. Some are snoozed.")
    with read(sqlite_engine) as session:
        assert incidents.open_incidents(session, scope)
