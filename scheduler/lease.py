"""One slot of one job fires once, however many schedulers share the store, and is held for as long as it works."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Engine

from domain.errors import BudgeteerError
from store import leases

log = logging.getLogger("budgeteer.jobs")
SAID_EVERY_S = 2.0  # a job that says every row how far it is must not flood the store
MAX_ERROR = 500


class LeaseLost(Exception):
    """Another process may have this run now: stop without writing anything more."""


class Progress:
    """How far a job is, for whoever looks: ``say("account 3 of 12")``. It is also where a job that lost its lease ends.

    Call it between units of work. What is said in quick succession is not all written; the last is, at the end.
    """

    def __init__(
        self, write: Callable[[str], bool], lost: threading.Event, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._write, self._lost, self._monotonic = write, lost, monotonic
        self._next = monotonic()
        self.last: str | None = None

    def __call__(self, said: str) -> None:
        """Say how far it is. Raises LeaseLost where another process may have taken over."""
        self.check()
        self.last = said
        if self._monotonic() < self._next:
            return
        self._next = self._monotonic() + SAID_EVERY_S
        if not self._write(said):
            self._lost.set()
            self.check()

    def check(self) -> None:
        """Raises LeaseLost where another process may have taken over."""
        if self._lost.is_set():
            raise LeaseLost


def unheard() -> Progress:
    """Progress that nobody reads, for work done outside a job."""
    return Progress(lambda _said: True, threading.Event())


def run_once(
    engine: Engine,
    job: str,
    slot: str,
    work: Callable[[Progress], object],
    lease: timedelta,
    *,
    alone: bool = False,
) -> bool:
    """Do ``work`` unless this slot was done or is being done elsewhere; True where it was done here.

    The lease is renewed while ``work`` runs, so that it may be short: a slot whose owner died is free again after it.
    One that raised is recorded with its error and not repeated under this name (``scheduler.again`` has others); the
    exception goes on to the caller. Text that ``work`` returns is kept as what it did. With ``alone`` no other slot of
    the job may run.

    Raises:
        LeaseLost: this process was cut off for longer than the lease, and its work was stopped.
    """
    owner = leases.new_owner()
    if not leases.take(engine, job, slot, owner, lease, again=False, alone=alone):
        return False
    with _held(engine, job, slot, owner, lease) as progress:
        try:
            did = work(progress)
        except LeaseLost:
            log.warning("job %s, slot %s: another process may have taken over; stopped here", job, slot)
            raise
        except Exception as error:
            leases.finish(engine, job, slot, owner, _words(error), did=progress.last)
            raise
    if not leases.finish(engine, job, slot, owner, did=did if isinstance(did, str) else progress.last):
        raise LeaseLost
    return True


def _words(error: Exception) -> str:
    """An error as recorded; of those raised on purpose the message alone, which is fit to show."""
    return (str(error) if isinstance(error, BudgeteerError) else f"{type(error).__name__}: {error}")[:MAX_ERROR]


@contextmanager
def _held(engine: Engine, job: str, slot: str, owner: str, lease: timedelta) -> Iterator[Progress]:
    """Renew the lease from a thread until the work ends; ``lost`` is set where that failed for as long as it lasts."""
    done, lost = threading.Event(), threading.Event()
    seconds = lease.total_seconds()

    def renew() -> None:
        kept_at = time.monotonic()
        while not done.wait(seconds / 3):
            asked_at = time.monotonic()
            try:
                kept = leases.keep(engine, job, slot, owner, lease)
            except Exception as error:  # the store is away: what we hold lasts until it runs out
                log.warning("job %s: the lease could not be renewed: %s", job, type(error).__name__)
                kept = asked_at - kept_at < seconds
            else:
                kept_at = asked_at
            if not kept:
                lost.set()
                return

    keeper = threading.Thread(target=renew, name=f"lease of {job}", daemon=True)
    keeper.start()
    try:
        yield Progress(lambda said: leases.progress(engine, job, slot, owner, said), lost)
    finally:
        done.set()
        keeper.join()
