"""The watch as a job: looks at each account, settles its incidents, queues what the channels are told.

Safe to run twice and anywhere: the same data change nothing the second time. An account whose look fails is an incident
of its own, told like any other: a watch that is blind must not pass for a quiet day.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.scope import Scope
from scheduler import watch_pictures
from scheduler.run import JobFailed
from store import incident_news, incidents, performance
from store.engine import read, write
from store.incident_settling import Moved, settle, wake
from store.tables import Account
from tools.same_matter import beside
from tools.watch import AccountLook, failed, watch
from tools.watch.arriving import watch_arrivals
from tools.watch.look import Find

log = logging.getLogger("budgeteer.jobs")


@dataclass(frozen=True, slots=True)
class Looked:
    """What one account's look did. ``error``: why nothing was seen there; ``judged``: the last day with figures in it,
    None where there was none to look at, and ``settled`` the last whose conversions could be judged.
    """

    account_id: int
    account: str
    moved: tuple[Moved, ...]
    queued: int
    quieted: int
    error: str | None
    judged: date | None = None
    settled: date | None = None


def watch_all(engine: Engine, now: datetime, *, today: date | None = None, find: Find | None = None) -> str | None:
    """Look at every ads and analytics account there is; what came of it in words, None where nothing moved.

    Raises:
        JobFailed: some accounts could not be looked at; the others were, and the channels were told.
    """
    with read(engine) as session:
        ids = list(
            session.scalars(select(Account.id).where(Account.kind.in_(("ads", "analytics"))).order_by(Account.id))
        )
    done = [one for i in ids for one in look_at(engine, Scope((i,)), now, today=today, find=find)]
    if blind := [str(one.account_id) for one in done if one.error is not None]:
        raise JobFailed(f"account{'s' if len(blind) > 1 else ''} {', '.join(blind)} could not be looked at")
    moved = [m.what for one in done for m in one.moved]
    counts = [f"{moved.count(what)} {what}" for what in dict.fromkeys(moved)]
    return f"looked at {len(done)} account{'' if len(done) == 1 else 's'}: {', '.join(counts)}" if moved else None


def look_at(
    engine: Engine, scope: Scope, now: datetime, *, today: date | None = None, find: Find | None = None
) -> list[Looked]:
    """Look at the accounts of a scope and keep what was found; what only quiet accounts would hide is never raised."""
    done = []
    for account_id in scope.account_ids:
        with read(engine) as session:
            looks = [*watch(session, Scope((account_id,)), today, now=now, find=find, given=scope),
                     *_at_analytics(session, account_id, scope, today, now)]  # fmt: skip
        with write(engine) as session:
            done += [_settled(session, one, now) for one in looks]
    return done


def _at_analytics(
    session: Session, account_id: int, given: Scope, today: date | None, now: datetime
) -> list[AccountLook]:
    """Nothing where it is no analytics account, or has no sessions."""
    found = []
    for account in performance.accounts(session, Scope((account_id,)), ("analytics",)):
        try:
            found.append(watch_arrivals(session, given, account, now, today))
        except Exception as error:  # as of an ads account: it must not pass for quiet
            log.error("watch of account %s failed: %s", account.id, type(error).__name__, exc_info=error)
            day = today or now.date()
            failure = failed(day, type(error).__name__)
            found.append(AccountLook(account, (failure,), {}, error=type(error).__name__))
    return [one for one in found if one.looked or one.error]


def _settled(session: Session, one: AccountLook, now: datetime) -> Looked:
    account = one.account
    moved = (*settle(session, account.id, one.found, one.looked, now), *wake(session, account.id, now))
    queued = incident_news.announce(session, moved, now)
    queued += watch_pictures.queue(session, account, one.found, moved, now)
    queued += _named_beside(session, account.id, moved, now)
    return Looked(
        account.id, account.name, moved, queued, one.quieted, one.error,
        one.looked.get("spend", one.looked.get("sessions")), one.looked.get("conversions"),
    )  # fmt: skip


def _named_beside(session: Session, account_id: int, moved: Sequence[Moved], now: datetime) -> int:
    """Redraw what tells of the same matter in other accounts, where a channel hears of both: each names the other."""
    changed = [m for m in moved if m.what in ("opened", "reopened", "recovered", "merged")]
    hearing = {channel for channel, _ in incident_news.listeners(session, account_id)}
    if not changed or not hearing:
        return 0
    everywhere = Scope(tuple(session.scalars(select(Account.id).order_by(Account.id))))
    open_ = incidents.open_incidents(session, everywhere)
    return sum(
        incident_news.redraw(session, other.id, hearing, m.event_id, now)
        for m in changed
        for other in beside(incidents.incident(session, everywhere, m.incident_id), open_)
    )
