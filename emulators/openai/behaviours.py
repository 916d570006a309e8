"""What the emulated chat model can be told to do, one behaviour a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with text."""

    text: str
    finish_reason: str = "stop"
    total_tokens: int | None = None  # what usage claims; None counts roughly


@dataclass(frozen=True, slots=True)
class Call:
    """Call tools: (name, arguments). Arguments that are a str go out as they stand, malformed or not."""

    calls: tuple[tuple[str, Mapping[str, Any] | str], ...]
    total_tokens: int | None = None

    def tool_calls(self) -> list[dict[str, Any]]:
        return [
            {
                "id": f"call_{n}",
                "type": "function",
                "function": {"name": name, "arguments": args if isinstance(args, str) else json.dumps(args)},
            }
            for n, (name, args) in enumerate(self.calls)
        ]


@dataclass(frozen=True, slots=True)
class Fail:
    """An HTTP error as OpenAI words it: 429 (with ``Retry-After`` or without), 500, 503, 400."""

    status: int
    message: str = "The server had an error while processing your request."
    code: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Accept the request and say nothing until the emulator stops (or ``seconds`` have passed)."""

    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Drip:
    """Send a byte at a time, each within any read timeout, and never finish."""

    every_seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection in the middle of the body."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Any body with status 200: HTML, half a JSON, ``{"choices": null}``."""

    body: str
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CHOICES = Raw('{"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": "gpt-5-mini"}')
NULL_CHOICES = Raw('{"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": "m", "choices": null}')
EMPTY_CHOICES = Raw('{"id": "chatcmpl-0", "object": "chat.completion", "created": 0, "model": "m", "choices": []}')
HTML = Raw("<html><body>Bad gateway 502</body></html>", "text/html")
HALF_JSON = Raw('{"id": "chatcmpl-0", "choices": [{"index": 0, "mess')

Behaviour = Say | Call | Fail | Hang | Drip | Drop | Raw
