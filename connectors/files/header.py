"""Where a file's header is, how its cells are separated, and which column is which."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.files.figures import check_currency
from connectors.files.layouts import (
    CAMPAIGN_IDS,
    FIGURES,
    FINER,
    MONEY,
    PEOPLE,
    PERIODS,
    SYMBOLS,
    UNSURE,
    Field,
    Layout,
)
from domain.errors import UntrustedFile

HEADER_LINES = 15
_HEAD_CHARACTERS = 100_000
_SHOWN = 150  # characters of a header in a message
_SEPARATORS = (",", ";", "\t", "|")
_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*\((?P<sign>[^()]{1,4})\)$")


@dataclass(frozen=True, slots=True)
class Header:
    """The header found: ``columns`` gives the position of each field, ``names`` every header as written."""

    line: int
    separator: str
    names: tuple[str, ...]
    columns: Mapping[Field, int]
    layout: Layout

    @property
    def finer(self) -> tuple[str, ...]:
        """Columns that split a campaign's day into several rows."""
        return tuple(n for i, n in enumerate(self.names) if self._splits(i, FINER | self.layout.parts))

    @property
    def parts(self) -> tuple[int, ...]:
        """Positions of the columns below a campaign whose rows add up to it; none where others split the rows too."""
        found = tuple(i for i in range(len(self.names)) if self._splits(i, self.layout.parts))
        others = any(self._splits(i, FINER - self.layout.parts) for i in range(len(self.names)))
        return () if others or "campaign" not in self.columns else found

    def _splits(self, position: int, words: frozenset[str]) -> bool:
        return position not in self.columns.values() and plain(self.names[position]) in words

    @property
    def near_misses(self) -> tuple[str, ...]:
        """Said of columns that nearly are a figure."""
        return tuple(f"{n.strip()!r} is not used: {UNSURE[plain(n)]}" for n in self.ignored if plain(n) in UNSURE)

    @property
    def ignored(self) -> tuple[str, ...]:
        return tuple(n for i, n in enumerate(self.names) if n.strip() and i not in self.columns.values())


def find_header(text: str, layout: Layout) -> Header:
    """The first of the first 15 rows that names a day and a cost, under whichever separator shows one.

    Raises:
        UntrustedFile: there is none; the refusal names what is missing.
    """
    best: Header | None = None
    for separator in _SEPARATORS:
        for line, cells in _head(text, separator, layout.tables):
            columns = columns_of(layout, cells)
            header = Header(line, separator, tuple(cells), columns, layout)
            if fits(layout, columns):
                return header
            if best is None or len(columns) > len(best.columns):
                best = header
    raise _nothing_found(layout, best)


def check_header(header: Header, currency: str) -> None:
    """Refuse a header whose columns cannot be trusted.

    Raises:
        UntrustedFile: a column appears twice, the header names another currency, or the rows are finer than
            a campaign and do not name it.
    """
    _refuse_doubles(header)
    for name, sign in money_signs(header):
        check_currency(sign if sign in SYMBOLS else sign.upper(), currency, f"the column {name!r}", header.line)
    _refuse_nameless_campaigns(header)


def money_signs(header: Header) -> list[tuple[str, str]]:
    """(column, sign or code) of every money column that says its currency: ``Amount spent (EUR)``."""
    names = [header.names[header.columns[field]] for field in MONEY if field in header.columns]
    bracketed = [(name, _IN_BRACKETS.match(" ".join(name.split()))) for name in names]
    return [(name, found["sign"]) for name, found in bracketed if found and _is_currency(found["sign"])]


def plain(name: str) -> str:
    """A header without case, outer and repeated spaces, underscores and invisible characters."""
    visible = "".join(" " if c.isspace() or c == "_" else c for c in name if unicodedata.category(c) != "Cf")
    return " ".join(visible.split()).casefold()


def preamble(text: str, header: Header) -> list[str]:
    """Every line above the header that is not blank."""
    head = _head(text, header.separator, header.layout.tables)
    return [
        header.separator.join(cells).strip(header.separator) for line, cells in head if line < header.line and cells
    ]


