"""The state of an emulated Slack workspace: people, channels, messages, files, what only one person sees."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

TEAM = "T0ACME000"
APP = "A0BUDGET0"
BOT_USER, BOT = "U0BUDGET0", "B0BUDGET0"

Message = dict[str, Any]
SCOPES = frozenset({
    "app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands", "files:read",
    "files:write", "groups:history", "groups:read", "im:history", "im:write", "reactions:write", "users:read",
})  # fmt: skip
"""What the app's token was granted, unless a test takes some away."""


@dataclass
class Workspace:
    """Thread-safe by ``changed``: whoever reads or writes holds it, whoever waits is told."""

    people: dict[str, str] = field(default_factory=lambda: {"U0ANA0000": "Ana", "U0BEN0000": "Ben"})
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)  # person -> what users.info says besides
    channels: dict[str, str] = field(default_factory=lambda: {"C0MARKETING": "marketing"})
    direct: dict[str, str] = field(default_factory=dict)  # person -> direct message channel
    posted: dict[str, list[Message]] = field(default_factory=dict)
    ephemeral: list[Message] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    reactions: list[dict[str, Any]] = field(default_factory=list)
    triggers: dict[str, float] = field(default_factory=dict)  # trigger id -> monotonic time of issue
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)  # person -> the view on the app's home tab
    prompts: list[dict[str, Any]] = field(default_factory=list)  # suggested prompts, as they were set
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)  # response_url's id -> whose it is, uses left
    scopes: frozenset[str] = SCOPES
    outside: set[str] = field(default_factory=set)  # channels that the bot is not a member of
    absent: set[tuple[str, str]] = field(default_factory=set)  # (channel, person) who is not a member of it
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    _last_ts: int = 0
    _serial: int = 0

    def ts(self) -> str:
        """A new message's id: seconds and a serial that never repeats."""
        with self.changed:
            self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def serial(self, prefix: str) -> str:
        """A new id such as ``Ev0000000007``."""
        with self.changed:
            self._serial += 1
            return f"{prefix}{self._serial:010d}"

    def open_direct(self, user: str) -> str:
        """The direct message channel of a person with the bot."""
        with self.changed:
            return self.direct.setdefault(user, "D" + user[1:])

    def knows(self, channel: str) -> bool:
        return channel in self.channels or channel in self.direct.values()

    def add(self, message: Message) -> Message:
        """Post ``message`` (it carries its channel) and wake whoever waits."""
        with self.changed:
            self.posted.setdefault(message["channel"], []).append(message)
            self.changed.notify_all()
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        with self.changed:
            return next((m for m in self.posted.get(channel, []) if m["ts"] == ts), None)

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Copies of what stands in a channel, or in one thread of it."""
        with self.changed:
            found = self.posted.get(channel, [])
            return [dict(m) for m in found if thread_ts is None or thread_ts in (m["ts"], m.get("thread_ts"))]

    def whispers(self, user: str) -> list[Message]:
        """Copies of what only this person was shown."""
        with self.changed:
            return [dict(m) for m in self.ephemeral if m["user"] == user]

    def note(self, where: list[dict[str, Any]], entry: dict[str, Any]) -> None:
        """Append to one of the lists above and wake whoever waits."""
        with self.changed:
            where.append(entry)
            self.changed.notify_all()

    def trigger(self) -> str:
        """A trigger id, good for three seconds and one modal."""
        with self.changed:
            identifier = self.serial("trigger.")
            self.triggers[identifier] = time.monotonic()
            return identifier
