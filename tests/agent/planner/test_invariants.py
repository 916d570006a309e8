# ruff: noqa: E501, SIM905 - a bag of words reads best as one text
"""What holds for every text."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.planner.rules import plan
from agent.state import Entity, Plan, PlanContext
from tools import MENU
from tools.recommend import RecommendArguments

NAMES = ("Cross-network", "Search Network", "Brand DE", "Brand AT", "Ünïted <b>Shoes</b>", "Q2 Promo", "May")
ARGUMENTS = {name: tool.arguments for name, tool in MENU.items()} | {"recommend_budget": RecommendArguments}
WORDS = (
    "roas spend cpa conversions clicks google meta search brand pmax may march 2024 q1 q9 last week days 7 30 yesterday "
    "today since monday between and from to june 31 29 feb vs compared with ly yoy wow previous period by campaign "
    "platform day week month top worst 3 0 which grew most why drop up down chart trend without ex not only how did we do "
    "recommend a budget of 100 per define mean fresh 2024-02-30 13/13/2024 03/04/2024 99 l30d mtd ytd h1 cw 53 the ? , % "
    "last same that avg daily together all campaigns ausgaben letzte woche ayer year 2023 -1 +30% tiktok in eur"
).split()
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
TODAYS = st.dates(date(2023, 1, 1), date(2025, 12, 31))


def context(today: date, week_start: int = 0) -> PlanContext:
    return PlanContext(
        today=today,
        timezone="UTC",
        week_start=week_start,
        platforms=("google_ads", "meta"),
        campaigns=tuple(Entity(n, "google_ads", 1, "Acme") for n in NAMES),
        accounts=(Entity("Acme", "google_ads", 1, "Acme"), Entity("Beta", "meta", 2, "Beta")),
        first_day=date(2024, 1, 1),
        last_day=date(2024, 6, 30),
    )


def check(planned: Plan, today: date) -> None:
    for call in planned.calls:
        ARGUMENTS[call.name].model_validate_json(json.dumps(dict(call.args)))
        args: dict[str, Any] = dict(call.args)
        assert set(args.get("campaigns", [])) | set(args.get("exclude_campaigns", [])) <= set(NAMES)
        assert set(args.get("platforms", [])) <= {"google_ads", "meta"}
        assert set(args.get("accounts", [])) <= {"Acme", "Beta"}
        for key in ("period", "baseline"):
            if key in args:
                first, last = (date.fromisoformat(args[key][end]) for end in ("start", "end"))
                assert first <= last
                assert last < today or call.name == "forecast"  # days to come are all that a forecast is of


@given(st.text(max_size=200), TODAYS)
@settings(max_examples=150, deadline=None)
def test_any_text_gets_a_plan(text: str, today: date) -> None:
    check(plan(text, context(today)), today)


@given(SENTENCES, TODAYS, st.integers(0, 6))
@settings(max_examples=600, deadline=None)
def test_any_mix_of_known_words_gets_a_plan_its_tools_accept(text: str, today: date, week_start: int) -> None:
    check(plan(text, context(today, week_start)), today)


@given(SENTENCES, TODAYS)
@settings(max_examples=150, deadline=None)
def test_case_punctuation_and_please_change_nothing(text: str, today: date) -> None:
    plain = plan(text, context(today))
    if not text:
        return
    for said in (text.upper(), f"  {text}  ?!", f"{text} please", f"{text}…", f"{text} 🙏"):
        assert plan(said, context(today)) == plain


@given(st.sampled_from(["roas", "spend", "cpa", "ctr"]), TODAYS, st.integers(1, 90))
def test_the_last_days_end_yesterday_and_are_that_many(metric: str, today: date, count: int) -> None:
    (call,) = plan(f"{metric} last {count} days", context(today)).calls
    period = {k: date.fromisoformat(v) for k, v in call.args["period"].items()}
    assert period["end"] == today - timedelta(days=1)
    assert (period["end"] - period["start"]).days + 1 == count


@given(TODAYS, st.integers(0, 6))
def test_last_week_is_the_last_complete_week_of_the_setting(today: date, week_start: int) -> None:
    (call,) = plan("spend last week", context(today, week_start)).calls
    period = {k: date.fromisoformat(v) for k, v in call.args["period"].items()}
    assert period["start"].weekday() == week_start
    assert (period["end"] - period["start"]).days == 6
    assert period["end"] < today <= period["end"] + timedelta(days=7)


@given(
    st.sampled_from(
        ["sneakers", "for women", "in eur", "on mobile", "by device", "for CH", "excluding sales", "over 50", "zyx"]
    )
)
def test_a_word_that_changes_the_meaning_is_never_dropped(word: str) -> None:
    assert not plan(f"spend last week {word}", context(date(2024, 6, 19), 0)).calls
