"""A click on a card. Only the approval's id is taken from it; who may do what stands in the store."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.slack import blocks as bk
from app.slack import cards, delivery, outgoing
from app.slack.deps import SlackDeps
from app.slack.outcome import outcome_lines, status_line
from domain.errors import BadInput
from store import approvals
from store.approvals import ApprovalView, Decision
from store.deciding import Choice
from store.engine import read, write

log = logging.getLogger("budgeteer.slack")
REJECT_VIEW, REASON = "approval_reject_reason", "reason"
UNKNOWN_CARD = "I do not know this card any more; ask for a fresh proposal."


@dataclass(frozen=True, slots=True)
class Click:
    """Who pressed a button on which approval, and where. Everything but ``user`` came from outside."""

    approval_id: str
    user: str
    channel: str
    message_ts: str
    trigger_id: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Click:
        """Read a ``block_actions`` payload."""
        container = body["container"]
        return cls(
            approval_id=str(body["actions"][0].get("value", "")),
            user=body["user"]["id"],
            channel=container["channel_id"],
            message_ts=container["message_ts"],
            trigger_id=body["trigger_id"],
        )


def approve(deps: SlackDeps, client: WebClient, click: Click) -> None:
    """Decide; whoever claimed it sees the buttons go at once, then what was read back."""
    if _card(deps, client, click) is None:
        return
    decision = _decide(deps, click.approval_id, click.user, "approve", None)
    view = _answer_click(deps, client, click, decision)
    if decision.claimed and view is not None:
        _execute(deps, click, view)


def ask_reason(deps: SlackDeps, client: WebClient, click: Click) -> None:
    """Open the modal that rejects. Its metadata is the approval's id, to be checked again when it comes back."""
    view = _card(deps, client, click)
    if view is None:
        return
    if view.approval.status != "pending":
        decision = _decide(deps, click.approval_id, click.user, "reject", None)  # says who was first; audited
        _answer_click(deps, client, click, decision)
        return
    blocks = [
        bk.section(f"Reject the change for *{bk.data(view.account.name)}*? Nothing is written to the platform."),
        bk.text_input(REASON, "Why (optional)", "Kept with the decision", optional=True),
    ]
    try:
        client.views_open(
            trigger_id=click.trigger_id, view=bk.modal("Reject", REJECT_VIEW, click.approval_id, "Reject", blocks)
        )
    except SlackApiError as error:
        log.warning("no modal: %s", error.response.get("error"))
        _whisper(deps, client, click, "Slack did not open the dialog in time; please press Reject again.")


def reject(deps: SlackDeps, client: WebClient, body: Mapping[str, Any]) -> None:
    """The submitted modal. Where it was opened is taken from the store, never from the modal."""
    view, user = body["view"], body["user"]["id"]
    approval_id = str(view.get("private_metadata", ""))
    reason = view["state"]["values"].get(REASON, {}).get("text", {}).get("value")
    decision = _decide(deps, approval_id, user, "reject", reason)
    shown = _view(deps, approval_id)
    if shown is None or shown.approval.channel is None or shown.approval.message_ts is None:
        client.chat_postMessage(channel=user, text=_shown(decision.text), unfurl_links=False)
        return
    click = Click(approval_id, user, shown.approval.channel, shown.approval.message_ts, body["trigger_id"])
    _answer_click(deps, client, click, decision)


def show_details(deps: SlackDeps, client: WebClient, click: Click) -> None:
    """Reply in the card's thread with everything; once for each state of the approval."""
    view = _card(deps, client, click)
    if view is None:
        return
    text, blocks = cards.details(view, deps.now(), uses=delivery.uses_of(deps.engine, view, deps.now()))
    key = f"details:{click.approval_id}:{view.approval.status}:{len(view.votes)}"
    with write(deps.engine) as session:
        outgoing.message(session, key, click.channel, click.message_ts, text, blocks, deps.now())
    _whisper(deps, client, click, "The details are in this card's thread.")


