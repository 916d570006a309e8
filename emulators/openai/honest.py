"""A small honest model: it picks a tool by the words of the question and words an answer from the facts it is given.

It understands little, as a small model does, but it invents nothing. Demo and tests use it
where no behaviour is scripted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from emulators.openai.behaviours import Behaviour, Call, Say

METRICS = ("roas", "cpa", "ctr", "cpc", "cpm", "revenue", "conversions", "clicks", "impressions", "spend")


def respond(body: Mapping[str, Any]) -> Behaviour:
    """What the model does with a chat completions request."""
    messages = body["messages"]
    request = _json(next((m["content"] for m in messages if m["role"] == "user"), ""))
    if body.get("tools"):
        return _choose(
            str(request.get("question", "")), _text(messages), {t["function"]["name"] for t in body["tools"]}
        )
    return _word(request.get("facts", ()))


def _choose(question: str, system: str, tools: set[str]) -> Behaviour:
    asked = question.lower()
    metrics = [m for m in METRICS if m in asked] or ["spend"]
    arguments: dict[str, Any] = {"metrics": metrics, "period": _last_days(system, 7)}
    arguments["platforms"] = [p for p in ("google_ads", "meta") if p.split("_")[0] in asked and p in system]
    if "by platform" in asked and "breakdown" in tools:
        return Call((("breakdown", {**arguments, "by": "platform"}),))
    if "metric" in tools:
        return Call((("metric", arguments),))
    return Call((("cannot_answer", {"reason": "No tool for this is at hand."}),))


def _last_days(system: str, days: int) -> dict[str, str]:
    match = re.search(r"Today is (\d{4}-\d{2}-\d{2})", system)
    today = date.fromisoformat(match[1]) if match else date(2024, 1, 1)
    return {"start": (today - timedelta(days=days)).isoformat(), "end": (today - timedelta(days=1)).isoformat()}


def _word(facts: Sequence[Mapping[str, Any]]) -> Say:
    named = [f"{f['what']} was {{{{{f['id']}}}}}" for f in facts[:3]]
    return Say(f"Here it is: {', and '.join(named)}." if named else "There is nothing to report.")


def _text(messages: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(str(m["content"]) for m in messages if m["role"] in ("system", "developer"))


def _json(content: Any) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except (TypeError, ValueError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
