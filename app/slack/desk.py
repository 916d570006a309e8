"""Working off what was acknowledged: each click and question once, and again where its process died with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from sqlalchemy.orm import Session

from app.slack import (
    alert_clicks,
    alerts,
    cards,
    clicks,
    digests,
    label_cards,
    label_clicks,
    modals,
    plan_clicks,
    plan_offers,
    questions,
    shortcuts,
    surfaces,
)
from app.slack.clicks import Then
from app.slack.deps import SlackDeps
from app.slack.incoming import Kept, Question, question
from app.slack.shift import Shift
from store import inbox
from store.inbox import Taken

log = logging.getLogger("budgeteer.slack")

NO_DIGEST = "I keep this digest's question no longer; ask it in your own words, or `/ads digest` for a fresh one."


def _no_digest(deps: SlackDeps, client: WebClient, click: clicks.Click) -> Then:
    """A digest's button that names nothing that was posted."""
    return partial(clicks.whisper, deps, client, click, NO_DIGEST)


CLICK, REJECTION, QUESTION = "click", "rejection", "question"
ACTIONS: Mapping[str, Callable[[SlackDeps, WebClient, clicks.Click], Then]] = {
    cards.APPROVE: clicks.approve, cards.REJECT: clicks.ask_reason, cards.DETAILS: clicks.show_details,
    label_cards.CONFIRM: label_clicks.confirm, label_cards.REJECT: label_clicks.reject,
    cards.EDIT: clicks.ask_amounts, cards.MORE: clicks.more, cards.UNDO: clicks.undo, cards.FINISH: clicks.finish,
    digests.ASK: _no_digest, plan_offers.PROPOSE: plan_clicks.propose,
    alerts.ACK: alert_clicks.acknowledge, alerts.SNOOZE: alert_clicks.snooze, alerts.EXPECTED: alert_clicks.expected,
    alerts.INVESTIGATE: alert_clicks.unknown, alerts.FIX: alert_clicks.unknown,
}  # fmt: skip
ASKS: Mapping[str, Callable[[Session, Mapping[str, Any]], Question | None]] = {
    digests.ASK: digests.question, alerts.INVESTIGATE: alerts.question, alerts.FIX: alerts.question,
}  # fmt: skip
"""Buttons that ask a question in the thread of their message, which the store knows."""
LEASES = {CLICK: timedelta(seconds=30), REJECTION: timedelta(seconds=30), QUESTION: timedelta(minutes=3),
          surfaces.FILE: timedelta(minutes=3), surfaces.FILE_PRESS: timedelta(minutes=3)}  # fmt: skip
WAITED = timedelta(seconds=15)  # what waits longer in the inbox has lost the process that took it in
LEASE = timedelta(seconds=30)
FRESH = timedelta(minutes=10)  # a question older than this is not worth taking up again


@dataclass(frozen=True, slots=True)
class Desk:
    """The workers. Clicks have their own: a model that answers slowly keeps no approval waiting."""

    deps: SlackDeps
    client: WebClient
    clicks: ThreadPoolExecutor
    questions: ThreadPoolExecutor

    def submit(self, key: str) -> None:
        """Have what stands in the inbox under ``key`` worked off."""
        pool = self.questions if key.startswith((QUESTION, *surfaces.SLOW)) else self.clicks
        pool.submit(self._take_up, key)

    def drain(self) -> int:
        """Take up what other processes left; how many there were."""
        left = inbox.left(self.deps.engine, datetime.now(UTC), WAITED)
        for key in left:
            self.submit(key)
        return len(left)

    def close(self) -> None:
        """Let the workers finish what they hold."""
        for pool in (self.clicks, self.questions):
            pool.shutdown(wait=True, cancel_futures=False)

    def _take_up(self, key: str) -> None:
        try:
            row = inbox.take(self.deps.engine, key, datetime.now(UTC), LEASES.get(key.partition(":")[0], LEASE))
            if row is not None:
                then = self._deal_with(row)
                inbox.done(self.deps.engine, key, datetime.now(UTC))
                if then is not None:
                    then()
        except Exception as error:  # it stays in the inbox and is taken up again
            log.error("%s failed: %s", key, type(error).__name__, exc_info=error)

    def _deal_with(self, row: Taken) -> Then:
        if row.kind in surfaces.WORK:
            late = datetime.now(UTC) - row.created_at > FRESH
            shift = Shift(self.deps, self.client, self.submit, row.attempts, late, row.created_at)
            return surfaces.WORK[row.kind](shift, row.payload)
        if row.kind == CLICK:
            payload = dict(row.payload)
            act = ACTIONS[payload.pop("action")]
            return clicks.guarded(act, self.deps, self.client, clicks.Click(**payload))
        if row.kind == REJECTION:
            return clicks.guarded(clicks.reject, self.deps, self.client, clicks.Rejection(**row.payload))
        lost = row.attempts > 2 or (row.attempts > 1 and datetime.now(UTC) - row.created_at > FRESH)
        (questions.give_up if lost else questions.answer)(self.deps, self.client, Question(**row.payload))
        return None


def keep(session: Session, body: Mapping[str, Any], bot_user: str) -> Kept | None:
    """What of a request is worked off by the desk; None where it is none of the desk's. A strange body is none."""
    try:
        return _kept(session, body, bot_user)
    except (KeyError, IndexError, TypeError, AttributeError):
        return None


def _kept(session: Session, body: Mapping[str, Any], bot_user: str) -> Kept | None:
    kind = body.get("type")
    if (other := surfaces.keep(session, body)) is not None:
        return other
    if kind == "event_callback" and body["event"]["type"] in ("app_mention", "message"):
        asked = question(session, body["event"], bot_user)
        key = "" if asked is None else f"{QUESTION}:{asked.channel}:{asked.ts}"
        return None if asked is None else Kept(key, QUESTION, asdict(asked))
    if kind == "block_actions" and (action := body["actions"][0]["action_id"]) in ACTIONS:
        if action in ASKS and (asked := ASKS[action](session, body)) is not None:
            return Kept(f"{QUESTION}:{asked.channel}:{asked.ts}", QUESTION, asdict(asked))
        payload = {"action": action, **asdict(clicks.Click.of(body))}
        return Kept(f"{CLICK}:{body['trigger_id']}", CLICK, payload)
    if kind == "message_action" and body["callback_id"] in shortcuts.SHORTCUTS:
        if (asked := shortcuts.question(session, body)) is not None:
            return Kept(f"{QUESTION}:{asked.channel}:{asked.ts}", QUESTION, asdict(asked))
        return Kept(f"{surfaces.SHORTCUT}:{body['trigger_id']}", surfaces.SHORTCUT, shortcuts.Used.of(body).to_json())
    if kind == "view_submission" and body["view"]["callback_id"] == modals.REJECT_VIEW:
        payload = asdict(clicks.Rejection.of(body))
        return Kept(f"{REJECTION}:{body['trigger_id']}", REJECTION, payload)
    return None
