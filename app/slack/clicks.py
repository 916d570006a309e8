"""A click on a card. Only the approval's id is taken from it; who may do what stands in the store."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import DBAPIError

from app.slack import blocks as bk
from app.slack import card_sending, cards, modals, outgoing
from app.slack.blocks import Block
from app.slack.deps import SlackDeps
from app.slack.people import presence
from app.slack.plan_words import moment
from domain.errors import BadInput
from domain.rejection import REASONS
from store import approvals, audit, reminders, revising
from store.approvals import ApprovalView, Decision
from store.clicking import UNKNOWN_CARD
from store.deciding import Choice
from store.engine import read, write

log = logging.getLogger("budgeteer.slack")


Then: TypeAlias = Callable[[], None] | None
"""What is still to be done once a click was answered: nothing of it is lost with the click."""


@dataclass(frozen=True, slots=True)
class Click:
    """Who pressed a button on which approval, and where. Everything but ``user`` came from outside.

    ``choice`` is what was picked of a menu.
    """

    approval_id: str
    user: str
    channel: str
    message_ts: str
    thread_ts: str
    trigger_id: str
    choice: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Click:
        """Read a ``block_actions`` payload."""
        container = body["container"]
        ts = str(container["message_ts"])
        action = body["actions"][0]
        chosen, _, picked = str(action.get("selected_option", {}).get("value", "")).partition(":")
        return cls(
            approval_id=str(action.get("value", "")) or picked,
            user=body["user"]["id"],
            channel=container["channel_id"],
            message_ts=ts,
            thread_ts=str(body.get("message", {}).get("thread_ts") or ts),
            trigger_id=body["trigger_id"],
            choice=chosen,
        )


@dataclass(frozen=True, slots=True)
class Rejection:
    """The submitted modal. ``approval_id`` came back from outside and is checked again."""

    approval_id: str
    user: str
    reason: str | None
    trigger_id: str
    chip: str | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Rejection:
        """Read a ``view_submission`` payload."""
        view = body["view"]
        values = view["state"]["values"]
        reason = values.get(modals.REASON, {}).get("text", {}).get("value")
        chip = (values.get(modals.CHIP, {}).get("option", {}).get("selected_option") or {}).get("value")
        known = chip if chip in REASONS else None
        return cls(str(view.get("private_metadata", "")), body["user"]["id"], reason, body["trigger_id"], known)


def guarded(
    act: Callable[[SlackDeps, WebClient, Any], Then], deps: SlackDeps, client: WebClient, pressed: Click | Rejection
) -> Then:
    """Act on a click; where that fails, whoever pressed is told so."""
    try:
        return act(deps, client, pressed)
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        log.error("click %s failed: %s", reference, type(error).__name__, exc_info=error)
        text = f"That click was not recorded (reference {reference}). Please press again; nothing happens twice."
        if isinstance(pressed, Click):
            whisper(deps, client, pressed, text)
        else:
            client.chat_postMessage(channel=pressed.user, text=text, unfurl_links=False)
        return None


def approve(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Decide; whoever claimed it sees the buttons go at once, then what was read back."""
    if _card(deps, client, click) is None:
        return None
    decision = _decide(deps, client, click.approval_id, click.user, "approve")
    _answer_click(deps, client, click, decision)
    return partial(_execute, deps, click) if decision.claimed else None


