"""The fault script: the nth call of a method, before or after its change is applied, goes wrong in one way."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

MethodName = Literal["search", "mutate", "validate", "list", "token"]
When = Literal["before", "after"]
Kind = Literal[
    "internal",  # INTERNAL without a failure
    "unavailable",  # UNAVAILABLE, as a load balancer says it
    "deadline",  # DEADLINE_EXCEEDED said by the server
    "cancelled",
    "unauthenticated",  # the token is not accepted any more
    "permission",
    "invalid",  # INVALID_ARGUMENT with failure bytes
    "transient_failure",  # INTERNAL_ERROR/TRANSIENT_ERROR in failure bytes
    "concurrent",  # DATABASE_ERROR/CONCURRENT_MODIFICATION
    "throttled",  # RESOURCE_EXHAUSTED with retry_delay
    "throttled_without_delay",
    "quota_day",
    "too_large",  # RESOURCE_EXHAUSTED from the transport, without failure bytes
    "html",  # a proxy's page instead of an answer: UNKNOWN status
    "reset",  # the TCP connection is reset
    "hang",  # no answer until the client gives up
    "late",  # no answer either, and the change is applied after ``reads`` more reads of budgets
    "cut",  # a stream ends after ``pages`` pages
    "page_repeated",  # a stream's first page comes twice
    "foreign_edit",  # somebody sets the budget (``budget_id``) or target (``owner``) to ``micros`` at that moment
    "stale_read",  # reads show the value from before the last change
    "partial_failure",  # operation ``index`` fails
]

REFUSALS = frozenset(
    {"unauthenticated", "permission", "invalid", "concurrent", "throttled", "throttled_without_delay", "quota_day"}
)


@dataclass(slots=True)
class Fault:
    """One line of the script. ``times`` calls in a row are hit, beginning with call number ``nth``."""

    method: MethodName
    nth: int
    when: When
    kind: Kind
    times: int = 1
    params: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def covers(self, call: int) -> bool:
        return self.nth <= call < self.nth + self.times


class FaultScript:
    """Counts calls by method and says which fault, if any, hits the current one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, int] = {}
        self._faults: list[Fault] = []

    def add(
        self, method: MethodName, kind: Kind, *, nth: int = 1, when: When = "before", times: int = 1, **params: Any
    ) -> Fault:
        """Let the ``nth`` call of ``method`` counted from now go wrong, and the ``times - 1`` after it.

        Raises ValueError for a refusal after the change was applied: a platform that refuses has not applied.
        """
        if method == "mutate" and when == "after" and kind in REFUSALS:
            raise ValueError(f"{kind!r} refuses the change, so it cannot come after it was applied")
        with self._lock:
            fault = Fault(method, self._calls.get(method, 0) + nth, when, kind, times, params)
            self._faults.append(fault)
            return fault

    def clear(self) -> None:
        """Forget the script."""
        with self._lock:
            self._faults.clear()

    def next_call(self, method: MethodName) -> list[Fault]:
        """Count one call; the faults that hit it, in the order they were added."""
        with self._lock:
            call = self._calls[method] = self._calls.get(method, 0) + 1
            hitting = [f for f in self._faults if f.method == method and f.covers(call)]
            for fault in hitting:
                fault.hits += 1
            return hitting

    def calls(self, method: MethodName) -> int:
        """How often the method was called."""
        with self._lock:
            return self._calls.get(method, 0)
