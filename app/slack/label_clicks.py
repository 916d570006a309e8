"""A click on proposed labels. Only a rule's id is taken from it; who may decide stands in the store."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from slack_sdk import WebClient
from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack import clicks, label_cards
from app.slack.clicks import Click, Then
from app.slack.deps import SlackDeps
from domain.errors import BudgeteerError
from domain.scope import Scope
from store import audit, bindings, labels
from store.approvers import approvers
from store.engine import write
from store.labels import Decision, RuleView

UNKNOWN = "I do not know these proposals any more; ask for them again with: budgeteer labels propose."


def confirm(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Let the proposed rules of the button's key count."""
    return _decide(deps, client, click, "confirmed")


def reject(deps: SlackDeps, client: WebClient, click: Click) -> Then:
    """Drop them."""
    return _decide(deps, client, click, "rejected")


def _decide(deps: SlackDeps, client: WebClient, click: Click, decision: Decision) -> Then:
    with write(deps.engine) as session:
        said = _decided_by(session, click, decision, deps.now())
    return partial(clicks.whisper, deps, client, click, said)


def _decided_by(session: Session, click: Click, decision: Decision, now: datetime) -> str:
    """What the clicker is told; the decision, its audit and the redrawn message stand in one transaction."""
    view = _rule(session, click)
    if view is None:
        audit.append(session, click.user, "labels.unknown_click", "labels", {"value": click.approval_id[:200]}, now)
        return UNKNOWN
    key = view.rule.key
    named = [person.user for person in approvers(session, view.account_id)]
    if named and click.user not in named:
        refused = {"key": key, "decision": decision}
        audit.append(session, click.user, "labels.refused", f"account:{view.account_id}", refused, now)
        return f"Only an approver of this account decides about its labels: {', '.join(map(bk.person, named[:5]))}."
    count = labels.decide(session, Scope((view.account_id,)), key, decision, by=click.user, now=now)
    label_cards.redraw(session, view.account_id, click.channel, click.message_ts, now)
    if not count:
        return f"The label {bk.data(key)} is already {label_cards.decided(view)}."
    rules = f"{count} rule{'' if count == 1 else 's'}"
    return f"The label {bk.data(key)} is {decision}: {rules}."


def _rule(session: Session, click: Click) -> RuleView | None:
    """The rule that the button names, where this channel may see its account; the id came from outside."""
    person = click.user if click.channel.startswith("D") else None
    try:
        scope = bindings.scope_for_channel(session, click.channel, person)
    except BudgeteerError:
        return None
    return next((v for v in labels.rules(session, scope) if str(v.id) == click.approval_id), None)
