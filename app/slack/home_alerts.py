"""Open alerts, snoozes and quiet rules on a person's page, each with its way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack.blocks import Block
from domain.scope import Scope
from store import incidents, quiet_rules
from store.incidents import IncidentView
from store.quiet_rules import Quiet
from tools import incident_words as words

WAKE, REVOKE = "incident_home_wake", "incident_home_revoke"
SHOWN = 8  # alerts, and rules, on one page; what is beyond is counted


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is open, and what is kept quiet, of the accounts that a person sees."""

    open: tuple[IncidentView, ...] = ()
    rules: tuple[Quiet, ...] = ()


def gather(session: Session, scope: Scope, now: datetime) -> Alerts:
    """Read what is open and what is quiet."""
    return Alerts(tuple(incidents.open_incidents(session, scope)), tuple(quiet_rules.rules(session, scope, now)))


def blocks(found: Alerts, now: datetime) -> list[Block]:
    """Nothing where nothing is open or quiet. Pure."""
    made: list[Block] = []
    for view in found.open[:SHOWN]:
        made.append(bk.section(_alert(view, now)))
        if view.snoozed(now):
            made.append(bk.actions(bk.button("End the snooze", WAKE, view.id)))
    if len(found.open) > SHOWN:
        made.append(bk.context(f"and {len(found.open) - SHOWN} more: ask me for any alerts"))
    for rule in found.rules[:SHOWN]:
        made.append(bk.section(_rule(rule)))
        made.append(bk.actions(bk.button("Tell me again", REVOKE, str(rule.id))))
    if len(found.rules) > SHOWN:
        made.append(bk.context(f"and {len(found.rules) - SHOWN} more quiet rules: `budgeteer watch rules`"))
    return [bk.header("Open alerts and what is kept quiet"), *made] if made else []


def _alert(view: IncidentView, now: datetime) -> str:
    state = words.state(view) if view.snoozed(now) else view.status
    since = f"since {view.first_day}, data up to {view.last_day} unusual"
    return (
        f"*{bk.data(words.SEVERE[view.severity])}: {bk.data(words.title(view), 300)}*\n"
        f"{bk.prose(words.where(view))}, {since} · {bk.data(state)}\nAt stake {bk.prose(words.at_stake(view))}"
    )


def _rule(rule: Quiet) -> str:
    size = "" if rule.largest is None else f" by up to {rule.largest * 100:.0f} %"
    until = f" until {rule.until:%Y-%m-%d}" if rule.until else ""
    return (
        f"Quiet: *{bk.data(rule.account)}*, {bk.data(rule.where)}: {bk.data(rule.metric)} "
        f"{bk.data(rule.direction)}{size}{until} · {bk.data(rule.reason, 200)}, by {bk.person(rule.created_by)}"
    )
