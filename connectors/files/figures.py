"""Numbers as people's exports write them: ``1,234.56``, ``1 234,56``, ``1.234,56 €``, ``1,23,456.7``, ``--``.

The decimal separator is decided once a file, from the cost column first, because ``1,234`` alone cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from connectors.files.layouts import COUNTS, MONEY, SYMBOLS, Field
from domain.errors import UntrustedFile
from domain.money import exponent

Mark = Literal[".", ","]
Cells = Sequence[tuple[int, str]]  # (physical line, cell)

MISSING = frozenset(("", "--", "—"))
MARKS: dict[str, Mark] = {"point": ".", "comma": ","}
BIGGEST = Decimal(10) ** 11  # a campaign's day; sums of many such days still fit 64 bits of micros
_SPACES = " \u00a0\u202f\u2009'’"
_OUTER = re.compile(
    r"^(?P<before>[^\d,'’+\-−()%]*?)\s*(?P<body>[.,]?\d[\d.,'’\s\xa0\u202f\u2009]*?)\s*(?P<after>[^\d,'’+\-−()%]*)$",
    re.ASCII,
)
LONGEST = 60  # characters of a figure with its signs
_WORDS = re.compile(r"^[+\-]?(nan|inf|infinity)$", re.IGNORECASE)


def _pattern(mark: str) -> re.Pattern[str]:
    group = rf"[{re.escape((',' if mark == '.' else '.') + _SPACES)}]"
    western = rf"\d{{1,3}}(?P<w>{group})\d{{3}}(?:(?P=w)\d{{3}})*"
    indian = rf"\d{{1,2}}(?P<i>{group})(?:\d{{2}}(?P=i))*\d{{3}}"
    return re.compile(rf"^(?:\d+|{western}|{indian})?(?:{re.escape(mark)}\d+)?$", re.ASCII)


_PATTERNS: dict[Mark, re.Pattern[str]] = {".": _pattern("."), ",": _pattern(",")}
_PLAIN = re.compile(r"^\d+(?:\.\d+)?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How this file writes numbers: its decimal separator and the currency a cell may carry."""

    mark: Mark
    currency: str

    def read(self, text: str, field: Field, row: int) -> Decimal | None:
        """The exact figure, or None where the cell says it is missing.

        Raises:
            UntrustedFile: no number, negative, NaN or infinite, fractional counts, another currency, too large.
        """
        text = text.strip()
        if text in MISSING:
            return None
        if self.mark == "." and len(text) <= LONGEST and _PLAIN.match(text):
            value = Decimal(text)
        else:
            body = self._body(text, field, row)
            if not _PATTERNS[self.mark].match(body):
                named = "a decimal point" if self.mark == "." else "a decimal comma"
                raise UntrustedFile(f"{field} {text!r} is not a number (this file writes {named})", row=row)
            value = Decimal("".join(c for c in body.replace(self.mark, "p") if c in "0123456789p").replace("p", "."))
        if value > BIGGEST:
            raise UntrustedFile(f"{field} {text!r} is too large for one campaign and day", row=row)
        if field in COUNTS and value != value.to_integral_value():
            raise UntrustedFile(f"{field} {text!r} is fractional; {field} are whole numbers", row=row)
        return value

    def _body(self, text: str, field: Field, row: int) -> str:
        if _WORDS.match(text):
            raise UntrustedFile(f"{field} is {text!r}, which is not a figure", row=row)
        if text[0] in "-−(" or text.endswith("-"):
            raise UntrustedFile(f"{field} {text!r} is negative or not a number", row=row)
        outer = _OUTER.match(text) if len(text) <= LONGEST else None
        if outer is None:
            raise UntrustedFile(f"{field} {text[:LONGEST]!r} is not a number", row=row)
        for sign in filter(None, (outer["before"].strip(), outer["after"].strip())):
            if field not in MONEY:
                raise UntrustedFile(f"{field} {text!r} is not a number", row=row)
            check_currency(sign, self.currency, f"{field} {text!r}", row)
        return outer["body"].strip()


def check_currency(sign: str, currency: str, what: str, row: int) -> None:
    """Refuse a currency code or sign that is not ``currency``."""
    may_be = SYMBOLS.get(sign, frozenset((sign.upper(),)))
    if currency not in may_be:
        known = sign in SYMBOLS or (len(sign) == 3 and sign.isalpha())
        why = f"is in {sign}, but the currency given is {currency}" if known else f"is not an amount ({sign!r}?)"
        option = f"--currency {sign.upper()}" if known and sign not in SYMBOLS else None
        raise UntrustedFile(f"{what} {why}", row=row, option=option)


def decimal_mark(columns: Mapping[Field, Cells], currency: str, chosen: str | None) -> Mark:
    """The file's decimal separator: from the cost column, else the other figures.

    Raises:
        UntrustedFile: two cells of a column contradict each other, or nothing in the file can tell.
    """
    if chosen is not None:
        return MARKS[chosen]
    whole_money = exponent(currency) == 0
    open_question: tuple[int, str] | None = None
    tiers: tuple[tuple[Field, ...], ...] = (("spend",), ("revenue", "conversions"), COUNTS, ("frequency",))
    for tier in tiers:
        seen: dict[Mark, tuple[int, str]] = {}
        for field in tier:
            grouped = field in COUNTS or (field in MONEY and whole_money)
            for row, cell in columns.get(field, ()):
                verdict = _evidence(cell, grouped)
                if verdict == "?":
                    open_question = open_question or (row, cell)
                elif verdict is not None:
                    seen.setdefault(verdict, (row, cell))
        if len(seen) == 2:
            (a, one), (b, other) = seen["."], seen[","]
            raise UntrustedFile(f"{other!r} has a decimal comma, but {one!r} in row {a} has a decimal point", row=b)
        if seen:
            return next(iter(seen))
    if open_question is not None:
        row, cell = open_question
        raise UntrustedFile(
            f"{cell!r} may be thousands or a decimal, and no other figure in the file tells",
            row=row,
            option="--decimal point or --decimal comma",
        )
    return "."


def _evidence(cell: str, grouped: bool) -> Mark | Literal["?"] | None:
    """What this cell says of the separator: the mark, "?" where it could be either, None where it has none.

    ``grouped``: a figure that has no decimals by nature, so three digits after a separator are thousands.
    """
    cell = cell.strip("".join(c for c in cell if not c.isdigit())) if len(cell) <= LONGEST else ""
    dots, commas = cell.count("."), cell.count(",")
    if not dots and not commas:
        return None
    if dots and commas:
        return "." if cell.rfind(".") > cell.rfind(",") else ","
    mark: Mark = "." if dots else ","
    other: Mark = "," if dots else "."
    if dots + commas > 1:
        return other
    before, _, after = cell.partition(mark)
    if len(after) != 3 or before.startswith("0") or not before.isdigit() or len(before) > 3:
        return mark
    return other if grouped else "?"
