"""A token bucket for each (platform, account), with a reserve that reads may not touch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """``rate_per_s`` calls a second on average, ``burst`` at once, of which ``write_reserve`` are for writes only."""

    def __init__(
        self,
        rate_per_s: float = 10.0,
        burst: float = 50.0,
        write_reserve: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if rate_per_s <= 0 or not 0 <= write_reserve <= burst - 1:
            raise ValueError(f"rate {rate_per_s}, burst {burst}, reserve {write_reserve}: reads would never pass")
        self._rate, self._burst, self._reserve = rate_per_s, burst, write_reserve
        self._monotonic, self._sleep = monotonic, sleep
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, platform: str, account: str, kind: Literal["read", "write"], max_wait_s: float) -> bool:
        """Wait for one token, at most ``max_wait_s``; False (and no token taken) where that is not enough."""
        until = self._monotonic() + max_wait_s
        while True:
            missing_s = self._try(platform, account, kind)
            if missing_s <= 0:
                return True
            if self._monotonic() + missing_s > until:
                return False
            self._sleep(missing_s)

    def _try(self, platform: str, account: str, kind: str) -> float:
        """Take a token and return 0, or return the seconds until there may be one."""
        needed = 1.0 + (self._reserve if kind == "read" else 0.0)
        with self._lock:
            now = self._monotonic()
            bucket = self._buckets.setdefault((platform, account), _Bucket(self._burst, now))
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
            bucket.at = now
            if bucket.tokens + 1e-9 >= needed:
                bucket.tokens -= 1.0
                return 0.0
            return (needed - bucket.tokens) / self._rate
