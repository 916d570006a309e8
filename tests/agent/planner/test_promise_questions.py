"""Questions about what came of applied changes: the words, whose changes, and which day."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("How good were your recommendations?", {}),
        ("how good have your recommendations been so far", {}),
        ("how accurate are your predictions?", {}),
        ("how did your recommendations turn out", {}),
        ("did your recommendations work?", {}),
        ("did the changes pay off?", {}),
        ("which of our recommendations worked", {}),
        ("what came of the changes?", {}),
        ("show me the track record of your recommendations", {}),
        ("predicted vs realised", {}),
        ("how good were your recommendations on google?", {"platforms": ["google_ads"]}),
        ("what came of the change of 3 June?", {"period": {"start": "2024-06-03", "end": "2024-06-03"}}),
        ("what became of the budget change on 2024-06-03", {"period": {"start": "2024-06-03", "end": "2024-06-03"}}),
        ("what came of the changes last month", {"period": {"start": "2024-06-01", "end": "2024-06-30"}}),
        ("did raising YouTube pay off?", {"campaigns": ["YouTube"]}),
        ("did cutting the budget of YouTube help", {"campaigns": ["YouTube"]}),
        ("was raising YouTube worth it?", {"campaigns": ["YouTube"]}),
        ("did the raise of YouTube work", {"campaigns": ["YouTube"]}),
        ("has increasing the Search Network budget paid off", {"campaigns": ["Search Network"]}),
    ],
)
def test_what_came_of_changes_is_asked_in_many_words(ask: Any, question: str, arguments: dict[str, Any]) -> None:
    planned = ask(question)
    assert planned.refused is None, planned.refused
    assert planned.clarify is None, planned.clarify
    (call,) = planned.calls
    assert (call.name, {k: v for k, v in call.args.items() if v}) == ("promises", arguments)


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("recommend a budget", "recommend_budget"),
        ("how did we do last week", "metric"),
        ("what changed last week vs the week before", "compare"),
        ("forecast spend for next month", "forecast"),
        ("how healthy is YouTube?", "health"),
    ],
)
def test_other_questions_stay_what_they_were(ask: Any, question: str, tool: str) -> None:
    assert ask(question).calls[0].name == tool


def test_what_changes_are_not_kept_by_is_refused(ask: Any) -> None:
    assert "by campaign, account" in ask("how good were your recommendations without YouTube").refused
    assert "one day or period" in ask("what came of the changes in march and in may").refused
