"""What counts as an attempt to decide by typing, and what is an ordinary question."""

from __future__ import annotations

import pytest

from app.slack.incoming import asks_to_approve


@pytest.mark.parametrize(
    "text",
    [
        "approve it",
        "Approve",
        "yes, apply",
        "ok go ahead!",
        "please approve the change",
        "reject this",
        "LGTM",
        "do it now",
    ],
)
def test_a_message_that_is_a_decision_is_told_about_the_buttons(text: str) -> None:
    assert asks_to_approve(text)


@pytest.mark.parametrize(
    "text",
    [
        "roas of Apply Now last week",
        "spend of approved campaigns yesterday",
        'cpa of "Go Ahead" last week',
        "apply a filter on brand",
        "what did ana approve last week",
        "who rejected the change?",
    ],
)
def test_a_question_with_such_a_word_in_it_is_a_question(text: str) -> None:
    assert not asks_to_approve(text)
