"""What the real endpoint refuses before any model runs, with its words and codes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
Error = tuple[int, str, str | None]


def refusal(raw: bytes, authorization: str | None, key: str, models: frozenset[str]) -> Error | dict[str, Any]:
    """(status, message, code) of a refusal, or the parsed body."""
    if authorization is None:
        return 401, "You didn't provide an API key.", None
    if authorization != f"Bearer {key}":
        return 401, "Incorrect API key provided.", "invalid_api_key"
    try:
        body = json.loads(raw)
    except ValueError:
        return 400, "We could not parse the JSON body of your request.", None
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
        return 400, "Missing required parameter: 'messages'.", "missing_required_parameter"
    if body.get("model") not in models:
        return (
            404,
            f"The model `{body.get('model')}` does not exist or you do not have access to it.",
            "model_not_found",
        )
    return _parameters(body) or _tools(body) or _order(body) or body


def _parameters(body: Mapping[str, Any]) -> Error | None:
    if not str(body["model"]).startswith(("gpt-5", "o")):
        return None
    if body.get("max_tokens") is not None:
        wanted = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        return 400, wanted, "unsupported_parameter"
    if body.get("temperature") not in (None, 1, 1.0):
        return 400, "Unsupported value: 'temperature' does not support this value.", "unsupported_value"
    return None


def _tools(body: Mapping[str, Any]) -> Error | None:
    for tool in body.get("tools") or ():
        function = tool.get("function", {})
        if tool.get("type") != "function" or not _TOOL_NAME.fullmatch(str(function.get("name"))):
            return 400, "Invalid 'tools[0].function.name': string does not match pattern.", "invalid_value"
        if function.get("parameters", {}).get("type", "object") != "object":
            return 400, f"Invalid schema for function '{function['name']}'.", "invalid_function_parameters"
    return None


def _order(body: Mapping[str, Any]) -> Error | None:
    waiting: set[str] = set()
    for message in body["messages"]:
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in waiting:
                return 400, "messages with role 'tool' must follow a message with 'tool_calls'.", None
            waiting.discard(message["tool_call_id"])
        elif waiting:
            return 400, "An assistant message with 'tool_calls' must be followed by tool messages.", None
        waiting |= {c["id"] for c in message.get("tool_calls") or ()}
    return (400, "An assistant message with 'tool_calls' must be followed by tool messages.", None) if waiting else None
