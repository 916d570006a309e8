"""A table of evidence on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.showing import numeric_columns

if TYPE_CHECKING:
    from domain.evidence import Table

MAX_CELL = 40


def table_lines(table: Table) -> list[str]:
    """The table as lines of text: its title, its columns, its rows; long names are cut."""
    from domain.formatting import table_cells

    cells = [[c if len(c) <= MAX_CELL else f"{c[: MAX_CELL - 1]}…" for c in row] for row in table_cells(table)]
    widths = [max(len(table.columns[n]), *(len(row[n]) for row in cells), 0) for n in range(len(table.columns))]

    def line(row: list[str]) -> str:
        padded = (
            c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric_columns(table), strict=True)
        )
        return "  ".join(padded).rstrip()

    title = [table.title] if table.title else []
    more = ["(more rows are left out)"] if table.truncated else []
    return [*title, line(list(table.columns)), line(["-" * w for w in widths]), *map(line, cells), *more]
