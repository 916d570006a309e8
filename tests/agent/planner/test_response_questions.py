"""Questions about what more spend would bring: whose, what of it, and that no other question is taken for one."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("question", "filters", "about"),
    [
        ("what is the marginal ROAS of Meta?", {"platforms": ["meta"]}, "marginal"),
        ("what is the marginal ROAS of Search Network", {"campaigns": ["Search Network"]}, "marginal"),
        ("marginal return of youtube", {"campaigns": ["YouTube"]}, "marginal"),
        ("what does the next euro on youtube bring", {"campaigns": ["YouTube"]}, "marginal"),
        ("which campaign has the best marginal roas", {}, "marginal"),
        ("marginal roas by campaign", {}, "marginal"),
        ("is YouTube saturated?", {"campaigns": ["YouTube"]}, "saturation"),
        ("are we saturated on google", {"platforms": ["google_ads"]}, "saturation"),
        ("is meta at diminishing returns", {"platforms": ["meta"]}, "saturation"),
        ("how much more could YouTube spend?", {"campaigns": ["YouTube"]}, "room"),
        ("how much more can we spend on meta", {"platforms": ["meta"]}, "room"),
        ("is there room to scale youtube", {"campaigns": ["YouTube"]}, "room"),
    ],
)
def test_whose_response_and_what_of_it_is_kept(
    ask: Any, question: str, filters: dict[str, list[str]], about: str
) -> None:
    planned = ask(question)
    assert planned.refused is None, planned.refused
    (call,) = planned.calls
    assert call.name == "response"
    assert {k: v for k, v in call.args.items() if v} == {**filters, "about": about}
    assert planned.exact


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("where should the next euro go", "recommend_budget"),
        ("recommend a budget", "recommend_budget"),
        ("roas of youtube last month", "metric"),
        ("spend by campaign last month", "breakdown"),
        ("how healthy is YouTube", "health"),
        ("forecast spend for next month", "forecast"),
    ],
)
def test_other_questions_are_answered_as_before(ask: Any, question: str, tool: str) -> None:
    assert [call.name for call in ask(question).calls] == [tool]


@pytest.mark.parametrize(
    "question", ["how much more can we spend this month", "how much can we still spend this month"]
)
def test_what_is_left_of_a_budget_is_no_question_of_response(ask: Any, question: str) -> None:
    assert "no plan" in ask(question).refused


def test_a_period_is_not_quietly_dropped(ask: Any) -> None:
    assert "as of now" in ask("marginal roas of youtube last month").refused
    assert "not by weekday" in ask("marginal roas by weekday").refused
