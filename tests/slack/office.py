"""A whole Slack surface for tests: emulator, signed HTTP server, notifier, store, platform. Only ``ask`` is a fake."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import SecretStr
from sqlalchemy import Engine, select

from agent.activation import ActivationDeps, follow_up
from agent.state import Answer
from app import readiness
from app.bot import begin_thread, carry_out, tell
from app.settings import Settings
from app.slack.clients import posting_client
from app.slack.delivery import Delivery
from app.slack.deps import SlackDeps
from app.slack.listeners import build_app
from app.slack.notifier import Notifier
from app.slack.server import Handle, serve
from app.slack.socket_mode import Line, connect
from domain.evidence import Fact
from domain.recommendation import Recommendation
from domain.scope import Scope
from domain.window import Window
from emulators.slack.server import DEFAULT_APP_TOKEN, DEFAULT_SECRET, DEFAULT_TOKEN, Slack, start
from emulators.slack.workspace import Message
from store import recommendations
from store.approvals import ApprovalView, view
from store.checkpoints import open_checkpointer
from store.engine import read, write
from store.tables import InboxMessage, OutboxMessage
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW, recommendation, seed

CHANNEL, ANA, BEN, EVE = "C0MARKETING", "U0ANA0000", "U0BEN0000", "U0EVE0000"


def fact(value: str | None = "1234.5", label: str = "Spend", n: int = 1) -> Fact:
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    number = None if value is None else Decimal(value)
    reason = "no data" if value is None else None
    return Fact(f"f{n}", label, number, "money", "EUR", "google_ads", window, "google_ads", "sum of cost", reason)


def an_answer(text: str = "Spend was €1,234.50 in February 2026.", **more: Any) -> Answer:
    base: dict[str, Any] = {
        "id": uuid.uuid4().hex, "text": text, "facts": (fact(),), "freshness": {"google_ads": date(2026, 3, 3)},
        "planner": "rules", "tool_calls": (), "notes": ("answered without AI",),
    }  # fmt: skip
    return Answer(**{**base, **more})


@dataclass
class Asked:
    """A stand-in for the agent: answers what it is given, or drafts a recommendation."""

    engine: Engine
    account: int
    questions: list[tuple[str, str, tuple[int, ...], str]] = field(default_factory=list)
    reply: Callable[[str], Answer] = lambda _text: an_answer()
    draft: Callable[[int], Recommendation] = lambda account: recommendation(account)
    graph: Callable[..., Answer] | None = None  # the real one, where a test is about what it answers

    def __call__(self, thread: str, text: str, *, scope: Scope, asked_by: str) -> Answer:
        self.questions.append((thread, text, scope.account_ids, asked_by))
        if self.graph is not None:
            return self.graph(thread, text, scope=scope, asked_by=asked_by)
        if "recommend" not in text:
            return self.reply(text)
        rec = self.draft(self.account)
        with write(self.engine) as session:
            recommendations.add(session, rec, {})
        return an_answer("Raise Brand.", recommendation_ids=(rec.id,))


@dataclass
class Office:
    slack: Slack
    engine: Engine
    asked: Asked
    platform: FakePlatform
    handle: Handle | Line
    notifier: Notifier
    clock: list[datetime]

    def bot(self, channel: str = CHANNEL, *, thread_ts: str | None = None, having: str = "") -> Message:
        """The bot's next message with ``having`` in its text."""

        def found(workspace: Any) -> Message | None:
            said = [m for m in workspace.messages(channel, thread_ts) if m.get("bot_id") and having in m["text"]]
            return said[-1] if said else None

        message: Message = self.slack.people.wait_for(found)
        return message

    def said(self, channel: str = CHANNEL) -> list[str]:
        return [m["text"] for m in self.slack.workspace.messages(channel) if m.get("bot_id")]

    def whisper(self, user: str, having: str = "") -> str:
        """What only ``user`` was told."""
        found = self.slack.people.wait_for(lambda w: next((m for m in w.whispers(user) if having in m["text"]), None))
        return str(found["text"])

    def card(self) -> Message:
        """Ask for a recommendation and wait for its card."""
        self.slack.people.mention(CHANNEL, ANA, "recommend a budget")
        return self.bot(having="Approve budget change")

    def click(self, card: Message, action: str, user: str, **more: Any) -> None:
        reply = self.slack.people.click(CHANNEL, card["ts"], action, user, **more)
        assert reply.status == 200, reply

    def view(self, card: Message) -> ApprovalView:
        with read(self.engine) as session:
            return view(session, approval_id(card))

    def until(self, card: Message, having: str) -> Message:
        """The card once its text says ``having``."""
        found: Message = self.slack.people.wait_for(
            lambda w: (m := w.find(CHANNEL, card["ts"])) and having in m["text"] and dict(m)
        )
        return found

    def settle(self, seconds: float = 20) -> None:
        """Wait until nothing is queued: what has not been said by then will not be. Fails naming what still waits."""
        self.handle.app._listener_runner.listener_executor.submit(lambda: None).result(10)
        quiet, deadline = 0, time.monotonic() + seconds
        while quiet < 3:
            time.sleep(0.03)
            quiet = 0 if (waits := self._waits()) else quiet + 1
            assert not waits or time.monotonic() < deadline, f"after {seconds} s there still waits: {waits}"

    def _waits(self) -> list[str]:
        """What is acknowledged and not worked off, and what is queued and not sent."""
        with read(self.engine) as session:
            inbox = session.scalars(select(InboxMessage.key).where(InboxMessage.done_at.is_(None)))
            unsent = select(OutboxMessage.kind, OutboxMessage.dedupe_key)
            unsent = unsent.where(OutboxMessage.sent_at.is_(None), OutboxMessage.error.is_(None))
            return [f"inbox {key}" for key in inbox] + [f"{kind} {key}" for kind, key in session.execute(unsent)]


