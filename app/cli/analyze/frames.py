"""The files of ``budgeteer analyze``: columns of a CSV, CSV.gz or Parquet file, and the series in them.

A blank value is missing, not 0. Whatever cannot be read is refused with its row (in a CSV the physical line, the header
being line 1) and its value; nothing is dropped.
"""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import BadInput

if TYPE_CHECKING:
    from analytics.panel import Panel

MISSING = {"", "nan", "na", "n/a", "null", "none"}
"""What says "no value", in any case; anything else that is no number is refused."""
SHOWN = 60
LARGEST = 1e100  # squares and sums of more run over, and then nothing stands out
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns asked for, a list of cells each, and the row in the file that each cell stands in."""

    file: str
    cells: dict[str, list[str]]
    places: list[int]

    def numbers(self, column: str) -> list[float]:
        """The column's numbers; NaN where a cell is blank. Raises BadInput with the row and the value."""
        return [self._number(text, n, column) for n, text in enumerate(self.cells[column])]

    def stated(self, column: str) -> list[float]:
        """As ``numbers``, with none blank: a missing figure is not 0. Raises BadInput with the row."""
        values = self.numbers(column)
        for n, value in enumerate(values):
            if math.isnan(value):
                raise BadInput(f"{self.file}, row {self.places[n]}: {column} is blank; a missing figure is not 0")
        return values

    def _number(self, text: str, at: int, column: str) -> float:
        try:
            number = float(text.replace("_", "?"))  # 1_000 is a number to Python only
        except ValueError:
            if text.strip().lower() in MISSING:
                return math.nan
            hint = "; write a point for decimals and nothing between thousands" if "," in text else ""
            raise BadInput(
                f"{self.file}, row {self.places[at]}: {column} is {shown(text)}, which is not a number{hint}"
            ) from None
        if abs(number) > LARGEST:
            raise BadInput(
                f"{self.file}, row {self.places[at]}: {column} is {shown(text)}; write a finite number up to "
                f"{LARGEST:g}, or nothing"
            )
        return number


