"""Questions which ad to show more: read where figures by ad are loaded, and nothing else is taken for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.agent.planner.conftest import Ask, exports


@pytest.fixture
def asked(ask: Ask) -> Any:
    return lambda question, by_ad=True: ask(question, replace(exports(), by_ad=by_ad))


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("which ad should get more?", {"by": "ad"}),
        ("which creative is winning", {"by": "ad"}),
        ("best creatives in YouTube", {"by": "ad", "campaigns": ["YouTube"]}),
        ("which audience works best on google?", {"by": "ad_set", "platforms": ["google_ads"]}),
        ("which ad set should we push more", {"by": "ad_set"}),
        ("how should we split impressions across our ads", {"by": "ad"}),
        ("which ad is the best by clicks", {"by": "ad", "reward": "clicks"}),
    ],
)
def test_what_is_asked_for_is_kept(asked: Any, question: str, args: dict[str, Any]) -> None:
    planned = asked(question)
    assert planned.refused is None, planned.refused
    (call,) = planned.calls
    assert (call.name, {k: v for k, v in call.args.items() if v}) == ("creatives", args)


def test_without_figures_by_ad_the_question_is_refused_with_what_is_loaded(asked: Any) -> None:
    assert "one row per campaign and day" in asked("which ad should get more?", by_ad=False).refused


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("best creatives last month", "as of now"),
        ("best creatives in YouTube by roas", "by conversions or by clicks"),
        ("best ads by roas last month", "which ad should get more"),
    ],
)
def test_what_a_bandit_does_not_answer_is_refused(asked: Any, question: str, said: str) -> None:
    assert said in asked(question).refused


@pytest.mark.parametrize("question", ["how are our ads doing", "top campaigns by roas", "best ad campaigns last month"])
def test_other_questions_are_not_taken(asked: Any, question: str) -> None:
    assert all(call.name != "creatives" for call in asked(question).calls)
