"""The settings that are times written as text: the working day, and the days on which nothing is changed."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.policy import Freeze

_HOURS = re.compile(r"(\d{1,2})\s*-\s*(\d{1,2})", re.ASCII)
_FREEZE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*/\s*(\d{4}-\d\d-\d\d))?\s+(\S.*)", re.ASCII)


def working_hours(written: str) -> tuple[int, int] | None:
    """The first and last hour of a working day from ``9-17``; None (plain hours count) for ``any``.

    Raises:
        ValueError: it is written otherwise, or ends before it begins.
    """
    if written.strip().lower() == "any":
        return None
    read = _HOURS.fullmatch(written.strip())
    if read is None or not 0 <= int(read[1]) < int(read[2]) <= 24:
        raise ValueError(f"APPROVAL_WORKING_HOURS: {written!r} is not a working day; write 9-17, or any")
    return int(read[1]), int(read[2])


def freezes(written: str, timezone: str) -> tuple[Freeze, ...]:
    """The freezes in ``2026-11-27/2026-12-01 Black Friday; 2026-12-24 Christmas``, both days counted, in ``timezone``.

    Raises:
        ValueError: one of them is written otherwise, or ends before it begins.
    """
    return tuple(_freeze(part.strip(), ZoneInfo(timezone)) for part in written.split(";") if part.strip())


def _freeze(written: str, zone: ZoneInfo) -> Freeze:
    read = _FREEZE.fullmatch(written)
    try:
        first, last = (date.fromisoformat(day) for day in (read[1], read[2] or read[1])) if read else (None, None)
    except ValueError:
        first = last = None
    if read is None or first is None or last is None or last < first:
        raise ValueError(f"POLICY_FREEZES: {written!r} is not a freeze; write 2026-11-27/2026-12-01 Black Friday")
    end = last + timedelta(days=1)
    return Freeze(datetime.combine(first, time(), zone), datetime.combine(end, time(), zone), read[3])
