"""An incident as Slack shows it: one message, number first, with its buttons; and what is said in its thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.incoming import Question
from domain.errors import BudgeteerError
from domain.metrics import METRICS
from domain.scope import Scope
from store import bindings, incident_news, incidents, outbox
from store.engine import read
from store.incidents import Happened, IncidentView, Unusual
from store.tables import DailyMetric, Incident
from tools import incident_words as words
from tools import same_matter
from tools.incident_questions import fix, why

ACK, SNOOZE, EXPECTED, INVESTIGATE, FIX = (
    "incident_ack", "incident_snooze", "incident_expected", "incident_investigate", "incident_fix",
)  # fmt: skip
SNOOZES = (("1d", "1 day"), ("3d", "3 days"), ("1w", "1 week"))
REASONS = (("promotion", "A promotion"), ("seasonal", "Seasonal"), ("tracking", "Tracking, known"))
MERGED = "This is part of another incident of the same account, which goes on there."
_WHY = frozenset({"why", "why is that", "why is this", "how come", "what happened", "explain", "explain this"})
MARKS = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}


def drawn(engine: Engine, incident_id: str, channel: str) -> tuple[str, list[Block]] | None:
    """The message as the store is now and as ``channel`` may see it; None where there is no such incident."""
    with read(engine) as session:
        row = session.get(Incident, incident_id)
        if row is None:
            return None
        scope = _seen_by(session, channel, row.account_id)
        view = incidents.incident(session, scope, incident_id)
        days = incidents.days(session, scope, incident_id)
        history = incidents.events(session, scope, incident_id)
        through = _through(session, row.account_id)
        others = same_matter.beside(view, incidents.open_incidents(session, scope))
    return render(view, days, history, through, others)


def _seen_by(session: Session, channel: str, account_id: int) -> Scope:
    """What the channel sees beside the account; the account alone where it is bound to it no more."""
    own = Scope((account_id,))
    try:
        seen = bindings.scope_for_channel(session, channel)
    except BudgeteerError:
        return own
    return seen if account_id in seen else own


def told(engine: Engine, incident_id: str, event_id: int) -> str | None:
    """What the thread is told of an event; None where there is no such incident or event."""
    with read(engine) as session:
        row = session.get(Incident, incident_id)
        if row is None:
            return None
        scope = Scope((row.account_id,))
        view, days = incidents.incident(session, scope, incident_id), incidents.days(session, scope, incident_id)
        event = next((e for e in incidents.events(session, scope, incident_id) if e.id == event_id), None)
    return None if event is None else news(view, days, event)


def render(
    view: IncidentView, days: list[Unusual], history: list[Happened], through: date | None,
    others: list[IncidentView] | None = None,
) -> tuple[str, list[Block]]:  # fmt: skip
    """The plain text with all facts, and the blocks. ``others``: open in other accounts that the channel sees, of the
    same matter. Pure."""
    lines = words.told(view, through, others or ())
    ended = None if view.open else _ending(view, history)
    heading = f"{words.SEVERE[view.severity]}: {words.title(view)}" if view.open else f"Over: {words.title(view)}"
    first = bk.prose(words.headline(view, days))
    mark = MARKS[view.severity] if view.open else ":white_check_mark:"
    blocks = [bk.header(heading), bk.section(f"{mark} *{first}*")]
    blocks += bk.paragraphs("\n".join(f"*{label}*  {bk.prose(text)}" for label, text in lines))
    standing = ended or _standing(history, view)
    blocks += [bk.context(standing)] if standing else []
    buttons = [bk.actions(*_buttons(view))] if view.open else []
    text = "\n".join([bk.data(heading, 300), first, *(f"{label}: {bk.prose(text)}" for label, text in lines), standing])
    return bk.clip(text, bk.MAX_TEXT), bk.fit([*blocks, *buttons], keep_first=2, keep_last=len(buttons))


def news(view: IncidentView, days: list[Unusual], event: Happened) -> str:
    """What the thread says of one event; mrkdwn."""
    line = bk.prose(words.headline(view, days))
    stake = bk.prose(words.at_stake(view))
    match event.kind:
        case "worsened":
            return f"*Worse.* {line} At stake {stake}."
        case "reopened":
            return f"*It is back.* {line} At stake {stake}."
        case "woke":
            return f"*The snooze ended and this is still open.* {line} At stake {stake}."
        case "grew":
            return line
        case "recovered":
            return bk.prose(words.recovered(view))
        case "merged":
            return MERGED
        case _:
            return _by_a_person(event)


def question(session: Session, body: Mapping[str, Any]) -> Question | None:
    """What Investigate or Propose a fix asks in the incident's thread; None where nothing is to be asked.

    The button carries an id only; what is asked comes from the store, and only where this very message shows it.
    """
    action, channel, message = body["actions"][0], body["channel"]["id"], body["message"]
    view = shown_here(session, channel, body["user"]["id"], str(action.get("value", "")), message["ts"])
    if view is None:
        return None
    text = asked(view, action["action_id"])
    ts = f"{message['ts']}:{body['trigger_id']}"
    if text is None:
        return None
    return Question(channel, ts, message["ts"], body["user"]["id"], text, channel.startswith("D"))


def meant(session: Session, typed: Question) -> str:
    """What a question means where it was typed: a bare "why?" below an alert asks for the alert's cause.

    Once something was answered in that thread it leans on that instead, as in any thread.
    """
    if typed.text.strip(" ?!.").lower() not in _WHY:
        return typed.text
    found = incident_news.shown_at(session, addressed(typed.channel, typed.user), typed.thread_ts)
    if found is None or outbox.answered(session, typed.channel, typed.thread_ts):
        return typed.text
    view = shown_here(session, typed.channel, typed.user, found, typed.thread_ts)
    return (None if view is None else asked(view, INVESTIGATE)) or typed.text


def asked(view: IncidentView, action: str) -> str | None:
    """The question in words that the planner reads; None where there is none to ask."""
    if action == INVESTIGATE:
        return why(view)
    return None if view.metric not in METRICS or words.fixable(view) else fix(view)


def no_fix(view: IncidentView) -> str:
    """Why no budget change would mend it, and what would; mrkdwn."""
    return f"No budget change would mend this: {bk.prose(words.fixable(view) or words.NO_CAMPAIGN)}."


def shown_here(session: Session, channel: str, user: str, incident_id: str, ts: str | None) -> IncidentView | None:
    """The incident that this very message shows, where the channel sees its account; ids come from outside."""
    to = addressed(channel, user)
    try:
        scope = bindings.scope_for_channel(session, channel, None if to == channel else user)
        view = incidents.incident(session, scope, incident_id)
    except BudgeteerError:  # unbound, unknown or of another client: one answer for all
        return None
    posted = outbox.posted(session, to, incident_news.key(view.id, to))
    if posted is None or posted.landed_in not in (None, channel):
        return None
    return view if ts is None or posted.message_ts in (None, ts) else None


def addressed(channel: str, user: str) -> str:
    """Whom the store addressed what stands in a conversation: in a direct message the person, else the channel."""
    return user if channel.startswith("D") else channel


def _buttons(view: IncidentView) -> list[Block]:
    acts = [bk.button("Acknowledge", ACK, view.id, "primary")] if view.status == "open" else []
    acts += [bk.button("Investigate", INVESTIGATE, view.id)]
    blind = view.kind in ("stale", "watch_failed")
    acts += [] if blind else [bk.button("Propose a fix", FIX, view.id)]
    acts.append(bk.select(SNOOZE, "Snooze", [(f"{value}:{view.id}", text) for value, text in SNOOZES]))
    if not blind:
        acts.append(bk.select(EXPECTED, "Expected", [(f"{value}:{view.id}", text) for value, text in REASONS]))
    return acts


def _standing(history: list[Happened], view: IncidentView) -> str:
    """Who looks at it, until when it is snoozed."""
    kinds = ["acknowledged"] if view.status == "acknowledged" else []
    kinds += ["snoozed"] if view.snoozed_until is not None else []
    last = [next((e for e in reversed(history) if e.kind == kind), None) for kind in kinds]
    return "\n".join(_by_a_person(e) for e in last if e is not None)


def _ending(view: IncidentView, history: list[Happened]) -> str:
    if view.status == "recovered":
        return bk.prose(words.recovered(view))
    last = next((e for e in reversed(history) if e.kind == view.status or e.kind == "merged"), None)
    if last is None:
        return f"Ended: {view.status}."
    return MERGED if last.kind == "merged" else _by_a_person(last)


def _by_a_person(event: Happened) -> str:
    who, at = bk.person(event.by), f"{event.at:%Y-%m-%d %H:%M} UTC"
    until, was = (str(event.details.get(name, ""))[:16].replace("T", " ") for name in ("until", "was"))
    match event.kind:
        case "acknowledged":
            return f"{who} looks at it ({at}). It is told again only if it gets worse."
        case "snoozed":
            before = f" (it was until {bk.data(was)} UTC)" if was else ""
            return f"{who} snoozed it until {bk.data(until)} UTC{before}, unless it gets graver."
        case "unsnoozed":
            return f"{who} took the snooze back ({at})."
        case "expected":
            why = bk.data(event.details.get("why", ""))
            return (
                f"{who} called it expected ({why}, {at}). The same, and a little more, stays quiet until "
                f"{bk.data(until[:10])}; `budgeteer watch rules` lists it."
            )
        case "closed":
            return f"{who} closed it ({at})."
        case _:
            return f"{bk.data(event.kind)} by {who} ({at})."


def _through(session: Session, account_id: int) -> date | None:
    mine = DailyMetric.account_id == account_id, DailyMetric.level == "campaign", DailyMetric.breakdown == ""
    return session.scalar(select(func.max(DailyMetric.day)).where(*mine))


def moment(at: datetime) -> str:
    """A time with its zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
