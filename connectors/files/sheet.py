"""The rows below the header, told apart: data, totals, and what is skipped. No cell is interpreted yet."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from connectors.files.figures import MISSING
from connectors.files.header import Header, columns_of, fits, plain
from connectors.files.layouts import FIGURES, TOTAL_LABELS, TOTAL_STARTS, Field, Layout
from connectors.files.report import SkippedRow
from domain.errors import UntrustedFile


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its physical line and the cells of the fields the layout knows.

    ``label`` is a total's own; ``part`` names the ad set or ad, where the rows are to be added up to campaigns.
    """

    row: int
    cells: Mapping[Field, str]
    label: str = ""
    part: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows. ``figures`` are the figures it has columns for; ``unterminated``: no final line break.

    ``footed``: the platform's own last line is there.
    """

    data: list[Line]
    totals: list[Line]
    skipped: list[SkippedRow]
    figures: tuple[Field, ...]
    unterminated: bool
    last_row: int
    footed: bool = False


def read_sheet(text: str, header: Header, layout: Layout) -> Sheet:
    """Split the text below the header into rows.

    Raises:
        UntrustedFile: a row with more or fewer cells than the header, broken quotes, a last row that
            is cut off, or no data row at all.
    """
    figures = tuple(field for field in FIGURES if field in header.columns)
    sheet = Sheet([], [], [], figures, not text.endswith(("\n", "\r")), 0)
    last: list[str] = []
    first_row: dict[tuple[str, ...], int] = {}
    row, parts, footed, columns = header.line, header.parts, False, tuple(header.columns.items())
    for row, cells in _records(text, header):
        last = cells
        if (reason := _no_data(cells, header, layout)) is not None:
            sheet.skipped.append(SkippedRow(row, reason))
            footed = footed or reason == FOOTER
            continue
        label, cells = _total_label(cells, header)
        _check_width(row, cells, header)
        line = Line(row, {field: cells[i].strip() for field, i in columns}, label)
        if parts:
            line = replace(line, part=tuple(cells[i].strip() for i in parts))
        if label or _is_blank_total(line, layout):
            sheet.totals.append(line)
            continue
        _check_single(line, first_row, header)
        sheet.data.append(line)
    if not sheet.data:
        raise UntrustedFile("the file has a header but no row of a campaign and day", row=header.line)
    if sheet.unterminated and not footed:
        _check_last_cell(text, header, row, last)
    skipped = [*sheet.skipped, *(SkippedRow(r, "another table of the file") for r in _other_tables(text, header))]
    return Sheet(sheet.data, sheet.totals, skipped, figures, sheet.unterminated, row, footed)


FOOTER = "the platform's own last line"


def _no_data(cells: list[str], header: Header, layout: Layout) -> str | None:
    """Why a row holds no figures, or None where it does."""
    if not cells[0].strip() and not any(cell.strip() for cell in cells):
        return "empty row"
    if cells[0] == header.names[0] and tuple(cells) == header.names:
        return "the header again"
    if layout.footer and layout.footer in plain(cells[0]) and not any(cell.strip() for cell in cells[1:]):
        return FOOTER
    return None


def _is_break(cells: list[str]) -> bool:
    """Whether a table of several in one file ends here: a blank line, or one that begins with ``#``."""
    return not cells or cells[0].startswith("#")


def _other_tables(text: str, header: Header) -> list[int]:
    """The lines behind the table, where a file holds several; a second one by day would be a choice, not a reading."""
    if not header.layout.tables:
        return []
    rows, ended, begun = [], False, False
    for row, cells in _lines(text, header):
        ended = ended or (begun and _is_break(cells))
        begun = begun or not _is_break(cells)
        if not ended or not cells:
            continue
        if fits(header.layout, columns_of(header.layout, cells)):
            raise UntrustedFile(
                f"a second table by day (the first is in row {header.line}); keep the one to load", row=row
            )
        rows.append(row)
    return rows


def _records(text: str, header: Header) -> Iterator[tuple[int, list[str]]]:
    """(first physical line, cells) of every record of the table below the header that is not a blank line."""
    if not header.layout.tables:
        return ((row, cells) for row, cells in _lines(text, header) if cells)
    return _table(text, header)


def _table(text: str, header: Header) -> Iterator[tuple[int, list[str]]]:
    """The first of the tables that a file holds."""
    begun = False
    for row, cells in _lines(text, header):
        if not _is_break(cells):
            begun = True
            yield row, cells
        elif begun:
            return


