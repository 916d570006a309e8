"""A press of "Make it a recommendation": the plan drafted through the gates, and its card opened, once.

A button carries the answer's id and a number, nothing else: the plan itself stands in the store, and only a channel
that sees its account may have it proposed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack import clicks, questions
from app.slack.batching import parts_of
from app.slack.clicks import Click, Then
from app.slack.deps import SlackDeps
from app.slack.incoming import Question
from app.slack.people import presence
from domain.errors import BudgeteerError
from domain.scope import Scope
from store import accounts, answers, audit, bindings, deliveries
from store.approvals import Opened
from store.clicking import Presence, not_vouched
from store.engine import write
from store.tables import Account
from tools.base import ToolContext

UNKNOWN = "I do not know this plan here any more; ask again for plans as they are now."
ALREADY = "This plan was made a recommendation before; its card is in this thread."


@dataclass(frozen=True, slots=True)
class _Offered:
    """The plan behind a button, and who may see it."""

    account: Account
    scope: Scope
    said: Mapping[str, Any]


def propose(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Draft the plan as figures and policy are now, and open its card; once, however often it is pressed."""
    here = presence(client, click.user)
    with write(deps.engine) as session:
        found = _found(session, deps, click, here)
    if isinstance(found, str):
        clicks.whisper(deps, client, click, found)
    else:
        _propose(deps, client, click, found)
    return None


def _found(session: Session, deps: SlackDeps, click: Click, here: Presence) -> _Offered | str:
    """What the button offers, or what whoever pressed it is told instead."""
    answer_id, _, number = click.approval_id.rpartition("#")
    try:
        direct = click.user if click.channel.startswith("D") else None
        scope = bindings.scope_for_channel(session, click.channel, direct)
    except BudgeteerError:
        scope = Scope(())
    kept = answers.get(session, scope, answer_id)
    offers = [] if kept is None else kept.payload.get("offers", [])
    named = number.isascii() and number.isdigit() and len(number) < 4 and int(number) < len(offers)
    if not named or offers[int(number)]["account_id"] not in scope:
        audit.append(session, click.user, "plan.unknown_click", "plan", {"value": click.approval_id[:200]}, deps.now())
        return UNKNOWN
    account = accounts.get(session, offers[int(number)]["account_id"])
    if (no := not_vouched(session, account, click.user, here)) is not None:
        audit.append(session, click.user, "plan.refused", answer_id, {"reason": no}, deps.now())
        return f"{no[:1].upper()}{no[1:]}."
    session.expunge(account)
    return _Offered(account, scope, offers[int(number)])


def _propose(deps: SlackDeps, client: WebClient, click: Click, offered: _Offered) -> None:
    from tools.scenarios.propose import propose_plan

    zone, now = offered.account.timezone, deps.now()
    context = ToolContext(
        deps.engine, Scope((offered.account.id,)), now.astimezone(ZoneInfo(zone)).date(), zone,
        deps.config.week_start_index, now, click.user, deps.limits,
    )  # fmt: skip
    rec_id = hashlib.sha256(f"offer:{click.approval_id}".encode()).hexdigest()[:32]
    amounts = {entity: Decimal(amount) for entity, amount in offered.said["amounts"].items()}
    made = propose_plan(
        context, offered.account.id, amounts, rec_id=rec_id, source={"answer": click.approval_id},
        outcome=offered.said.get("outcome"), flattery=float(offered.said.get("flattery", 0.0)),
    )  # fmt: skip
    if made.result.recommendation_id is None:
        why = made.result.refused or "there is nothing to propose"
        clicks.whisper(deps, client, click, f"{bk.prose(why[:1].upper() + why[1:])[:900]}.")
        return
    try:
        parts = parts_of(deps.engine, context.scope, rec_id, deps.limits)
    except BudgeteerError as error:
        clicks.whisper(deps, client, click, f"{bk.prose(str(error))[:900]}.")
        return
    asked = Question(click.channel, click.message_ts, click.thread_ts, click.user, "", click.channel.startswith("D"))
    with write(deps.engine) as session:
        first = deliveries.first_time(session, [f"offer:{click.approval_id}"], datetime.now(UTC))
        opened: list[Opened] = questions.open_cards(deps, session, asked, {rec_id: parts}) if first else []
    if not first:
        clicks.whisper(deps, client, click, ALREADY)
    questions.tell_opened(deps, opened)
