"""The question graph without a model: evidence saved, threads kept and kept apart."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, text

from agent.deps import AskDeps
from agent.graph import ask
from agent.state import Clarify, Plan, PlanContext, ToolCall
from domain.errors import BadInput
from domain.scope import Scope
from store import answers
from store.checkpoints import open_checkpointer
from store.engine import read, write

MakeDeps = Callable[..., AskDeps]
MARCH = {"start": "2024-03-01", "end": "2024-03-31"}


def test_a_rules_question_is_answered_with_its_evidence_saved(
    make_deps: MakeDeps, engine: Engine, scope: Scope
) -> None:
    answer = ask(make_deps(), "t1", "roas google march", scope=scope, asked_by="ana")
    assert answer.planner == "rules"
    assert answer.notes == ("answered without AI",)
    # (100 * 4.0 + 50 * 1.5) / 150 a day
    assert [float(f.value or 0) for f in answer.facts] == pytest.approx([475 / 150])
    assert "3.17" in answer.text
    assert "{{" not in answer.text
    with read(engine) as session:
        saved = answers.get(session, scope, answer.id)
    assert saved is not None
    assert saved.question == "roas google march"
    assert saved.payload["facts"][0]["value"] == pytest.approx(475 / 150)
    assert json.loads(json.dumps(saved.payload))["exact"]["f1"].startswith("3.1666666666666666")


def test_an_answer_is_seen_only_within_its_scope(make_deps: MakeDeps, engine: Engine, scope: Scope) -> None:
    answer = ask(make_deps(), "t1", "roas google march", scope=scope, asked_by="ana")
    with read(engine) as session:
        assert answers.get(session, Scope((scope.account_ids[0],)), answer.id) is None
        assert answers.in_thread(session, Scope((scope.account_ids[0],)), "t1") == []
        assert [a.id for a in answers.in_thread(session, scope, "t1")] == [answer.id]


def test_several_calls_become_one_answer_with_facts_numbered_through(make_deps: MakeDeps, scope: Scope) -> None:
    def rules(question: str, context: PlanContext) -> Plan:
        one = ToolCall("metric", {"metrics": ["spend"], "period": MARCH, "platforms": ["meta"]})
        other = ToolCall("metric", {"metrics": ["clicks"], "period": MARCH, "platforms": ["google_ads"]})
        return Plan(calls=(one, other), exact=True)

    answer = ask(make_deps(rules=rules), "t", "x", scope=scope, asked_by="ana")
    assert [f.id for f in answer.facts] == ["f1", "f2"]
    assert "$2,480.00" in answer.text
    assert "3,100" in answer.text


@pytest.mark.parametrize(
    "args",
    [
        {"metrics": ["roas"], "period": MARCH, "campaigns": ["Nobody"]},
        {"metrics": ["roas"], "period": MARCH, "platforms": ["bing"]},
        {"metrics": ["profit"], "period": MARCH},
        {"metrics": ["roas"], "period": MARCH, "sql": "drop"},
        {"metrics": ["roas"], "period": {"start": "2024-03-31", "end": "2024-03-01"}},
    ],
)
def test_a_call_that_names_what_does_not_exist_is_refused_with_the_reason(
    make_deps: MakeDeps, scope: Scope, args: dict[str, object]
) -> None:
    deps = make_deps(rules=lambda q, c: Plan(calls=(ToolCall("metric", args),), exact=True))
    answer = ask(deps, "t", "x", scope=scope, asked_by="ana")
    assert answer.refused is not None
    assert "metric" in answer.refused
    assert answer.facts == ()


def test_today_is_the_accounts_own_date_unless_given(make_deps: MakeDeps, scope: Scope) -> None:
    seen: list[PlanContext] = []

    def rules(question: str, context: PlanContext) -> Plan:
        seen.append(context)
        return Plan(refused="no")

    ask(make_deps(rules=rules), "t", "x", scope=scope, asked_by="ana")
    ask(make_deps(rules=rules), "t", "x", scope=scope, asked_by="ana", today=date(2024, 7, 1))
    assert [c.today for c in seen] == [date(2024, 4, 1), date(2024, 7, 1)]
    assert seen[0].platforms == ("google_ads", "meta")
    assert seen[0].last_day == date(2024, 3, 31)
    assert "Prospecting" in {c.name for c in seen[0].campaigns}


def clarifying(question: str, context: PlanContext) -> Plan:
    if '"Brand"' in question:
        return Plan(
            calls=(ToolCall("metric", {"metrics": ["roas"], "period": MARCH, "campaigns": ["Brand"]}),), exact=True
        )
    return Plan(clarify=Clarify("Which one?", ("Brand", "Prospecting")), exact=True)


@pytest.mark.parametrize("reply", ["brand", "1", '"Brand"'])
def test_a_choice_answers_the_question_before_it_also_after_a_restart(
    make_deps: MakeDeps, scope: Scope, reply: str
) -> None:
    first = ask(make_deps(rules=clarifying), "t", "roas of the campaign in march", scope=scope, asked_by="ana")
    assert first.clarify is not None
    again = ask(make_deps(rules=clarifying), "t", reply, scope=scope, asked_by="ana")  # new parts, same database
    assert again.clarify is None
    assert [float(f.value or 0) for f in again.facts] == [4.0]


def test_threads_and_scopes_do_not_share_what_was_asked(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps(rules=clarifying)
    ask(deps, "t", "roas of the campaign in march", scope=scope, asked_by="ana")
    assert ask(deps, "other", "brand", scope=scope, asked_by="ana").clarify is not None
    assert ask(deps, "t", "brand", scope=Scope(scope.account_ids[:1]), asked_by="ana").clarify is not None


def test_checkpoints_hold_primitives_and_no_figures(make_deps: MakeDeps, scope: Scope, database_url: str) -> None:
    deps = make_deps()
    ask(deps, "t", "roas google march", scope=scope, asked_by="ana")
    found = list(open_checkpointer(database_url).list({"configurable": {"thread_id": "chat:t"}}))
    assert len(found) == 1  # durability "exit": one checkpoint a question
    values = found[0].checkpoint["channel_values"]
    assert json.loads(json.dumps(values["turns"])) == values["turns"]
    assert set(values) == {"turns"}
    assert "3.1" not in json.dumps(values)


def test_two_threads_at_once_each_get_their_own_answer(make_deps: MakeDeps, scope: Scope) -> None:
    deps = make_deps()
    got: dict[str, str] = {}
    errors: list[Exception] = []

    def go(name: str) -> None:
        try:
            for _ in range(3):
                got[name] = ask(deps, name, "roas google march", scope=scope, asked_by=name).text
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=go, args=(f"t{n}",)) for n in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert errors == []
    assert len(set(got.values())) == 1
    assert len(got) == 4


def test_two_processes_make_the_checkpoint_tables_at_once(engine: Engine, database_url: str) -> None:
    program = "import sys; from store.checkpoints import open_checkpointer; open_checkpointer(sys.argv[1])"
    running = [
        subprocess.Popen([sys.executable, "-c", program, database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outcomes = [(p.communicate()[1], p.returncode) for p in running]
    assert outcomes == [("", 0)] * 3
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from checkpoints")).scalar_one() == 0


@pytest.mark.parametrize("question", ["", "  \u202e ", "x" * 2_001])
def test_a_question_without_words_or_end_is_bad_input(make_deps: MakeDeps, scope: Scope, question: str) -> None:
    with pytest.raises(BadInput):
        ask(make_deps(), "t", question, scope=scope, asked_by="ana")


def test_feedback_is_kept_with_the_answer(make_deps: MakeDeps, engine: Engine, scope: Scope) -> None:
    answer = ask(make_deps(), "t", "roas google march", scope=scope, asked_by="ana")
    with write(engine) as session:
        answers.give_feedback(session, scope, answer.id, "good")
    with read(engine) as session:
        saved = answers.get(session, scope, answer.id)
        assert saved is not None
        assert saved.feedback == "good"
    with write(engine) as session, pytest.raises(BadInput):
        answers.give_feedback(session, Scope(scope.account_ids[:1]), answer.id, "bad")
