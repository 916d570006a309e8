"""Each channel's digest, once per local day: at its hour, or as soon after it as a scheduler runs again that day."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from agent.digest import in_words, make
from domain.errors import BudgeteerError
from scheduler.lease import run_once
from store import bindings, channels, outbox
from store.channels import DigestTime
from store.engine import read, write

log = logging.getLogger("budgeteer.jobs")
JOB = "digest of a channel"
LEASE = timedelta(minutes=5)
SATURDAY = 5


def due(when: DigestTime, now: datetime, timezone: str) -> date | None:
    """The local day whose digest should be out by ``now``, or None.

    The wall clock of the channel's zone decides: where a day skips the hour, the next one counts, and where it has
    the hour twice, the first.
    """
    local = now.astimezone(ZoneInfo(when.timezone or timezone))
    if not when.on or local.hour < when.hour or (when.weekdays_only and local.weekday() >= SATURDAY):
        return None
    return local.date()


def post_due(engine: Engine, now: datetime, timezone: str, week_start: int = 0) -> tuple[str, ...]:
    """Queue every digest that is due; the channels for which this call did it."""
    with read(engine) as session:
        wanted = {c: due(when, now, timezone) for c, when in channels.digest_times(session).items()}
        open_ = [(c, day) for c, day in wanted.items() if day and not outbox.queued(session, key(c, day))]
    done = []
    for channel, day in open_:
        queue = partial(post, engine, channel, day, now=now, timezone=timezone, week_start=week_start)
        if run_once(engine, JOB, f"{channel}:{day}", lambda _say, queue=queue: queue(), LEASE):  # type: ignore[misc]
            done.append(channel)
    return tuple(done)


def key(channel: str, day: date) -> str:
    """The outbox key: one digest per channel and local day, however often it is asked for."""
    return f"digest:{channel}:{day}"


def post(
    engine: Engine,
    channel: str,
    day: date,
    *,
    now: datetime,
    timezone: str,
    week_start: int = 0,
    today: date | None = None,
) -> bool:
    """Queue the channel's digest of a local ``day``; False where it was queued before.

    Where it cannot be built, that is what is posted: silence would pass for a quiet day.
    """
    try:
        said = _built(engine, channel, day, now, timezone, week_start, today)
    except BudgeteerError as error:
        return _failed(engine, channel, day, str(error), now)
    except Exception as error:
        log.error("digest of %s failed: %s", channel, type(error).__name__, exc_info=error)
        return _failed(engine, channel, day, f"an unexpected {type(error).__name__}", now)
    name, chart = key(channel, day), said.pop("chart")
    with write(engine) as session:
        fresh = outbox.put(session, dedupe_key=name, kind="digest", channel=channel, payload=said, now=now)
        if fresh and chart is not None:
            below = {**chart, "below": name}
            outbox.put(session, dedupe_key=f"{name}:chart", kind="chart", channel=channel, payload=below, now=now)
    return fresh


def _built(
    engine: Engine, channel: str, day: date, now: datetime, timezone: str, week_start: int, today: date | None
) -> dict[str, Any]:
    with read(engine) as session:
        scope = bindings.scope_for_channel(session, channel, channel if channel[:1] in "UW" else None)
    days = 3 if day.weekday() == 0 else 1  # of the channel's week: an account west of it lags behind
    return in_words(
        make(engine, scope, now=now, timezone=timezone, week_start=week_start, today=today, days=days)
    )  # fmt: skip


def _failed(engine: Engine, channel: str, day: date, why: str, now: datetime) -> bool:
    text = f"The digest of {day} could not be built: {why.rstrip('.')}. This is not a quiet day: nothing was looked at."
    with write(engine) as session:
        return outbox.put(
            session, dedupe_key=key(channel, day), kind="notice", channel=channel, payload={"text": text}, now=now
        )
