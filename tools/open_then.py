"""What the watch has open of the figure and the days that a "why" asks about: a cause that was found must not be lost
behind a total in which it drowns."""

from __future__ import annotations

from datetime import timedelta

from domain.metrics import Metric
from store import incidents
from store.incidents import IncidentView
from tools.alerts import concerns, told_of
from tools.figures import Cited
from tools.reader import Reader
from tools.spans import Span

NEAR = timedelta(days=3)  # of a matter that is still open, the youngest days cannot be judged yet
MOST = 2


def open_then(reader: Reader, metric: Metric, days: Span, cited: Cited) -> str:
    """Lines to append; empty where nothing of that figure is open since those days or before."""
    session, scope = reader.session, reader.context.scope
    if days.reason:
        return ""
    asked = {a.id for a in reader.selection.accounts}
    found = [
        view
        for view in incidents.open_incidents(session, scope)
        if view.account_id in asked
        and view.first_day <= days.window.end
        and view.last_day >= days.window.start - NEAR
        and _of(view, metric)
        and concerns(session, scope, view, reader.selection)
    ]
    return "".join(
        f"\nOpen since {v.first_day}: {told_of(v, incidents.days(session, scope, v.id), cited)}" for v in found[:MOST]
    )


def _of(view: IncidentView, metric: Metric) -> bool:
    return metric.slug == view.metric or any(key.partition(":")[0] == metric.slug for key in view.symptoms)
