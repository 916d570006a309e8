"""A click on an alert. Only an incident's id and a choice are taken from it; what may be done stands in the store.

Whoever Slack vouches for may act where the channel sees the account; each act is done once, and redelivered clicks and
those of a dead process come through the inbox as those on cards do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from slack_sdk import WebClient
from sqlalchemy.orm import Session

from app.slack import alerts, clicks
from app.slack import blocks as bk
from app.slack.clicks import Click, Then
from app.slack.deps import SlackDeps
from app.slack.people import presence
from domain.errors import BadInput
from domain.scope import Scope
from store import audit, incident_actions, incident_news
from store.clicking import Presence, not_vouched
from store.engine import read, write
from store.incident_actions import Acted
from store.incident_settling import Moved
from store.incidents import IncidentView
from store.tables import Account

UNKNOWN = "I do not know this alert any more; ask me: any alerts?"
Act = Callable[[Session, Scope, IncidentView], Acted]


def acknowledge(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Somebody looks at it."""

    def act(session: Session, scope: Scope, view: IncidentView) -> Acted:
        return incident_actions.acknowledge(session, scope, view.id, by=click.user, now=deps.now())

    return _act(deps, client, click, act, "acknowledged")


def snooze(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Quiet for as long as was picked."""

    def act(session: Session, scope: Scope, view: IncidentView) -> Acted:
        return incident_actions.snooze(session, scope, view.id, click.choice, by=click.user, now=deps.now())

    return _act(deps, client, click, act, "snoozed")


def expected(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """It was to be expected, for the reason that was picked."""

    def act(session: Session, scope: Scope, view: IncidentView) -> Acted:
        return incident_actions.expect(session, scope, view.id, click.choice, by=click.user, now=deps.now())

    return _act(deps, client, click, act, "expected")


def unknown(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Investigate or Propose a fix where there is nothing to ask: said why."""
    with read(deps.engine) as session:
        view = alerts.shown_here(session, click.channel, click.user, click.approval_id, click.message_ts)
    said = UNKNOWN if view is None else alerts.no_fix(view)
    return partial(clicks.whisper, deps, client, click, said)


def _act(deps: SlackDeps, client: WebClient, click: Click, act: Act, done: str) -> Then:
    here = presence(client, click.user)
    with write(deps.engine) as session:
        said = _acted(session, deps, click, act, done, here)
    return None if said is None else partial(clicks.whisper, deps, client, click, said)


def _acted(session: Session, deps: SlackDeps, click: Click, act: Act, done: str, here: Presence) -> str | None:
    """Do it, with its news, in one transaction; what the clicker is told where the message itself does not say it."""
    now = deps.now()
    view = alerts.shown_here(session, click.channel, click.user, click.approval_id, click.message_ts)
    if view is None:
        given = {"value": click.approval_id[:200]}
        audit.append(session, click.user, "incident.unknown_click", "incident", given, now)
        return UNKNOWN
    account = session.get_one(Account, view.account_id)
    if (no := not_vouched(session, account, click.user, here)) is not None:
        audit.append(session, click.user, "incident.refused", view.id, {"act": done, "reason": no}, now)
        return f"{no[:1].upper()}{no[1:]}."
    try:
        acted = act(session, Scope((view.account_id,)), view)
    except BadInput as error:
        return f"{bk.prose(str(error))[:500]}."
    if not acted.changed:
        return already(acted, done)
    if acted.event_id is not None:
        incident_news.announce(session, [Moved(view.id, done, acted.event_id, tell=False)], now)
    return None


def already(acted: Acted, done: str) -> str:
    """What a second click is told: who was first."""
    if acted.by is not None and acted.at is not None:
        return f"Already {done} by {bk.person(acted.by)}, {alerts.moment(acted.at)}."
    return f"Nothing to do: it is {acted.incident.status}."
