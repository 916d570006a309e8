"""A question's way, on one page: plan -> run tools -> write -> ground -> save.

Checkpoints keep a thread's earlier questions (JSON primitives). Everything of the current
question is untracked: it lives in memory only, and its evidence is saved in the store.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, TypedDict

from langgraph.channels import UntrackedValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agent import prose, turns
from agent.context import as_data, plan_context
from agent.deps import AskDeps, ModelSettings
from agent.grounding import problems
from agent.model_session import ModelFailed, ModelSession
from agent.planner import model as model_planner
from agent.planner.claimed import contradictions
from agent.state import Answer, Clarify, Plan, PlanContext, PlannerName
from agent.validation import validate
from agent.writing import Evidence, fill, fill_model_text, join
from domain.errors import BadInput, Refused
from domain.evidence import ToolResult
from domain.scope import Scope
from store import answers
from store.engine import read
from store.engine import write as write_store
from tools.base import ToolContext

__all__ = ["AskDeps", "ModelSettings", "ask"]

MAX_QUESTION_CHARACTERS = 2_000
WITHOUT_AI = "answered without AI"
WORDING_DROPPED = "the model's wording did not hold to the evidence; the tools' own words are shown"


class State(TypedDict, total=False):
    """``turns`` is what a thread remembers; the rest belongs to the question being answered."""

    turns: list[dict[str, Any]]
    question: Annotated[str, UntrackedValue]
    plan: Annotated[Plan, UntrackedValue]
    planner: Annotated[PlannerName, UntrackedValue]
    notes: Annotated[tuple[str, ...], UntrackedValue]
    evidence: Annotated[Evidence, UntrackedValue]
    draft: Annotated[str | None, UntrackedValue]  # the model's wording; None is the tools' own
    rejected: Annotated[tuple[str, tuple[str, ...]] | None, UntrackedValue]
    answer: Annotated[Answer, UntrackedValue]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question's surroundings. Handed to every node, never checkpointed."""

    deps: AskDeps
    thread: str
    scope: Scope
    asked_by: str
    context: PlanContext
    model: ModelSession | None


def ask(deps: AskDeps, thread: str, text: str, *, scope: Scope, asked_by: str, today: date | None = None) -> Answer:
    """Answer one question in ``thread`` from the accounts in ``scope``; the answer is saved before it is returned.

    Raises:
        BadInput: the question is empty or longer than 2,000 characters.
    """
    question = as_data(text, MAX_QUESTION_CHARACTERS + 1)
    if not question or len(question) > MAX_QUESTION_CHARACTERS:
        raise BadInput(f"a question of {len(question)} characters; ask with 1 to {MAX_QUESTION_CHARACTERS}")
    with read(deps.engine) as session:
        context = plan_context(
            session, scope, now=deps.now(), timezone=deps.timezone, week_start=deps.week_start, today=today
        )
    model = ModelSession(deps.model) if deps.model else None
    state = build(deps.checkpointer).invoke(
        {"question": question},
        {"configurable": {"thread_id": f"chat:{thread}"}},
        context=Turn(deps, thread, scope, asked_by, context, model),
        durability="exit",
    )
    answer: Answer = state["answer"]
    return answer


def build(checkpointer: BaseCheckpointSaver[str]) -> CompiledStateGraph[State, Turn, State, State]:
    """The graph. ``ground`` sends the model's wording back once, then falls back to the tools' own words."""
    graph = StateGraph(State, context_schema=Turn)
    graph.add_node("plan", plan)
    graph.add_node("run_tools", run_tools)
    graph.add_node("write", write)
    graph.add_node("ground", ground)
    graph.add_node("save", save)
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", lambda state: "run_tools" if state["plan"].calls else "save")
    graph.add_edge("run_tools", "write")
    graph.add_edge("write", "ground")
    graph.add_conditional_edges("ground", lambda state: "write" if state.get("rejected") else "save")
    graph.add_edge("save", END)
    return graph.compile(checkpointer=checkpointer)


def plan(state: State, runtime: Runtime[Turn]) -> State:
    """Rules where they understood every word, else the model, else the rules all the same."""
    turn = runtime.context
    rest = turns.forgotten(state["question"])
    if rest is not None:  # a quiet way back: what was said before is no longer there
        return {"turns": [], **_planned(rest, [], turn)}
    return _planned(state["question"], turns.visible(state.get("turns", []), turn.scope), turn)


def _planned(asked: str, before: turns.Turns, turn: Turn) -> State:
    question = turns.in_full(asked, before)
    context = replace(turn.context, earlier=turns.earlier(before))
    by_rules = turn.deps.rules(question, context)
    if turn.model is None or by_rules.exact or not question:
        return _planned_by_rules(by_rules, turn, WITHOUT_AI)
    try:
        planned = model_planner.plan(question, context, turn.deps.menu, turn.model, turns.for_model(before))
    except ModelFailed as failure:
        return _planned_by_rules(by_rules, turn, f"{WITHOUT_AI}: {failure}")
    return {"plan": planned, "planner": "model", "notes": planned.notes}


