"""Serving Bolt over HTTP: a threaded WSGI server, because Bolt's work is synchronous."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cheroot import wsgi
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler

from app.slack.listeners import close

PATH = "/slack/events"
MAX_BODY = 1_000_000  # Slack's own payloads stay far below


@dataclass(frozen=True, slots=True)
class Handle:
    """A running server."""

    app: App
    server: wsgi.Server
    thread: threading.Thread

    @property
    def port(self) -> int:
        return int(self.server.bind_addr[1])

    @property
    def url(self) -> str:
        """The request URL for Slack's settings."""
        return f"http://{self.server.bind_addr[0]}:{self.port}{PATH}"

    def stop(self) -> None:
        """Take no more requests, then let the workers finish."""
        self.server.stop()
        self.thread.join(timeout=10)
        close(self.app)


def serve(app: App, host: str = "127.0.0.1", port: int = 0) -> Handle:
    """Serve ``POST /slack/events`` (and ``GET /healthz``) in a thread; ``port`` 0 takes a free one."""
    server = wsgi.Server((host, port), _Site(app), numthreads=8, max=32)
    server.max_request_body_size = MAX_BODY
    server.shutdown_timeout = 5
    server.prepare()
    thread = threading.Thread(target=server.serve, name="slack-http", daemon=True)
    thread.start()
    return Handle(app, server, thread)


class _Site:
    def __init__(self, app: App) -> None:
        self._slack = SlackRequestHandler(app, path=PATH)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] == "/healthz":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ok"]
        answer: Iterable[bytes] = self._slack(environ, start_response)
        return answer