def ask_reason(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Open the modal that rejects. Its metadata is the approval's id, to be checked again when it comes back."""
    return _open(deps, client, click, "Reject", modals.rejection)


def ask_amounts(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Open the modal that edits. What comes back from it is held against the store again."""

    def refused() -> Decision | None:
        here = presence(client, click.user)
        return revising.refused_at_once(
            deps.engine, click.approval_id, click.user, now=deps.now(), limits=deps.limits, mention=_marked,
            presence=here,
        )  # fmt: skip

    return _open(deps, client, click, "Edit", partial(modals.editing, solo=deps.limits.solo_mode), refused)


def _open(
    deps: SlackDeps,
    client: WebClient,
    click: Click,
    what: str,
    modal: Callable[[ApprovalView], Block],
    refused: Callable[[], Decision | None] = lambda: None,
) -> Then:
    view = _card(deps, client, click)
    if view is None:
        return None
    if view.approval.status != "pending":
        decision = _decide(deps, client, click.approval_id, click.user, "reject")  # says who was first; audited
        _answer_click(deps, client, click, decision)
        return None
    if (answer := refused()) is not None:
        whisper(deps, client, click, _shown(answer.text))
        return None
    try:
        client.views_open(trigger_id=click.trigger_id, view=modal(view))
    except SlackApiError as error:
        log.warning("no modal: %s", error.response.get("error"))
        whisper(deps, client, click, f"Slack did not open the dialog in time; please press {what} again.")
    return None


def reject(deps: SlackDeps, client: WebClient, said: Rejection) -> Then:
    """The submitted modal. Where it was opened is taken from the store, never from the modal."""
    decision = _decide(deps, client, said.approval_id, said.user, "reject", said.reason, said.chip)
    shown = _view(deps, said.approval_id)
    if shown is None or shown.approval.channel is None or shown.approval.message_ts is None:
        client.chat_postMessage(channel=said.user, text=_shown(decision.text), unfurl_links=False)
        return None
    where = shown.approval
    click = Click(
        said.approval_id, said.user, shown.approval.channel, shown.approval.message_ts,
        where.thread or shown.approval.message_ts, said.trigger_id,
    )  # fmt: skip
    _answer_click(deps, client, click, decision)
    return None


def show_details(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Reply in the card's thread with everything; once for each state of the approval."""
    view = _card(deps, client, click)
    if view is None:
        return None
    pages = cards.details(view, deps.now(), uses=card_sending.uses_of(deps.engine, view, deps.now()))
    key = f"details:{click.approval_id}:{view.approval.status}:{len(view.votes)}"
    with write(deps.engine) as session:
        for number, (text, blocks) in enumerate(pages, start=1):
            at = f"{key}:{number}"
            outgoing.message(
                session, at, click.channel, view.approval.thread or click.thread_ts, text, blocks, deps.now()
            )
    whisper(deps, client, click, "The details are in this card's thread.")
    return None


def more(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """What was picked of a card's menu: be reminded later."""
    view = _card(deps, client, click)
    hours = cards.SNOOZES.get(click.choice)
    if view is None or hours is None:
        return None
    zone = ZoneInfo(view.account.timezone)
    at = datetime.now(UTC) + timedelta(hours=hours)
    with write(deps.engine) as session:
        reminders.snooze(session, view.approval.id, click.user, click.trigger_id, now=deps.now(), until=at)
    told = f"I will remind you at {at.astimezone(zone):%H:%M} ({view.account.timezone}), where it still waits then. "
    expires = moment(view.approval.expires_at, view.account.timezone)
    whisper(deps, client, click, f"{told}The card stays as it is for everybody; it expires {expires}.")
    return None


def undo(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Propose to take an applied change back."""
    return _follow(deps, client, click, "undo")


def finish(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Propose the rest of a partly applied plan."""
    return _follow(deps, client, click, "finish")


def _follow(deps: SlackDeps, client: WebClient, click: Click, kind: Literal["undo", "finish"]) -> Then:
    if _card(deps, client, click) is None:
        return None
    here = presence(client, click.user)
    made = deps.follow_up(click.approval_id, kind, click.user, mention=_marked, presence=here)
    if made.approval_id is not None:
        deps.opened(made.approval_id)
        for replaced in made.superseded:
            deps.moved(replaced)
        card_sending.redraw_now(deps, click.approval_id)
    whisper(deps, client, click, _shown(made.text))
    return None


def _decide(
    deps: SlackDeps,
    client: WebClient,
    approval_id: str,
    user: str,
    choice: Choice,
    reason: str | None = None,
    chip: str | None = None,
) -> Decision:
    """The store's decision; asked once more where the connection to it was lost, for it decides a click once."""
    here = presence(client, user)

    def ask() -> Decision:
        return approvals.decide(
            deps.engine,
            approval_id,
            user,
            choice,
            now=deps.now(),
            limits=deps.limits,
            reason=reason,
            chip=chip,
            mention=_marked,
            presence=here,
        )

    try:
        decision = ask()
    except DBAPIError as error:
        log.warning("deciding once more: %s", type(error).__name__)
        decision = ask()
    if decision.outcome in ("rejected", "expired"):
        deps.moved(approval_id)
    return decision


def _answer_click(deps: SlackDeps, client: WebClient, click: Click, decision: Decision) -> None:
    """Redraw the card at once where it changed, and tell whoever clicked, unless the card itself says it all."""
    if decision.outcome in ("claimed", "voted", "rejected", "expired"):
        card_sending.redraw_now(deps, click.approval_id)
    elif decision.outcome == "late":  # pressed on a card that is out of date
        with write(deps.engine) as session:
            outgoing.redraw(session, click.approval_id, click.channel, deps.now())
    if decision.outcome not in ("claimed", "rejected"):
        whisper(deps, client, click, _shown(decision.text))


def _execute(deps: SlackDeps, click: Click) -> None:
    """Apply what this click claimed; what came of it is queued with the move itself."""
    try:
        deps.execute(click.approval_id)
    except Exception as error:  # the ledger knows how far it came; recovery reads it back
        reference = uuid.uuid4().hex[:8]
        log.error("executing %s failed (%s): %s", click.approval_id, reference, type(error).__name__, exc_info=error)
        text = (
            f"Applying was interrupted (reference {reference}). I am reading back what happened; nothing is sent twice."
        )
        with write(deps.engine) as session:
            outgoing.notice(session, f"trouble:{reference}", click.channel, click.thread_ts, text, deps.now())


def _card(deps: SlackDeps, client: WebClient, click: Click) -> ApprovalView | None:
    """The approval that this very card shows; whoever pressed a button that is not its own is told so.

    A card stands in one channel: an id from elsewhere opens nothing here.
    """
    view = _view(deps, click.approval_id)
    if view is None:
        _decide(deps, client, click.approval_id[:200], click.user, "approve")  # no such approval: this only audits it
        whisper(deps, client, click, UNKNOWN_CARD)
        return None
    if view.approval.channel not in (None, click.channel):
        with write(deps.engine) as session:
            found = {"channel": click.channel, "card": view.approval.channel}
            audit.append(session, click.user, "click.other_channel", view.approval.id, found, deps.now())
        whisper(deps, client, click, UNKNOWN_CARD)
        return None
    return view


def _view(deps: SlackDeps, approval_id: str) -> ApprovalView | None:
    with read(deps.engine) as session:
        try:
            return approvals.view(session, approval_id)
        except BadInput:
            return None


def whisper(deps: SlackDeps, client: WebClient, click: Click, text: str) -> None:
    """Tell the clicker alone; in the card's thread where that fails. ``text`` is mrkdwn."""
    try:
        client.chat_postEphemeral(channel=click.channel, user=click.user, text=text)
    except (SlackApiError, OSError) as error:
        log.warning("no ephemeral message: %s", type(error).__name__)
        said = f"{bk.person(click.user)}: {text}"
        key = f"told:{click.trigger_id}"
        with write(deps.engine) as session:
            outgoing.message(session, key, click.channel, click.thread_ts, said, [bk.section(said)], deps.now())


_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no text from outside keeps them


def _marked(user: str) -> str:
    return f"{_OPEN}{user}{_CLOSE}"


def _shown(text: str) -> str:
    """The store's sentence as mrkdwn: its people mentioned, everything else escaped."""
    escaped = bk.escape(bk.neutral(text))
    sentence = re.sub(f"{_OPEN}(.*?){_CLOSE}", lambda m: bk.person(m.group(1)), escaped)
    return sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith(".") else ".")
