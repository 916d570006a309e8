"""Windows of whole days, inclusive at both ends, each with its time zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import BadInput


def checked_zone(name: str) -> str:
    """``name``, if it is an IANA time zone. Raises BadInput otherwise."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(f"unknown time zone {name!r}; use an IANA name such as Europe/Berlin or UTC") from None


@dataclass(frozen=True, slots=True)
class Window:
    """Days ``start`` to ``end``, both counted, as labelled in ``timezone`` (an IANA name)."""

    start: date
    end: date
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadInput(f"the window ends ({self.end}) before it starts ({self.start})")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def previous(self) -> Window:
        """The window of the same length that ends the day before this one starts."""
        return Window(self.start - timedelta(days=self.days), self.start - timedelta(days=1), self.timezone)

    def clip(self, first: date, last: date) -> Window | None:
        """The part inside ``first``..``last``, or None where nothing is left."""
        start, end = max(self.start, first), min(self.end, last)
        return Window(start, end, self.timezone) if start <= end else None

    def without(self, left_out: Iterable[Window]) -> tuple[Window, ...]:
        """The stretches of ``left_out`` that lie inside, in order and joined where they touch or overlap."""
        inside = sorted(
            (w for w in (other.clip(self.start, self.end) for other in left_out) if w is not None),
            key=lambda w: (w.start, w.end),
        )
        joined: list[Window] = []
        for window in inside:
            if joined and window.start <= joined[-1].end + timedelta(days=1):
                last = joined.pop()
                window = Window(last.start, max(last.end, window.end), self.timezone)
            joined.append(Window(window.start, window.end, self.timezone))
        return tuple(joined)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end} ({self.timezone})" if self.days > 1 else f"{self.start} ({self.timezone})"
