"""A loopback server that speaks OpenAI's chat completions, scripted by a queue of behaviours."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from emulators.openai import honest
from emulators.openai.behaviours import Behaviour, Call, Drip, Drop, Fail, Hang, Raw, Say
from emulators.openai.checks import refusal

DEFAULT_KEY = "sk-emulated"
DEFAULT_MODELS = frozenset({"gpt-5-mini", "gpt-4o-mini"})


@dataclass(slots=True)
class OpenAIEmulator:
    """The running server. ``requests`` are the bodies it took, in order; ``queue`` scripts what comes next."""

    key: str
    models: frozenset[str]
    default: Callable[[Mapping[str, Any]], Behaviour]
    requests: list[dict[str, Any]] = field(default_factory=list)
    _script: deque[Behaviour] = field(default_factory=deque)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("the emulator is not running")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL that a client is given."""
        return f"http://127.0.0.1:{self.port}/v1"

    def queue(self, *behaviours: Behaviour) -> None:
        """Do these for the next requests, one each; after them ``default`` again."""
        with self._lock:
            self._script.extend(behaviours)

    def next_behaviour(self, body: dict[str, Any]) -> Behaviour:
        with self._lock:
            self.requests.append(body)
            return self._script.popleft() if self._script else self.default(body)

    def wait(self, seconds: float) -> bool:
        """Wait; True as soon as the emulator stops."""
        return self._stopping.wait(seconds)

    def stop(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def start(
    key: str = DEFAULT_KEY,
    models: Iterable[str] = DEFAULT_MODELS,
    default: Callable[[Mapping[str, Any]], Behaviour] = honest.respond,
    port: int = 0,
) -> OpenAIEmulator:
    """Serve on loopback until ``stop()``."""
    emulator = OpenAIEmulator(key, frozenset(models), default)

    class Handler(_Handler):
        pass

    Handler.emulator = emulator
    emulator._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    emulator._server.daemon_threads = True
    threading.Thread(target=emulator._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return emulator


class _Handler(BaseHTTPRequestHandler):
    emulator: OpenAIEmulator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._error(Fail(404, f"Invalid URL (GET {self.path})"))
        elif self.headers.get("Authorization") != f"Bearer {self.emulator.key}":
            self._error(Fail(401, "Incorrect API key provided.", "invalid_api_key"))
        else:
            listed = [
                {"id": name, "object": "model", "created": 0, "owned_by": "emulated"} for name in self.emulator.models
            ]
            self._send(200, json.dumps({"object": "list", "data": listed}))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/v1/chat/completions":
            self._error(Fail(404, f"Invalid URL (POST {self.path})"))
            return
        checked = refusal(raw, self.headers.get("Authorization"), self.emulator.key, self.emulator.models)
        if isinstance(checked, tuple):
            status, message, code = checked
            self._error(Fail(status, message, code))
            return
        self._behave(self.emulator.next_behaviour(checked), checked)

    def _behave(self, behaviour: Behaviour, body: Mapping[str, Any]) -> None:
        match behaviour:
            case Say() | Call() if body.get("stream"):
                self._stream(behaviour, body)
            case Say() | Call():
                self._send(200, json.dumps(completion(behaviour, body)))
            case Fail():
                self._error(behaviour)
            case Raw():
                self._send(200, behaviour.body, behaviour.content_type, behaviour.headers)
            case Hang():
                self.emulator.wait(behaviour.seconds)
                self.close_connection = True
            case Drip():
                self._drip(behaviour)
            case Drop():
                self._head(200, "application/json", 10_000)
                self.wfile.write(b'{"id": "chatcmpl-0", "choices": [')
                self.close_connection = True

    def _stream(self, behaviour: Say | Call, body: Mapping[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for chunk in chunks(behaviour, body):
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")

    def _drip(self, drip: Drip) -> None:
        self._head(200, "application/json", 1_000_000)
        try:
            while not self.emulator.wait(drip.every_seconds):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:  # the client gave up, which is what it should do
            pass
        self.close_connection = True

    def _error(self, fail: Fail) -> None:
        kind = {429: "rate_limit_error", 401: "invalid_request_error", 400: "invalid_request_error"}
        error = {
            "message": fail.message,
            "type": kind.get(fail.status, "server_error"),
            "param": None,
            "code": fail.code,
        }
        headers = {} if fail.retry_after is None else {"Retry-After": f"{fail.retry_after:g}"}
        self._send(fail.status, json.dumps({"error": error}), headers=headers)

    def _send(
        self, status: int, text: str, content_type: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        data = text.encode()
        self._head(status, content_type, len(data), headers)
        self.wfile.write(data)

    def _head(self, status: int, content_type: str, length: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it
        """Keep quiet: tests read ``requests``."""


def completion(behaviour: Say | Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """One whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    if isinstance(behaviour, Say):
        message["content"], reason = behaviour.text, behaviour.finish_reason
    else:
        message["tool_calls"], reason = behaviour.tool_calls(), "tool_calls"
    prompt = len(json.dumps(body)) // 4
    answer = len(json.dumps(message)) // 4
    total = behaviour.total_tokens if behaviour.total_tokens is not None else prompt + answer
    return {
        "id": "chatcmpl-emulated",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": total},
    }


def chunks(behaviour: Say | Call, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same answer in pieces: text by word, a tool call's name first and its arguments in two halves."""
    base = {"id": "chatcmpl-emulated", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    if isinstance(behaviour, Say):
        deltas += [{"content": f"{word} "} for word in behaviour.text.split(" ")]
        reason = behaviour.finish_reason
    else:
        reason = "tool_calls"
        for n, call in enumerate(behaviour.tool_calls()):
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            half = len(arguments) // 2
            first = {"index": n, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}
            deltas.append({"tool_calls": [first]})
            deltas += [
                {"tool_calls": [{"index": n, "function": {"arguments": part}}]}
                for part in (arguments[:half], arguments[half:])
            ]
    pieces = [{**base, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    return [*pieces, {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}]
