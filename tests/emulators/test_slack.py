"""The emulated Slack is no kinder than the real one: its limits, its error names, its signatures and retries."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from emulators.slack.client import RemoteSlack
from emulators.slack.events import sign
from emulators.slack.server import DEFAULT_TOKEN, Slack, start
from emulators.slack.validate import Rejected, check_blocks, check_view

CHANNEL, ANA = "C0MARKETING", "U0ANA0000"


@pytest.fixture
def slack() -> Iterator[Slack]:
    running = start(seconds_per_message=0, retry_after=(0.0, 0.01, 0.01))
    yield running
    running.stop()


def _client(slack: Slack, token: str | None = DEFAULT_TOKEN) -> WebClient:
    return WebClient(token=token, base_url=slack.url, retry_handlers=[])


def _error(call: Any, **args: Any) -> str:
    with pytest.raises(SlackApiError) as raised:
        call(**args)
    return str(raised.value.response["error"])


def test_a_signature_is_the_one_of_slacks_documentation() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        "foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        "47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert sign("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body) == expected


def test_errors_have_slacks_names(slack: Slack) -> None:
    client = _client(slack)
    assert _error(_client(slack, None).auth_test) == "not_authed"
    assert _error(_client(slack, "xoxb-wrong").auth_test) == "invalid_auth"
    assert _error(client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"
    assert _error(client.chat_postMessage, channel=CHANNEL, text="") == "no_text"
    assert _error(client.chat_postMessage, channel=CHANNEL, text="x" * 40_001) == "msg_too_long"
    assert _error(client.chat_postMessage, channel=CHANNEL, text="x", thread_ts="1.0") == "thread_not_found"
    assert _error(client.chat_update, channel=CHANNEL, ts="1.0", text="x") == "message_not_found"
    assert _error(client.views_open, trigger_id="none", view={"type": "modal"}) == "invalid_trigger_id"
    assert _error(client.api_call, api_method="chat.wish") == "unknown_method"


def _text(n: int, kind: str = "mrkdwn") -> dict[str, str]:
    return {"type": kind, "text": "x" * n}


def _button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": _text(3, "plain_text"), "action_id": "a", **more}


def _with(button: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": [button]}


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"type": "section", "text": _text(3001)}, "less than 3001"),
        ({"type": "section", "text": _text(0)}, "more than 0"),
        ({"type": "section", "fields": [_text(1)] * 11}, "no more than 10"),
        ({"type": "section", "fields": [_text(2001)]}, "less than 2001"),
        ({"type": "header", "text": _text(151, "plain_text")}, "less than 151"),
        ({"type": "header", "text": _text(5)}, "unsupported type: mrkdwn"),
        ({"type": "hologram"}, "unsupported type: hologram"),
        (_with(_button(text=_text(76, "plain_text"))), "less than 76"),
        (_with(_button(value="x" * 2001)), "less than 2001"),
        (_with(_button(style="green")), "valid enum"),
        (_with(_button(confirm={"title": _text(101, "plain_text")})), "less than 101"),
        ({"type": "actions", "elements": [_button(), _button()]}, "`action_id` already exists"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}, "more than 0"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}, "no more than 100"),
    ],
)
def test_blocks_beyond_a_limit_are_refused_with_the_place(block: dict[str, Any], says: str) -> None:
    with pytest.raises(Rejected) as raised:
        check_blocks([block])
    assert raised.value.error == "invalid_blocks"
    assert any(says in m and "/blocks/0" in m for m in raised.value.messages), raised.value.messages


def test_too_many_and_too_large_and_doubled_blocks_are_refused() -> None:
    section = {"type": "section", "text": _text(100)}
    check_blocks([section] * 50)
    for blocks, error in (
        ([section] * 51, "invalid_blocks"),
        ([section | {"block_id": "b"}] * 2, "invalid_blocks"),
        ([{"type": "section", "text": _text(2900)}] * 5, "msg_blocks_too_long"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2, "invalid_attachments"),
    ):
        with pytest.raises(Rejected) as raised:
            check_blocks(blocks)
        assert raised.value.error == error
    with pytest.raises(Rejected):
        check_view({"type": "modal", "title": _text(25, "plain_text"), "blocks": [section]})


def test_posting_faster_than_slack_allows_is_answered_429_with_a_wait() -> None:
    limited = start(seconds_per_message=30)
    try:
        client = _client(limited)
        for _ in range(3):  # a short burst is allowed
            client.chat_postMessage(channel=CHANNEL, text="x")
        with pytest.raises(SlackApiError) as raised:
            client.chat_postMessage(channel=CHANNEL, text="x")
        assert raised.value.response.status_code == 429
        assert 0 < int(raised.value.response.headers["Retry-After"]) <= 30
        assert len(limited.workspace.messages(CHANNEL)) == 3
    finally:
        limited.stop()


def test_updates_have_a_limit_of_their_own_for_the_whole_workspace() -> None:
    limited = start(seconds_per_message=0.001)
    try:
        client = _client(limited)
        ts = client.chat_postMessage(channel=CHANNEL, text="x")["ts"]
        for n in range(10):
            client.chat_update(channel=CHANNEL, ts=ts, text=f"x{n}")
        with pytest.raises(SlackApiError) as raised:
            client.chat_update(channel=CHANNEL, ts=ts, text="one too many")
        assert raised.value.response.status_code == 429
    finally:
        limited.stop()


def test_a_reply_is_no_parent_of_a_thread(slack: Slack) -> None:
    client = _client(slack)
    parent = client.chat_postMessage(channel=CHANNEL, text="parent")["ts"]
    reply = client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent)["ts"]
    assert _error(client.chat_postMessage, channel=CHANNEL, text="x", thread_ts=reply) == "thread_not_found"
    client.chat_postMessage(channel=CHANNEL, text="another reply", thread_ts=parent)


class _App(BaseHTTPRequestHandler):
    seen: list[tuple[dict[str, str], str]] = []
    broken = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append((dict(self.headers), body))
        challenge = json.loads(body).get("challenge", "")
        failing = not challenge and type(self).broken > 0
        type(self).broken -= failing
        self.send_response(500 if failing else 200)
        self.end_headers()
        self.wfile.write(challenge.encode())

    def log_message(self, *args: object) -> None:
        pass


def test_events_are_signed_and_retried_until_acknowledged_and_another_process_can_drive_it(slack: Slack) -> None:
    _App.seen, _App.broken = [], 2
    server = HTTPServer(("127.0.0.1", 0), _App)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        remote = RemoteSlack(f"http://127.0.0.1:{slack.port}")
        remote.connect(f"http://127.0.0.1:{server.server_address[1]}/slack/events")
        remote.dm(ANA, "hello")
        deadline = time.monotonic() + 5
        while len(_App.seen) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        server.shutdown()
        server.server_close()
    challenge, *deliveries = _App.seen
    assert [h.get("X-Slack-Retry-Num") for h, _ in deliveries] == [None, "1", "2"]
    assert {h.get("X-Slack-Retry-Reason") for h, _ in deliveries[1:]} == {"http_error"}
    verifier = SignatureVerifier(slack.sender.secret)
    for headers, body in (challenge, *deliveries):
        assert verifier.is_valid(body, headers["X-Slack-Request-Timestamp"], headers["X-Slack-Signature"])
    assert len({json.loads(body)["event_id"] for _, body in deliveries}) == 1
    assert remote.messages("D0ANA0000")[0]["text"] == "hello"


def test_an_event_has_the_fields_of_the_recorded_ones(slack: Slack, reference_data: Path) -> None:
    from emulators.slack.events import envelope

    recorded = json.loads((reference_data / "api_slack/events/ReactionAddedPayload.json").read_text())
    made = envelope({"type": "message", "channel": CHANNEL}, "Ev1")
    missing = set(recorded) - set(made) - {"enterprise_id"}
    assert not missing, missing
    assert set(recorded["authorizations"][0]) == set(made["authorizations"][0])
