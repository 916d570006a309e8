"""A model's wording of an answer, from facts that tools computed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import prompts
from agent.context import as_data
from agent.grounding import MAX_CHARACTERS
from agent.model_session import ModelSession
from agent.writing import Evidence
from domain.formatting import format_value
from tools.labels import when_label

MAX_FACTS_SHOWN = 60


def write(model: ModelSession, question: str, evidence: Evidence, rejected: tuple[str, Sequence[str]] | None) -> str:
    """Prose with ``{{f1}}`` references; ``rejected`` is the first try with what was wrong in it. Raises ModelFailed."""
    from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

    facts = [
        {
            "id": f.id,
            "what": f.label,
            "entity": as_data(f.entity),
            "period": when_label(f.window, f.left_out),
            "value": format_value(f),
            "why_unknown": f.reason,
        }
        for f in evidence.facts[:MAX_FACTS_SHOWN]
    ]
    found = {"question": question, "facts": facts, "rows_in_the_table": evidence.row_count}
    messages: list[BaseMessage] = [
        SystemMessage(prompts.load("write")),
        HumanMessage(json.dumps(found, ensure_ascii=False)),
    ]
    if rejected is not None:
        text, problems = rejected
        wrong = "\n".join(f"- {p}" for p in problems[:10])
        messages += [AIMessage(text), HumanMessage(f"Rejected:\n{wrong}\nWrite it again without that.")]
    lines = str(model.reply(messages).text).splitlines()
    return "\n".join(as_data(line, MAX_CHARACTERS + 1) for line in lines if line.strip())