def run_tools(state: State, runtime: Runtime[Turn]) -> State:
    """Run every call; a tool that cannot answer is a refusal with its reason, not an error.

    Where all of them lack the same thing that a person can say, it is a question back.
    """
    turn = runtime.context
    reach = ToolContext(
        engine=turn.deps.engine,
        scope=turn.scope,
        today=turn.context.today,
        timezone=turn.context.timezone,
        week_start=turn.context.week_start,
        now=turn.deps.now(),
        asked_by=turn.asked_by,
        limits=turn.deps.limits,
    )
    results: list[ToolResult] = []
    for call in validate(state["plan"].calls, turn.deps.menu, turn.context):
        try:
            results.append(call.tool.run(reach, call.arguments))
        except (Refused, BadInput) as no:
            results.append(ToolResult(refused=str(no)))
    evidence = join(results)
    if evidence.refused and all(result.choices for result in results):
        back = Clarify("\n".join(dict.fromkeys(evidence.refused.split("\n"))), results[0].choices)
        return {"plan": Plan(clarify=back, notes=state["plan"].notes), "evidence": Evidence()}
    return {"evidence": evidence}


def write(state: State, runtime: Runtime[Turn]) -> State:
    """The tools' own wording, or the model's where the model planned and there are figures to word."""
    model, evidence = runtime.context.model, state["evidence"]
    if model is None or state["planner"] == "rules" or evidence.refused or not evidence.facts:
        return {"draft": None}
    try:
        return {"draft": prose.write(model, state["question"], evidence, state.get("rejected"))}
    except ModelFailed as failure:
        return {"draft": None, "rejected": None, "notes": (*state["notes"], f"worded without AI: {failure}")}


def ground(state: State, runtime: Runtime[Turn]) -> State:
    """Let the model's wording pass, send it back once, or drop it."""
    draft = state["draft"]
    if draft is None:
        return {"rejected": None}
    context, evidence = runtime.context.context, state["evidence"]
    found = problems(
        draft,
        evidence.facts,
        names={e.name for e in (*context.campaigns, *context.accounts, *context.analytics_campaigns)},
        question=state["question"],
        days=(context.today, *(evidence.freshness or {}).values()),
    )
    if not found:
        return {"rejected": None}
    if state.get("rejected") is None:
        return {"rejected": (draft, found)}
    return {"draft": None, "rejected": None, "notes": (*state["notes"], WORDING_DROPPED)}


def save(state: State, runtime: Runtime[Turn]) -> State:
    """Keep the answer with its evidence, and the turn for the thread."""
    turn = runtime.context
    answer = _answer(state)
    exact = {f.id: None if f.value is None else str(f.value) for f in answer.facts}
    stored = answers.StoredAnswer(
        id=answer.id,
        thread=turn.thread,
        question=state["question"],
        planner=answer.planner,
        payload={**answer.to_json(), "exact": exact, "offers": [o.to_json() for o in answer.offers]},
        account_ids=turn.scope.account_ids,
        asked_by=turn.asked_by,
        created_at=turn.deps.now(),
        feedback=None,
    )
    with write_store(turn.deps.engine) as session:
        answers.save(session, turn.scope, stored)
    answered = answer.refused is None and answer.clarify is None
    kept = turns.record(
        state.get("turns", []), state["question"], state["plan"], turn.scope, answer.facts, answered=answered
    )
    return {"answer": answer, "turns": kept}


def _planned_by_rules(planned: Plan, turn: Turn, note: str) -> State:
    try:
        validate(planned.calls, turn.deps.menu, turn.context)
    except BadInput as error:
        planned = Plan(refused=str(error), notes=planned.notes)
    return {"plan": planned, "planner": "rules", "notes": (*planned.notes, note)}


def _answer(state: State) -> Answer:
    planned, evidence = state["plan"], state.get("evidence", Evidence())
    text, facts = fill(evidence.text, evidence.facts), evidence.facts
    if draft := state.get("draft"):
        text, facts = fill_model_text(draft, evidence.facts)
    if planned.clarify is not None:
        text = planned.clarify.question
    refused = planned.refused or (fill(evidence.refused, evidence.facts) if evidence.refused else None)
    return Answer(
        id=uuid.uuid4().hex,
        text=refused or text,
        facts=facts,
        freshness=evidence.freshness or {},
        planner=state["planner"],
        tool_calls=planned.calls,
        clarify=planned.clarify,
        refused=refused,
        tables=evidence.tables,
        charts=evidence.charts,
        caveats=evidence.caveats,
        notes=(*state["notes"], *contradictions(state["question"], evidence.facts)),
        recommendation_ids=evidence.recommendation_ids,
        offers=evidence.offers,
    )
