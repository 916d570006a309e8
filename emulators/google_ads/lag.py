"""How late the platform shows what was done, counted in reads so that a test need not wait.

Assumed: the real platform says that change events appear within three minutes and promises nothing of the age of a
read; that a write lands after its deadline is what any network does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Late:
    """A write on its way, which lands after ``reads`` more reads of budgets or targets."""

    reads: int
    land: Callable[[], None]


@dataclass(slots=True)
class Lag:
    """``stale_reads``: reads of budgets or targets that still show the amounts from before the last write.

    ``history_reads``: reads of the change history that do not show the last write yet, nor what came after it.
    """

    stale_reads: int = 0
    history_reads: int = 0
    _stale_left: int = 0
    _history_left: int = 0
    _events_shown: int = 0
    _late: list[_Late] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def clear(self) -> None:
        """Be prompt again, and lose what is on its way."""
        with self._lock:
            self.stale_reads = self.history_reads = self._stale_left = self._history_left = 0
            self._late.clear()

    def wrote(self, events_before: int) -> None:
        """Begin to be late with a write that was just applied, after so many events of the change history."""
        with self._lock:
            self._stale_left, self._history_left = self.stale_reads, self.history_reads
            self._events_shown = events_before

    def hold_back(self, reads: int, land: Callable[[], None]) -> None:
        """Let a write land only after so many more reads of budgets or targets."""
        with self._lock:
            self._late.append(_Late(reads, land))

    def values_are_stale(self) -> bool:
        """Count one read of budgets or targets; whether it shows what was before the last write."""
        with self._lock:
            self._stale_left, stale = max(0, self._stale_left - 1), self._stale_left > 0
            return stale

    def events_shown(self) -> int | None:
        """Count one read of the change history; how many events it shows, None for all."""
        with self._lock:
            self._history_left, behind = max(0, self._history_left - 1), self._history_left > 0
            return self._events_shown if behind else None

    def after_a_read_of_values(self) -> None:
        """Land what was to land after this read."""
        with self._lock:
            for late in self._late:
                late.reads -= 1
            due = [late for late in self._late if late.reads <= 0]
            self._late = [late for late in self._late if late.reads > 0]
        for late in due:
            late.land()
