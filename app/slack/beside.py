"""What stands on a card beside the approval itself, as the store knows it: today's highest budget, margin, pool."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from app.slack.plan_words import Known
from domain.scope import Scope
from store.approvals import ApprovalView
from store.changes import highest_since
from store.engine import read


def known(engine: Engine, view: ApprovalView, now: datetime) -> Known:
    """Everything that is known for a card that waits."""
    zone = ZoneInfo(view.account.timezone)
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
    with read(engine) as session:
        highest = highest_since(session, Scope((view.account.id,)), view.account.id, midnight)
    return Known(highest=highest)
