"""Trying a failed slot again before the next one comes: a few times, later each time, each try a run of its own.

A job whose slots come as often as that needs none of it: its next slot is its next try.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from scheduler.when import Slot, When
from store.job_health import AGAIN, Run, tries

WAITS = (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""How long after a failure the next try comes: a blip is over in minutes, an outage may take the hour."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a slot: the name of its run, when it is due, and its number (1 is the slot's own)."""

    name: str
    at: datetime
    number: int


def next_try(session: Session, job: str, when: When, now: datetime) -> Try | None:
    """What is to be tried of the newest slot: the slot itself, or it once more; None where it is done with.

    A try that comes no sooner than the next slot is left to that one.
    """
    due = when.newest(now)
    if due is None:
        return None
    following = when.following(now)
    return _after(tries(session, job, due.name), due, None if following is None else following.at)


def _after(done: Sequence[Run], due: Slot, until: datetime | None) -> Try | None:
    """``done`` are the tries so far, newest first."""
    if not done:
        return Try(due.name, due.at, 1)
    last, number = done[0], len(done)
    if last.finished_at is None:  # under way, or its process died: that very run is taken up again
        return Try(last.slot, last.started_at, number)
    if last.error is None or number > len(WAITS):
        return None
    at = last.finished_at + WAITS[number - 1]
    return None if until is not None and at >= until else Try(f"{due.name}{AGAIN}{number + 1}", at, number + 1)
