"""What of an answer is worth a table, the same in Slack and on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.evidence import Table

FIGURES_IN_A_SENTENCE = 3  # more than these want a table beside the sentence


def worth_showing(tables: Sequence[Table]) -> list[Table]:
    """The tables that hold more than the text beside them says: nothing is listed twice."""
    return [table for table in tables if not table.said and _figures(table) > FIGURES_IN_A_SENTENCE]


def numeric_columns(table: Table) -> list[bool]:
    """Which columns hold figures, to be set flush right: all but those with words in them."""
    return [
        bool(table.rows) and not any(isinstance(row[n], str | date) for row in table.rows)
        for n in range(len(table.columns))
    ]


def _figures(table: Table) -> int:
    return sum(not isinstance(cell, str | date) for row in table.rows for cell in row)
