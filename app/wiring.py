"""The composition root: settings in, working parts out. Nothing is built at import."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Engine

from app.settings import Settings
from domain.errors import BadInput, NotConfigured
from store.engine import open_engine
from store.migrate import upgrade

Clock = Callable[[], datetime]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Settings of this process. Raises BadInput with the setting's name where one is out of range."""
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors())
        raise BadInput(f"settings: {wrong}") from None


def open_store(config: Settings) -> Engine:
    """Open the store, migrated to the newest schema."""
    engine = open_engine(config.database_url.get_secret_value())
    upgrade(engine)
    return engine


def clock(config: Settings) -> Clock:
    """Business time: the system's, or an emulated market's where ``clock_url`` is set."""
    url = config.clock_url
    if url is None:
        return lambda: datetime.now(UTC)
    if not url.startswith("http://127.0.0.1:"):
        raise NotConfigured(f"CLOCK_URL is for an emulated market on loopback, not {url!r}")

    def market_now() -> datetime:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  loopback http only, checked above
            return datetime.fromisoformat(json.load(response)["now"])

    return market_now
