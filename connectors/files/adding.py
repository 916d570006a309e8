"""Rows of ad sets or ads, added up to their campaign's day. See docs/decisions/0006-adding-up-ad-sets.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from connectors.files.figures import MISSING
from connectors.files.header import Header
from connectors.files.layouts import Field
from connectors.files.sheet import Line
from domain.errors import UntrustedFile

Figures = dict[Field, Decimal | None]


class Adder:
    """Exact sums per campaign and day, in the order of their first row. What no part states stays unknown."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, date], Figures] = {}
        self._lines: dict[tuple[str, date], list[Line]] = {}

    def add(self, name: str, day: date, figures: Mapping[Field, Decimal | None], line: Line) -> None:
        """Take one part's figures."""
        self._lines.setdefault((name, day), []).append(line)
        into = self.sums.setdefault((name, day), {})
        for field, value in figures.items():
            known = into.get(field)
            into[field] = known if value is None else value + (known or Decimal(0))

    def check_levels(self, header: Header) -> None:
        """Refuse a row that may be the sum of others: an ad set among its ads, a campaign among its ad sets.

        Raises:
            UntrustedFile: such a row, by its line.
        """
        for (name, day), lines in self._lines.items():
            named = {line.part for line in lines}
            for line in lines:
                if any(cell in MISSING for cell in line.part) and _covers(line.part, named):
                    blank = next(header.names[i] for i, c in zip(header.parts, line.part, strict=True) if c in MISSING)
                    raise UntrustedFile(
                        f"{name!r} on {day} has no {blank.strip()!r} here but has rows with one: this row may be their "
                        "sum; export one level",
                        row=line.row,
                    )


def _covers(part: tuple[str, ...], others: Iterable[tuple[str, ...]]) -> bool:
    """Whether another row is the same wherever this one says anything, and says more."""
    return any(
        other != part and all(a in MISSING or a == b for a, b in zip(part, other, strict=True)) for other in others
    )


def summed_note(header: Header, rows: int, sums: int) -> str:
    """Said of a file whose rows were added up."""
    columns = " and ".join(repr(header.names[i].strip()) for i in header.parts)
    return f"{rows:,} rows by {columns} were added up to {sums:,} campaigns and days; what they say of ads is kept too"
