# ruff: noqa: E501 - one thread a row
"""A follow-up inherits what it does not say, and what it came to is said; on Monday 2024-07-01."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import turns
from agent.planner import carried
from agent.planner.entities import Named
from agent.planner.rules import plan
from agent.state import Entity, Plan, PlanContext
from domain.evidence import Fact
from domain.scope import Scope
from domain.window import Window

SCOPE = Scope((1, 2))
FIRST = "google roas march vs feb"
MARCH, FEB, MAY = "2024-03-01..2024-03-31", "2024-02-01..2024-02-29", "2024-05-01..2024-05-31"


@pytest.fixture
def context() -> PlanContext:
    """The two public exports as a planner sees them."""
    named = tuple(
        Entity(n, "google_ads", 1, "Acme") for n in ("Cross-network", "Display Network", "Search Network", "YouTube")
    )
    return PlanContext(
        today=date(2024, 7, 1), timezone="Europe/Berlin", week_start=0, platforms=("google_ads", "meta"),
        campaigns=(*named, Entity("Acme Social", "meta", 2, "Acme Social")),
        accounts=(Entity("Acme", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social")),
        first_day=date(2024, 1, 1), last_day=date(2024, 6, 30), currencies=("USD",),
    )  # fmt: skip


def named(*facts: tuple[str, str, str]) -> list[Fact]:
    """What an answer named: (entity, first day, last day)."""
    return [
        Fact(
            "f1", "x", Decimal(1), "count", None, entity, Window(date.fromisoformat(a), date.fromisoformat(b)), "s", "h"
        )
        for entity, a, b in facts
    ]


WEEK = named(("meta", "2024-02-12", "2024-02-18"))


def talk(context: PlanContext, questions: Sequence[str], facts: Sequence[Fact] = ()) -> Plan:
    """The last plan of a thread whose every answer named ``facts``."""
    said: list[dict[str, Any]] = []
    for question in questions:
        rest = turns.forgotten(question)
        said, question = ([], rest) if rest is not None else (said, question)
        in_full = turns.in_full(question, said)
        planned = plan(in_full, replace(context, earlier=turns.earlier(said)))
        said = turns.record(said, question, planned, SCOPE, facts, answered=bool(planned.calls))
        said = json.loads(json.dumps(said))  # as a checkpoint gives it back
    return planned


COMPARED = f"compare roas {MARCH} vs {FEB}"
THREADS: list[tuple[tuple[str, ...], str]] = [
    # The reference list, over a comparison and over one figure
    ((FIRST, "and meta?"), f"{COMPARED} platforms=meta"),
    ((FIRST, "by week"), f"breakdown roas {MARCH} by=week platforms=google_ads & breakdown roas {FEB} by=week platforms=google_ads"),
    ((FIRST, "as a chart"), "trend roas 2024-02-01..2024-03-31 by=week platforms=google_ads"),
    ((FIRST, "ex that week"), f"{COMPARED} platforms=google_ads ex 2024-02-12..2024-02-18"),
    ((FIRST, "vs ly"), f"compare roas {MARCH} vs 2023-03-01..2023-03-31 platforms=google_ads"),
    ((FIRST, "why?"), f"{COMPARED} by=campaign explain platforms=google_ads"),
    ((FIRST, "same for may"), f"compare roas {MAY} vs 2024-04-01..2024-04-30 platforms=google_ads"),
    ((FIRST, "in eur"), "refused: Figures are in the account's own currency"),
    ((FIRST, "just the number"), f"{COMPARED} platforms=google_ads"),
    (("google roas march", "and meta?"), f"metric roas {MARCH} platforms=meta"),
    (("google roas march", "by week"), f"breakdown roas {MARCH} by=week platforms=google_ads"),
    (("google roas march", "as a chart"), f"trend roas {MARCH} by=day platforms=google_ads"),
    (("google roas march", "vs ly"), f"compare roas {MARCH} vs 2023-03-01..2023-03-31 platforms=google_ads"),
    (("google roas march", "why?"), f"{COMPARED} by=campaign explain platforms=google_ads"),
    (("google roas march", "same for may"), f"metric roas {MAY} platforms=google_ads"),
    (("google roas march", "what about cpa"), f"metric cpa {MARCH} platforms=google_ads"),
    (("google roas march", "cpa?"), f"metric cpa {MARCH} platforms=google_ads"),
    (("google roas march", "and in q1?"), "metric roas 2024-01-01..2024-03-31 platforms=google_ads"),
    (("google roas march", "top 3 only"), f"breakdown roas {MARCH} by=campaign order=top limit=3 platforms=google_ads"),
    (("google roas march", "per day"), f"breakdown roas {MARCH} by=day platforms=google_ads"),
    (("google spend march", "average per day"), f"metric spend {MARCH} per_day platforms=google_ads"),
    (("google roas march", "for search only"), f"metric roas {MARCH} campaigns=Search Network"),
    (("google roas march", "and without display"), f"metric roas {MARCH} platforms=google_ads without=Display Network"),
    (("google roas march", "vs previous period"), f"{COMPARED} platforms=google_ads"),
    (("google roas march", "vs feb"), f"{COMPARED} platforms=google_ads"),
    (("google roas march", "april instead"), "metric roas 2024-04-01..2024-04-30 platforms=google_ads"),
    (("roas google march chart", "in a table"), f"breakdown roas {MARCH} by=day platforms=google_ads"),
    (("roas google march chart", "just the number"), f"metric roas {MARCH} platforms=google_ads"),
    (("spend by campaign q2", "in percent"), "breakdown spend 2024-04-01..2024-06-30 by=campaign share"),
    (("how did we do last week", "and meta?"), "metric spend+conversions+cpa+revenue+roas 2024-06-24..2024-06-30 platforms=meta"),
    (("worst cpa last month", "and in may?"), f"breakdown cpa {MAY} by=campaign order=worst limit=1"),
    # What is added stands beside what was there
    (("google roas march", "meta too"), f"breakdown roas {MARCH} by=platform platforms=google_ads+meta"),
    (("google roas march", "and cpa too"), f"metric roas+cpa {MARCH} platforms=google_ads"),
    (("google roas march", "and overall?"), f"metric roas {MARCH}"),
    # Chains
    ((FIRST, "and meta?", "ex that week"), f"{COMPARED} platforms=meta ex 2024-02-12..2024-02-18"),
    ((FIRST, "and meta?", "and google?"), f"{COMPARED} platforms=google_ads"),
    ((FIRST, "and meta?", "ex that week", "why?", "what about cpa"), f"compare cpa {MARCH} vs {FEB} by=campaign explain platforms=meta ex 2024-02-12..2024-02-18"),
    ((FIRST, "why?", "by week"), f"breakdown roas {MARCH} by=week platforms=google_ads & breakdown roas {FEB} by=week platforms=google_ads"),
    ((FIRST, "as a chart", "same for may", "and meta?"), f"trend roas {MAY} by=day platforms=meta"),
    (("google roas last week", "wow", "and meta?"), "compare roas 2024-06-24..2024-06-30 vs 2024-06-17..2024-06-23 platforms=meta"),
    # A refusal, a question back or a definition in between changes nothing
    ((FIRST, "in eur", "and meta?"), f"{COMPARED} platforms=meta"),
    ((FIRST, "flurble?", "how do you compute roas", "and meta?"), f"{COMPARED} platforms=meta"),
    # What says a figure and a time or a name stands on its own
    ((FIRST, "spend on meta last week"), "metric spend 2024-06-24..2024-06-30 platforms=meta"),
    ((FIRST, "spend by platform in q1"), "breakdown spend 2024-01-01..2024-03-31 by=platform"),
    ((FIRST, "how did we do last week"), "metric spend+conversions+cpa+revenue+roas 2024-06-24..2024-06-30"),
    # Unclear: asked back, and a choice is an answer
    (("google roas march", "vs last month"), "asked: Against which month"),
    (("google roas march", "vs last month", "1"), f"{COMPARED} platforms=google_ads"),
    (("google roas march", "vs last month", "2"), f"compare roas {MARCH} vs 2024-06-01..2024-06-30 platforms=google_ads"),
    (("google roas march", "in a table"), "asked: A table by what?"),
    (("google roas march vs jan", "same for may"), "asked: Against what?"),
    (("google roas march vs jan", "same for may", "3"), f"metric roas {MAY} platforms=google_ads"),
    (("google roas march vs jan", "as a chart"), "asked: A chart shows one period"),
    (("google roas march vs jan", "as a chart", "1"), f"trend roas {MARCH} by=day platforms=google_ads"),
    (("roas in june and cpa in may", "and meta?"), "refused: The last question had several parts"),
    # A new start
    ((FIRST, "start over", "and meta?"), "refused: That leans on an earlier question"),
    ((FIRST, "forget that. meta spend may"), f"metric spend {MAY} platforms=meta"),
    ((FIRST, "new question: by week"), "refused: That leans on an earlier question"),
    # Nothing to lean on
    (("and meta?",), "refused: That leans on an earlier question, and none was answered in this thread"),
    (("ex that week",), "refused: That leans on an earlier question"),
]  # fmt: skip


@pytest.mark.parametrize(("questions", "outcome"), THREADS, ids=[" > ".join(q) for q, _ in THREADS])
def test_a_thread_comes_to(
    context: PlanContext, told: Callable[..., str], questions: tuple[str, ...], outcome: str
) -> None:
    said = told(talk(context, questions, WEEK))
    assert said.startswith(outcome) if outcome.startswith(("refused", "asked")) else said == outcome


def test_what_a_follow_up_was_read_as_is_said(context: PlanContext) -> None:
    planned = talk(context, (FIRST, "and meta?", "ex that week"), WEEK)
    assert (
        planned.notes[0] == "Read as: ROAS of Meta, March 2024 against February 2024, without 2024-02-12 to 2024-02-18."
    )
    assert not [n for n in talk(context, (FIRST, "spend on meta last week")).notes if n.startswith("Read as")]


TWO_WEEKS = [*WEEK, *named(("meta", "2024-01-08", "2024-01-14"))]
POINTED: list[tuple[str, str, list[Fact], str]] = [
    ("meta roas q1", "ex that week", TWO_WEEKS, "asked: Which one is 'that week'? ('ex 2024-02-12 to 2024-02-18', 'ex 2024-01-08 to 2024-01-14')"),
    ("meta roas q1", "ex that day", WEEK, "refused: The last answer named no such thing as 'that day'"),
    ("meta roas q1", "without those days", WEEK, "metric roas 2024-01-01..2024-03-31 platforms=meta ex 2024-02-12..2024-02-18"),
    ("which day had the highest spend in june", "roas that day", named(("all", "2024-06-19", "2024-06-19")), "metric roas 2024-06-19..2024-06-19"),
    ("which campaign had the worst cpa last month", "that campaign by week", named(("YouTube", "2024-06-01", "2024-06-30")), "breakdown cpa 2024-06-01..2024-06-30 by=week campaigns=YouTube"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "then", "facts", "outcome"), POINTED, ids=[p[1] for p in POINTED])
def test_that_points_at_what_the_answer_named(
    context: PlanContext, told: Callable[..., str], first: str, then: str, facts: list[Fact], outcome: str
) -> None:
    said = told(talk(context, (first, then), facts))
    assert said.startswith(outcome)


def test_last_week_stays_the_week_it_was_when_the_thread_goes_on_later(
    context: PlanContext, told: Callable[..., str]
) -> None:
    first = plan("google roas last week", context)
    kept = turns.record([], "google roas last week", first, SCOPE)
    later = replace(context, today=date(2024, 7, 9), earlier=turns.earlier(kept))
    assert told(plan("and meta?", later)) == "metric roas 2024-06-24..2024-06-30 platforms=meta"


def test_every_kind_of_name_is_carried() -> None:
    names = Named(**{key: ["X"] for key in vars(Named()) if key not in carried.PLACES})
    planned = turns.json.loads(json.dumps(vars(names)))
    assert {key for key, value in planned.items() if value == ["X"]} == set(vars(Named())) - carried.PLACES


WORDS = "and meta google roas cpa by week campaign as a chart ex that vs ly last month may why same for just the number top 3 only too instead in q1 table without search youtube both per day start over".split()  # noqa: SIM905


@settings(deadline=None)  # two cores are shared
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=4))
def test_any_thread_of_known_words_gets_plans_that_the_tools_accept(questions: list[str]) -> None:
    from tools import MENU

    held = PlanContext(
        today=date(2024, 7, 1), timezone="UTC", week_start=0, platforms=("google_ads", "meta"),
        campaigns=(Entity("Search Network", "google_ads", 1, "Acme"), Entity("YouTube", "google_ads", 1, "Acme")),
        accounts=(Entity("Acme", "google_ads", 1, "Acme"), Entity("Beta", "meta", 2, "Beta")),
        first_day=date(2024, 1, 1), last_day=date(2024, 6, 30), currencies=("USD",),
    )  # fmt: skip
    planned = talk(held, [FIRST, *questions], WEEK)
    for call in planned.calls:
        MENU[call.name].arguments.model_validate_json(json.dumps(dict(call.args)))