def approval_id(card: Message) -> str:
    return str(next(b for b in card["blocks"] if b["type"] == "actions")["elements"][0]["value"])


def deps_for(slack: Slack, engine: Engine, asked: Asked, platform: FakePlatform, clock: list[datetime]) -> SlackDeps:
    """The bot's own parts, as ``app.bot.start`` binds them."""
    activation = ActivationDeps(
        engine, {"google_ads": platform}, lambda: clock[0], LIMITS, checkpointer=saver_of(engine)
    )  # fmt: skip
    return SlackDeps(
        engine=engine, ask=asked, execute=partial(carry_out, activation),
        opened=partial(begin_thread, activation), moved=partial(tell, activation),
        follow_up=partial(follow_up, activation), now=lambda: clock[0], limits=LIMITS, config=Settings(_env_file=None),
        token=SecretStr(DEFAULT_TOKEN), signing_secret=SecretStr(DEFAULT_SECRET), api_url=slack.url,
        cannot=partial(readiness.in_slack, timezone="UTC"),
    )  # fmt: skip


def saver_of(engine: Engine) -> BaseCheckpointSaver[str]:
    """Checkpoints in the store's own database, as the bot keeps them."""
    return open_checkpointer(engine.url.render_as_string(hide_password=False))


@contextmanager
def open_office(
    engine: Engine, folder: Path, *, slack: Slack | None = None, account: int | None = None, socket_mode: bool = False
) -> Iterator[Office]:
    """Everything running; pass ``slack`` and ``account`` to start the bot again on what is there."""
    running = slack or start(
        seconds_per_message=0, retry_after=(0.0, 0.05, 0.05), people={EVE: "Eve"}, socket_mode=socket_mode
    )
    platform = FakePlatform(folder / "platform.db")
    if account is None:
        for entity in ("b1", "b2", "b3"):
            platform.put(entity)
        account = seed(engine, approvers=(ANA, BEN))
    clock = [NOW]
    asked = Asked(engine, account)
    deps = deps_for(running, engine, asked, platform, clock)
    app = build_app(deps)
    handle = connect(app, SecretStr(DEFAULT_APP_TOKEN), ping_s=0.2) if socket_mode else serve(app, deps.signing_secret)
    notifier = Notifier(
        Delivery(engine, posting_client(deps), deps.now, deps.limits, deps.cannot),
        seconds_per_message=0,
        poll_seconds=0.01,
    )
    notifier.start()
    try:
        if not socket_mode:
            running.connect(handle.url)
        yield Office(running, engine, asked, platform, handle, notifier, clock)
    finally:
        handle.stop()
        notifier.stop()
        if slack is None:
            running.stop()
