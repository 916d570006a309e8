"""The Bolt app: what it listens to, and who answers. Each listener acknowledges, then hands the work to a worker."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from app.slack import cards, clicks, incoming, questions
from app.slack.deps import SlackDeps
from domain.errors import BudgeteerError
from store import answers, bindings
from store.engine import write

log = logging.getLogger("budgeteer.slack")
_OFFICE = "budgeteer_office"


def build_app(deps: SlackDeps) -> App:
    """A Bolt app on ``deps``. Calls ``auth.test``: raises slack_bolt's BoltError where the token is not good."""
    bolt_log = logging.getLogger("budgeteer.slack.bolt")
    bolt_log.setLevel(logging.WARNING)  # below it, Bolt logs whole requests with their signatures
    app = App(
        name="budgeteer",
        logger=bolt_log,
        client=web_client(deps),
        signing_secret=deps.signing_secret.get_secret_value(),
        before_authorize=incoming.ReplayGuard(deps.engine),
        process_before_response=False,
    )
    bot_user = app.client.auth_test()["user_id"]
    office = Office(deps, app.client, bot_user, ThreadPoolExecutor(deps.workers, thread_name_prefix="slack"))
    app.event("app_mention")(office.on_message)
    app.event("message")(office.on_message)
    app.event(re.compile(".*"))(_ignore)
    app.action(cards.APPROVE)(office.on_click(clicks.approve))
    app.action(cards.REJECT)(office.on_click(clicks.ask_reason))
    app.action(cards.DETAILS)(office.on_click(clicks.show_details))
    app.action("answer_feedback")(office.on_feedback)
    app.view(clicks.REJECT_VIEW)(office.on_rejection)
    setattr(app, _OFFICE, office)
    return app


def close(app: App) -> None:
    """Let the workers of ``build_app`` finish what they hold."""
    getattr(app, _OFFICE).workers.shutdown(wait=True, cancel_futures=False)


def web_client(deps: SlackDeps) -> WebClient:
    """For calls whose repetition does no harm: it retries a dropped connection and waits out a rate limit."""
    client = _client(deps)
    client.retry_handlers = [ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=2)]
    return client


def posting_client(deps: SlackDeps) -> WebClient:
    """For the notifier: one wire attempt a call, since a retried post may double."""
    return _client(deps)


def _client(deps: SlackDeps) -> WebClient:
    return WebClient(token=deps.token.get_secret_value(), base_url=deps.api_url, timeout=10, retry_handlers=[])


@dataclass(frozen=True, slots=True)
class Office:
    """The listeners' shared parts."""

    deps: SlackDeps
    client: WebClient
    bot_user: str
    workers: ThreadPoolExecutor

    def on_message(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        """A mention, a direct message, or a reply where the bot is engaged. Bolt has acknowledged it."""
        asked = incoming.question(event, self.bot_user, self.deps.engine)
        if asked is not None and incoming.is_new(self.deps.engine, body["event_id"], asked):
            self._work(questions.answer, self.deps, self.client, asked)

    def on_click(self, act: Callable[[SlackDeps, WebClient, clicks.Click], None]) -> Callable[..., None]:
        """A listener for a card's button."""

        def listener(ack: Callable[[], None], body: dict[str, Any]) -> None:
            ack()
            if incoming.is_new_interaction(self.deps.engine, body):
                self._work(act, self.deps, self.client, clicks.Click.of(body))

        return listener

    def on_rejection(self, ack: Callable[[], None], body: dict[str, Any]) -> None:
        """The modal with a reason was submitted."""
        ack()
        if incoming.is_new_interaction(self.deps.engine, body):
            self._work(clicks.reject, self.deps, self.client, body)

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

    def _work(self, task: Callable[..., None], *args: Any) -> None:
        self.workers.submit(_guarded, task, *args)


def _guarded(task: Callable[..., None], *args: Any) -> None:
    try:
        task(*args)
    except Exception as error:
        log.error("%s failed: %s", task.__name__, type(error).__name__, exc_info=error)


def _ignore() -> None:
    """Every other event is acknowledged and left alone."""
