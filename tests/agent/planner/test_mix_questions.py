"""Questions for a media mix are read as such, with what it cannot be asked by refused, and take no other question."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    "question",
    [
        "media mix",
        "show me the media mix",
        "how much revenue does each channel really drive?",
        "how much sales does each platform truly bring",
        "what does each channel really contribute",
        "contribution by channel",
        "marginal roas by channel from the media mix",
        "what does the mmm say",
    ],
)
def test_a_media_mix_is_asked_for_in_these_words(ask: Any, question: str) -> None:
    planned = ask(question)
    assert planned.refused is None, planned.refused
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("media_mix", {"by": "platform"})]
    assert planned.exact


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("media mix last month", "ask without a period"),
        ("media mix of meta", "all channels at once"),
        ("media mix by campaign", "by platform or by one label"),
    ],
)
def test_a_part_of_a_mix_is_refused_with_the_reason(ask: Any, question: str, why: str) -> None:
    assert why in ask(question).refused


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("revenue by platform last month", "breakdown"),
        ("how much revenue did each channel bring last month", "breakdown"),
        ("what is the marginal ROAS of Meta?", "response"),
        ("contribution of each campaign to revenue in june", "breakdown"),
    ],
)
def test_other_questions_are_answered_as_before(ask: Any, question: str, tool: str) -> None:
    assert [call.name for call in ask(question).calls] == [tool]
