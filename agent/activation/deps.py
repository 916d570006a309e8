"""What activation needs from outside, and the executor's hold on one approval."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from connectors.base import Connector
from domain.policy import Limits
from store import leases

LEASE_JOB = "execute"


@dataclass(frozen=True, slots=True)
class ActivationDeps:
    """``now`` is business time; deadlines, waits and leases go by real time.

    ``write_deadline_s`` bounds one wire attempt. ``lease_s`` is how long a dead executor's approval stays taken; it
    has to be well above the deadline, or a slow attempt could still be under way when another process takes over.
    ``redact`` takes secrets out of what is recorded of an error.
    """

    engine: Engine
    connectors: Mapping[str, Connector]
    now: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    checkpointer: Any = None
    write_deadline_s: float = 20.0
    lease_s: float = 90.0
    redact: Callable[[str], str] = str

    def __post_init__(self) -> None:
        if self.lease_s < 2 * self.write_deadline_s:
            raise ValueError(f"a lease of {self.lease_s} s is too short for writes of {self.write_deadline_s} s")


class LostHold(Exception):
    """Another process has this approval now, or may have: stop without another write."""


class Hold:
    """One process's lease on one approval while it executes."""

    def __init__(self, deps: ActivationDeps, approval_id: str) -> None:
        self._deps, self._approval_id = deps, approval_id
        self._owner, self._lease = leases.new_owner(), timedelta(seconds=deps.lease_s)
        self._kept_at = deps.monotonic()

    def take(self) -> bool:
        """Whether this process may execute the approval now."""
        self._kept_at = self._deps.monotonic()
        return leases.take(self._deps.engine, LEASE_JOB, self._approval_id, self._owner, self._lease, again=True)

    def keep(self) -> None:
        """Prolong the lease. Raises LostHold where somebody else has it."""
        asked_at = self._deps.monotonic()
        if not leases.keep(self._deps.engine, LEASE_JOB, self._approval_id, self._owner, self._lease):
            raise LostHold
        self._kept_at = asked_at

    def check_time_to_write(self) -> None:
        """Raises LostHold where a write begun now might outlive the lease (this process was stopped for a while)."""
        if self._deps.monotonic() - self._kept_at > self._deps.lease_s - self._deps.write_deadline_s:
            raise LostHold

    def release(self, trouble: str | None = None) -> None:
        """Let the next one in; ``trouble`` is what ended this one's work."""
        leases.finish(self._deps.engine, LEASE_JOB, self._approval_id, self._owner, trouble)
