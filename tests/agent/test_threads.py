"""A thread in the graph: what it carries, what it forgets, what it never carries, and what a model is held to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from agent.deps import AskDeps, ModelSettings
from agent.graph import ask
from agent.planner.rules import plan
from agent.state import Answer
from domain.scope import Scope
from emulators.openai.behaviours import Call, Say
from emulators.openai.server import OpenAIEmulator
from store.checkpoints import open_checkpointer

MakeDeps = Callable[..., AskDeps]
MARCH = {"start": "2024-03-01", "end": "2024-03-31"}


def args_of(answer: Answer) -> dict[str, object]:
    (call,) = answer.tool_calls
    return dict(call.args)


def test_the_next_question_inherits_and_a_refusal_between_changes_nothing(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps(rules=plan)
    for question in ("roas google march 2024", "in eur", "reach?"):
        ask(deps, "t", question, scope=scope, asked_by="ana")
    answer = ask(deps, "t", "and meta?", scope=scope, asked_by="ben")
    assert args_of(answer) == {"metrics": ["roas"], "period": MARCH, "platforms": ["meta"]}
    assert [float(f.value or 0) for f in answer.facts] == pytest.approx([2.0])
    assert answer.notes[0] == "Read as: ROAS of Meta, March 2024."


@pytest.mark.parametrize(
    ("reply", "margin"),
    [
        ("35%", 0.35),
        ("at 35%", 0.35),
        ("at 40% margin", 0.4),
        ("1", 0.3),
        ("32,5 %", 0.325),
        ("our margin is 28%", 0.28),
    ],
)
def test_a_missing_margin_is_asked_back_and_the_reply_answers_the_question(
    make_deps: MakeDeps, scope: Scope, reply: str, margin: float
) -> None:
    deps = make_deps(rules=plan)
    ask(deps, "t", "roas google february 2024", scope=scope, asked_by="ana")
    back = ask(deps, "t", "did meta make money in march 2024?", scope=scope, asked_by="ana")
    assert back.refused is None
    assert back.clarify is not None
    assert back.clarify.choices == ("at 30% margin", "at 35% margin", "at 40% margin")
    assert back.text.startswith("What is the margin? The plan has none in March 2024.")
    answer = ask(deps, "t", reply, scope=scope, asked_by="ben")
    assert args_of(answer) == {"margin": pytest.approx(margin), "period": MARCH, "platforms": ["meta"]}
    spend, revenue = 80 * 31, 160 * 31
    assert float(answer.facts[0].value or 0) == pytest.approx(revenue * margin - spend)


def test_a_break_even_asks_for_its_margin_and_another_question_is_no_reply(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps(rules=plan)
    assert ask(deps, "t", "break-even roas", scope=scope, asked_by="ana").clarify
    assert args_of(ask(deps, "t", "spend march 2024", scope=scope, asked_by="ana"))["metrics"] == ["spend"]
    assert ask(deps, "t", "break-even roas", scope=scope, asked_by="ana").clarify
    answer = ask(deps, "t", "at 40%", scope=scope, asked_by="ana")
    assert [float(f.value or 0) for f in answer.facts] == pytest.approx([2.5, 0.4])


def test_a_margin_beyond_the_revenue_is_no_reply(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps(rules=plan)
    ask(deps, "t", "did meta make money in march 2024?", scope=scope, asked_by="ana")
    assert "above 0 and up to 100 %" in (ask(deps, "t", "150%", scope=scope, asked_by="ana").refused or "")


def test_another_thread_knows_nothing_of_it_and_start_over_clears_it(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps(rules=plan)
    ask(deps, "t", "roas google march 2024", scope=scope, asked_by="ana")
    assert ask(deps, "other", "and meta?", scope=scope, asked_by="ana").refused
    cleared = ask(deps, "t", "start over", scope=scope, asked_by="ana")
    assert cleared.clarify is not None
    assert ask(deps, "t", "and meta?", scope=scope, asked_by="ana").refused


def test_a_thread_whose_accounts_change_carries_nothing_along(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps(rules=plan)
    google, meta = (Scope((i,)) for i in scope.account_ids)
    ask(deps, "t", "roas google march 2024", scope=google, asked_by="ana")
    assert ask(deps, "t", "by week", scope=meta, asked_by="ana").refused
    assert ask(deps, "t", "by week", scope=google, asked_by="ana").tool_calls


def test_a_turn_keeps_what_was_asked_and_named_and_no_figure(
    make_deps: MakeDeps, scope: Scope, engine: Engine, database_url: str
) -> None:
    answer = ask(make_deps(rules=plan), "t", "worst roas campaign google march 2024", scope=scope, asked_by="ana")
    state = open_checkpointer(database_url).get({"configurable": {"thread_id": "chat:t"}})
    assert state is not None
    (turn,) = state["channel_values"]["turns"]
    assert json.loads(json.dumps(turn)) == turn
    assert turn["names"] == [answer.facts[0].entity]
    assert "1.5" not in json.dumps(turn)


def test_a_model_that_reads_a_follow_up_is_held_to_what_the_thread_says(
    make_deps: MakeDeps, model_parts: Callable[..., ModelSettings], scope: Scope, openai: OpenAIEmulator
) -> None:
    deps = make_deps(model_parts(), rules=plan)
    ask(deps, "t", "roas google march 2024", scope=scope, asked_by="ana")
    dropped = Call((("metric", {"metrics": ["roas"], "period": {"start": "2024-02-01", "end": "2024-02-29"},
                                "platforms": ["meta"]}),))  # fmt: skip
    kept = Call((("metric", {"metrics": ["roas"], "period": MARCH, "platforms": ["meta"]}),))
    openai.queue(dropped, kept, Say("ROAS was {{f1}}."))
    answer = ask(deps, "t", "and the vibe of meta?", scope=scope, asked_by="ana")
    assert answer.planner == "model"
    assert args_of(answer)["period"] == MARCH
    assert args_of(ask(deps, "t", "and google?", scope=scope, asked_by="ana")) == {
        "metrics": ["roas"], "period": MARCH, "platforms": ["google_ads"],
    }  # fmt: skip
