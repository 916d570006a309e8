"""Slack on loopback: its Web API over HTTP, signed deliveries to the app, and a control API for people.

``start()`` returns a handle for use in one process; ``RemoteSlack(url)`` drives the same
workspace from another one through ``POST /control/{verb}``.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from emulators.slack.events import Sender
from emulators.slack.person import People, Refusal
from emulators.slack.socket_mode import SocketMode
from emulators.slack.validate import Rejected, check_message
from emulators.slack.web_api import METHODS, needed
from emulators.slack.workspace import BOT, BOT_USER, Workspace

SECONDS_PER_UPDATE = 60 / 50  # chat.update is a method of Tier 3: about fifty a minute for the whole workspace
DEFAULT_TOKEN = "xoxb-emulated-token"
DEFAULT_SECRET = "emulated-signing-secret"
DEFAULT_APP_TOKEN = "xapp-emulated-token"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>"


@dataclass
class Limits:
    """Slack's posting limit: one message a second a channel, with short bursts. ``per_message`` 0 switches it off."""

    per_message: float = 1.0
    burst: int = 3
    _credit: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, channel: str) -> float:
        """Seconds until ``channel`` may be posted to; 0 takes one message's credit."""
        if self.per_message <= 0:
            return 0.0
        with self._lock:
            now = time.monotonic()
            credit, at = self._credit.get(channel, (float(self.burst), now))
            credit = min(float(self.burst), credit + (now - at) / self.per_message)
            taken = credit >= 1
            self._credit[channel] = (credit - 1 if taken else credit, now)
            return 0.0 if taken else (1 - credit) * self.per_message


@dataclass
class Slack:
    """The running emulator. ``people`` acts for persons; ``faults`` maps a method to answers to give instead, in order.

    A fault is ``("http", 500)``, ``("error", "fatal_error")``, ``("429", 2)`` or ``("lost", 0)``: done, but the
    connection is cut before the answer.
    """

    workspace: Workspace
    people: People
    sender: Sender
    limits: Limits
    updates: Limits
    token: str
    server: ThreadingHTTPServer
    sockets: SocketMode
    app_token: str = DEFAULT_APP_TOKEN
    faults: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        """What the app gets as ``SLACK_API_URL``."""
        return f"http://127.0.0.1:{self.port}/api/"

    def connect(self, request_url: str) -> None:
        """Name the app's request URL, as an administrator does; Slack verifies it with a challenge."""
        self.sender.url, self.people.sender = request_url, self.sender
        challenge = secrets.token_hex(16)
        reply = self.sender.send(json.dumps({"type": "url_verification", "token": "unused", "challenge": challenge}))
        if challenge not in reply.body:
            raise Refusal(f"the request URL did not answer the challenge: {reply}")

    def enable_socket_mode(self) -> None:
        """Switch the app to Socket Mode, as an administrator does: from now on everything goes over its connections."""
        if self.people.sender is not self.sockets:
            self.sockets.start()
            self.people.sender = self.sockets

    @property
    def listening(self) -> bool:
        """Whether the app was told where it gets its deliveries from."""
        return self.people.sender is self.sockets or self.sender.url is not None

    def stop(self) -> None:
        """Close the port; open connections end."""
        self.sockets.stop()
        self.server.shutdown()
        self.server.server_close()


