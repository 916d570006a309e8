"""The model planner: a chat model picks tools; what it picks is checked like everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import prompts
from agent import grounding
from agent.context import as_data
from agent.model_session import ModelFailed, ModelSession
from agent.planner.carried import from_calls
from agent.planner.understood import check, note, understood
from agent.state import Clarify, Entity, Plan, PlanContext, ToolCall
from agent.validation import validate
from domain.errors import BadInput
from tools.base import Tool

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

MAX_NAMES_SHOWN = 150
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class AskBack(BaseModel):
    """Ask the person one question where two or more names could be meant."""

    model_config = ConfigDict(extra="forbid")
    question: str = Field(max_length=300)
    choices: list[str] = Field(min_length=2, max_length=5, description="names exactly as listed")


class SayCannotAnswer(BaseModel):
    """Say that no tool can answer this, why, and what would make it possible."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=400)


REPLIES: dict[str, type[BaseModel]] = {"ask_back": AskBack, "cannot_answer": SayCannotAnswer}


def plan(
    question: str,
    context: PlanContext,
    menu: Mapping[str, Tool[Any]],
    model: ModelSession,
    earlier: Sequence[Mapping[str, Any]] = (),
) -> Plan:
    """The model's plan; a call that cannot be used is sent back once with the reason.

    ``earlier`` are this thread's questions with the tools called for them, so that "and meta?" can be understood.
    Raises ModelFailed.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    asked = {"earlier_in_this_thread": list(earlier), "question": question}
    messages = [
        SystemMessage(_instructions(question, context)),
        HumanMessage(json.dumps(asked, ensure_ascii=False)),
    ]
    schemas = [*(_schema(t.name, t.description, t.arguments) for t in menu.values()), *_reply_schemas()]
    certain = understood(question, context)
    for _attempt in ("first", "repair"):
        message = model.reply(messages, schemas)
        try:
            planned = _read(message, question, context, menu)
            if planned.calls:
                check(certain, planned.calls, context)
            carried = from_calls(planned.calls, context)
            return replace(planned, asked=carried, notes=note(certain, planned.calls) if planned.calls else ())
        except BadInput as error:
            messages.append(HumanMessage(f"That could not be used: {as_data(str(error), 500)}. Call a tool again."))
    raise ModelFailed("the model chose no tool call that can be used")


def _instructions(question: str, context: PlanContext) -> str:
    names = {
        "platforms": list(context.platforms),
        "analytics_platforms": list(context.analytics),
        **_analytics_names(question, context),
        "accounts": [{"name": as_data(a.name), "platform": a.platform} for a in context.accounts],
        "campaigns": [{"name": n, "platform": p} for n, p in _campaigns_to_show(question, context.campaigns)],
        "labels": {key: [as_data(v) for v in values] for key, values in context.labels.items()},
    }
    return prompts.load(
        "plan",
        today=context.today.isoformat(),
        timezone=context.timezone,
        week_start=WEEKDAYS[context.week_start],
        first_day=str(context.first_day or "no day"),
        last_day=str(context.last_day or "no day"),
        names=json.dumps(names, ensure_ascii=False),
    )


def _analytics_names(question: str, context: PlanContext) -> dict[str, list[str]]:
    """What analytics calls campaigns, sources or channels; nothing where none is loaded."""
    if not context.analytics_campaigns:
        return {}
    return {"analytics_campaigns": [n for n, _ in _campaigns_to_show(question, context.analytics_campaigns)]}


def _campaigns_to_show(question: str, known: Sequence[Entity]) -> list[tuple[str, str]]:
    """Every campaign, or those nearest to the question where there are too many for a prompt."""
    campaigns = list(dict.fromkeys((as_data(c.name), c.platform) for c in known))
    if len(campaigns) <= MAX_NAMES_SHOWN:
        return campaigns
    from rapidfuzz import fuzz

    return sorted(campaigns, key=lambda c: -fuzz.partial_ratio(c[0].casefold(), question.casefold()))[:MAX_NAMES_SHOWN]


def _schema(name: str, description: str, arguments: type[BaseModel]) -> dict[str, Any]:
    from langchain_core.utils.json_schema import dereference_refs

    parameters = dereference_refs(arguments.model_json_schema())  # many compatible servers do not follow $ref
    parameters.pop("$defs", None)
    parameters = _untitled(parameters)
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _untitled(schema: Any) -> Any:
    """Without pydantic's titles: each is a field's name once more, and all of them a tenth of what a model reads."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _untitled(part) for key, part in schema.items() if key != "title" or not isinstance(part, str)}


def _reply_schemas() -> list[dict[str, Any]]:
    return [_schema(name, model.__doc__ or "", model) for name, model in REPLIES.items()]


def _read(message: AIMessage, question: str, context: PlanContext, menu: Mapping[str, Tool[Any]]) -> Plan:
    if message.invalid_tool_calls:
        broken = message.invalid_tool_calls[0]
        raise BadInput(f"the arguments of {broken.get('name')!r} are not JSON: {str(broken.get('args'))[:200]}")
    if not message.tool_calls:
        raise BadInput("there was no tool call in the answer")
    for call in message.tool_calls:
        if call["name"] in REPLIES:
            return _reply(call["name"], call["args"], question, context)
    exact = _exact_names(context)
    calls = tuple(ToolCall(c["name"], _with_exact_names(c["args"], exact)) for c in message.tool_calls)
    validate(calls, menu, context)
    return Plan(calls=calls)


def _reply(name: str, args: Mapping[str, Any], question: str, context: PlanContext) -> Plan:
    try:
        reply = REPLIES[name].model_validate(args)
    except ValidationError as error:
        raise BadInput(f"{name}: {error.errors()[0]['msg']}") from None
    exact = _exact_names(context)
    names = {*exact.values(), *context.platforms, *context.analytics}
    text = as_data(reply.question if isinstance(reply, AskBack) else str(getattr(reply, "reason", "")), 400)
    if found := grounding.problems(text, (), names=names, question=question):
        raise BadInput(f"{name}: {'; '.join(found[:3])}")
    if not isinstance(reply, AskBack):
        return Plan(refused=text)
    choices = tuple(exact.get(c, c) for c in reply.choices)
    if unknown := [c for c in choices if c not in names]:
        raise BadInput(f"ask_back: {unknown[0][:80]!r} is not a name in the data")
    return Plan(clarify=Clarify(text, choices))


def _exact_names(context: PlanContext) -> dict[str, str]:
    """Names as the prompt shows them -> as they were imported."""
    known = (*context.accounts, *context.campaigns, *context.analytics_accounts, *context.analytics_campaigns)
    return {as_data(e.name): e.name for e in known}


def _with_exact_names(args: Mapping[str, Any], exact: Mapping[str, str]) -> dict[str, Any]:
    named = ("campaigns", "exclude_campaigns", "accounts")
    return {
        key: [exact.get(v, v) if isinstance(v, str) else v for v in value]
        if key in named and isinstance(value, list)
        else value
        for key, value in args.items()
    }
