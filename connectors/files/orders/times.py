"""When an order was placed: its moment, and its day where the shop is.

A shop's own offset (``2024-06-01 12:03:11 -0400``) has to fit the account's zone, or every late order would be counted
on another day. A time without an offset is in the account's zone; a day without a time stands at its local midnight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from connectors.files.days import read_days
from domain.errors import UntrustedFile

_MOMENT = re.compile(
    r"^(?P<day>\S.*?)(?:[T ,]\s*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<offset>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?$"
)
LONGEST = 60  # characters
SUGGESTED = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Helsinki", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore",
    "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` is aware; ``day`` is the local day in the account's zone."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Moments:
    """Each distinct cell's moment. ``timed`` and ``untimed`` count cells with and without a time of day, ``naive``
    those with a time and no offset."""

    of: Mapping[str, Moment]
    timed: int
    untimed: int
    naive: int


def read_moments(cells: Mapping[str, int], zone_name: str, chosen: str | None, *, local: bool) -> Moments:
    """Each distinct cell (with the first row it stands on) as a moment; the order of day and month is one for all.

    ``local``: an offset has to be that of ``zone_name`` at that moment.

    Raises:
        UntrustedFile: a cell is no day or time, day and month could be swapped throughout, or the file's offsets are
            not the zone's (the refusal names the zones of ``SUGGESTED`` that fit).
    """
    parts = {cell: _split(cell, row) for cell, row in cells.items()}
    first: dict[str, int] = {}
    for cell, row in cells.items():
        first.setdefault(parts[cell]["day"] or "", row)
    days = read_days(first, chosen)
    zone = ZoneInfo(zone_name)
    read: dict[str, tuple[datetime, str | None]] = {}
    for cell, row in cells.items():
        read[cell] = _moment(parts[cell], days[parts[cell]["day"] or ""], zone, cell, row)
    if local:
        _check_offsets(read, cells, zone)
    return Moments(
        {cell: Moment(at, at.astimezone(zone).date()) for cell, (at, _) in read.items()},
        timed=sum(p["hour"] is not None for p in parts.values()),
        untimed=sum(p["hour"] is None for p in parts.values()),
        naive=sum(p["hour"] is not None and p["offset"] is None for p in parts.values()),
    )


def day_part(cell: str) -> str | None:
    """The day of a time as written; None where the cell is no time."""
    match = _MOMENT.match(cell) if len(cell) <= LONGEST else None
    return match["day"] if match else None


def _split(cell: str, row: int) -> dict[str, str | None]:
    match = _MOMENT.match(cell) if len(cell) <= LONGEST else None
    if match is None:
        raise UntrustedFile(f"time {cell[:LONGEST]!r} is not one; write it as 2024-01-31 14:05:00 +0100", row=row)
    return match.groupdict()


def _moment(
    part: Mapping[str, str | None], day: date, zone: ZoneInfo, cell: str, row: int
) -> tuple[datetime, str | None]:
    hour, offset = part["hour"], part["offset"]
    try:
        of_day = time() if hour is None else time(_hour(int(hour), part["half"]), int(part["minute"] or 0),
                                                  int(part["second"] or 0))  # fmt: skip
        placed = _zone(offset) if offset else zone
    except ValueError:
        raise UntrustedFile(f"time {cell!r} has no such hour, minute, second or offset", row=row) from None
    return datetime.combine(day, of_day, placed).astimezone(UTC), offset


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _zone(offset: str) -> timezone:
    if offset in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))


def _check_offsets(read: Mapping[str, tuple[datetime, str | None]], cells: Mapping[str, int], zone: ZoneInfo) -> None:
    said = [(at, _zone(offset).utcoffset(None), cell) for cell, (at, offset) in read.items() if offset]
    wrong = next((cell for at, offset, cell in said if at.astimezone(zone).utcoffset() != offset), None)
    if wrong is None:
        return
    fitting = _fitting([(at, offset) for at, offset, _ in said])
    raise UntrustedFile(
        f"time {wrong!r} is not in the shop's zone as given ({zone.key}): orders late in the day would count on "
        "another day",
        row=cells[wrong],
        option=f"--timezone {' or '.join(fitting)}" if fitting else "--timezone NAME, the shop's own zone",
    )


def _fitting(said: Sequence[tuple[datetime, timedelta]]) -> list[str]:
    by_day = {(at.date(), offset): at for at, offset in said}  # one moment a day tells enough
    zones = [ZoneInfo(name) for name in SUGGESTED]
    return [z.key for z in zones if all(at.astimezone(z).utcoffset() == o for (_, o), at in by_day.items())][:3]