def _decide(deps: SlackDeps, approval_id: str, user: str, choice: Choice, reason: str | None) -> Decision:
    decision = approvals.decide(
        deps.engine,
        approval_id,
        user,
        choice,
        now=deps.now(),
        limits=deps.limits,
        reason=reason,
        mention=_marked,
    )
    if decision.outcome in ("rejected", "expired"):
        deps.moved(approval_id)
    return decision


def _answer_click(deps: SlackDeps, client: WebClient, click: Click, decision: Decision) -> ApprovalView | None:
    """Redraw the card at once and tell whoever clicked, unless the card itself says it all."""
    view = _view(deps, click.approval_id)
    if view is not None:
        try:
            delivery.redraw(deps.engine, client, view, deps.now())
        except (SlackApiError, OSError) as error:
            log.warning("card not redrawn at once: %s", type(error).__name__)
            with write(deps.engine) as session:
                outgoing.redraw(session, click.approval_id, click.channel, deps.now())
    if decision.outcome not in ("claimed", "rejected"):
        _whisper(deps, client, click, _shown(decision.text))
    return view


def _execute(deps: SlackDeps, click: Click, view: ApprovalView) -> None:
    """Apply what this click claimed, then say in the thread what came of it."""
    try:
        deps.execute(click.approval_id)
    except Exception as error:  # the ledger knows how far it came; recovery reads it back
        reference = uuid.uuid4().hex[:8]
        log.error("executing %s failed (%s): %s", click.approval_id, reference, type(error).__name__, exc_info=error)
        text = (
            f"Applying was interrupted (reference {reference}). I am reading back what happened; nothing is sent twice."
        )
        with write(deps.engine) as session:
            outgoing.notice(session, f"trouble:{reference}", click.channel, click.message_ts, text, deps.now())
        return
    after = _view(deps, click.approval_id) or view
    text = "\n".join([status_line(after, bk.person), *outcome_lines(after)])
    key = f"outcome:{click.approval_id}:{after.approval.status}"
    with write(deps.engine) as session:
        outgoing.message(session, key, click.channel, click.message_ts, text, bk.paragraphs(text), deps.now())


def _card(deps: SlackDeps, client: WebClient, click: Click) -> ApprovalView | None:
    """The approval that this very card shows; whoever pressed a button that is not its own is told so.

    A card stands in one channel: an id from elsewhere opens nothing here.
    """
    view = _view(deps, click.approval_id)
    if view is None:
        _decide(deps, click.approval_id[:200], click.user, "approve", None)  # no such approval: this only audits it
        _whisper(deps, client, click, UNKNOWN_CARD)
        return None
    if view.approval.channel not in (None, click.channel):
        log.warning("a button for approval %s was pressed in another channel", click.approval_id)
        _whisper(deps, client, click, UNKNOWN_CARD)
        return None
    return view


def _view(deps: SlackDeps, approval_id: str) -> ApprovalView | None:
    with read(deps.engine) as session:
        try:
            return approvals.view(session, approval_id)
        except BadInput:
            return None


def _whisper(deps: SlackDeps, client: WebClient, click: Click, text: str) -> None:
    """Tell the clicker alone; in the card's thread where that fails. ``text`` is mrkdwn."""
    try:
        client.chat_postEphemeral(channel=click.channel, user=click.user, text=text)
    except (SlackApiError, OSError) as error:
        log.warning("no ephemeral message: %s", type(error).__name__)
        said = f"{bk.person(click.user)}: {text}"
        key = f"told:{click.trigger_id}"
        with write(deps.engine) as session:
            outgoing.message(session, key, click.channel, click.message_ts, said, [bk.section(said)], deps.now())


_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no text from outside keeps them


def _marked(user: str) -> str:
    return f"{_OPEN}{user}{_CLOSE}"


def _shown(text: str) -> str:
    """The store's sentence as mrkdwn: its people mentioned, everything else escaped."""
    escaped = bk.escape(text)
    sentence = re.sub(f"{_OPEN}(.*?){_CLOSE}", lambda m: bk.person(m.group(1)), escaped)
    return sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith(".") else ".")
