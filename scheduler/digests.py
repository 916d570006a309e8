"""Each channel's digests, once per local day, week or month: at its hour, or as soon after it as a scheduler runs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from agent.digest import in_words, make
from domain.errors import BudgeteerError
from scheduler.run import JobFailed
from store import accounts, bindings, channels, outbox, performance
from store.channels import DigestTime
from store.engine import read, write
from tools.digest import words
from tools.digest.days import Form
from tools.digest.words import w

log = logging.getLogger("budgeteer.jobs")
SATURDAY = 5
DAY = timedelta(days=1)
LATEST: dict[Form, timedelta] = {"daily": 0 * DAY, "weekly": 3 * DAY, "monthly": 7 * DAY}
"""How long after its own day a digest is still made: after that it is said with the next daily one, or not."""
MONTHLY_ON = 2  # of the month: on the first the last day has often not come in
LOOKED_BACK = 7


@dataclass(frozen=True, slots=True)
class Due:
    """A digest that should be out, named for its local day (that on which it was due, also where it is late)."""

    form: Form
    day: date


def due(when: DigestTime, now: datetime, timezone: str) -> date | None:
    """The local day whose daily digest should be out by ``now``, or None.

    The wall clock of the channel's zone decides: where a day skips the hour, the next one counts, and where it has
    the hour twice, the first.
    """
    local = now.astimezone(ZoneInfo(when.timezone or timezone))
    if not when.on or local.hour < when.hour or (when.weekdays_only and local.weekday() >= SATURDAY):
        return None
    return local.date()


def all_due(
    when: DigestTime, now: datetime, timezone: str, week_start: int = 0, zones: Iterable[str] = ()
) -> list[Due]:
    """Every digest that should be out by ``now``: the day's, the week's on its first day, the month's on the second.

    One that was asked for after its own day's hour begins with the next. Where weekends are left out, that of a week or
    month comes on the Monday after. It waits until the day has come in the accounts' own ``zones`` too: before that
    their week is not over.
    """
    day = due(when, now, timezone)
    found = [] if day is None else [Due("daily", day)]
    local = now.astimezone(ZoneInfo(when.timezone or timezone))
    there = min((now.astimezone(ZoneInfo(zone)).date() for zone in zones), default=local.date())
    today = local.date()
    wanted: list[tuple[Form, bool, date]] = [
        ("weekly", when.weekly, own_day("weekly", today, week_start)),
        ("monthly", when.monthly, _last_second(today)),
    ]
    for form, on, own in wanted:
        first = _working_day(own) if when.weekdays_only else own
        late = today - first
        due_at = datetime.combine(first, time(when.hour), local.tzinfo)
        begun = when.begun.get(form)
        if begun is not None and begun > due_at:
            continue  # it was asked for since: its first one is the next
        if on and there >= own and DAY * 0 <= late <= LATEST[form] and (late or local.hour >= when.hour):
            found.append(Due(form, own))
    return found


def own_day(form: Form, today: date, week_start: int = 0) -> date:
    """The day that names the digest of ``form`` made on ``today``, by hand too: a week or month has one digest."""
    if form == "weekly":
        return today - (today.weekday() - week_start) % 7 * DAY
    return today if form == "daily" else today.replace(day=MONTHLY_ON)


def _last_second(today: date) -> date:
    """The last second of a month up to ``today``."""
    month = today if today.day >= MONTHLY_ON else today.replace(day=1) - DAY
    return month.replace(day=MONTHLY_ON)


def _working_day(day: date) -> date:
    return day + max(0, 7 - day.weekday()) * DAY if day.weekday() >= SATURDAY else day


def post_due(engine: Engine, now: datetime, timezone: str, week_start: int = 0) -> tuple[str, ...]:
    """Queue every digest that is due; the channels for which this call did it.

    Two schedulers may build one at the same time: the outbox takes the first.

    Raises:
        JobFailed: some could not be queued; the others were, and these are tried again at the next call.
    """
    with read(engine) as session:
        open_ = [
            (channel, one)
            for channel, when in channels.digest_times(session).items()
            for one in _due_here(session, channel, when, now, timezone, week_start)
            if not outbox.queued(session, key(channel, one.day, one.form))
        ]
    done, failed = [], []
    for channel, one in open_:
        try:
            fresh = post(engine, channel, one.day, now=now, timezone=timezone, week_start=week_start, form=one.form)
        except Exception as error:  # one channel's trouble is not the others'
            log.error("digest of %s: %s", channel, type(error).__name__, exc_info=error)
            failed.append(channel)
        else:
            done += [channel] if fresh else []
    if failed:
        raise JobFailed(f"no digest could be queued for {', '.join(failed)}; queued for {', '.join(done) or 'none'}")
    return tuple(done)


def _due_here(
    session: Session, channel: str, when: DigestTime, now: datetime, timezone: str, week_start: int
) -> list[Due]:
    """What is due for a channel, by its accounts' week and zones. One that sees nothing is told so when it is due."""
    if not (when.weekly or when.monthly):
        return all_due(when, now, timezone)
    try:
        scope = bindings.scope_for_channel(session, channel, channel if channel[:1] in "UW" else None)
    except BudgeteerError:
        return all_due(when, now, timezone, week_start)
    zones = {a.timezone for a in performance.accounts(session, scope)}
    return all_due(when, now, timezone, accounts.week_start_of(session, scope, week_start), zones)


