"""The order of day and month where the rows leave it open, from the report's first and last day above its header."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from connectors.files.days import Order, orders, read_as
from connectors.files.header import Header, plain, preamble

_DATE = r"(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[a-z]{3,9}\.? \d{1,2},? \d{4}|\d{1,2} [a-z]{3,9}\.? \d{4})"


def orders_left(text: str, header: Header, cells: Collection[str]) -> tuple[Order, ...]:
    """The orders in which every cell is a day of the report: one where the file settles it, else as many as fit.

    A first or last day that no order can read tells nothing; one that excludes every order contradicts the rows, and
    is left to the refusal of them.
    """
    possible = orders(cells)
    if len(possible) < 2:
        return possible
    above = [plain(line.replace('"', "")) for line in preamble(text, header)]
    first, last = (_stated(above, words) for words in header.layout.span)
    if first is None and last is None:
        return possible
    return tuple(order for order in possible if _within(read_as(cells, order), order, first, last)) or possible


def _stated(above: Sequence[str], words: Sequence[str]) -> str | None:
    """The date after the first of ``words`` that a line above the header holds."""
    for word in words:
        for line in above:
            if found := re.search(rf"{re.escape(word)}[^:]*: ?{_DATE}", line):
                return found[1]
    return None


def _within(days: Mapping[str, date], order: Order, first: str | None, last: str | None) -> bool:
    bounds = [None if cell is None else read_as([cell], order).get(cell) for cell in (first, last)]
    if any(cell is not None and bound is None for cell, bound in zip((first, last), bounds, strict=True)):
        return False
    start, end = bounds
    return (start is None or start <= min(days.values())) and (end is None or max(days.values()) <= end)
