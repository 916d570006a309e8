"""Days as exports write them. The order of day and month is decided from the whole column, never from one cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal

from domain.errors import UntrustedFile

Order = Literal["ymd", "dmy", "mdy"]
ORDERS: tuple[Order, ...] = ("ymd", "dmy", "mdy")
FIRST_YEAR, LAST_YEAR = 1995, 2100
LONGEST = 60  # characters

_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?( ?AM)?(Z|\+00:00)?$")
_NUMERIC = re.compile(r"^(\d{1,4})([-/.])\s?(\d{1,2})\2\s?(\d{1,4})$", re.ASCII)
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)$", re.ASCII)
_WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"^([A-Za-z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4})$")
_DAY_FIRST = re.compile(r"^(\d{1,2})[\s-]([A-Za-z]{3,9})\.?,?[\s-](\d{4})$")
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_NOT_A_DAY = (
    (re.compile(r"^\d{4}-\d{1,2}$|^[A-Za-z]{3,9}\.? \d{4}$"), "a month, not a day; segment the export by day"),
    (re.compile(r"^\d{4}-?W\d{1,2}$|^\S.* (-|–|to) \S.*$"), "a period, not a day; segment the export by day"),
    (re.compile(r"^[34]\d{4}(\.\d+)?$"), "Excel's day number; format the column as a date and save again"),
    (re.compile(r"\d[ T]\d{1,2}:\d\d"), "a time of day; export whole days, without an hour segment"),
)


def read_days(cells: Mapping[str, int], chosen: str | None) -> dict[str, date]:
    """Each distinct cell (with the first line it stands on) as a day, all in one order.

    Raises:
        UntrustedFile: a cell is no day, the cells contradict each other or ``chosen``, or day and month
            could be swapped throughout (the refusal names ``--dates``).
    """
    readings = {order: {cell: _read(cell, order) for cell in cells} for order in ORDERS}
    for cell, row in cells.items():
        if all(readings[order][cell] is None for order in ORDERS):
            raise UntrustedFile(f"day {cell[:LONGEST]!r} is {_why(cell[:LONGEST])}", row=row)
    whole: dict[Order, dict[str, date]] = {}
    for order, reading in readings.items():
        days = {cell: day for cell, day in reading.items() if day is not None}
        if len(days) == len(cells):
            whole[order] = days
    if chosen is not None:
        return _as_chosen(cells, chosen, readings, whole)
    if not whole:
        raise _contradiction(cells, readings)
    first, *others = whole.values()
    if any(other != first for other in others):
        cell = next(c for c in cells if len({days[c] for days in whole.values()}) > 1)
        options = " or ".join(f"--dates {order}" for order in whole)
        raise UntrustedFile(
            f"day {cell!r} may be {' or '.join(str(d[cell]) for d in whole.values())}, and no row of the file tells",
            row=cells[cell],
            option=options,
        )
    return first


def orders(cells: Collection[str]) -> tuple[Order, ...]:
    """The orders in which every cell is a day; one where they all give the same days, none where no order fits."""
    readings = {order: [_read(cell, order) for cell in cells] for order in ORDERS}
    whole = {order: days for order, days in readings.items() if None not in days}
    same = len({tuple(days) for days in whole.values()}) == 1
    return tuple(whole)[:1] if same else tuple(whole)


def read_as(cells: Collection[str], order: Order) -> dict[str, date]:
    """The cells that are a day in this order."""
    return {cell: day for cell in cells if (day := _read(cell, order)) is not None}


def _as_chosen(
    cells: Mapping[str, int],
    chosen: str,
    readings: Mapping[Order, Mapping[str, date | None]],
    whole: Mapping[Order, dict[str, date]],
) -> dict[str, date]:
    for order, days in whole.items():
        if order == chosen:
            return days
    reading = next(r for order, r in readings.items() if order == chosen)
    cell = next(c for c in cells if reading[c] is None)
    fitting = " or ".join(f"--dates {order}" for order in whole)
    raise UntrustedFile(f"day {cell!r} is not in the order {chosen}", row=cells[cell], option=fitting or None)


def _contradiction(cells: Mapping[str, int], readings: Mapping[Order, Mapping[str, date | None]]) -> UntrustedFile:
    first = next(iter(cells))
    fits = [order for order in ORDERS if readings[order][first] is not None]
    other = next((c for c in cells if all(readings[order][c] is None for order in fits)), None)
    if other is None:  # the first cell fits either order: two later ones exclude one each
        breaks = [next(c for c in cells if readings[order][c] is None) for order in fits]
        first, other = breaks[0], breaks[-1]
    return UntrustedFile(
        f"day {other!r} contradicts day {first!r} in row {cells[first]}: they are not in one order", row=cells[other]
    )


def _read(cell: str, order: Order) -> date | None:
    if len(cell) > LONGEST:
        return None
    text = _WEEKDAY.sub("", _MIDNIGHT.sub("", cell))
    if named := _MONTH_FIRST.match(text):
        return _day(named[3], _month(named[1]), named[2])
    if named := _DAY_FIRST.match(text):
        return _day(named[3], _month(named[2]), named[1])
    if compact := _COMPACT.match(text):
        return _day(*compact.groups()) if order == "ymd" else None
    numeric = _NUMERIC.match(text)
    if numeric is None:
        return None
    part = dict(zip(order, (numeric[1], numeric[3], numeric[4]), strict=True))
    if order == "ymd" and len(part["y"]) != 4:  # a year of two digits comes last, or nobody could tell
        return None
    return _day(part["y"], part["m"], part["d"])


def _month(name: str) -> str:
    found = [i for i, month in enumerate(_MONTHS, 1) if name.lower() in (month, month[:3], month[:4])]
    return str(found[0]) if found else "0"


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    full = int(year) + (2000 if len(year) == 2 else 0)
    if not FIRST_YEAR <= full <= LAST_YEAR:
        return None
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None


def _why(cell: str) -> str:
    return next((why for pattern, why in _NOT_A_DAY if pattern.search(cell)), "not a day; write it as 2024-01-31")
