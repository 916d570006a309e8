"""What a Slack channel is for: the accounts it sees, when its digests come and what they hold, and its alerts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.window import checked_zone
from store.tables import ChannelBinding, ChannelSettings

DEFAULT_HOUR = 8
_ID = re.compile(r"[CDGUW][A-Z0-9]+")


Section = Literal["plan", "incidents", "outcomes", "restated", "changed", "waiting", "blind", "board", "chart"]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""What a channel may leave out of its digests. The verdict, the figures and what needs a person always stand there."""
ALERTS = ("info", "warning", "critical", "off")
"""The least severity that a channel is told of, or nothing."""
LANGUAGES = ("en", "de")
"""What a digest can be written in."""


@dataclass(frozen=True, slots=True)
class DigestTime:
    """When a channel's digests come, and what they hold. ``on`` is the daily one.

    At ``hour`` in ``timezone`` (None: that of the settings). ``weekly`` comes on the first day of the week, ``monthly``
    on the second of the month, when the last day has come in. ``hidden`` are the sections that are left out;
    ``alerts`` is the least severity that is posted, None the default.
    """

    on: bool
    hour: int = DEFAULT_HOUR
    timezone: str | None = None
    weekdays_only: bool = True
    weekly: bool = False
    monthly: bool = False
    language: str | None = None
    hidden: tuple[str, ...] = ()
    alerts: str | None = None
    since: datetime | None = field(default=None, compare=False)
    """When this was last changed: no digest was due before."""
    begun: Mapping[str, datetime] = field(default_factory=dict, compare=False)
    """When the weekly and the monthly one were asked for: the first comes on the next day of its own after that."""

    @property
    def any(self) -> bool:
        """Whether any digest comes."""
        return self.on or self.weekly or self.monthly


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
    """The channels to which any digest comes."""
    any_ = ChannelSettings.digest | ChannelSettings.weekly | ChannelSettings.monthly
    on = select(ChannelSettings).where(any_).order_by(ChannelSettings.channel)
    return {row.channel: _time(row) for row in session.scalars(on)}


def digest_time(session: Session, channel: str) -> DigestTime:
    """One channel's; off where nobody said anything."""
    row = session.get(ChannelSettings, channel)
    return DigestTime(on=False) if row is None else _time(row)


def set_digest(session: Session, channel: str, when: DigestTime, *, by: str, now: datetime) -> bool:
    """Keep when the digests come and what they hold; False where that is what was kept already.

    Raises:
        BadInput: no channel's id, an hour outside 0 to 23, no IANA zone, or a section, language or severity that is
            none.
    """
    checked_channel(channel)
    if not 0 <= when.hour <= 23:
        raise BadInput(f"a digest comes at an hour of 0 to 23, not {when.hour}")
    if when.timezone is not None:
        checked_zone(when.timezone)
    _one_of("language", when.language, LANGUAGES)
    _one_of("severity", when.alerts, ALERTS)
    for section in when.hidden:
        _one_of("section of a digest", section, SECTIONS)
    row = session.get(ChannelSettings, channel)
    if row is not None and _time(row) == when:
        return False
    if row is None:
        row = ChannelSettings(channel=channel, content={}, updated_by=by, updated_at=now)
        session.add(row)
    begun = {name: at.isoformat() for name, at in when.begun.items()}
    begun |= {name: now.isoformat() for name in ("weekly", "monthly") if getattr(when, name) and not getattr(row, name)}
    row.digest, row.hour, row.timezone, row.weekdays_only = when.on, when.hour, when.timezone, when.weekdays_only
    row.weekly, row.monthly, row.language, row.alerts = when.weekly, when.monthly, when.language, when.alerts
    row.content = {**row.content, "hidden": sorted(set(when.hidden)), "begun": begun}
    row.updated_by, row.updated_at = by, now
    session.flush()
    return True


def unbind(session: Session, channel: str) -> bool:
    """Let the channel see nothing again, and end its digest; False where it was not bound."""
    removed = session.connection().execute(delete(ChannelBinding).where(ChannelBinding.channel == channel)).rowcount
    row = session.get(ChannelSettings, channel)
    if row is not None:
        row.digest = row.weekly = row.monthly = False
    return bool(removed)


def _one_of(what: str, said: str | None, allowed: tuple[str, ...]) -> None:
    if said is not None and said not in allowed:
        raise BadInput(f"unknown {what} {said!r}; there are {', '.join(allowed)}")


def _time(row: ChannelSettings) -> DigestTime:
    return DigestTime(
        row.digest,
        DEFAULT_HOUR if row.hour is None else row.hour,
        row.timezone,
        row.weekdays_only,
        row.weekly,
        row.monthly,
        row.language,
        tuple(row.content.get("hidden", ())),
        row.alerts,
        row.updated_at,
        {name: datetime.fromisoformat(at) for name, at in row.content.get("begun", {}).items()},
    )
