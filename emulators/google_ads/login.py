"""Who is calling: the OAuth token endpoint, and the checks on every call's metadata.

Read from the shipped protos: the error enums. Assumed: their pairing with UNAUTHENTICATED,
PERMISSION_DENIED and INVALID_ARGUMENT, and a token's life of an hour.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc

from emulators.google_ads.failures import PlatformFailure
from emulators.google_ads.faults import FaultScript

TOKEN_LIFE_S = 3600


class Login:
    """The secrets that this run accepts, and the access tokens it has given out."""

    def __init__(self, manager_id: str, customer_ids: tuple[str, ...]) -> None:
        self.manager_id, self.customer_ids = manager_id, customer_ids
        self.developer_token = f"dev-{secrets.token_hex(11)}"
        self.client_id = f"{secrets.token_hex(6)}.apps.googleusercontent.com"
        self.client_secret = f"GOCSPX-{secrets.token_hex(14)}"
        self.refresh_token = f"1//{secrets.token_hex(20)}"
        self._lock = threading.Lock()
        self._expiry: dict[str, float] = {}

    def secrets(self) -> tuple[str, ...]:
        """Everything that must never appear in a text."""
        with self._lock:
            return (self.developer_token, self.client_secret, self.refresh_token, *self._expiry)

    def issue(self) -> str:
        token = f"ya29.{secrets.token_hex(24)}"
        with self._lock:
            self._expiry[token] = time.monotonic() + TOKEN_LIFE_S
        return token

    def expire_tokens(self) -> None:
        """Let every access token given out so far be expired."""
        with self._lock:
            self._expiry = dict.fromkeys(self._expiry, 0.0)

    def check(self, context: grpc.ServicerContext, customer_id: str | None) -> None:
        """Raise what the platform would for these credentials."""
        metadata = {k: v for k, v in context.invocation_metadata() if isinstance(v, str)}
        self._check_bearer(metadata.get("authorization"))
        self._check_developer_token(metadata.get("developer-token"))
        self._check_customer(metadata.get("login-customer-id"), customer_id)

    def _check_bearer(self, header: str | None) -> None:
        if header is None or not header.startswith("Bearer "):
            raise _unauthenticated("OAUTH_TOKEN_HEADER_INVALID", "The request has no valid OAuth header.")
        with self._lock:
            expiry = self._expiry.get(header.removeprefix("Bearer "))
        if expiry is None:
            raise _unauthenticated("OAUTH_TOKEN_INVALID", "The OAuth token in the header is not valid.")
        if expiry <= time.monotonic():
            raise _unauthenticated("OAUTH_TOKEN_EXPIRED", "The OAuth token in the header has expired.")

    def _check_developer_token(self, token: str | None) -> None:
        if token is None:
            raise PlatformFailure(
                "request_error", "DEVELOPER_TOKEN_PARAMETER_MISSING", "The developer token parameter is missing."
            )
        if token != self.developer_token:
            raise _unauthenticated("DEVELOPER_TOKEN_INVALID", "The developer token is not valid.")

    def _check_customer(self, login: str | None, customer_id: str | None) -> None:
        if login is not None and (not login.isdigit() or len(login) != 10):
            raise PlatformFailure("header_error", "INVALID_LOGIN_CUSTOMER_ID", "The login customer ID is malformed.")
        if customer_id is None:
            return
        if not customer_id.isdigit() or len(customer_id) != 10:
            raise PlatformFailure("request_error", "INVALID_CUSTOMER_ID", f"Invalid customer ID '{customer_id}'.")
        known = customer_id in (self.manager_id, *self.customer_ids)
        if not known or login != self.manager_id:
            raise PlatformFailure(
                "authorization_error", "USER_PERMISSION_DENIED",
                "User doesn't have permission to access customer. Note: If you're accessing a client customer, the "
                "manager's customer id must be set in the 'login-customer-id' header.",
                grpc.StatusCode.PERMISSION_DENIED,
            )  # fmt: skip


def _unauthenticated(name: str, message: str) -> PlatformFailure:
    return PlatformFailure("authentication_error", name, message, grpc.StatusCode.UNAUTHENTICATED)


def serve_tokens(login: Login, faults: FaultScript) -> ThreadingHTTPServer:
    """The token endpoint (``POST /token``, form encoded) on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
            hit = faults.next_call("token")
            if hit and hit[0].kind == "unavailable":
                self._send(503, {"error": "backend_error"})
            elif hit or form.get("refresh_token") != login.refresh_token:
                self._send(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
            elif (form.get("client_id"), form.get("client_secret")) != (login.client_id, login.client_secret):
                self._send(401, {"error": "invalid_client", "error_description": "The OAuth client was not found."})
            elif form.get("grant_type") != "refresh_token":
                self._send(400, {"error": "unsupported_grant_type"})
            else:
                answer = {"access_token": login.issue(), "expires_in": TOKEN_LIFE_S, "token_type": "Bearer"}
                self._send(200, answer)

        def _send(self, status: int, body: dict[str, Any]) -> None:
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True, name="google-oauth").start()
    return server
