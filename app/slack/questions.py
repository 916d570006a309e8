"""From a question to one final message: status, ask, answer, and the card of what was recommended."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy.orm import Session

from agent.state import Answer
from app.slack import alerts, outgoing
from app.slack.batching import Part, parts_of
from app.slack.deps import SlackDeps
from app.slack.incoming import Question, asks_to_approve
from domain.errors import BudgeteerError, NotConfigured
from domain.policy import quorum
from domain.scope import Scope
from store import approvals, bindings, recommendations
from store.approvals import Opened
from store.engine import read, write

log = logging.getLogger("budgeteer.slack")

TYPING_NEVER_COUNTS = (
    "Typing never approves or rejects anything. Only the buttons on the card count, pressed by an approver; "
    "the card stays as it is until then."
)
INTERRUPTED = "I was interrupted while I worked on this and have no answer. Please ask again."
GREETING = "Ask me about your campaigns, for example: what did we spend last week, by platform?"


def answer(deps: SlackDeps, client: WebClient, asked: Question) -> None:
    """Answer one question. Never raises: whoever asked gets a line in any case."""
    key = f"answer:{asked.channel}:{asked.ts}"
    try:
        if not asked.text:
            _say(deps, key, asked, GREETING)
        elif asks_to_approve(asked.text):
            _say(deps, key, asked, TYPING_NEVER_COUNTS)
        else:
            _answer(deps, client, asked, key)
    except NotConfigured as error:
        _say(deps, key, asked, f"I cannot answer here yet: {_sentence(error)}")
    except BudgeteerError as error:
        _say(deps, key, asked, f"I cannot answer that: {_sentence(error)}")
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        log.error("question %s failed: %s", reference, type(error).__name__, exc_info=error)
        _say(deps, key, asked, f"Something went wrong on my side (reference {reference}). Nothing was changed.")


def give_up(deps: SlackDeps, _client: WebClient, asked: Question) -> None:
    """Say that a question was lost: its process died with it, and it is too late to take it up again."""
    _say(deps, f"answer:{asked.channel}:{asked.ts}", asked, INTERRUPTED)


def _answer(deps: SlackDeps, client: WebClient, asked: Question, key: str) -> None:
    with read(deps.engine) as session:
        scope = bindings.scope_for_channel(session, asked.channel, asked.user if asked.direct else None)
        text = alerts.meant(session, asked)
    _status(client, asked)
    said = deps.ask(asked.thread, text, scope=scope, asked_by=asked.user)
    plans = _plans(deps, said, scope)  # what is fitted again is fitted before anything is locked
    with write(deps.engine) as session:  # one transaction: a process that dies leaves answer and cards, or neither
        fresh = outgoing.answer(session, key, asked.channel, asked.thread_ts, said, deps.now())
        opened = open_cards(deps, session, asked, plans) if fresh else []
    tell_opened(deps, opened)


def tell_opened(deps: SlackDeps, opened: Sequence[Opened]) -> None:
    """Have the change graphs of what was opened begin, and of what it replaced go on."""
    for approval in opened:
        deps.opened(approval.approval_id)
        for replaced in approval.superseded:
            deps.moved(replaced)


def _plans(deps: SlackDeps, said: Answer, scope: Scope) -> dict[str, list[Part] | BudgeteerError]:
    """What goes onto cards, by recommendation; or why nothing of it does."""
    found: dict[str, list[Part] | BudgeteerError] = {}
    for rec_id in said.recommendation_ids:
        try:
            found[rec_id] = parts_of(deps.engine, scope, rec_id, deps.limits)
        except BudgeteerError as error:
            found[rec_id] = error
    return found


def open_cards(
    deps: SlackDeps, session: Session, asked: Question, plans: Mapping[str, list[Part] | BudgeteerError]
) -> list[Opened]:
    """Each recommendation in its own savepoint: one that cannot be opened does not take the others with it."""
    opened = []
    for rec_id, parts in plans.items():
        try:
            if isinstance(parts, BudgeteerError):
                raise parts
            with session.begin_nested():
                opened += [o for part in parts for o in _open_card(deps, session, asked, part)]
        except BudgeteerError as error:
            text = f"There is nothing to approve here: {_sentence(error)}"
            outgoing.notice(session, f"refused:{rec_id}:{asked.ts}", asked.channel, asked.thread_ts, text, deps.now())
    return opened


def _open_card(deps: SlackDeps, session: Session, asked: Question, part: Part) -> list[Opened]:
    """The approval that was opened; none where it is advice only (the answer itself says so, and why)."""
    rec, origin = part
    if rec.advice_only is not None:
        return []
    if origin is not None:
        recommendations.add(session, rec, origin)
    now = deps.now()
    needed = quorum(rec.tier, deps.limits)
    opened = approvals.open_approval(session, rec, quorum=needed, channel=asked.channel, now=now)
    outgoing.card(session, opened.approval_id, asked.channel, asked.thread_ts, now)
    return [opened]


def _status(client: WebClient, asked: Question) -> None:
    try:
        client.assistant_threads_setStatus(
            channel_id=asked.channel, thread_ts=asked.thread_ts, status="is reading your data…"
        )
    except (SlackApiError, OSError) as error:  # a nicety: not every conversation can show one
        log.debug("no status: %s", type(error).__name__)


def _say(deps: SlackDeps, key: str, asked: Question, text: str) -> None:
    with write(deps.engine) as session:
        outgoing.notice(session, key, asked.channel, asked.thread_ts, text, deps.now())


def _sentence(error: BudgeteerError) -> str:
    return str(error).rstrip(".") + "."
