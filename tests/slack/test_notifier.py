"""Delivery: patient with 429, never twice, plain text where blocks are refused, final errors on record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from app.settings import Settings
from app.slack.clients import posting_client
from app.slack.delivery import Delivery
from app.slack.deps import SlackDeps
from app.slack.notifier import Notifier
from app.slack.outgoing import message, notice
from domain.policy import Limits
from emulators.slack.server import DEFAULT_SECRET, DEFAULT_TOKEN, Slack, start
from store.engine import read, write
from store.tables import OutboxMessage
from tests.slack.office import CHANNEL, Asked

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def slack() -> Iterator[Slack]:
    running = start(seconds_per_message=0)
    yield running
    running.stop()


def _notifier(engine: Engine, slack: Slack) -> Notifier:
    deps = SlackDeps(engine, Asked(engine, 1), print, print, print, print, lambda: NOW, Limits(),
                     Settings(_env_file=None), SecretStr(DEFAULT_TOKEN), SecretStr(DEFAULT_SECRET),
                     lambda *_of: [], slack.url)  # fmt: skip
    return Notifier(Delivery(engine, posting_client(deps), deps.now), seconds_per_message=0, poll_seconds=0.01)


def _queue(engine: Engine, key: str = "k", channel: str = CHANNEL) -> None:
    with write(engine) as session:
        notice(session, key, channel, None, f"text of {key}", NOW)


def _drain(notifier: Notifier, engine: Engine, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with read(engine) as session:
            if not session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.sent_at.is_(None), OutboxMessage.error.is_(None))
            ).all():
                return
        if not notifier.drain():
            time.sleep(0.02)


def _said(slack: Slack) -> list[str]:
    return [m["text"] for m in slack.workspace.messages(CHANNEL)]


def test_a_rate_limit_is_waited_out_and_the_message_arrives_once(sqlite_engine: Engine, slack: Slack) -> None:
    slack.faults["chat.postMessage"] = [("429", 1)]
    _queue(sqlite_engine)
    _drain(_notifier(sqlite_engine, slack), sqlite_engine)
    assert _said(slack) == ["text of k"]


def test_a_post_whose_answer_was_lost_is_found_and_not_posted_again(sqlite_engine: Engine, slack: Slack) -> None:
    slack.faults["chat.postMessage"] = [("lost", 0)]
    _queue(sqlite_engine)
    _drain(_notifier(sqlite_engine, slack), sqlite_engine)
    assert _said(slack) == ["text of k"]
    with read(sqlite_engine) as session:
        row = session.scalars(select(OutboxMessage)).one()
        assert (row.attempts, row.message_ts) == (2, slack.workspace.messages(CHANNEL)[0]["ts"])


def test_refused_blocks_are_sent_again_as_plain_text(sqlite_engine: Engine, slack: Slack) -> None:
    with write(sqlite_engine) as session:
        message(session, "k", CHANNEL, None, "the same facts", [{"type": "data_table", "rows": []}], NOW)
    _drain(_notifier(sqlite_engine, slack), sqlite_engine)
    (said,) = slack.workspace.messages(CHANNEL)
    assert [b["type"] for b in said["blocks"]] == ["section"]
    assert said["blocks"][0]["text"]["text"] == "the same facts"


def test_an_error_that_stays_is_recorded_and_does_not_hold_up_others(sqlite_engine: Engine, slack: Slack) -> None:
    _queue(sqlite_engine, "gone", "C0GONE000")
    _queue(sqlite_engine)
    _drain(_notifier(sqlite_engine, slack), sqlite_engine)
    assert _said(slack) == ["text of k"]
    with read(sqlite_engine) as session:
        errors = select(OutboxMessage.error).where(OutboxMessage.dedupe_key == "gone")
        assert session.scalar(errors) == "channel_not_found"


def test_a_revoked_token_loses_no_message_and_is_logged_once(
    sqlite_engine: Engine, slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.faults["chat.postMessage"] = [("error", "token_revoked")] * 2
    for key in ("k1", "k2"):
        _queue(sqlite_engine, key)
    notifier = _notifier(sqlite_engine, slack)
    while notifier.drain():
        pass
    with write(sqlite_engine) as session:
        rows = session.scalars(select(OutboxMessage)).all()
        assert [(row.error, row.attempts) for row in rows] == [(None, 0)] * 2
        for row in rows:  # a minute later, the app was let in again
            row.not_before = datetime.now(UTC)
    _drain(notifier, sqlite_engine)
    assert _said(slack) == ["text of k1", "text of k2"]
    assert len([m for m in caplog.messages if "token_revoked" in m]) == 1


def test_two_notifiers_send_each_message_once_and_in_order(sqlite_engine: Engine, slack: Slack) -> None:
    for n in range(12):
        _queue(sqlite_engine, f"k{n}")
    both = [_notifier(sqlite_engine, slack) for _ in range(2)]
    for notifier in both:
        notifier.start()
    slack.people.wait_for(lambda w: len(w.messages(CHANNEL)) >= 12)
    for notifier in both:
        notifier.stop()
    assert _said(slack) == [f"text of k{n}" for n in range(12)]
