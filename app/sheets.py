"""Published sheets, wired: what fetches one, what loads one, and how one is added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine

from app.importing import Imported, Options, load
from app.settings import Settings
from connectors.web_sheet import Sheet, fetch, shown
from store import sources
from store.engine import read, write


def fetcher(config: Settings) -> Callable[[str], Sheet]:
    """What reads an address, within what the settings allow."""
    return partial(fetch, loopback=config.sources_allow_loopback)


def loader(engine: Engine, config: Settings, now: datetime) -> Callable[[str, bytes, Mapping[str, Any]], int]:
    """What loads a sheet's bytes as ``budgeteer import`` would; its load's id."""

    def _load(name: str, content: bytes, options: Mapping[str, Any]) -> int:
        return load(engine, config, now, name, content, Options(**options)).counts.run_id

    return _load


def add(
    engine: Engine, config: Settings, now: datetime, name: str, url: str, options: Options, every_hours: int, *, by: str
) -> Imported:
    """Read and load the sheet once, which confirms the options, and remember it.

    Raises:
        SheetError: it cannot be read.
        BadInput: it cannot be loaded as it is, or the name is taken; nothing is remembered.
    """
    sheet = fetcher(config)(url)
    done = load(engine, config, now, name, sheet.content, options)
    settled = Options(**{**asdict(options), "platform": done.platform, "account": done.account,
                         "currency": done.currency, "timezone": done.timezone})  # fmt: skip
    with write(engine) as session:
        source = sources.add(
            session, name=name, url=url, options=asdict(settled), every_hours=every_hours, by=by, now=now
        )
        sources.settle(session, source.id, now, sha256=sheet.sha256, run_id=done.counts.run_id)
    return done


def listed(engine: Engine) -> list[dict[str, Any]]:
    """Every source as a person may see it: not its whole address, which is a key to the sheet."""
    with read(engine) as session:
        return [
            {
                "name": s.name,
                "url": shown(s.url),
                "every_hours": s.every_hours,
                "options": s.options,
                "checked_at": None if s.checked_at is None else s.checked_at.strftime("%Y-%m-%d %H:%M UTC"),
                "run": s.run_id,
                "error": s.error,
            }
            for s in sources.listed(session)
        ]