def key(channel: str, day: date, form: Form = "daily") -> str:
    """The outbox key: one digest of a form per channel and local day, however often it is asked for."""
    return f"digest:{channel}:{day}" if form == "daily" else f"digest:{channel}:{form}:{day}"


def post(
    engine: Engine,
    channel: str,
    day: date,
    *,
    now: datetime,
    timezone: str,
    week_start: int = 0,
    today: date | None = None,
    form: Form = "daily",
) -> bool:
    """Queue the channel's digest of a local ``day``; False where it was queued before.

    Where it cannot be built, that is what is posted: silence would pass for a quiet day.
    """
    name = key(channel, day, form)
    try:
        said = _built(engine, channel, day, now, timezone, week_start, today, form)
    except BudgeteerError as error:
        return _failed(engine, channel, name, day, form, str(error), now)
    except Exception as error:
        log.error("digest of %s failed: %s", channel, type(error).__name__, exc_info=error)
        return _failed(engine, channel, name, day, form, f"an unexpected {type(error).__name__}", now)
    chart = said.pop("chart")
    with write(engine) as session:
        fresh = outbox.put(session, dedupe_key=name, kind="digest", channel=channel, payload=said, now=now)
        if fresh and chart is not None:
            below = {**chart, "below": name}
            outbox.put(session, dedupe_key=f"{name}:chart", kind="chart", channel=channel, payload=below, now=now)
    return fresh


def _built(
    engine: Engine,
    channel: str,
    day: date,
    now: datetime,
    timezone: str,
    week_start: int,
    today: date | None,
    form: Form,
) -> dict[str, Any]:
    with read(engine) as session:
        scope = bindings.scope_for_channel(session, channel, channel if channel[:1] in "UW" else None)
        when = channels.digest_time(session, channel)
        with words.speaking(when.language):
            unsent = missed(session, channel, when, day, timezone) if form == "daily" else []
    days = None if form != "daily" else 3 if day.weekday() == 0 else 1  # an account west of the channel lags behind
    made = make(
        engine, scope, now=now, timezone=timezone, week_start=week_start, today=today, days=days, form=form,
        picture="chart" not in when.hidden, language=when.language,
    )  # fmt: skip
    said = in_words(made, when.hidden)
    if unsent:
        said["sections"] = [[made.heading("unsent"), unsent], *said["sections"]]
    return said


def missed(session: Session, channel: str, when: DigestTime, day: date, timezone: str) -> list[str]:
    """The daily digests before that of ``day`` that never came, since the last that did; a line each, oldest first."""
    zone, found = ZoneInfo(when.timezone or timezone), []
    for back in range(1, LOOKED_BACK + 1):
        then = day - back * DAY
        at = datetime.combine(then, time(when.hour), zone)
        if not when.on or when.since is None or at < when.since:
            break
        if when.weekdays_only and then.weekday() >= SATURDAY:
            continue
        put = outbox.posted(session, channel, key(channel, then))
        if put is not None and put.error is None:
            break
        why = w("nothing ran") if put is None else w("not taken", error=put.error)
        found.append(w("not sent", day=words.day(then), why=why))
    return found[::-1]


def _failed(engine: Engine, channel: str, name: str, day: date, form: Form, why: str, now: datetime) -> bool:
    which = "digest" if form == "daily" else f"{form} digest"
    text = f"The {which} of {day} could not be built: {why.rstrip('.')}. "
    text += "This is not a quiet day: nothing was looked at." if form == "daily" else "Nothing was looked at."
    with write(engine) as session:
        return outbox.put(session, dedupe_key=name, kind="notice", channel=channel, payload={"text": text}, now=now)
