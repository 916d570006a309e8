"""Questions about the plan, where there is one: which call answers them, and what stays refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.state import Entity
from tests.agent.planner.conftest import exports

JUNE_19 = date(2024, 6, 19)
TO_DATE = {"period": {"start": "2024-06-01", "end": "2024-06-18"}}
MAY = {"period": {"start": "2024-05-01", "end": "2024-05-31"}}

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("are we on track", {"about": "track"}),
    ("are we on track?", {"about": "track"}),
    ("pacing", {"about": "track"}),
    ("how are we pacing this month", {"about": "track"}),
    ("behind or ahead of plan per pool", {"about": "track"}),
    ("are we ahead of plan on google", {"about": "track", "platforms": ["google_ads"]}),
    ("where do we land", {"about": "landing"}),
    ("where will we land at month end", {"about": "landing"}),
    ("where does google land", {"about": "landing", "platforms": ["google_ads"]}),
    ("how much can we still spend this month", {"about": "left"}),
    ("how much budget is left", {"about": "left"}),
    ("how much can we still spend on meta", {"about": "left", "platforms": ["meta"]}),
    ("what's our target", {"about": "targets"}),
    ("what is our roas target", {"about": "targets"}),
    ("spend vs budget june", {"about": "track", **TO_DATE}),
    ("spend vs plan may", {"about": "track", **MAY}),
    ("did we hit the target in may", {"about": "track", **MAY}),
    ("roas vs target mtd", {"about": "track", **TO_DATE}),
]


@pytest.mark.parametrize(("question", "args"), ASKED, ids=[q for q, _ in ASKED])
def test_a_question_about_the_plan_is_answered_from_it(ask: Any, question: str, args: dict[str, Any]) -> None:
    context = replace(exports(today=JUNE_19), plan_months=(date(2024, 6, 1),))
    planned = ask(question, context)
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("pacing", args)], planned
    assert planned.exact


@pytest.mark.parametrize("question", [q for q, args in ASKED if args["about"] != "landing"])
def test_without_a_plan_the_same_question_is_refused_with_what_would_help(ask: Any, question: str) -> None:
    refused = ask(question, exports(today=JUNE_19)).refused
    assert refused is not None
    assert "budgeteer plan import FILE" in refused
    assert "budgeteer plan template" in refused


def test_the_plan_and_last_year_are_two_answers(ask: Any) -> None:
    context = replace(exports(today=JUNE_19), plan_months=(date(2024, 6, 1),))
    pacing, compare = ask("MTD vs plan and vs LY", context).calls
    assert (pacing.name, pacing.args["period"]) == ("pacing", TO_DATE["period"])
    assert (compare.name, compare.args["baseline"]) == ("compare", {"start": "2023-06-01", "end": "2023-06-18"})


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("clicks vs plan june", "nothing on clicks"),
        ("spend vs budget june and may", "ask for one month"),
        ("did google make money in june at 135% margin", "not a part of the revenue"),
        ("profit june vs may at 35% margin", "one period at a time"),
        ("are we making money after cogs and returns", "orders of your shop"),
        ("move 20k from google to meta", "never changes or approves"),
        ("got 20k extra till the 30th, where w/o killing roas 4, and what's the downside", "needs a forecast"),
    ],
)
def test_what_the_plan_cannot_say_is_refused_for_the_true_reason(ask: Any, question: str, why: str) -> None:
    context = replace(exports(today=JUNE_19), plan_months=(date(2024, 5, 1), date(2024, 6, 1)))
    assert why in (ask(question, context).refused or "")


@pytest.mark.parametrize("question", ["are we on track without brand", "are we on track ex youtube"])
def test_a_pool_is_not_cut_by_a_label_or_a_campaign_left_out(ask: Any, question: str) -> None:
    labels = {"brand": ("brand", "non-brand")}
    context = replace(exports(today=JUNE_19), plan_months=(date(2024, 6, 1),), labels=labels)
    assert "cannot be cut" in (ask(question, context).refused or "")


def test_a_break_even_needs_no_orders_also_where_they_are_loaded(ask: Any) -> None:
    shop = Entity("Acme Shop", "shopify", 9, "Acme Shop")
    planned = ask("break-even roas at 40% margin", replace(exports(today=JUNE_19), shops=(shop,)))
    assert [(c.name, c.args["margin"]) for c in planned.calls] == [("profit", 0.4)], planned


@pytest.mark.parametrize(("question", "by"), [("are we on track by platform", "platform"),
                                              ("where do we land by account", "account")])  # fmt: skip
def test_a_plan_is_told_by_pool_and_says_that_it_is_not_split_otherwise(ask: Any, question: str, by: str) -> None:
    context = replace(exports(today=JUNE_19), plan_months=(date(2024, 6, 1),))
    planned = ask(question, context)
    assert [c.name for c in planned.calls] == ["pacing"]
    assert f"The plan is told pool by pool, not by {by}." in planned.notes
    assert not any("pool by pool" in note for note in ask("are we on track by pool", context).notes)


@pytest.mark.parametrize("by", ["campaign", "week", "country"])
def test_a_plan_is_not_split_by_what_pools_say_nothing_about(ask: Any, by: str) -> None:
    context = replace(exports(today=JUNE_19), plan_months=(date(2024, 6, 1),), labels={"country": ("AT", "DE")})
    assert f"cannot be split by {by}" in (ask(f"are we on track by {by}", context).refused or "")


def test_a_move_says_that_it_is_not_told_from_the_period_named(ask: Any) -> None:
    planned = ask("what if we move 5k a month from google to meta in may", exports(today=JUNE_19))
    assert [c.name for c in planned.calls] == ["what_if"]
    assert planned.notes == ("What a move does is told from now on, not from 2024-05-01 to 2024-05-31.",)
