"""One order's cells: amounts, who bought, from where, and whether it counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Literal

from connectors.files.figures import MISSING, Mark, Numbers, decimal_mark
from connectors.files.header import plain
from connectors.files.orders.layouts import (
    AMOUNTS,
    CANCELLED,
    PAID,
    TEST_PAYMENTS,
    TEST_TAGS,
    UNPAID,
    OrderField,
)
from connectors.files.orders.lines import OrderLine
from domain.errors import UntrustedFile
from domain.money import MICROS

Standing = Literal["sold", "cancelled", "unpaid", "test"]
MAX_ID, MAX_TEXT = 100, 200
_NO, _YES = ("", "no", "false", "0", "n", "nein", "non"), ("yes", "true", "1", "y", "ja", "oui", "granted")
_UTM_SOURCE = re.compile(r"^\s*utm[_ ]source\s*[:=]\s*(\S[^\r\n]*?)\s*$", re.IGNORECASE | re.MULTILINE)


def mark_of(orders: list[OrderLine], currency: str, chosen: str | None) -> Mark:
    """The file's decimal separator, from the totals and the refunds first."""
    cells = {name: [(line.row, line.cells[name].lstrip("-−")) for line in orders if name in line.cells]
             for name in AMOUNTS}  # fmt: skip
    columns = {"spend": [*cells["gross"], *cells["refunds"]], "revenue": [*cells["tax"], *cells["shipping"]]}
    return decimal_mark(columns, currency, chosen)  # type: ignore[arg-type]


def amount(line: OrderLine, name: OrderField, numbers: Numbers) -> Decimal | None:
    """The exact amount, or None where the cell says it is missing or there is no such column."""
    text = line.cells.get(name, "")
    try:
        return numbers.read(text, "revenue", line.row)
    except UntrustedFile as error:
        said = f"{error.reason.replace('revenue', name, 1).replace('one campaign and day', 'one order')}"
        raise UntrustedFile(said, row=line.row, option=error.option) from None


def micros(value: Decimal, line: OrderLine) -> int:
    """Raises UntrustedFile for an amount finer than a millionth."""
    scaled = value * MICROS
    if scaled != scaled.to_integral_value():
        raise UntrustedFile(f"{value} is finer than a millionth of the currency", row=line.row)
    return int(scaled)


def refunds_as_positive(orders: list[OrderLine]) -> Callable[[OrderLine], OrderLine]:
    """How to read a refunds column that is written as negative amounts throughout; a mix is refused."""
    signed = [(line, line.cells.get("refunds", "")) for line in orders]
    stated = [(line, text) for line, text in signed if any(c in "123456789" for c in text)]
    negative = [text[0] in "-−" for _, text in stated]
    if not any(negative):
        return lambda line: line
    if not all(negative):
        row = next(line.row for (line, _), below in zip(stated, negative, strict=True) if below)
        raise UntrustedFile("refunds are negative here and positive in other rows; write them one way", row=row)
    return lambda line: OrderLine(line.row, {**line.cells, "refunds": line.cells["refunds"].lstrip("-−")})


def standing(line: OrderLine) -> Standing:
    """Whether the order counts. Raises UntrustedFile for a status that nobody knows."""
    cells = line.cells
    if any(word in cells.get("payment", "").casefold() for word in TEST_PAYMENTS):
        return "test"
    if any(tag.strip().casefold() in TEST_TAGS for tag in cells.get("tags", "").split(",")):
        return "test"
    status = plain(cells["status"]).removeprefix("wc-") if "status" in cells else "paid"
    status = status.replace(" ", "_") if status.replace(" ", "_") in PAID | UNPAID else status
    if status in CANCELLED or plain(cells.get("cancelled_at", "")) not in (*_NO, *MISSING):
        return "cancelled"
    if status in UNPAID:
        return "unpaid"
    if status in PAID:
        return "sold"
    known = ", ".join(sorted(w for w in PAID | UNPAID | CANCELLED if "_" not in w and w.isascii()))
    raise UntrustedFile(
        f"status {cells['status'][:MAX_TEXT]!r} says neither sold nor not; known: {known}", row=line.row
    )


def was_refunded_whole(line: OrderLine) -> bool:
    """Whether the status alone says that all of it was paid back."""
    return plain(line.cells.get("status", "")) == "refunded"


def order_id(line: OrderLine) -> str:
    """The order's id as written. Raises UntrustedFile where it is too long to be one."""
    name = line.cells["order"]
    if len(name) > MAX_ID or not name.isprintable():
        raise UntrustedFile(f"order id {name[:40]!r} has {len(name)} characters (a stray quote?)", row=line.row)
    return name


def customer_hash(line: OrderLine, shop: str) -> str | None:
    """SHA-256 of the shop's name and the customer's address or id; None where the order names nobody.

    The shop in it keeps one person's orders in two shops from being joined.
    """
    who = line.cells.get("customer", "").strip().casefold()
    if who in MISSING:
        return None
    return hashlib.sha256(f"{shop.casefold()}\0{who}".encode()).hexdigest()


def source(line: OrderLine) -> str | None:
    """Where the order came from: ``utm_source`` where the note attributes carry it, else the source column."""
    tagged = _UTM_SOURCE.search(line.cells.get("attributes", ""))
    return text(tagged[1] if tagged else line.cells.get("source", ""))


def consent(line: OrderLine) -> bool | None:
    """Consent to tracking; None where the file does not say. Raises UntrustedFile for another word."""
    said = plain(line.cells.get("consent", ""))
    if said in MISSING:
        return None
    if said in _YES:
        return True
    if said in (*_NO, "denied"):
        return False
    raise UntrustedFile(f"consent {said[:40]!r} is neither yes nor no", row=line.row)


def text(raw: str) -> str | None:
    """A name as kept: one line, without control characters, at most 200 characters; None where there is none."""
    one_line = " ".join("".join(c if c.isprintable() else " " for c in raw).split())[:MAX_TEXT]
    return None if one_line in MISSING else one_line


def country(line: OrderLine) -> str | None:
    """The ISO code of the country, from its code or its English name; None where it is neither."""
    said = line.cells.get("country", "").strip()
    if len(said) == 2 and said.isascii() and said.isalpha():
        return said.upper()
    return _country_codes().get(said.casefold()) if said not in MISSING else None


@cache
def _country_codes() -> Mapping[str, str]:
    from babel import Locale  # 30 ms: only where countries are written out

    names = Locale("en").territories
    return {name.casefold(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}
