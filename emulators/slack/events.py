"""The sending side: signed requests to the app, with Slack's retries.

Signature: ``v0=`` HMAC-SHA256 over ``v0:{timestamp}:{body}``.
Source: docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from emulators.slack.workspace import APP, BOT_USER, TEAM

Payload = dict[str, Any]


def sign(secret: str, timestamp: int | str, body: str) -> str:
    """The ``X-Slack-Signature`` of a request."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What the app answered; ``status`` 0 is no answer in time."""

    status: int
    body: str = ""
    reason: str = ""  # Slack's retry reason where the delivery failed


@dataclass
class Sender:
    """Delivers to one request URL. ``retry_after`` are the waits before each of Slack's three retries (seconds)."""

    secret: str
    url: str | None = None
    ack_seconds: float = 3.0
    retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
    log: list[tuple[str, Reply]] = field(default_factory=list)  # (body, reply) of every request

    def event(self, event: Payload, event_id: str) -> Reply:
        """An Events API delivery, retried with ``X-Slack-Retry-Num`` until it is acknowledged."""
        body = json.dumps(envelope(event, event_id))
        reply = self.send(body)
        for number, wait in enumerate(self.retry_after, start=1):
            if 200 <= reply.status < 300:
                break
            time.sleep(wait)
            reply = self.send(body, retry={"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reply.reason})
        return reply

    def interaction(self, payload: Payload) -> Reply:
        """A click or a submitted view: form-encoded ``payload=``. Slack never retries these."""
        body = urlencode({"payload": json.dumps(payload)})
        return self.send(body, content_type="application/x-www-form-urlencoded")

    def command(self, fields: dict[str, str]) -> Reply:
        """A slash command."""
        return self.send(urlencode(fields), content_type="application/x-www-form-urlencoded")

    def send(
        self,
        body: str,
        *,
        content_type: str = "application/json",
        retry: dict[str, str] | None = None,
        timestamp: int | None = None,
        signature: str | None = None,
    ) -> Reply:
        """One signed request; ``timestamp`` and ``signature`` can be forged."""
        if self.url is None:
            raise RuntimeError("no request URL: call connect(url) first")
        at = int(time.time()) if timestamp is None else timestamp
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": str(at),
            "X-Slack-Signature": signature or sign(self.secret, at, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        reply = _request(self.url, body.encode(), headers | (retry or {}), self.ack_seconds)
        self.log.append((body, reply))
        return reply


def envelope(event: Payload, event_id: str) -> Payload:
    """The outer object of an Events API request, as recorded from the real API."""
    channel_type = "im" if str(event.get("channel", "")).startswith("D") else "channel"
    authorization = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True,
                     "is_enterprise_install": False}  # fmt: skip
    if event["type"] == "message":
        event = event | {"channel_type": channel_type}
    return {
        "token": "unused", "team_id": TEAM, "context_team_id": TEAM, "context_enterprise_id": None, "api_app_id": APP,
        "type": "event_callback", "event": event, "event_id": event_id, "event_time": int(time.time()),
        "authorizations": [authorization], "is_ext_shared_channel": False, "event_context": f"4-{event_id}",
    }  # fmt: skip


def _request(url: str, body: bytes, headers: dict[str, str], timeout: float) -> Reply:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return Reply(response.status, response.read().decode())
    except urllib.error.HTTPError as error:
        return Reply(error.code, error.read().decode(errors="replace"), "http_error")
    except TimeoutError:
        return Reply(0, reason="http_timeout")
    except OSError as error:
        late = isinstance(getattr(error, "reason", None), TimeoutError)
        return Reply(0, reason="http_timeout" if late else "connection_failed")
