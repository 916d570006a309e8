"""What must not be written down: the configured secrets, taken out of logs and of recorded errors."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.settings import Settings

SHORTEST = 6  # a shorter "secret" would blot out ordinary words
HIDDEN = "[secret]"


def secrets_of(config: Settings) -> tuple[str, ...]:
    """Every secret value of the settings, and the password inside the database's address; longest first."""
    from pydantic import SecretStr
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    found = {v.get_secret_value() for v in dict(config).values() if isinstance(v, SecretStr)}
    with contextlib.suppress(ArgumentError):
        found.add(make_url(config.database_url.get_secret_value()).password or "")
    return tuple(sorted((s for s in found if len(s) >= SHORTEST), key=len, reverse=True))


def without(text: str, secrets: Iterable[str]) -> str:
    """``text`` with each secret replaced."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


class Redacting(logging.Formatter):
    """Formats a record, its exception and its trace, without the secrets."""

    def __init__(self, fmt: str, secrets: Iterable[str]) -> None:
        super().__init__(fmt)
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, traces among it."""
        return without(super().format(record), self._secrets)
