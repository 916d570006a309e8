"""What became of applied changes, once their window is over and its conversions have come: each measured once."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from domain.errors import NotConfigured
from domain.promise import Measured
from domain.scope import Scope
from scheduler.lease import Progress
from scheduler.run import JobFailed
from store import accounts, bindings, promises, promising
from store.engine import read, write
from store.guards import lock_account
from store.promises import PromiseView

log = logging.getLogger("budgeteer.jobs")
_WORDS = {"measured": "measured", "no_counterfactual": "without a counterfactual", "void": "void"}


def measure_due(
    engine: Engine, now: datetime, say: Progress | None = None, *, across_accounts: bool = False
) -> str | None:
    """Measure every promise whose days are all there; what came of it in words, None where none was due.

    Safe to run twice and anywhere: a promise is settled by one conditional UPDATE, with its news in the same
    transaction. ``across_accounts`` allows comparing with other accounts that the change's channel sees.

    Raises:
        JobFailed: some could not be measured for an error; the others were.
    """
    with read(engine) as session:
        ids = tuple(a.id for a in accounts.find(session))
        waiting = promises.listed(session, Scope(ids), statuses=("waiting",)) if ids else []
    done: list[str] = []
    failed = 0
    for n, promise in enumerate(waiting, start=1):
        if say is not None:
            say(f"promise {n} of {len(waiting)}")
        try:
            found = _look(engine, promise, now, across_accounts=across_accounts)
        except Exception as error:  # one account's trouble keeps no other promise from being measured
            log.error("promise %s: not measured: %s", promise.id, type(error).__name__, exc_info=error)
            failed += 1
            continue
        if found is not None and _keep(engine, promise, found, now):
            done.append(found.status)
    if failed:
        raise JobFailed(f"{failed} of {len(waiting)} promises could not be measured")
    return ", ".join(f"{done.count(s)} {_WORDS[s]}" for s in dict.fromkeys(done)) or None


def _look(engine: Engine, promise: PromiseView, now: datetime, *, across_accounts: bool) -> Measured | None:
    from tools.realised import measure  # scipy: only where something waits

    today = now.astimezone(ZoneInfo(promise.timezone)).date()
    if today <= promise.window_start:
        return None
    with read(engine) as session:
        seen: tuple[int, ...] = ()
        if across_accounts and promise.channel is not None:
            with suppress(NotConfigured):  # a channel that sees nothing any more
                seen = bindings.scope_for_channel(session, promise.channel).account_ids
        others = [a for a in seen if a != promise.account_id]
        return measure(session, promise, today, others=others)


def _keep(engine: Engine, promise: PromiseView, found: Measured, now: datetime) -> bool:
    with write(engine) as session:
        lock_account(session, promise.account_id)
        return promising.keep(session, promise.id, found, now)
