"""One morning's look by the real watch job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from scheduler.watch import watch_all


def look(engine: Engine, now: datetime) -> None:
    """Run the job; an account that cannot be looked at ends the replay."""
    watch_all(engine, now)
