"""Socket Mode: deliveries over WebSockets that the bot opens itself, so that it needs no public address.

Slack's own client (the one without dependencies) connects, answers pings and reconnects when Slack asks for it. What
comes in goes the way of a signed request: taken once, kept in the inbox, then acknowledged.
"""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Any

from pydantic import SecretStr
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import build_headers, send_response
from slack_sdk.errors import SlackApiError, SlackClientError

from app.slack.incoming import ENVELOPE
from app.slack.listeners import close
from domain.errors import NotConfigured

log = logging.getLogger("budgeteer.slack.socket")
PING_S = 5.0  # a connection that ended without a word is noticed and opened again after so long
REFUSED = {
    "not_allowed_token_type": "it is not an app-level token (xapp-...)",
    "missing_scope": "the token lacks the scope connections:write",
    "socket_mode_not_enabled": "Socket Mode is switched off in the app's settings",
}


@dataclass(frozen=True, slots=True)
class Line:
    """The running connection."""

    app: App
    handler: _Handler

    @property
    def url(self) -> str:
        """What a person reads in place of an address."""
        return "Socket Mode, no public address needed"

    def stop(self) -> None:
        """Take no more envelopes, then let the workers finish."""
        self.handler.hang_up()
        close(self.app)


def connect(app: App, app_token: SecretStr, *, ping_s: float = PING_S) -> Line:
    """Open the connection and begin to take envelopes.

    Raises:
        NotConfigured: Slack refuses the token, or cannot be reached.
    """
    logger = logging.getLogger("budgeteer.slack.socket.client")
    logger.setLevel(logging.WARNING)  # below it, whole envelopes are logged
    handler = _Handler(app, app_token.get_secret_value(), logger=logger, ping_interval=ping_s)
    try:
        handler.connect()
    except SlackApiError as error:
        handler.hang_up()
        name = str(error.response.get("error"))
        raise NotConfigured(f"Slack does not take SLACK_APP_TOKEN ({name}): {REFUSED.get(name, 'check it')}") from None
    except (SlackClientError, OSError) as error:
        handler.hang_up()
        raise NotConfigured(f"no Socket Mode connection to Slack: {error}") from None
    if not handler.client.is_connected():  # the client has logged why, and would go on trying
        handler.hang_up()
        raise NotConfigured("no Socket Mode connection to Slack: its address did not answer")
    return Line(app, handler)


class _Handler(SocketModeHandler):  # type: ignore[misc]
    """Bolt's handler; it also hands the envelope's id on, by which a delivery is known."""

    def hang_up(self) -> None:
        """End the connection now: the client alone waits three seconds for a last message."""
        client = self.client
        client.closed, client.auto_reconnect_enabled = True, False
        if client.current_session is not None and client.current_session.sock is not None:
            with suppress(OSError):
                client.current_session.sock.shutdown(socket.SHUT_RDWR)
        self.close()

    def handle(self, client: Any, req: Any) -> None:
        start = time()
        headers = {**(build_headers(req) or {}), ENVELOPE: req.envelope_id}
        try:
            answer = self.app.dispatch(BoltRequest(mode="socket_mode", body=req.payload, headers=headers))
        except Exception as error:  # not acknowledged, so not taken
            log.error("an envelope was not taken: %s", type(error).__name__)
            return
        try:
            send_response(client, req, answer, start)
        except (SlackClientError, OSError) as error:  # Slack sends it again, and it is then acknowledged
            log.warning("an envelope was taken and not acknowledged: %s", type(error).__name__)
