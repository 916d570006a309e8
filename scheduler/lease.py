"""One slot of one job fires once, however many schedulers share the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine

from store import leases


def run_once(engine: Engine, job: str, slot: str, work: Callable[[], object], lease: timedelta) -> bool:
    """Do ``work`` unless this slot was done or is being done elsewhere; True where it was done here.

    A slot whose owner died is free again after ``lease``; one that raised is recorded with its error and not repeated
    (the next slot comes soon enough). The exception goes on to the caller.
    """
    owner = leases.new_owner()
    if not leases.take(engine, job, slot, owner, lease, again=False):
        return False
    try:
        work()
    except Exception as error:
        leases.finish(engine, job, slot, owner, error=f"{type(error).__name__}: {error}"[:500])
        raise
    leases.finish(engine, job, slot, owner)
    return True
