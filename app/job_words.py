"""A job's runs in words: when, how long, what it did or why it failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.redact import without
from scheduler.again import WAITS, Try, next_try
from scheduler.catalog import SYNC, Entry, entries
from scheduler.run import BY_HAND
from store.engine import read
from store.job_health import AGAIN, JobHealth, Run, job_health
from store.leases import current_time, owner_words

QUIET = timedelta(minutes=30)  # of every job at once: nobody is on the clock
MAX_SAID = 90


@dataclass(frozen=True, slots=True)
class Listed:
    """One job: what it is, how it stands (None: it never ran), and when its next run is: a slot, or a further try."""

    entry: Entry
    health: JobHealth | None
    due: datetime | None
    again: Try | None = None


def listed(engine: Engine, platforms: Iterable[str], timezone: str) -> tuple[list[Listed], datetime]:
    """Every job of the clock, and the store's time. A platform that is no longer connected stays while it has runs."""
    with read(engine) as session:
        now, healths = current_time(session), job_health(session)
        synced = sorted({*platforms, *(name[len(SYNC) :] for name in healths if name.startswith(SYNC))})
        return [_listed(session, one, healths.get(one.name), timezone, now) for one in entries(synced)], now


def _listed(session: Session, one: Entry, health: JobHealth | None, timezone: str, now: datetime) -> Listed:
    when = one.when(timezone)
    slot, tried = when.following(now), None
    if health is not None and health.last is not None and health.last.failed and health.running is None:
        found = next_try(session, one.name, when, now)
        tried = found if found is not None and found.number > 1 else None
    due = None if slot is None else slot.at
    return Listed(one, health, due if tried is None else max(tried.at, now), tried)


def lines(jobs: Sequence[Listed], now: datetime, timezone: str, secrets: Sequence[str]) -> list[str]:
    """The list as a person reads it: a row a job, what runs now and what failed below it."""
    rows = [("job", "last run", "took", "next", "what came of it")]
    for one in jobs:
        last = None if one.health is None else one.health.last
        rows.append(
            (
                one.entry.name,
                "never" if last is None else at_words(last.started_at, now, timezone),
                "" if last is None else took_words(last.took),
                "" if one.due is None else at_words(one.due, now, timezone),
                "" if last is None else _again(one) + came_of(last, secrets),
            )
        )
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    shown = ["  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[4]]).rstrip() for row in rows]
    running = [now_running(one.health.running, now, timezone) for one in jobs if one.health and one.health.running]
    shown += ["", "Running now", *(f"  {line}" for line in running)] if running else []
    failing = [(o.entry.name, o.health) for o in jobs if o.health is not None and o.health.failed_in_row > 1]
    if failing:
        shown += ["", "Failing"]
        shown += [f"  {n}: {h.failed_in_row} times in a row{_since(h, now, timezone)}" for n, h in failing]
    return [
        *shown,
        "",
        f"Times are of {timezone}. {asleep(jobs, now, timezone) or 'What a job is: budgeteer jobs show NAME'}",
    ]


def _again(one: Listed) -> str:
    """``try 2 of 4 is next; ``: what failed is not left until its next slot."""
    return "" if one.again is None else f"try {one.again.number} of {len(WAITS) + 1} is next; "


def try_of(run: Run) -> str:
    """``try 2: `` of a further try of a slot."""
    _, again, number = run.slot.partition(AGAIN)
    return f"try {number}: " if again else ""


def asleep(jobs: Sequence[Listed], now: datetime, timezone: str) -> str | None:
    """Said where no job began for a while: ``budgeteer run`` is what runs them."""
    seen = [r for j in jobs if j.health for r in (j.health.last, j.health.running) if r is not None]
    begun = [r.started_at for r in seen if not r.slot.startswith(BY_HAND)]
    if not begun:
        return "None has run by the clock yet: budgeteer run runs them."
    if now - max(begun) <= QUIET:
        return None
    since = at_words(max(begun), now, timezone)
    return f"None has run by the clock since {since}: budgeteer run runs them, and is not running."


def now_running(run: Run, now: datetime, timezone: str) -> str:
    """``sync google_ads: account 3 of 12, since 07:00 (4 min) on web-1, process 4711``."""
    how_far = f" {run.said}," if run.said else ""
    since = f"since {at_words(run.started_at, now, timezone)} ({took_words(now - run.started_at)})"
    return f"{run.job}:{how_far} {since} on {owner_words(run.owner)}"


def came_of(run: Run, secrets: Sequence[str]) -> str:
    """What a run did, or why it failed, in one line."""
    if run.error is not None:
        return _short(f"FAILED: {without(run.error, secrets)}")
    if run.running:
        return "running"
    if run.dead:
        by_hand = run.slot.startswith(BY_HAND)
        return f"FAILED: its process died; {'run it again' if by_hand else 'another takes it over'}"
    return _short(run.said or "nothing to do")


def at_words(at: datetime, now: datetime, timezone: str) -> str:
    """The wall clock of ``timezone``; with its day where that is another than today."""
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else f"{local:%Y-%m-%d %H:%M}"


def took_words(took: timedelta | None) -> str:
    """``12 s``, ``3 min``, ``1 h 20 min``; ``unknown`` where nobody recorded the end."""
    if took is None:
        return "unknown"
    seconds = took.total_seconds()
    if seconds < 1:
        return "< 1 s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(int(seconds // 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def as_json(run: Run | None, secrets: Sequence[str]) -> Mapping[str, object] | None:
    """A run as JSON."""
    if run is None:
        return None
    return {
        "slot": run.slot,
        "owner": run.owner,
        "started_at": run.started_at.astimezone(UTC).isoformat(),
        "finished_at": None if run.finished_at is None else run.finished_at.astimezone(UTC).isoformat(),
        "seconds": None if run.took is None else run.took.total_seconds(),
        "running": run.running,
        "failed": run.failed,
        "said": run.said,
        "error": None if run.error is None else without(run.error, secrets),
    }


def _since(health: JobHealth, now: datetime, timezone: str) -> str:
    return "" if health.failing_since is None else f", since {at_words(health.failing_since, now, timezone)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SAID else f"{line[: MAX_SAID - 1]}…"