def start(
    *,
    port: int = 0,
    token: str = DEFAULT_TOKEN,
    signing_secret: str = DEFAULT_SECRET,
    seconds_per_message: float = 1.0,
    retry_after: tuple[float, ...] = (0.0, 60.0, 300.0),
    people: dict[str, str] | None = None,
    channels: dict[str, str] | None = None,
    socket_mode: bool = False,
) -> Slack:
    """Start the emulator on loopback; ``port`` 0 takes a free one."""
    workspace = Workspace()
    workspace.people.update(people or {})
    workspace.channels.update(channels or {})
    sender = Sender(signing_secret, retry_after=retry_after)
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    updates = Limits(SECONDS_PER_UPDATE if seconds_per_message else 0, burst=10)
    posts = Limits(seconds_per_message)
    sockets = SocketMode(workspace, retry_after=retry_after)
    at_work = People(workspace, sender, f"http://127.0.0.1:{server.server_address[1]}")
    slack = Slack(workspace, at_work, sender, posts, updates, token, server, sockets)
    server.slack = slack  # type: ignore[attr-defined]
    if socket_mode:
        slack.enable_socket_mode()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return slack


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path.startswith("/api/"):
            self._web_api(path.removeprefix("/api/"), body)
        elif path.startswith("/upload/"):
            self._upload(path.removeprefix("/upload/"), body)
        elif path.startswith("/files-pri/"):
            self._file(path.split("/")[2].partition("-")[2])
        elif path.startswith("/response/"):
            self._response(path.removeprefix("/response/"), body)
        elif path == "/":
            self._page(200, LOGIN_PAGE)
        elif path.startswith("/control/"):
            self._control(path.removeprefix("/control/"), body)
        else:
            self._answer(404, {"ok": False, "error": "not_found"})

    do_GET = do_POST  # noqa: N815  the name http.server looks for

    @property
    def slack(self) -> Slack:
        return self.server.slack  # type: ignore[attr-defined,no-any-return]

    def _web_api(self, method: str, body: bytes) -> None:
        args = self._arguments(body)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or args.pop("token", "")
        self.slack.calls.append((method, dict(args)))
        if not token:
            return self._answer(200, {"ok": False, "error": "not_authed"})
        if token not in (self.slack.token, self.slack.app_token):
            return self._answer(200, {"ok": False, "error": "invalid_auth"})
        if (method == "apps.connections.open") is not (token == self.slack.app_token):
            return self._answer(200, {"ok": False, "error": "not_allowed_token_type"})
        if method not in METHODS:
            return self._answer(200, {"ok": False, "error": "unknown_method", "req_method": method})
        scope, granted = needed(method, args), self.slack.workspace.scopes
        if scope is not None and scope not in granted:
            refusal = {"ok": False, "error": "missing_scope", "needed": scope, "provided": ",".join(sorted(granted))}
            return self._answer(200, refusal, self._scopes())
        kind, detail = self._fault(method)
        if kind == "http":
            return self._answer(detail, {"ok": False, "error": "fatal_error"})
        if kind == "error":
            return self._answer(200, {"ok": False, "error": detail})
        wait = detail if kind == "429" else self._wait(method, args)
        if wait:
            return self._answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(max(1, round(wait)))})
        answer = self._call(method, args)
        if method == "chat.postMessage" and answer["ok"] and self.slack.listening:
            posted = answer["message"] | {"channel": answer["channel"], "event_ts": answer["ts"]}
            self.slack.people.deliver(posted)  # an app hears its own messages too
        if kind == "lost":
            self.close_connection = True
            return None
        return self._answer(200, answer, self._scopes())

    def _scopes(self) -> dict[str, str]:
        """Slack says with each answer what the token was granted."""
        return {"x-oauth-scopes": ",".join(sorted(self.slack.workspace.scopes))}

    def _call(self, method: str, args: dict[str, Any]) -> dict[str, Any]:
        try:
            base = f"http://127.0.0.1:{self.slack.port}"
            address = self.slack.sockets.address if self.slack.people.sender is self.slack.sockets else None
            return {"ok": True} | METHODS[method](self.slack.workspace, args | {"_base": base, "_address": address})
        except Rejected as error:
            answer: dict[str, Any] = {"ok": False, "error": error.error}
            if error.messages:
                answer |= {"errors": list(error.messages), "response_metadata": {"messages": list(error.messages)}}
            return answer

    def _fault(self, method: str) -> tuple[str, Any]:
        waiting = self.slack.faults.get(method)
        return waiting.pop(0) if waiting else ("", None)

    def _wait(self, method: str, args: dict[str, Any]) -> float:
        if method == "chat.update":
            return self.slack.updates.wait("workspace")
        return self.slack.limits.wait(str(args.get("channel"))) if method == "chat.postMessage" else 0.0

    def _arguments(self, body: bytes) -> dict[str, Any]:
        args: dict[str, Any] = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if "json" in (self.headers.get("Content-Type") or ""):
            return args | (json.loads(body) if body else {})
        return args | dict(parse_qsl(body.decode(), keep_blank_values=True))

    def _upload(self, identifier: str, body: bytes) -> None:
        file = self.slack.workspace.files.get(identifier)
        if file is None:
            return self._answer(404, {"ok": False, "error": "file_not_found"})
        file["data"] = body
        return self._answer(200, {"ok": True})

    def _file(self, identifier: str) -> None:
        """A file's content for the bot's token; the login page for everybody else, as recorded from the real site."""
        file = self.slack.workspace.files.get(identifier)
        if self.headers.get("Authorization") != f"Bearer {self.slack.token}":
            where = f"http://127.0.0.1:{self.slack.port}/?redir={quote(self.path)}"
            return self._page(302, b"", {"Location": where})
        if file is None or file.get("data") is None:
            return self._page(404, LOGIN_PAGE)
        return self._page(200, file["data"], {"Content-Type": file["mimetype"]})

    def _response(self, identifier: str, body: bytes) -> None:
        """An answer through ``response_url``: five times at most, ephemeral unless it says ``in_channel``."""
        w = self.slack.workspace
        with w.changed:
            whose = w.responses.get(identifier)
            if whose is None or whose["left"] <= 0:
                return self._page(404, b"used_url" if whose else b"no_such_url")
            whose["left"] -= 1
        said = json.loads(body)
        try:
            check_message(said.get("text"), said.get("blocks"))
        except Rejected as error:
            return self._page(400, error.error.encode())
        shown = {"channel": whose["channel"], "user": whose["user"], "text": said.get("text") or "", "ts": w.ts()}
        if said.get("response_type") == "in_channel":
            w.add(shown | {"type": "message", "user": BOT_USER, "bot_id": BOT, "blocks": said.get("blocks") or []})
        else:
            w.note(w.ephemeral, shown | {"thread_ts": None, "blocks": said.get("blocks") or []})
        return self._page(200, b"ok")

    def _page(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _control(self, verb: str, body: bytes) -> None:
        args = json.loads(body) if body else {}
        try:
            self._answer(200, {"ok": True, "result": _CONTROL[verb](self.slack, args)})
        except KeyError as error:
            self._answer(400, {"ok": False, "error": f"unknown verb or missing argument: {error}"})
        except (Refusal, RuntimeError, TimeoutError) as error:
            self._answer(409, {"ok": False, "error": str(error)})

    def _answer(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


def _state(slack: Slack, _args: dict[str, Any]) -> dict[str, Any]:
    w = slack.workspace
    with w.changed:
        files = [{k: v for k, v in f.items() if k != "data"} for f in w.files.values()]
        return {"ephemeral": list(w.ephemeral), "statuses": list(w.statuses), "views": list(w.views.values()),
                "files": files, "people": dict(w.people), "channels": dict(w.channels), "homes": dict(w.homes),
                "prompts": list(w.prompts)}  # fmt: skip


_CONTROL = {
    "connect": lambda s, a: s.connect(a["url"]),
    "mention": lambda s, a: s.people.mention(**a),
    "say": lambda s, a: s.people.say(**a),
    "dm": lambda s, a: s.people.dm(**a),
    "click": lambda s, a: asdict(s.people.click(**a)),
    "submit": lambda s, a: asdict(s.people.submit(**a)),
    "command": lambda s, a: asdict(s.people.command(**a)),
    "messages": lambda s, a: s.workspace.messages(**a),
    "drop": lambda s, a: s.people.drop(a["user"], a["name"], base64.b64decode(a["content"]), a.get("text", "")),
    "open_home": lambda s, a: s.people.open_home(a["user"]),
    "open_assistant": lambda s, a: s.people.open_assistant(a["user"]),
    "socket_mode": lambda s, _: s.enable_socket_mode(),
    "wait_for_line": lambda s, a: s.sockets.wait_for_line(**a),
    "disconnect": lambda s, a: s.sockets.disconnect(**a),
    "again": lambda s, a: asdict(s.sockets.again(**a)),
    "state": _state,
}
