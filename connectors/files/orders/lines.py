"""The rows of an orders file: its header found, and each order's lines gathered. No cell is interpreted yet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.files.figures import MISSING
from connectors.files.header import HEADER_LINES, plain
from connectors.files.layouts import TOTAL_LABELS
from connectors.files.orders.layouts import OrderField, OrdersLayout
from connectors.files.report import SkippedRow
from domain.errors import UntrustedFile

_HEAD_CHARACTERS = 100_000
_SHOWN = 150  # characters of a header in a message
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class OrdersHeader:
    """The header found: ``columns`` gives the position of each field, ``names`` every header as written."""

    line: int
    separator: str
    names: tuple[str, ...]
    columns: Mapping[OrderField, int]

    @property
    def ignored(self) -> tuple[str, ...]:
        return tuple(n.strip() for i, n in enumerate(self.names) if n.strip() and i not in self.columns.values())


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order's first row: its physical line and the cells of the fields that the layout knows."""

    row: int
    cells: Mapping[OrderField, str]


@dataclass(slots=True)
class OrderLines:
    """``orders`` in the file's order; ``items`` counts the further lines, which are among ``skipped``."""

    orders: list[OrderLine] = field(default_factory=list)
    totals: list[OrderLine] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    items: int = 0
    rows_read: int = 0
    last_row: int = 0


def find_header(text: str, layout: OrdersLayout) -> OrdersHeader:
    """The first of the first 15 rows that names every needed column, under whichever separator shows one.

    Raises:
        UntrustedFile: there is none (the refusal names what is missing), or a column appears twice.
    """
    best: OrdersHeader | None = None
    for separator in _SEPARATORS:
        for line, cells in _head(text, separator):
            header = OrdersHeader(line, separator, tuple(cells), _columns(layout, cells))
            if all(name in header.columns for name in layout.needed):
                _refuse_doubles(header)
                return header
            if best is None or len(header.columns) > len(best.columns):
                best = header
    wanted = ", ".join(f"{name} ({', '.join(layout.names[name][:3])})" for name in layout.needed)
    if best is None or not best.columns:
        raise UntrustedFile(
            f"no header in the first {HEADER_LINES} lines: an orders file of {layout.platform} names {wanted}"
        )
    missing = [layout.names[name][0] for name in layout.needed if name not in best.columns]
    found = ", ".join(name.strip() for name in best.names if name.strip())
    found = found if len(found) <= _SHOWN else found[:_SHOWN] + " ..."
    raise UntrustedFile(f"no column {' and no column '.join(map(repr, missing))} among: {found}", row=best.line)


def gather(text: str, header: OrdersHeader, layout: OrdersLayout) -> OrderLines:
    """Tell first rows of orders, their further lines, totals and empty rows apart.

    Raises:
        UntrustedFile: a row with more or fewer cells than the header, broken quotes, a line before its order's first
            row, an order written twice with other figures, or no order at all.
    """
    found = OrderLines()
    first: dict[str, OrderLine] = {}
    for row, cells in _records(text, header):
        found.rows_read += 1
        found.last_row = row
        if not any(cell.strip() for cell in cells):
            found.skipped.append(SkippedRow(row, "empty row"))
            continue
        if tuple(cells) == header.names:
            found.skipped.append(SkippedRow(row, "the header again"))
            continue
        if len(cells) != len(header.names):
            why = "the row is cut off" if len(cells) < len(header.names) else "a separator outside quotes?"
            raise UntrustedFile(f"{len(cells)} cells where the header has {len(header.names)}: {why}", row=row)
        line = OrderLine(row, {name: cells[i].strip() for name, i in header.columns.items()})
        if _is_total(line):
            found.totals.append(line)
        elif _is_further(line, first, layout):
            found.items += 1
            found.skipped.append(SkippedRow(row, f"a further line of order {line.cells['order']!r}"))
        else:
            first[line.cells["order"]] = line
            found.orders.append(line)
    if not found.orders:
        raise UntrustedFile("the file has a header but no order", row=header.line)
    return found


def _is_total(line: OrderLine) -> bool:
    label = plain(line.cells["order"].partition(":")[0])
    return label in TOTAL_LABELS and line.cells["time"] in (*MISSING, line.cells["order"])


def _is_further(line: OrderLine, first: Mapping[str, OrderLine], layout: OrdersLayout) -> bool:
    """Whether the row is another line of an order that has its first row. Raises where it can be neither."""
    name = line.cells["order"]
    earlier = first.get(name)
    blank = line.cells["gross"] in MISSING
    if not name:
        raise UntrustedFile("a row without an order's id", row=line.row)
    if earlier is None:
        if blank:
            raise UntrustedFile(
                f"order {name!r} has no total here and no row before this one: its first row is missing, or the file "
                "was sorted; export it again",
                row=line.row,
            )
        return False
    if blank or (layout.repeats and _same_order(line, earlier)):
        return True
    why = (
        "with other figures"
        if layout.repeats
        else "with a total of its own: whether that is the order's or the line's, nobody could tell. Export one row "
        "an order, or leave the total empty on further lines"
    )
    raise UntrustedFile(f"a second row of order {name!r} (the first is row {earlier.row}) {why}", row=line.row)


def _same_order(line: OrderLine, earlier: OrderLine) -> bool:
    return all(cell in ("", earlier.cells[name]) for name, cell in line.cells.items())


def _columns(layout: OrdersLayout, cells: list[str]) -> dict[OrderField, int]:
    names = [plain(cell) for cell in cells]
    found = {}
    for name, aliases in layout.names.items():
        position = next((names.index(alias) for alias in aliases if alias in names), None)
        if position is not None:
            found[name] = position
    return found


def _refuse_doubles(header: OrdersHeader) -> None:
    names = [plain(name) for name in header.names]
    for position in header.columns.values():
        if names.count(names[position]) > 1:
            raise UntrustedFile(f"two columns are called {header.names[position]!r}; keep one", row=header.line)


def _head(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text[:_HEAD_CHARACTERS], newline=""), delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if line > HEADER_LINES:
                break
            rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        pass  # what was read so far may still hold the header; the rows are read strictly later
    return rows


def _records(text: str, header: OrdersHeader) -> Iterator[tuple[int, list[str]]]:
    """(first physical line, cells) of every record below the header that is not a blank line."""
    lines = io.StringIO(text, newline="")
    for _ in range(header.line - 1):
        next(lines)
    reader = csv.reader(lines, delimiter=header.separator, strict=True)
    line = header.line
    try:
        for cells in reader:
            if line > header.line and cells:
                yield line, cells
            line = header.line + reader.line_num
    except csv.Error as error:
        raise UntrustedFile(f"the quotes or the line are broken or cut off ({error})", row=line) from None