def _lines(text: str, header: Header) -> Iterator[tuple[int, list[str]]]:
    """(first physical line, cells) of every record below the header; a blank line has no cells."""
    lines = io.StringIO(text, newline="")
    for _ in range(header.line - 1):
        next(lines)
    reader = csv.reader(lines, delimiter=header.separator, strict=True)
    line = header.line
    try:
        for cells in reader:
            if line > header.line:
                yield line, cells
            line = header.line + reader.line_num
    except csv.Error as error:
        raise UntrustedFile(f"the quotes or the line are broken or cut off ({error})", row=line) from None


def _check_width(row: int, cells: list[str], header: Header) -> None:
    have, want = len(cells), len(header.names)
    if have < want:
        raise UntrustedFile(f"{have} cells where the header has {want}: the row is cut off", row=row)
    if have > want:
        hint = " (a decimal comma outside quotes?)" if header.separator == "," else ""
        raise UntrustedFile(f"{have} cells where the header has {want}{hint}", row=row)


def _check_single(line: Line, first_row: dict[tuple[str, ...], int], header: Header) -> None:
    """Refuse a key that is written as an earlier one was, before a large file is read to its end."""
    cells = line.cells
    key = cells["day"], cells.get("campaign", ""), cells.get("account", ""), *line.part
    earlier = first_row.setdefault(key, line.row)
    if earlier != line.row and cells["day"] not in MISSING:
        if line.part:
            raise _same_part(line, earlier, header)
        raise second_row(cells.get("campaign") or "the account", cells["day"], earlier, line.row, header)


def _same_part(line: Line, earlier: int, header: Header) -> UntrustedFile:
    """Two rows of one ad set or ad: a copy, or two of one name; added up, a copy would count twice."""
    columns = " and ".join(repr(header.names[i].strip()) for i in header.parts)
    return UntrustedFile(
        f"a second row for {line.cells.get('campaign')!r} on {line.cells['day']} with the same {columns} (the first is "
        f"row {earlier}); where two share a name, add the column of their id to the export",
        row=line.row,
    )


def second_row(name: str, day: str, earlier: int, row: int, header: Header) -> UntrustedFile:
    """The refusal of a file that is finer than one row a campaign and day."""
    finer = header.finer[0].strip() if header.finer else ""
    split = f": this file has one row for each {finer!r}; download it by campaign and day" if finer else ""
    return UntrustedFile(f"a second row for {name!r} on {day} (the first is row {earlier}){split}", row=row)


def clean_name(raw: str) -> str:
    """A name as imported, without line breaks, control and direction-changing characters."""
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    spaced = "".join(" " if c in "\r\n\t" else c for c in raw)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()


def _total_label(cells: list[str], header: Header) -> tuple[str, list[str]]:
    """What a totals row calls itself ("Total: Account"), or "" for any other row; and its cells in the header's width.

    A Google Analytics table puts "Grand total" into a cell of its own behind the last column.
    """
    day_column = header.columns["day"]
    day = cells[day_column].strip() if len(cells) > day_column else ""
    if day[:1].isdigit() or len(cells) <= day_column:
        return "", cells
    if header.layout.tables and len(cells) == len(header.names) + 1 and _is_total(cells[-1]):
        return cells[-1].strip(), cells[:-1]
    places = {0, day_column, header.columns.get("campaign", 0)}
    for place in sorted(places):
        label = cells[place].strip() if place < len(cells) else ""
        if _is_total(label) and (day in MISSING or day == label):
            return label, cells
    return "", cells


def _is_total(label: str) -> bool:
    name = plain(label)
    return plain(name.partition(":")[0]) in TOTAL_LABELS or name.startswith(TOTAL_STARTS)


def _is_blank_total(line: Line, layout: Layout) -> bool:
    return layout.blank_totals and line.cells["day"] in MISSING and line.cells.get("campaign", "") in MISSING


def _check_last_cell(text: str, header: Header, row: int, last: list[str]) -> None:
    """A file without a final line break may end inside its last figure; refuse where the column shows it."""
    cell = last[-1].strip() if last else ""
    column = [cells[-1].strip() for r, cells in _records(text, header) if r != row and len(cells) == len(header.names)]
    decimals = {len(re.split(r"[.,]", c)[-1]) if re.search(r"[.,]\d+$", c) else 0 for c in column if c not in MISSING}
    own = len(re.split(r"[.,]", cell)[-1]) if re.search(r"[.,]\d+$", cell) else 0
    vanished = cell == "" and column and "" not in column
    shorter = len(column) > 1 and len(decimals) == 1 and own < next(iter(decimals))
    if vanished or shorter:
        raise UntrustedFile(f"the file ends inside this row ({cell!r}, no line break): it is cut off", row=row)
