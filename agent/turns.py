"""What a thread remembers: questions, tools called, a question back that waits for its answer. No figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from agent.state import Earlier, Plan
from domain.evidence import Fact
from domain.scope import Scope

MAX_TURNS = 6
MAX_NAMED = 40  # stretches and entities kept of one answer
MAX_NAME = 200  # characters
FORGET = re.compile(
    r"^\W*(?:(?:ok|okay|please|pls|let'?s|lets)\W+)*(?:start (?:over|again|afresh|anew)|new (?:question|topic|subject)|"
    r"forget (?:that|it|this|everything|all (?:that|this)|what (?:i|we) said)|clear (?:the |this )?(?:thread|context)|"
    r"reset)\b[\s:,.!;-]*(?:please\b[\s.!]*)?",
    re.IGNORECASE,
)
_MARGIN_CHOICE = re.compile(r"at [\d.]+% margin")
_MARGIN = re.compile(
    r"(?:at|with|use|say|it is|it's|about)? ?(?:an? |our |the )?(?:margin (?:of |is )?)?(\d+(?:[.,]\d+)?)"
    r" ?(?:%|percent)(?: margin)?"
)
Turns = Sequence[Mapping[str, Any]]


def record(
    turns: Turns, question: str, plan: Plan, scope: Scope, facts: Sequence[Fact] = (), *, answered: bool = True
) -> list[dict[str, Any]]:
    """The turns with this one added, the oldest dropped. JSON primitives only: this is what a checkpoint holds.

    Of an answer's ``facts`` only what they name is kept: days and entities. A question that was not ``answered``
    is nothing that a later one can lean on.
    """
    windows = dict.fromkeys((f.window.start.isoformat(), f.window.end.isoformat()) for f in facts)
    turn = {
        "question": question,
        "calls": [{"name": c.name, "args": json.loads(json.dumps(dict(c.args)))} for c in plan.calls],
        "choices": list(plan.clarify.choices) if plan.clarify else [],
        "choices_whole": plan.clarify.whole if plan.clarify else False,
        "asked": json.loads(json.dumps(plan.asked)) if plan.asked and answered else None,
        "windows": [list(w) for w in windows][:MAX_NAMED],
        "names": [name[:MAX_NAME] for name in dict.fromkeys(f.entity for f in facts)][:MAX_NAMED],
        "account_ids": list(scope.account_ids),
    }
    return [*(dict(t) for t in turns), turn][-MAX_TURNS:]


def visible(turns: Turns, scope: Scope) -> list[Mapping[str, Any]]:
    """Turns asked within ``scope``: a thread that changes hands does not carry names of other accounts along."""
    return [t for t in turns if all(account_id in scope for account_id in t["account_ids"])]


def earlier(turns: Turns) -> Earlier | None:
    """What a follow-up leans on: the last turn that was answered with figures; a refusal in between changes nothing."""
    turn = next((t for t in reversed(turns) if t.get("asked")), None)
    if turn is None:
        return None
    periods = _stretches([(p["start"], p["end"]) for p in turn["asked"]["periods"]])
    stretches = [s for s in _stretches(turn["windows"]) if s not in periods]
    ranked = turn["asked"]["rank"] is not None
    return Earlier(turn["asked"], tuple(periods), tuple(stretches), tuple(turn["names"]), ranked)


def _stretches(dates: Sequence[Sequence[str]]) -> list[tuple[date, date]]:
    return [(date.fromisoformat(start), date.fromisoformat(end)) for start, end in dates]


def forgotten(question: str) -> str | None:
    """What is left of a question that begins with "start over" or "new question"; None where it does not."""
    match = FORGET.match(question)
    return question[match.end() :].strip() if match else None


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
    for choice in (*exact, *by_number, *_margin(picked, choices)):
        if turns[-1].get("choices_whole"):
            return choice
        return f'{turns[-1]["question"]} "{choice}"'
    return question


def _margin(said: str, choices: Sequence[str]) -> list[str]:
    """ "35%" where a margin was asked back, as its choices are worded: it need not be one of them."""
    match = _MARGIN.fullmatch(said)
    if match is None or not all(_MARGIN_CHOICE.fullmatch(choice) for choice in choices):
        return []
    return [f"at {match[1].replace(',', '.')}% margin"]
