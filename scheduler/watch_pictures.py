"""The picture below a fresh alert: the root metric of the last weeks, what was expected of it, and the unusual days."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from domain.metrics import METRICS
from domain.scope import Scope
from store import incident_news, incidents, outbox
from store.incident_settling import Moved
from store.incident_values import Candidate
from store.incidents import IncidentView, Unusual
from store.performance import AccountDays
from tools.incident_words import title
from tools.watch_chart import Judged, watch_chart


def queue(
    session: Session, account: AccountDays, found: Sequence[Candidate], moved: Sequence[Moved], now: datetime
) -> int:
    """Queue a picture below the message of each incident that opened or came back; how many."""
    queued = 0
    for one in moved:
        if one.what not in ("opened", "reopened"):
            continue
        view = incidents.incident(session, Scope((account.id,)), one.incident_id)
        candidate = shown(found, view, incidents.days(session, Scope((account.id,)), view.id))
        if candidate is None or not any(d.value is not None for d in candidate.seen):
            continue
        payload: dict[str, str] | None = None
        for channel, _ in incident_news.listeners(session, account.id):
            name = incident_news.key(view.id, channel)
            if not outbox.queued(session, name):
                continue
            payload = payload or _drawn(title(view), candidate)
            queued += outbox.put(
                session, dedupe_key=f"{name}:chart{one.event_id}", kind="chart", channel=channel,
                payload={**payload, "below": name}, now=now,
            )  # fmt: skip
    return queued


def shown(found: Sequence[Candidate], view: IncidentView, days: Sequence[Unusual]) -> Candidate | None:
    """What the look found of the incident: of several of its name the one with its values."""
    mine = {(d.campaign_id, d.metric, d.day) for d in days}
    alike = [c for c in found if (c.metric, c.direction) == (view.metric, view.direction)]
    shared = {n: sum((d.campaign_id, d.metric, d.day) in mine for d in c.days) for n, c in enumerate(alike)}
    best = max(shared, key=lambda n: shared[n], default=None)
    return None if best is None or not shared[best] else alike[best]


def _drawn(name: str, candidate: Candidate) -> dict[str, str]:
    metric, whose = METRICS[candidate.metric], candidate.seen[0].campaign_id
    of_root = [d for d in candidate.days if d.metric == candidate.metric]
    unusual = {d.day for d in of_root if whose in (None, d.campaign_id)}  # the sum shows what any of them did
    days = [Judged(d.day, d.value, d.expected, d.low, d.high, flagged=d.day in unusual) for d in candidate.seen]
    currency = candidate.currency if metric.unit == "money" else None
    label = metric.label if currency is None else f"{metric.label} ({currency})"
    chart = watch_chart(name, days, y_label=label, unit=metric.unit, currency=currency)
    return {"title": chart.title, "png": base64.b64encode(chart.png).decode(), "alt": chart.alt_text}
