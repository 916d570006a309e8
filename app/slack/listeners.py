"""The Bolt app: what it listens to, and who answers. Each listener acknowledges, then hands the work to a worker."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from slack_bolt import App, BoltContext

from app.slack import commands, digests, editing, file_drops, home_presses, incoming, modals, shortcuts, surfaces
from app.slack.clients import web_client
from app.slack.deps import SlackDeps
from app.slack.desk import ACTIONS, Desk, keep
from domain.errors import BudgeteerError
from store import answers, bindings
from store.engine import write

log = logging.getLogger("budgeteer.slack")
_DESK = "budgeteer_desk"
CLICK_WORKERS = 8


def build_app(deps: SlackDeps) -> App:
    """A Bolt app on ``deps``. Calls ``auth.test``: raises slack_bolt's BoltError where the token is not good."""
    bolt_log = logging.getLogger("budgeteer.slack.bolt")
    bolt_log.setLevel(logging.WARNING)  # below it, Bolt logs whole requests with their signatures
    client = web_client(deps)
    bot_user = str(client.auth_test()["user_id"])
    app = App(
        name="budgeteer",
        logger=bolt_log,
        client=client,
        signing_secret=deps.signing_secret.get_secret_value() if deps.signing_secret else "",
        before_authorize=incoming.ReplayGuard(
            deps.engine, lambda session, body: keep(session, body, bot_user), editing.is_edit
        ),
        process_before_response=False,
    )
    made = Desk(deps, app.client, _pool(CLICK_WORKERS, "clicks"), _pool(deps.workers, "questions"))
    office = Office(deps, made)
    app.event("app_mention")(office.on_message)
    app.event("message")(office.on_message)
    for event in surfaces.EVENTS:
        app.event(event)(office.on_message)
    app.action(re.compile("^(" + "|".join(surfaces.FILE_ACTIONS) + ")"))(office.on_click)
    app.view(file_drops.TYPED_VIEW)(office.on_click)
    app.command(commands.COMMAND)(office.on_click)
    for callback_id in shortcuts.SHORTCUTS:
        app.message_shortcut(callback_id)(office.on_click)
    app.event(re.compile(".*"))(_ignore)
    for action in (*ACTIONS, *home_presses.ACTIONS):
        app.action(action)(office.on_click)
    app.view(modals.REJECT_VIEW)(office.on_click)
    app.view(modals.EDIT_VIEW)(office.on_edit)
    app.action("answer_feedback")(office.on_feedback)
    app.action(digests.OPEN)(office.on_link)
    setattr(app, _DESK, made)
    return app


def desk(app: App) -> Desk:
    """The workers of ``build_app``."""
    found: Desk = getattr(app, _DESK)
    return found


def close(app: App) -> None:
    """Let the workers of ``build_app`` finish what they hold."""
    desk(app).close()


def _pool(workers: int, name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix=name)


@dataclass(frozen=True, slots=True)
class Office:
    """The listeners' shared parts."""

    deps: SlackDeps
    desk: Desk

    def on_message(self, context: BoltContext) -> None:
        """A mention, a direct message, or a reply where the bot is engaged. Bolt has acknowledged it."""
        self._work(context)

    def on_click(self, ack: Callable[[], None], context: BoltContext) -> None:
        """A card's button, a modal, or the slash command."""
        ack()
        self._work(context)

    def on_edit(self, ack: Callable[..., None], body: dict[str, Any]) -> None:
        """The modal with other amounts: Slack shows errors only where they are the answer to the submission."""
        if errors := editing.answer(self.deps, self.desk.client, body):
            ack(response_action="errors", errors=errors)
        else:
            ack()

    def on_feedback(self, ack: Callable[[], None], body: dict[str, Any]) -> None:
        """Thumbs on an answer: kept where the channel may see that answer."""
        ack()
        verdict, _, answer_id = str(body["actions"][0].get("value", "")).partition(":")
        if verdict not in ("up", "down"):
            return
        channel, user = body["container"]["channel_id"], body["user"]["id"]
        try:
            with write(self.deps.engine) as session:
                scope = bindings.scope_for_channel(session, channel, user if channel.startswith("D") else None)
                answers.give_feedback(session, scope, answer_id, "good" if verdict == "up" else "bad")
        except BudgeteerError as error:
            log.info("feedback not kept: %s", type(error).__name__)

    def on_link(self, ack: Callable[[], None]) -> None:
        """A button that opened an address: Slack wants it acknowledged."""
        ack()

    def _work(self, context: BoltContext) -> None:
        """Hand over what this request left in the inbox; nothing where it was delivered before."""
        if (key := context.get(incoming.KEY)) is not None:
            self.desk.submit(key)


def _ignore() -> None:
    """Every other event is acknowledged and left alone."""
