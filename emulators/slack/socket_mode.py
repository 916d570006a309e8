"""Socket Mode: the same deliveries over WebSockets that the app opens, so that it needs no public address.

``apps.connections.open`` gives an address that is good for one connection. Each connection begins with ``hello``; each
envelope waits for its acknowledgement on the connection that carried it, and goes out again where that ended first.
Events without an acknowledgement come again with ``retry_attempt``; clicks and commands do not.
Source: docs.slack.dev/apis/events-api/using-socket-mode. Assumed: that an acknowledgement on another connection does
not count, and that an envelope whose connection ended keeps its id.
"""

from __future__ import annotations

import http
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from emulators.slack.events import Payload, Reply, envelope
from emulators.slack.workspace import APP, Workspace

GRACE_S = 0.3  # between ``disconnect`` and the end of a connection; ten seconds in the real Slack
MAX_CONNECTIONS = 10


@dataclass
class _Line:
    """One open connection and the envelopes it carries, by id, with what was answered."""

    socket: ServerConnection
    waiting: dict[str, Reply | None] = field(default_factory=dict)
    open: bool = True
    leaving: bool = False  # told to go: nothing more is sent on it


@dataclass
class SocketMode:
    """The workspace's side. ``log`` holds every envelope (as JSON) and what was answered."""

    workspace: Workspace
    ack_seconds: float = 3.0
    retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
    log: list[tuple[str, Reply]] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)
    greeted: int = 0  # connections ever opened
    _tickets: set[str] = field(default_factory=set)
    _turn: itertools.count[int] = field(default_factory=itertools.count)
    _changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    _server: Server | None = None

    def start(self) -> None:
        """Listen on a free loopback port."""
        self._server = serve(self._serve, "127.0.0.1", 0, process_request=self._admit, close_timeout=1)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.shutdown()
        for line in list(self.lines):
            line.socket.close()

    def address(self) -> str:
        """An address for one connection, as ``apps.connections.open`` gives it."""
        if self._server is None:
            raise RuntimeError("Socket Mode is not started")
        ticket = self.workspace.serial("ticket")
        with self._changed:
            self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link/?ticket={ticket}&app_id={APP}"

    def event(self, event: Payload, event_id: str) -> Reply:
        """An event, delivered again with ``retry_attempt`` until it is acknowledged."""
        payload = envelope(event, event_id)
        reply = self._deliver("events_api", payload, retry_attempt=0, retry_reason="")
        for number, wait in enumerate(self.retry_after, start=1):
            if reply.status == 200:
                break
            time.sleep(wait)
            reply = self._deliver("events_api", payload, retry_attempt=number, retry_reason="timeout")
        return reply

    def interaction(self, payload: Payload) -> Reply:
        """A click or a submitted view."""
        return self._deliver("interactive", payload)

    def command(self, fields: dict[str, str]) -> Reply:
        """A slash command."""
        return self._deliver("slash_commands", fields)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection to go (``warning``, ``refresh_requested`` or ``link_disabled``), and end it soon."""
        with self._changed:
            leaving = list(self.lines)
            for line in leaving:
                line.leaving = True
        for line in leaving:
            _send(line, {"type": "disconnect", "reason": reason, "debug_info": {"host": "emulator"}})
            threading.Timer(GRACE_S, line.socket.close).start()

    def cut(self) -> None:
        """End every connection without a word."""
        for line in list(self.lines):
            line.socket.close(code=1001)

    def again(self, having: str = "", timeout: float = 10.0) -> Reply:
        """Deliver the last envelope with ``having`` in it once more, under the same id, when there is a connection."""
        body = next(b for b, _ in reversed(self.log) if having in b)
        return self._carry(json.loads(body), timeout)

    def wait_for_line(self, opened: int = 1, timeout: float = 20.0) -> None:
        """Until ``opened`` connections were greeted in all and one is there. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.greeted >= opened and self._free() is not None, timeout):
                raise TimeoutError(f"{self.greeted} connections were opened, {len(self.lines)} are")

    def wait_for_reply(self, having: str, status: int, timeout: float = 30.0) -> Reply:
        """The first answer of this status (0: none in time) to an envelope with ``having``. Raises TimeoutError."""

        def found() -> list[Reply]:
            return [reply for body, reply in self.log if having in body and reply.status == status]

        with self._changed:
            if not self._changed.wait_for(found, timeout):
                raise TimeoutError(f"no answer {status} to {having} in {timeout} s, of {len(self.log)} envelopes")
            return found()[0]

    def _deliver(self, kind: str, payload: Any, **more: Any) -> Reply:
        sent = {
            "envelope_id": self.workspace.serial("env-"), "type": kind, "payload": payload,
            "accepts_response_payload": kind != "events_api", **more,
        }  # fmt: skip
        return self._carry(sent, self.ack_seconds)

    def _carry(self, sent: Payload, seconds: float) -> Reply:
        """Send one envelope until a connection acknowledged it, each time on one that is open."""
        identifier, deadline, reply = sent["envelope_id"], time.monotonic() + seconds, Reply(0, reason="timeout")
        with self._changed:
            while (left := deadline - time.monotonic()) > 0:
                line = self._free()
                if line is None:
                    self._changed.wait(left)
                    continue
                line.waiting[identifier] = None
                _send(line, sent)
                if (answer := self._answer(line, identifier, deadline)) is not None:
                    reply = answer
                    break
        with self._changed:
            self.log.append((json.dumps(sent), reply))
            self._changed.notify_all()
        return reply

    def _answer(self, line: _Line, identifier: str, deadline: float) -> Reply | None:
        """What came back on ``line``; None where it ended first or the time is over."""
        while line.open and line.waiting[identifier] is None and (left := deadline - time.monotonic()) > 0:
            self._changed.wait(left)
        return line.waiting.pop(identifier)

    def _free(self) -> _Line | None:
        """A connection to send on: Slack takes any of those that are open."""
        there = [line for line in self.lines if line.open and not line.leaving]
        return there[next(self._turn) % len(there)] if there else None

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        with self._changed:
            known, full = ticket in self._tickets, len(self.lines) >= MAX_CONNECTIONS
            self._tickets.discard(ticket)
        if not known:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "unknown ticket\n")
        return connection.respond(http.HTTPStatus.TOO_MANY_REQUESTS, "too many websockets\n") if full else None

    def _serve(self, socket: ServerConnection) -> None:
        line = _Line(socket)
        about = {"host": "emulator", "build_number": 1, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.lines) + 1, "connection_info": {"app_id": APP}}
        hello["debug_info"] = about
        _send(line, hello)
        with self._changed:
            self.lines.append(line)
            self.greeted += 1
            self._changed.notify_all()
        try:
            for message in socket:
                self._acknowledged(line, str(message))
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                line.open = False
                self.lines.remove(line)
                self._changed.notify_all()

    def _acknowledged(self, line: _Line, message: str) -> None:
        try:
            said = json.loads(message)
        except ValueError:
            return  # the builtin client's pings are frames, not messages; anything else is no acknowledgement
        with self._changed:
            if said.get("envelope_id") in line.waiting:
                payload = said.get("payload")
                line.waiting[said["envelope_id"]] = Reply(200, json.dumps(payload) if payload else "")
                self._changed.notify_all()


def _send(line: _Line, message: Payload) -> None:
    try:
        line.socket.send(json.dumps(message))
    except ConnectionClosed:
        line.open = False
