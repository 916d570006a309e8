"""``budgeteer bind``: as ``budgeteer channel bind``, under its first name."""

from __future__ import annotations

from app.cli.channel_command import bind as command

__all__ = ["command"]
