"""Message shortcuts: Explain this alert, Propose a fix. What is asked comes from the store, never from the message.

Slack offers them on every message of every conversation, also where the bot is no member. Which incident is meant is
looked up by the conversation and the message's ts; on anything that is no alert of ours whoever asked is told so alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.slack import alerts, outgoing
from app.slack import blocks as bk
from app.slack.clicks import Then
from app.slack.incoming import Question
from app.slack.shift import Shift, answer_command
from store import incident_news
from store.engine import read, write
from store.incidents import IncidentView

EXPLAIN, FIX = "explain_alert", "propose_fix"
SHORTCUTS: Mapping[str, tuple[str, str]] = {
    EXPLAIN: ("Explain this alert", "Ask why, in the thread of the alert"),
    FIX: ("Propose a fix", "Ask for a budget change that would mend it; nothing is applied before it is approved"),
}
"""Callback id -> its name in the message's menu, and what it does."""
_ACTS = {EXPLAIN: alerts.INVESTIGATE, FIX: alerts.FIX}
NO_ALERT = (
    "That message is no alert of mine, or not one of what you see here. These shortcuts work on my alerts and on the "
    "news in their threads; ask me: any alerts?"
)


@dataclass(frozen=True, slots=True)
class Used:
    """A shortcut that asks nothing. Everything but ``user`` came from outside."""

    callback_id: str
    user: str
    channel: str
    message_ts: str
    response_url: str
    trigger_id: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Used:
        """Read a ``message_action`` payload."""
        return cls(
            body["callback_id"], body["user"]["id"], body["channel"]["id"], str(body["message_ts"]),
            str(body["response_url"]), str(body["trigger_id"]),
        )  # fmt: skip

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def question(session: Session, body: Mapping[str, Any]) -> Question | None:
    """What the shortcut asks in the alert's thread; None where the message is no alert, or there is nothing to ask."""
    used = Used.of(body)
    found = _meant(session, used)
    text = None if found is None else alerts.asked(found[0], _ACTS[used.callback_id])
    if found is None or text is None:
        return None
    ts = f"{used.message_ts}:{used.trigger_id}"  # the same however often Slack delivers it
    return Question(used.channel, ts, found[1], used.user, text, used.channel.startswith("D"))


def why_not(shift: Shift, payload: Mapping[str, Any]) -> Then:
    """Tell whoever used it, alone, why nothing was asked."""
    used = Used(**payload)
    with read(shift.deps.engine) as session:
        found = _meant(session, used)
    said = NO_ALERT if found is None else alerts.no_fix(found[0])
    blocks = bk.fit(bk.paragraphs(said))
    if not answer_command(shift.deps, used.response_url, said, blocks, to_all=False):
        key = f"shortcut:{used.trigger_id}"
        with write(shift.deps.engine) as session:
            outgoing.message(session, key, used.user, None, said, blocks, shift.deps.now())
    return None


def _meant(session: Session, used: Used) -> tuple[IncidentView, str] | None:
    """The incident, and the ts of its one message; None where the store knows no alert here under this ts."""
    to = alerts.addressed(used.channel, used.user)
    incident_id = incident_news.told_at(session, to, used.message_ts)
    if incident_id is None:
        return None
    view = alerts.shown_here(session, used.channel, used.user, incident_id, None)
    parent = None if view is None else incident_news.parent_ts(session, to, view.id)
    return None if view is None or parent is None else (view, parent)