def _head(text: str, separator: str, whole: bool = False) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text[:_HEAD_CHARACTERS], newline=""), delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if line > HEADER_LINES and not whole:
                break
            rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        pass  # what was read so far may still hold the header; the rows are read strictly later
    return rows


def fits(layout: Layout, columns: Mapping[Field, int]) -> bool:
    """Whether a row with these columns says something: a day and a cost, or what else the platform gives."""
    return all(field in columns for field in layout.required) and any(field in columns for field in FIGURES)


def columns_of(layout: Layout, cells: list[str]) -> dict[Field, int]:
    """The position of every field that this row of headers names."""
    names = [plain(cell) for cell in cells]
    money = [without_currency(name) for name in names]
    columns: dict[Field, int] = {}
    for field, aliases in layout.names.items():
        candidates = money if field in MONEY else names
        position = next((candidates.index(alias) for alias in aliases if alias in candidates), None)
        if position is not None:
            columns[field] = position
    if any(name in layout.parts for name in names):  # people of ads and ad sets are no sum: their columns are not read
        columns = {field: position for field, position in columns.items() if field not in PEOPLE}
    return columns


def without_currency(name: str) -> str:
    """A header's name without the currency in brackets behind it."""
    bracketed = _IN_BRACKETS.match(name)
    return bracketed["name"] if bracketed and _is_currency(bracketed["sign"]) else name


def _is_currency(sign: str) -> bool:
    return (len(sign) == 3 and sign.isascii() and sign.isalpha()) or sign.upper() in {s.upper() for s in SYMBOLS}


def _refuse_doubles(header: Header) -> None:
    names = [plain(name) for name in header.names]
    money = [without_currency(name) for name in names]
    for field, position in header.columns.items():
        candidates = money if field in MONEY else names
        if candidates.count(candidates[position]) > 1:
            raise UntrustedFile(f"two columns are called {header.names[position]!r}; keep one", row=header.line)


def _refuse_nameless_campaigns(header: Header) -> None:
    """Rows of campaigns or less must say which, or they would pass for the account's."""
    ids = tuple(name for name in header.names if plain(name) in CAMPAIGN_IDS)
    if "campaign" not in header.columns and (split := (*header.finer, *ids)):
        raise UntrustedFile(
            f"the rows are split by {split[0].strip()!r} but name no campaign; download the report by campaign and "
            "day, with the campaign's name",
            row=header.line,
        )


def _nothing_found(layout: Layout, best: Header | None) -> UntrustedFile:
    where = f"the first {HEADER_LINES} lines"
    if best is None or not best.columns:
        what = "cost" if "spend" in layout.names else "figure"
        names = layout.names.get("spend", layout.names["conversions"])[:3]
        wanted = f"a day ({', '.join(layout.names['day'][:2])}) and a {what} ({', '.join(names)})"
        return UntrustedFile(f"no header in {where}: a {layout.platform} export names {wanted} column")
    found = ", ".join(name.strip() for name in best.names if name.strip())
    found = found if len(found) <= _SHOWN else found[:_SHOWN] + " ..."
    if "day" not in best.columns:
        coarse = [name for name in best.names if plain(name) in PERIODS]
        says = PERIODS[plain(coarse[0])] if coarse else ""
        why = f"only {' and '.join(map(repr, coarse))}, {says}" if coarse else "so no row has a date"
        return UntrustedFile(
            f"no day column ({why}); add the segment Day to the export (columns: {found})", row=best.line
        )
    if "spend" not in layout.required:
        wanted = ", ".join((*layout.names["conversions"][:2], *layout.names["revenue"][:2]))
        return UntrustedFile(f"no column of a figure ({wanted} ...) among: {found}", row=best.line)
    wanted = ", ".join(layout.names["spend"][:3])
    micros = [name.strip() for name in best.names if plain(name).endswith("micros")]
    if micros:
        return UntrustedFile(
            f"{micros[0]!r} counts millionths of the currency; export the cost itself, in a column such as {wanted}",
            row=best.line,
        )
    return UntrustedFile(f"no cost column ({wanted} ...) among: {found}", row=best.line)
