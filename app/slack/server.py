"""Serving Bolt over HTTP: a threaded WSGI server, because Bolt's work is synchronous.

The signature is checked before anything of a request is read as text or JSON, and a request has to arrive within
``ARRIVES_WITHIN_S``: whoever drips a byte a second holds no thread for long.
"""

from __future__ import annotations

import io
import logging
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cheroot import server as cheroot_server
from cheroot import wsgi
from pydantic import SecretStr
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier
from sqlalchemy.exc import SQLAlchemyError

from app.slack.listeners import close

log = logging.getLogger("budgeteer.slack.http")
PATH = "/slack/events"
MAX_BODY = 1_000_000  # Slack's own payloads stay far below
ARRIVES_WITHIN_S = 2.0  # Slack sends a request at once, and counts three seconds from then
THREADS = 16


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


def serve(app: App, signing_secret: SecretStr, host: str = "127.0.0.1", port: int = 0) -> Handle:
    """Serve ``POST /slack/events`` (and ``GET /healthz``) in a thread; ``port`` 0 takes a free one."""
    server = wsgi.Server((host, port), _Site(app, signing_secret), numthreads=THREADS, max=2 * THREADS)
    server.ConnectionClass, server.gateway = _Connection, _Gateway
    server.max_request_body_size = MAX_BODY
    server.shutdown_timeout = 5
    server.prepare()
    thread = threading.Thread(target=server.serve, name="slack-http", daemon=True)
    thread.start()
    return Handle(app, server, thread)


class _Connection(cheroot_server.HTTPConnection):
    """A connection whose request has a deadline for the whole of it; the server's own is for each read."""

    def communicate(self) -> bool:
        self.deadline = threading.Timer(ARRIVES_WITHIN_S, self._hang_up)
        self.deadline.daemon = True
        self.deadline.start()
        try:
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        finally:
            self.deadline.cancel()

    def _hang_up(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class _Gateway(wsgi.Gateway_10):
    """Reads the whole body first, and ends the deadline with it: what comes after is our own time."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        length = environ.get("CONTENT_LENGTH", "")
        body = environ["wsgi.input"].read(int(length)) if length.isascii() and length.isdigit() else b""
        environ["wsgi.input"] = io.BytesIO(body)
        self.req.conn.deadline.cancel()
        return environ


class _Site:
    def __init__(self, app: App, signing_secret: SecretStr) -> None:
        self._slack = SlackRequestHandler(app, path=PATH)
        self._signature = SignatureVerifier(signing_secret.get_secret_value())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if (method, path) == ("GET", "/healthz"):
            return _plain(start_response, "200 OK", b"ok")
        if (method, path) != ("POST", PATH):
            return _plain(start_response, "404 Not Found", b"not found")
        if not self._signed(environ):
            return _plain(start_response, "401 Unauthorized", b"invalid request")
        try:
            answer: Iterable[bytes] = self._slack(environ, start_response)
        except ValueError:
            return _plain(start_response, "400 Bad Request", b"not readable")
        except SQLAlchemyError as error:  # not recorded, so not taken: Slack sends an event again
            log.error("a request was not taken, the store is away: %s", type(error).__name__)
            return _plain(start_response, "503 Service Unavailable", b"try again")
        except Exception as error:
            log.error("a request failed: %s", type(error).__name__)
            return _plain(start_response, "500 Internal Server Error", b"failed")
        return answer

    def _signed(self, environ: dict[str, Any]) -> bool:
        """Whether Slack sent this, a few minutes ago at most."""
        at, signature = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""), environ.get("HTTP_X_SLACK_SIGNATURE", "")
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        if not (at.isascii() and at.isdigit() and len(at) < 20 and signature.isascii()):
            return False
        try:
            return bool(self._signature.is_valid(body, at, signature))
        except UnicodeDecodeError:
            return False


def _plain(start_response: Any, status: str, body: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
