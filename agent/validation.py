"""Every planned call passes here, whoever planned it: a known tool, typed arguments, known names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.state import PlanContext, ToolCall
from domain.errors import BadInput
from tools.base import Arguments, Tool

MAX_TOOL_CALLS = 8


@dataclass(frozen=True, slots=True)
class ValidCall:
    """A call that may run."""

    tool: Tool[Any]
    arguments: Arguments


def validate(calls: Sequence[ToolCall], menu: Mapping[str, Tool[Any]], context: PlanContext) -> tuple[ValidCall, ...]:
    """The calls with typed arguments.

    Raises:
        BadInput: an unknown tool, argument, platform, campaign or account, or too many calls; says what is allowed.
    """
    if len(calls) > MAX_TOOL_CALLS:
        raise BadInput(f"{len(calls)} tool calls for one question; at most {MAX_TOOL_CALLS}")
    return tuple(_valid(call, menu, context) for call in calls)


def _valid(call: ToolCall, menu: Mapping[str, Tool[Any]], context: PlanContext) -> ValidCall:
    if call.name not in menu:
        raise BadInput(f"there is no tool {call.name[:60]!r}; tools: {', '.join(menu)}")
    tool = menu[call.name]
    try:
        arguments = tool.arguments.model_validate_json(json.dumps(dict(call.args)))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors()[:5])
        raise BadInput(f"{call.name}: {wrong}") from None
    except TypeError as error:
        raise BadInput(f"{call.name}: {error}") from None
    _check_names(call.name, arguments, context)
    return ValidCall(tool, arguments)


def _check_names(tool: str, arguments: Arguments, context: PlanContext) -> None:
    campaigns = frozenset(c.name for c in (*context.campaigns, *context.analytics_campaigns))
    labels = frozenset(f"{key}={value}" for key, values in context.labels.items() for value in values)
    known = {
        "platforms": frozenset((*context.platforms, *context.analytics)),
        "campaigns": campaigns,
        "exclude_campaigns": campaigns,
        "accounts": frozenset(a.name for a in (*context.accounts, *context.analytics_accounts)),
        "labels": labels,
        "exclude_labels": labels,
    }
    for field, allowed in known.items():
        for name in getattr(arguments, field, ()):
            if name not in allowed:
                raise BadInput(f"{tool}: {field} has {name[:80]!r}, which is not in the data{_nearest(name, allowed)}")


def _nearest(name: str, allowed: frozenset[str]) -> str:
    from rapidfuzz import process

    near = [match for match, *_ in process.extract(name, sorted(allowed), limit=3)]
    return f"; nearest: {', '.join(map(repr, near))}" if near else ""
