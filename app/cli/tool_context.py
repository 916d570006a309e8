"""Whose data a command's tools may read, and what today is there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from tools.base import ToolContext


def tool_context(account: str | None, as_of: date | None) -> ToolContext:
    """The accounts called ``account`` (all for None), as of a day or of now. Opens the store."""
    from app import wiring
    from store import accounts
    from store.engine import read
    from tools.base import ToolContext

    config = wiring.settings()
    engine, now = wiring.open_store(config), wiring.clock(config)()
    with read(engine) as session:
        scope = accounts.scope_for(session, account)
        zones = {accounts.get(session, a).timezone for a in scope.account_ids}
    zone = zones.pop() if len(zones) == 1 else config.timezone
    return ToolContext(
        engine=engine,
        scope=scope,
        today=as_of or now.astimezone(ZoneInfo(zone)).date(),
        timezone=zone,
        week_start=config.week_start_index,
        now=now if as_of is None else _as_of(now, as_of, zone),
        asked_by="command line",
        limits=wiring.limits(config),
    )


def _as_of(now: datetime, as_of: date, zone: str) -> datetime:
    """The present time of day, on the day that was asked for."""
    local = now.astimezone(ZoneInfo(zone))
    return (local + timedelta(days=(as_of - local.date()).days)).astimezone(now.tzinfo)
