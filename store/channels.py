"""What a Slack channel is for: the accounts it sees, and when its digest comes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.window import checked_zone
from store.tables import ChannelBinding, ChannelSettings

DEFAULT_HOUR = 8
_ID = re.compile(r"[CDGUW][A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class DigestTime:
    """When a channel's digest comes: at ``hour`` in ``timezone`` (None: that of the settings), off or on."""

    on: bool
    hour: int = DEFAULT_HOUR
    timezone: str | None = None
    weekdays_only: bool = True


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that was bound to accounts or given settings."""

    id: str
    account_ids: tuple[int, ...]
    digest: DigestTime


def checked_channel(channel: str) -> str:
    """A channel's or a person's id. Raises BadInput for a name such as ``#marketing``."""
    if _ID.fullmatch(channel) and len(channel) <= 40:
        return channel
    raise BadInput(
        f"{channel[:40]!r} is not a Slack id; use the channel's id, such as C024BE91L (it stands at the "
        "end of the channel's details in Slack), or a person's for direct messages"
    )


def channels(session: Session) -> list[Channel]:
    """Every channel that is bound or has settings, by id."""
    bound: dict[str, list[int]] = {}
    for row in session.scalars(select(ChannelBinding).order_by(ChannelBinding.channel, ChannelBinding.account_id)):
        bound.setdefault(row.channel, []).append(row.account_id)
    kept = {row.channel: _time(row) for row in session.scalars(select(ChannelSettings))}
    off = DigestTime(on=False)
    return [Channel(c, tuple(bound.get(c, ())), kept.get(c, off)) for c in sorted({*bound, *kept})]


def digest_times(session: Session) -> Mapping[str, DigestTime]:
    """The channels whose digest is on."""
    on = select(ChannelSettings).where(ChannelSettings.digest).order_by(ChannelSettings.channel)
    return {row.channel: _time(row) for row in session.scalars(on)}


def digest_time(session: Session, channel: str) -> DigestTime:
    """One channel's; off where nobody said anything."""
    row = session.get(ChannelSettings, channel)
    return DigestTime(on=False) if row is None else _time(row)


def set_digest(session: Session, channel: str, when: DigestTime, *, by: str, now: datetime) -> bool:
    """Keep when the digest comes; False where that is what was kept already.

    Raises:
        BadInput: no channel's id, an hour outside 0 to 23, or no IANA zone.
    """
    checked_channel(channel)
    if not 0 <= when.hour <= 23:
        raise BadInput(f"a digest comes at an hour of 0 to 23, not {when.hour}")
    if when.timezone is not None:
        checked_zone(when.timezone)
    row = session.get(ChannelSettings, channel)
    if row is not None and _time(row) == when:
        return False
    if row is None:
        row = ChannelSettings(channel=channel, content={}, updated_by=by, updated_at=now)
        session.add(row)
    row.digest, row.hour, row.timezone, row.weekdays_only = when.on, when.hour, when.timezone, when.weekdays_only
    row.updated_by, row.updated_at = by, now
    session.flush()
    return True


def unbind(session: Session, channel: str) -> bool:
    """Let the channel see nothing again, and end its digest; False where it was not bound."""
    removed = session.connection().execute(delete(ChannelBinding).where(ChannelBinding.channel == channel)).rowcount
    row = session.get(ChannelSettings, channel)
    if row is not None:
        row.digest = False
    return bool(removed)


def _time(row: ChannelSettings) -> DigestTime:
    hour = DEFAULT_HOUR if row.hour is None else row.hour
    return DigestTime(row.digest, hour, row.timezone, row.weekdays_only)
