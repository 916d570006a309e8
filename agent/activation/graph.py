"""The change's own thread: it waits for the row to move and then narrates what the ledger says. It writes nothing.

Resuming twice, with a wrong id, from an old checkpoint, or with any value at all only reads the store again:
whatever a resume carries is ignored.
"""

from __future__ import annotations

from typing import Any, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from agent.activation.deps import ActivationDeps
from domain.lifecycle import MOVES, Status
from store.approvals import ApprovalView, view
from store.engine import read


class ChangeState(TypedDict, total=False):
    """JSON primitives only: the approval's id, where it stands, and what there is to say."""

    approval_id: str
    status: str
    story: list[str]


def thread_id(shown: ApprovalView) -> str:
    """The thread of one revision, apart from any conversation's."""
    return f"change:{shown.approval.recommendation_id}:{shown.approval.revision}"


def build(deps: ActivationDeps) -> Any:
    """The compiled graph: wait, narrate, and wait again until the approval's life is over."""
    graph = StateGraph(ChangeState)
    graph.add_node("wait", _wait)
    graph.add_node("narrate", lambda state: _narrate(deps, state))
    graph.add_edge(START, "wait")
    graph.add_edge("wait", "narrate")
    graph.add_conditional_edges("narrate", _over, {True: END, False: "wait"})
    return graph.compile(checkpointer=deps.checkpointer)


def begin(deps: ActivationDeps, approval_id: str) -> None:
    """Start the thread of an approval; it stops at its interrupt at once."""
    build(deps).invoke({"approval_id": approval_id}, _config(deps, approval_id))


def narrate(deps: ActivationDeps, approval_id: str) -> ChangeState:
    """What the ledger says now, told through the thread where it is still there, and straight from the row if not."""
    config = _config(deps, approval_id)
    compiled = build(deps)
    if compiled.get_state(config).next:
        compiled.invoke(Command(resume="look at the row"), config)
    return _narrate(deps, {"approval_id": approval_id})


def _config(deps: ActivationDeps, approval_id: str) -> RunnableConfig:
    with read(deps.engine) as session:
        return {"configurable": {"thread_id": thread_id(view(session, approval_id))}}


def _wait(state: ChangeState) -> ChangeState:
    interrupt({"approval_id": state["approval_id"]})
    return {}


def _narrate(deps: ActivationDeps, state: ChangeState) -> ChangeState:
    with read(deps.engine) as session:
        shown = view(session, state["approval_id"])
    return {"approval_id": shown.approval.id, "status": str(shown.approval.status), "story": story(shown)}


def _over(state: ChangeState) -> bool:
    return not MOVES.get(Status(state["status"]))


def story(shown: ApprovalView) -> list[str]:
    """One line for the decision and one an operation, from the store alone."""
    approval = shown.approval
    who = f" by {approval.decided_by}" if approval.decided_by else ""
    lines = [f"{shown.recommendation.title}: {approval.status.replace('_', ' ')}{who}"]
    for o in shown.operations:
        detail = f" ({o.detail})" if o.detail else ""
        lines.append(f"{o.change.entity_name}: {o.change.moves}: {o.state}{detail}")
    return lines
