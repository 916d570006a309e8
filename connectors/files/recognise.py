"""What a file says of itself, before anybody says whose it is: platform, currency, account, the order of its days.

Nothing is guessed: where a file fits several platforms or none, or two currencies, the answer is None and a person
is asked. Other kinds of files (orders, plans) register a recogniser of their own in ``RECOGNISERS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from connectors.files.days import Order
from connectors.files.decode import decode
from connectors.files.figures import MISSING
from connectors.files.header import Header, find_header, money_signs, plain, preamble, without_currency
from connectors.files.layouts import LAYOUTS, MONEY, SYMBOLS, Layout
from connectors.files.sheet import Sheet, clean_name, read_sheet
from connectors.files.stated import orders_left
from domain.errors import UnknownCurrency, UntrustedFile
from domain.money import check_in_use

Kind = Literal["daily", "orders", "plan"]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the file alone says; None is "it does not say, or not clearly".

    ``platforms`` are all that it may be from, ``dates`` the orders in which every day of it can be read (one: no
    question is open), ``trouble`` why it cannot be read as it is, in the words of the refusal.
    """

    kind: Kind | None
    platform: str | None = None
    platforms: tuple[str, ...] = ()
    currency: str | None = None
    dates: tuple[Order, ...] = ()
    account: str | None = None
    trouble: str | None = None


Recogniser = Callable[[str, str], Recognised | None]  # (text, file name) -> what it is, or None: not of this kind


def recognise(content: bytes, name: str = "") -> Recognised:
    """Say what a dropped or downloaded file is. ``kind`` is None where nothing here reads such a file.

    Raises:
        UntrustedFile: no text export at all: empty, binary, zipped, a web page.
    """
    text = decode(content).text
    for recogniser in RECOGNISERS.values():
        if (found := recogniser(text, name)) is not None:
            return found
    return Recognised(None, trouble="no column of a day and a cost, or of orders, or of a plan, in the first 15 lines")


def _daily(text: str, _name: str) -> Recognised | None:
    headers = _headers(text)
    if not headers:
        return None
    if any(
        LAYOUTS[p].kind == "ads" for p in headers
    ):  # an analytics table has no cost: do not take an ads file for one
        headers = {p: h for p, h in headers.items() if LAYOUTS[p].kind == "ads" or _is_signed(LAYOUTS[p], h, text)}
    named = [p for p in headers if p != "generic"]
    signed = [p for p in named if _is_signed(LAYOUTS[p], headers[p], text)]
    platform = signed[0] if len(signed) == 1 else None
    reading = platform or (signed or named or ["generic"])[0]
    layout, header = LAYOUTS[reading], headers[reading]
    try:
        sheet = read_sheet(text, header, layout)
    except UntrustedFile as error:
        return Recognised("daily", platform, tuple(signed or headers), _header_currency(header), trouble=str(error))
    return Recognised(
        "daily",
        platform,
        tuple(signed or headers),
        _currency(header, sheet),
        orders_left(text, header, {line.cells["day"] for line in sheet.data}),
        _account(header, sheet, text),
    )


RECOGNISERS: dict[Kind, Recogniser] = {"daily": _daily}
"""Tried in this order; a kind whose header is more particular stands before one whose header is less."""


def _headers(text: str) -> dict[str, Header]:
    found = {}
    for platform, layout in LAYOUTS.items():
        try:
            found[platform] = find_header(text, layout)
        except UntrustedFile:
            continue
    return found


def _is_signed(layout: Layout, header: Header, text: str) -> bool:
    """Whether only this platform writes such a header, or such lines above it."""
    names = {without_currency(plain(name)) for name in header.names}
    above = [plain(cell) for cell in preamble(text, header)]
    return bool(names & layout.signs) or any(line.startswith(layout.preamble) for line in above if layout.preamble)


def _header_currency(header: Header) -> str | None:
    return _one({_code(sign) for _, sign in money_signs(header)})


def _currency(header: Header, sheet: Sheet) -> str | None:
    """The currency that a header, else a currency column, else the costs' own signs name, where they name one."""
    if named := {_code(sign) for _, sign in money_signs(header)}:
        return _one(named)
    written = {line.cells["currency"] for line in sheet.data} - MISSING if "currency" in header.columns else set()
    if written:
        return _one({_code(sign) for sign in written})
    signs = {_sign(line.cells[field]) for line in sheet.data for field in MONEY if field in header.columns} - {""}
    return _one({_code(sign) for sign in signs})


def _sign(cell: str) -> str:
    return "".join(c for c in cell if not c.isdigit() and c not in ".,-'’−()+ \u00a0\u202f\u2009—")


def _code(sign: str) -> str | None:
    """The one currency that a code or sign stands for, or None: ``$`` is the money of many countries."""
    may_be = SYMBOLS.get(sign, frozenset((sign.upper(),)))
    if len(may_be) > 1:
        return None
    (code,) = may_be
    try:
        check_in_use(code)
    except UnknownCurrency:
        return None
    return code


def _one(codes: set[str | None]) -> str | None:
    return next(iter(codes)) if len(codes) == 1 else None


def _account(header: Header, sheet: Sheet, text: str) -> str | None:
    if "account" in header.columns:
        names = {clean_name(line.cells["account"]) for line in sheet.data}
        return next(iter(names)) or None if len(names) == 1 else None
    for owner in header.layout.owner:
        for line in preamble(text, header):
            if plain(line).startswith(owner):
                return clean_name(line.partition(":")[2]) or None
    return None
