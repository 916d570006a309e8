"""When the watch last looked at an account: by the clock or by hand. Read only.

That nothing is open says something only where somebody looked.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import AuditEntry, JobRun

JOB = "watch"
BY_HAND = "watch.looked"  # the audit's name for a look from the command line
PARTLY = "could not be looked at"  # how a run ends that saw all but the accounts it names: those have an incident


def subject(account_id: int) -> str:
    """What the audit calls an account that was looked at."""
    return f"account:{account_id}"


def last_looks(session: Session, scope: Scope) -> dict[int, datetime]:
    """The last look by account; an account that nobody looked at yet is not in it."""
    seen = select(func.max(JobRun.started_at)).where(
        JobRun.job == JOB,
        JobRun.finished_at.is_not(None),
        or_(JobRun.error.is_(None), JobRun.error.contains(PARTLY)),
    )
    by_clock = session.scalar(seen)
    looks = {} if by_clock is None else dict.fromkeys(scope.account_ids, by_clock)
    names = {subject(i): i for i in scope.account_ids}
    by_hand = select(AuditEntry.subject, func.max(AuditEntry.at)).where(
        AuditEntry.action == BY_HAND, AuditEntry.subject.in_(names)
    )
    for name, at in session.execute(by_hand.group_by(AuditEntry.subject)):
        looked, i = datetime.fromisoformat(at), names[name]
        looks[i] = max(looks.get(i, looked), looked)
    return looks
