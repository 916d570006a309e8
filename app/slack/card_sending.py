"""An approval's card on Slack: posted, redrawn as the store is now, and what is said in its thread and of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy import Engine

from app.slack import beside, links, outgoing, reminders
from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.cards import card
from app.slack.clients import posting_client
from app.slack.deps import SlackDeps
from app.slack.outcome import outcome_lines, status_line
from app.slack.plan_words import Known
from app.slack.posting import Posting
from app.slack.reasons import Uses
from app.slack.refused import refusal, with_fallback
from domain.scope import Scope
from store import approvals, outbox
from store.budget_use import budget_uses
from store.engine import read, write
from store.outbox import Row

log = logging.getLogger("budgeteer.slack")
MOVES = 3  # redraws in a row of one card
AT_ONCE_S = 3


def send_card(posting: Posting, row: Row) -> str | None:
    """Post an approval's card, or bring it in line where it was posted."""
    approval_id = row.payload["approval_id"]
    with read(posting.engine) as session:
        view = approvals.view(session, approval_id)
    if view.approval.message_ts is not None:
        return update_card(posting, row)
    _refresh_homes(posting.engine, view, posting.now())
    ts = posting.post(row, *_drawn(posting.engine, posting.client, view, posting.now()))
    with write(posting.engine) as session:
        approvals.set_card(session, approval_id, row.channel, ts, row.thread_ts)
        for older in approvals.replaced_by(session, approval_id):  # now there is a card to link to
            outgoing.redraw(session, older, row.channel, posting.now())
    with read(posting.engine) as session:
        moved = approvals.view(session, approval_id).approval.status is not view.approval.status
    return update_card(posting, row) if moved else ts  # it moved while its card was being posted


def update_card(posting: Posting, row: Row) -> str | None:
    """Redraw a card as the store is now."""
    return redraw(posting.engine, posting.client, row.payload["approval_id"], posting.now())


def send_outcome(posting: Posting, row: Row) -> str | None:
    """What became of an approval, in its card's thread; nothing where it went on meanwhile and will say so itself."""
    with read(posting.engine) as session:
        view = approvals.view(session, row.payload["approval_id"])
    if view.approval.status != row.payload["status"]:
        return None
    text = "\n".join([status_line(view, bk.person), *outcome_lines(view)])
    there = replace(row, thread_ts=view.approval.thread)
    return posting.post(there, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))


def send_reminder(posting: Posting, row: Row) -> str | None:
    """Before a card lapses, to those who have not decided; nothing where it went on meanwhile."""
    return _remind(posting, row, lambda view: reminders.before_expiry(view, bk.person), in_thread=True)


def send_snooze(posting: Posting, row: Row) -> str | None:
    """To the one person who asked for it; ``row.channel`` is that person."""

    def told(view: approvals.ApprovalView) -> str:
        return reminders.as_asked(view, links.to_card(posting.client, view.approval))

    return _remind(posting, row, told, in_thread=False)


def _remind(
    posting: Posting, row: Row, words: Callable[[approvals.ApprovalView], str], *, in_thread: bool
) -> str | None:
    with read(posting.engine) as session:
        view = approvals.view(session, row.payload["approval_id"])
    if view.approval.status != "pending" or view.approval.expires_at <= posting.now():
        return None
    text = words(view)
    there = replace(row, thread_ts=view.approval.thread) if in_thread else row
    return posting.post(there, bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text)))


def _drawn(engine: Engine, client: WebClient, view: approvals.ApprovalView, now: datetime) -> tuple[str, list[Block]]:
    """The card with all that is known beside the approval."""
    if view.approval.status == "pending":
        return card(view, now, uses=uses_of(engine, view, now), known=beside.known(engine, view, now))
    link = links.to_card(client, view.successor) if view.successor is not None else ""
    return card(view, now, known=Known(successor=link))


def uses_of(engine: Engine, view: approvals.ApprovalView, now: datetime) -> Uses:
    """How the budgets of a plan run, by entity."""
    today = now.astimezone(ZoneInfo(view.account.timezone)).date()
    entities = [c.entity for c in view.recommendation.changes]
    with read(engine) as session:
        return budget_uses(session, Scope((view.account.id,)), view.account.id, entities, today)


def redraw(engine: Engine, client: WebClient, approval_id: str, now: datetime) -> str | None:
    """Update a posted card until what was drawn is what the store still says; None where it was never posted.

    ``client`` must not retry: a body that was drawn a moment ago may be wrong by now.
    """
    drawn, ts = None, None
    for _ in range(MOVES):
        with read(engine) as session:
            view = approvals.view(session, approval_id)
        channel, ts = view.approval.channel, view.approval.message_ts
        if channel is None or ts is None or view == drawn:
            return ts
        text, blocks = _drawn(engine, client, view, now)
        with_fallback(client.chat_update, {"channel": channel, "ts": ts, "text": text}, text, blocks)
        if drawn is None:
            _refresh_homes(engine, view, now)
        drawn = view
    return ts  # it moves faster than it can be drawn: each move has queued a redraw of its own


def _refresh_homes(engine: Engine, view: approvals.ApprovalView, now: datetime) -> None:
    """An approval moved, so what waits for its approvers did."""
    with write(engine) as session:
        outgoing.homes(session, [a.user for a in view.approvers], now)


def redraw_now(deps: SlackDeps, approval_id: str) -> None:
    """Try to update the card at once. The outbox does it again where this was not, or may not be, the last word.

    The second redraw is queued first, for a time when no request of this one can be under way any more: a process
    that dies in between leaves no card out of date.
    """
    with write(deps.engine) as session:
        view = approvals.view(session, approval_id)
        if view.approval.channel is None or view.approval.message_ts is None:
            return
        later = datetime.now(UTC) + timedelta(seconds=2 * AT_ONCE_S + 1)
        key = outgoing.redraw(session, approval_id, view.approval.channel, deps.now(), not_before=later)
    due = None
    try:
        redraw(deps.engine, posting_client(deps, AT_ONCE_S), approval_id, deps.now())
    except SlackApiError as error:
        due = datetime.now(UTC) + timedelta(seconds=refusal(error, 1).retry_after or 1.0)
        log.warning("card not redrawn at once: %s", type(error).__name__)
    except (SlackClientError, OSError) as error:  # it may still arrive: the later one follows it
        log.warning("card not redrawn at once: %s", type(error).__name__)
        return
    with write(deps.engine) as session:
        outbox.settle(session, key, due=due, now=datetime.now(UTC))
