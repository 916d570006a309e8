"""Taking a snooze or a quiet rule back on the home tab: only an id comes from outside, who may stands in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.slack import outgoing
from app.slack.clicks import Then
from app.slack.home_alerts import REVOKE, WAKE
from app.slack.people import presence
from app.slack.shift import Shift
from domain.errors import BadInput
from domain.scope import Scope
from store import audit, incident_actions, incident_news, incidents, personal, quiet_rules
from store.clicking import Presence, not_vouched
from store.engine import write
from store.incident_settling import Moved
from store.tables import Account, QuietRule
from tools.quiet_words import in_short, left_quiet

ACTIONS = (WAKE, REVOKE)
LISTED = 10  # rules in one message


@dataclass(frozen=True, slots=True)
class Press:
    """A button on the page. Everything but ``user`` came from outside."""

    user: str
    action: str
    value: str
    trigger_id: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Press:
        """Read a ``block_actions`` payload of the home tab."""
        action = body["actions"][0]
        return cls(body["user"]["id"], str(action["action_id"]), str(action.get("value", "")), str(body["trigger_id"]))

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def press(shift: Shift, payload: dict[str, Any]) -> Then:
    """End a snooze or revoke a rule, once, where the person sees the account; the page is drawn again."""
    pressed, deps = Press(**payload), shift.deps
    here = presence(shift.client, pressed.user)
    with write(deps.engine) as session:
        scope = personal.scope_of_person(session, pressed.user)
        if scope is not None:
            _take_back(session, scope, pressed, deps.now(), here)
        outgoing.home(session, pressed.user, f"home:{pressed.trigger_id}", deps.now())
    return None


def _take_back(session: Session, scope: Scope, pressed: Press, now: datetime, here: Presence) -> None:
    try:
        account_id = _account(session, scope, pressed)
    except BadInput:
        given = {"value": pressed.value[:200], "act": pressed.action}
        audit.append(session, pressed.user, "incident.unknown_click", "incident", given, now)
        return
    if (no := not_vouched(session, session.get_one(Account, account_id), pressed.user, here)) is not None:
        audit.append(session, pressed.user, "incident.refused", pressed.value[:40], {"reason": no}, now)
        return
    if pressed.action == REVOKE:
        rule = int(pressed.value)
        if incident_actions.revoke(session, scope, rule, by=pressed.user, now=now):
            _tell_what_stays(session, scope, pressed, rule, now)
        return
    acted = incident_actions.unsnooze(session, scope, pressed.value, by=pressed.user, now=now)
    if acted.changed and acted.event_id is not None:
        incident_news.announce(session, [Moved(acted.incident.id, "unsnoozed", acted.event_id, tell=False)], now)


def _tell_what_stays(session: Session, scope: Scope, pressed: Press, rule: int, now: datetime) -> None:
    """A page has no place for it: whoever revoked one of several rules reads in a direct message which ones stay."""
    left = quiet_rules.still_quiet(session, scope, rule, now)
    if left:
        lines = [f"Rule {rule} is revoked, {left_quiet(left)}:", *(f"• {in_short(one)}" for one in left[:LISTED])]
        lines += [f"and {len(left) - LISTED} more: `budgeteer watch rules`"] if len(left) > LISTED else []
        outgoing.notice(session, f"revoked:{pressed.trigger_id}", pressed.user, None, "\n".join(lines), now)


def _account(session: Session, scope: Scope, pressed: Press) -> int:
    """Whose the incident or the rule is. Raises BadInput where the person does not see it, or there is none."""
    if pressed.action == WAKE:
        return incidents.incident(session, scope, pressed.value).account_id
    rule = session.get(QuietRule, int(pressed.value)) if pressed.value.isdecimal() else None
    if rule is None or rule.account_id not in scope:
        raise BadInput(f"there is no quiet rule {pressed.value[:40]!r}")
    return rule.account_id