def read_columns(file: Path, names: Sequence[str]) -> Columns:
    """Read the columns ``names`` of ``file``.

    Raises:
        BadInput: the file is not there or cannot be read, a column is missing, a row is damaged, or there are no rows.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror or error}; name a CSV, CSV.gz or Parquet file") from None
    found = _parquet(file, names) if magic == b"PAR1" else _csv(file, names, zipped=magic[:2] == b"\x1f\x8b")
    if not found.places:
        raise BadInput(f"{file.name} has a header and no rows")
    return found


def zoned(columns: Columns, time: str) -> bool:
    """Whether the times carry an offset from UTC; all do or none, once a panel was made of them."""
    return datetime.fromisoformat(columns.cells[time][0].strip()).tzinfo is not None


def printable(name: str) -> str:
    """A name from a file as it may stand in a line: what steers a terminal, or breaks a table, is a space."""
    return "".join(c if c.isprintable() else " " for c in name)


def read_panel(file: Path, *, time: str, value: str, series: str | None = None) -> Panel:
    """Read ``file`` as series on one grid of times: a row for each time, and series where ``series`` names a column.

    Times are ISO 8601 (a date, or a date and a time); where they carry an offset they are taken to UTC.

    Raises:
        BadInput: as ``read_columns``; a time or a value that cannot be read; two rows of one time; no grid of times.
    """
    columns = read_columns(file, [time, value, *([series] if series is not None else [])])
    return panel_of(columns, time=time, value=value, series=series)


def panel_of(columns: Columns, *, time: str, value: str, series: str | None = None) -> Panel:
    """As ``read_panel``, of columns that have been read: for who also needs the cells as they are written."""
    import numpy as np

    from analytics.errors import BadSeries
    from analytics.panel import Panel

    seconds = times(columns, time)
    try:
        return Panel.from_columns(
            np.array(seconds, dtype=np.int64).astype("datetime64[s]"),
            np.array(columns.numbers(value), dtype=np.float64),
            None if series is None else _labels(columns, series),
            places=columns.places,
        )
    except BadSeries as error:
        raise BadInput(f"{columns.file}: {error}") from None


def _csv(file: Path, names: Sequence[str], *, zipped: bool) -> Columns:
    unpacked = gzip.open if zipped else open
    try:
        with unpacked(file, "rt", encoding="utf-8-sig", newline="") as text:
            first = text.readline()
            text.seek(0)
            delimiter = max(DELIMITERS, key=first.count)
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            heads = [h.strip() for h in next(reader, [])]
            picked = [_place(file, heads, name) for name in names]
            return _take(file, reader, len(heads), dict(zip(names, picked, strict=True)))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadInput(f"{file.name} cannot be read as UTF-8 text: {error}") from None


def _take(file: Path, reader: Iterator[list[str]], width: int, picked: dict[str, int]) -> Columns:
    places: list[int] = []
    rows: list[list[str]] = []
    try:
        for row in reader:
            if len(row) != width:
                if not any(cell.strip() for cell in row):
                    continue  # an empty line holds nothing that could be lost
                line = reader.line_num  # type: ignore[attr-defined]
                raise BadInput(f"{file.name}, row {line}: {len(row)} cells where the header has {width}")
            rows.append(row)
            places.append(reader.line_num)  # type: ignore[attr-defined]
    except csv.Error as error:
        line = reader.line_num  # type: ignore[attr-defined]
        raise BadInput(f"{file.name}, row {line}: {error}") from None
    return Columns(file.name, {name: [row[at] for row in rows] for name, at in picked.items()}, places)


def _place(file: Path, heads: Sequence[str], name: str) -> int:
    if (count := heads.count(name)) == 1:
        return heads.index(name)
    if count:
        raise BadInput(f"{file.name} has {count} columns named {name!r}; which is meant cannot be told")
    has = ", ".join(shown(h) for h in heads[:20]) or "no header"
    raise BadInput(f"{file.name} has no column {shown(name)}; it has {has}")


def _parquet(file: Path, names: Sequence[str]) -> Columns:
    import duckdb

    path = re.sub(r"[\[*?]", r"[\g<0>]", str(file))  # else it would be a pattern of many files
    with duckdb.connect(":memory:") as reader:
        try:
            parts = reader.execute("SELECT name, coalesce(num_children, 0) FROM parquet_schema(?)", [path]).fetchall()
            heads = _heads(parts)
            for name in names:
                _place(file, heads, name)
                if len(alike := [h for h in heads if h.lower() == name.lower()]) > 1:  # DuckDB tells no case apart
                    raise BadInput(
                        f"{file.name}: rename one of {', '.join(map(shown, alike))}, alike but for their case"
                    )
            asked = list(dict.fromkeys(names))
            quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in asked)
            read = f"SELECT {quoted} FROM read_parquet(?, hive_partitioning = false)"
            rows = reader.execute(read, [path]).fetchall()
        except duckdb.Error as error:
            said = str(error).partition("\n")[0]
            raise BadInput(f"{file.name} cannot be read as Parquet: {said}") from None
    cells = {name: [_text(row[at]) for row in rows] for at, name in enumerate(asked)}
    return Columns(file.name, cells, list(range(1, len(rows) + 1)))


def _heads(parts: Sequence[tuple[str, int]]) -> list[str]:
    """The columns of a schema that is given as a tree written down from its root, parts before what follows."""
    heads: list[str] = []
    left = parts[0][1]
    at = 1
    for _ in range(left):
        heads.append(parts[at][0])
        inside = 1
        while inside:
            inside += parts[at][1] - 1
            at += 1
    return heads


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _labels(columns: Columns, series: str) -> list[str]:
    cells = columns.cells[series]
    for at, text in enumerate(cells):
        if not text.strip():
            raise BadInput(f"{columns.file}, row {columns.places[at]}: {series} is blank; name every row's series")
    return cells


def times(columns: Columns, time: str) -> list[int]:
    """Seconds since 1970 of each row of the column ``time``; the same text is read once. Raises BadInput."""
    known: dict[str, tuple[int, bool]] = {}
    found: list[int] = []
    zoned: bool | None = None
    for at, text in enumerate(columns.cells[time]):
        if text not in known:
            known[text] = _time(columns, time, text, at)
        second, with_zone = known[text]
        if zoned is not None and with_zone != zoned:
            other = "no offset" if zoned else "an offset"
            raise BadInput(
                f"{columns.file}, row {columns.places[at]}: {time} is {shown(text)}, with {other} from UTC, "
                "unlike the rows before"
            )
        zoned = with_zone
        found.append(second)
    return found


def _time(columns: Columns, time: str, text: str, at: int) -> tuple[int, bool]:
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        what = "blank" if not text.strip() else f"{shown(text)}, which is not a time"
        raise BadInput(
            f"{columns.file}, row {columns.places[at]}: {time} is {what}; "
            "write YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, such as 2026-07-01 06:00:00"
        ) from None
    zoned = read.tzinfo is not None
    return round((read if zoned else read.replace(tzinfo=UTC)).timestamp()), zoned


def shown(text: str) -> str:
    """A cell as an error quotes it, cut where it is long."""
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")
