"""The job that reads published sheets: unchanged ones do nothing, an error is kept and the others go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Engine

from domain.errors import BudgeteerError
from scheduler.lease import Progress, unheard
from store import sources
from store.engine import read, write

log = logging.getLogger("budgeteer.jobs")


class Fetched(Protocol):
    """What a look at an address gave."""

    @property
    def content(self) -> bytes: ...
    @property
    def sha256(self) -> str: ...


Fetch = Callable[[str], Fetched]
Load = Callable[[str, bytes, Mapping[str, Any]], int]  # (name, content, options) -> the load's id


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one source. ``run_id`` is None where nothing was new, or where ``error`` says why not."""

    name: str
    run_id: int | None = None
    error: str | None = None


def read_due(
    engine: Engine, now: datetime, fetch: Fetch, load: Load, say: Progress | None = None
) -> tuple[Looked, ...]:
    """Look at every source whose time has come. Raises LeaseLost where another process may have taken over."""
    say = say or unheard()
    with read(engine) as session:
        names = [source.name for source in sources.due(session, now)]
    looked = []
    for number, name in enumerate(names, 1):
        say(f"sheet {number} of {len(names)}: {name}")
        looked.append(look(engine, name, now, fetch, load))
    return tuple(looked)


def look(engine: Engine, name: str, now: datetime, fetch: Fetch, load: Load) -> Looked:
    """Read one source now. Its failure is kept with it and never raised.

    Raises:
        BadInput: there is no source of this name.
    """
    with read(engine) as session:
        source = sources.named(session, name)
        source_id, url, known, options = source.id, source.url, source.content_sha256, dict(source.options)
        name = source.name
    try:
        sheet = fetch(url)
        run_id = None if sheet.sha256 == known else load(name, sheet.content, options)
    except BudgeteerError as error:
        log.warning("source %s: %s", name, error)
        with write(engine) as session:
            sources.settle(session, source_id, now, error=str(error))
        return Looked(name, error=str(error))
    with write(engine) as session:
        sources.settle(session, source_id, now, sha256=sheet.sha256, run_id=run_id)
    return Looked(name, run_id)
