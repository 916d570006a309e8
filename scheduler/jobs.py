"""The jobs: each a plain function that is safe to run twice and anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from agent.activation import ActivationDeps, settle_unknown
from domain.lifecycle import Status
from store import deliveries, leases
from store.approvals import expire_due
from store.engine import write
from store.reminders import remind_due

DELIVERIES_KEPT = timedelta(days=7)  # Slack retries for hours, and a signature is good for five minutes
RUNS_KEPT = timedelta(days=30)


def expire(deps: ActivationDeps) -> tuple[str, ...]:
    """Close the approvals that lapsed, so that their cards say so."""
    return expire_due(deps.engine, deps.now())


def remind(deps: ActivationDeps) -> tuple[str, ...]:
    """Remind the approvers of each card that is about to lapse, once, while they are at work."""
    return remind_due(deps.engine, deps.now(), deps.limits)


def verify(deps: ActivationDeps) -> dict[str, Status]:
    """Take up approvals that a dead process left, and those whose outcome is unknown."""
    return settle_unknown(deps)


def tidy(engine: Engine) -> str:
    """Drop what only grows and nobody needs again: what was delivered long ago, and the records of old job runs."""
    with write(engine) as session:
        deliveries.forget(session, datetime.now(UTC) - DELIVERIES_KEPT)
        dropped = leases.forget(session, RUNS_KEPT)
    return f"{dropped:,} records of old job runs dropped"
