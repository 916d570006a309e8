"""What the agent's pane offers to ask: offered when a conversation begins, and every one of it answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agent.planner.rules import plan
from app.slack.prompts import PROMPTS
from tests.agent.planner.conftest import ARGUMENTS, exports
from tests.slack.office import ANA, Office, open_office


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def test_a_new_conversation_is_offered_prompts_and_a_pressed_one_is_answered_in_it(office: Office) -> None:
    root = office.slack.people.open_assistant(ANA)
    offered = office.slack.people.wait_for(lambda w: w.prompts)[0]
    assert (offered["channel"], offered["thread_ts"]) == (root["channel"], root["ts"])
    assert [p["message"] for p in offered["prompts"]] == list(PROMPTS.values())
    pressed = offered["prompts"][0]["message"]
    office.slack.people.dm(ANA, pressed, thread_ts=root["ts"])
    assert office.bot(root["channel"], having="€1,234.50")["thread_ts"] == root["ts"]
    assert [asked[1] for asked in office.asked.questions] == [pressed]


@pytest.mark.parametrize("question", PROMPTS.values())
def test_every_prompt_is_a_question_that_the_rules_understand_whole(question: str) -> None:
    planned = plan(question, exports())
    assert planned.refused is None
    assert planned.clarify is None
    assert planned.exact
    assert planned.calls
    for call in planned.calls:
        ARGUMENTS[call.name].model_validate_json(json.dumps(dict(call.args)))
