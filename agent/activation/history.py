"""What the platform's own change history says of a budget or a target: whether it moved, by whom, and to what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.base import Connector, ForeignChange, Unsupported
from domain.recommendation import Change

CLOCKS_APART = timedelta(minutes=1)
"""How far the platform's clock may be from ours. Looking back too far only shows more to a person."""


def amount_moves(connector: Connector, change: Change, since: datetime) -> tuple[ForeignChange, ...]:
    """Every move of the value since then, whoever made it, ours among them. Raises PlatformError; Unsupported where
    the platform keeps no history of it."""
    changes = connector.recent_changes(change.account, change.entity, since - CLOCKS_APART)
    return tuple(c for c in changes if c.of_amount and c.field == change.field)


def known_moves(connector: Connector, change: Change, since: datetime) -> tuple[ForeignChange, ...]:
    """As ``amount_moves``; nothing where there is no history to ask, for a person to whom it would only be a remark."""
    try:
        return amount_moves(connector, change, since)
    except Unsupported:
        return ()


def told(moves: Sequence[ForeignChange]) -> str:
    """The last few moves as a person reads them."""
    lines = [f"{m.before} to {m.after} by {m.by or 'somebody'} ({m.client}) at {m.at:%Y-%m-%d %H:%M}" for m in moves]
    earlier = f"{len(lines) - 3} earlier, " if len(lines) > 3 else ""
    return earlier + ", ".join(lines[-3:])
