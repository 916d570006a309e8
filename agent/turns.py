"""What a thread remembers: questions, tools called, a question back that waits for its answer. No figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agent.state import Plan
from domain.scope import Scope

MAX_TURNS = 6
Turns = Sequence[Mapping[str, Any]]


def record(turns: Turns, question: str, plan: Plan, scope: Scope) -> list[dict[str, Any]]:
    """The turns with this one added, the oldest dropped. JSON primitives only: this is what a checkpoint holds."""
    turn = {
        "question": question,
        "calls": [{"name": c.name, "args": json.loads(json.dumps(dict(c.args)))} for c in plan.calls],
        "choices": list(plan.clarify.choices) if plan.clarify else [],
        "account_ids": list(scope.account_ids),
    }
    return [*(dict(t) for t in turns), turn][-MAX_TURNS:]


def visible(turns: Turns, scope: Scope) -> list[Mapping[str, Any]]:
    """Turns asked within ``scope``: a thread that changes hands does not carry names of other accounts along."""
    return [t for t in turns if all(account_id in scope for account_id in t["account_ids"])]


def for_model(turns: Turns) -> list[dict[str, Any]]:
    """Earlier questions and calls as the model planner reads them."""
    return [{"question": t["question"], "tool_calls": t["calls"]} for t in turns]


def in_full(question: str, turns: Turns) -> str:
    """The question, or where it picks a choice of the question back before it, that question with the choice."""
    if not turns or not turns[-1]["choices"]:
        return question
    picked = question.strip(" .!\"'").casefold()
    choices: list[str] = turns[-1]["choices"]
    exact = [c for c in choices if c.casefold() == picked]
    by_number = [choices[int(picked) - 1]] if picked.isdecimal() and 0 < int(picked) <= len(choices) else []
    for choice in (*exact, *by_number):
        return f'{turns[-1]["question"]} "{choice}"'
    return question
