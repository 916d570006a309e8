"""The cells of a plan: months, amounts with "180k", percents, yes and no."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from connectors.files.days import FIRST_YEAR, LAST_YEAR
from connectors.files.figures import MISSING, Mark, Numbers
from domain.errors import UntrustedFile
from domain.money import exponent

LONGEST = 60  # characters of a cell in a message
_NAMES = (
    "jan january januar janvier enero",
    "feb february februar fevrier février febrero",
    "mar march märz maerz mrz mars marzo",
    "apr april avril abril", "may mai mayo", "jun june juni juin junio", "jul july juli juillet julio",
    "aug august août aout agosto", "sep sept september septembre septiembre", "oct october okt oktober octobre octubre",
    "nov november novembre noviembre", "dec december dez dezember décembre decembre diciembre",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_YES = frozenset(("yes", "y", "true", "1", "x", "ja", "wahr", "locked", "oui", "sí", "si"))
_NO = frozenset(("no", "n", "false", "0", "nein", "falsch", "open", "non", "-"))
_THOUSANDS = re.compile(r"(?<=\d)\s?(k|m|mio|tsd)\.?(?=\s*[^\w\s]*$|\s*[A-Za-z]{3}$)", re.IGNORECASE)
_TIMES = {"k": 1_000, "tsd": 1_000, "m": 1_000_000, "mio": 1_000_000}


def read_month(cell: str, row: int) -> date:
    """The first day of the month that a cell names: ``2024-06``, ``June 2024``, ``06/2024``, ``2024-06-01``.

    Raises:
        UntrustedFile: no month, a quarter or a year, or a day that is not the first of a month.
    """
    text = cell.strip()
    found = {day for day in _readings(text) if day is not None}
    if len(found) == 1:
        return found.pop()
    shown = text[:LONGEST]
    if re.fullmatch(r"(?:20\d\d[ -]?)?q[1-4](?:[ /-]?20\d\d)?|20\d\d", text, re.IGNORECASE):
        raise UntrustedFile(f"month {shown!r} is more than a month; write one line a month", row=row)
    if re.fullmatch(r"[\d./-]{8,10}", text):
        raise UntrustedFile(f"month {shown!r} is not the first day of a month; write 2024-06", row=row)
    raise UntrustedFile(f"month {shown!r} is not a month; write it as 2024-06 or June 2024", row=row)


def _readings(text: str) -> list[date | None]:
    text = re.sub(r"[ T]0{1,2}:00(:00)?$", "", text)
    if iso := re.fullmatch(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?", text, re.ASCII):
        return [_first(iso[1], iso[2], iso[3] or "1")]
    if back := re.fullmatch(r"(\d{1,2})[-/.](\d{4})", text, re.ASCII):
        return [_first(back[2], back[1], "1")]
    if named := re.fullmatch(r"([^\W\d_]{3,10})\.?[\s-]+'?(\d{4}|\d\d)", text):
        number = MONTHS.get(named[1].casefold())
        return [None if number is None else _first(named[2], str(number), "1")]
    if full := re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", text, re.ASCII):
        return [_first(full[4], full[3], full[1]), _first(full[4], full[1], full[3])]
    return []


def _first(year: str, month: str, day: str) -> date | None:
    full = int(year) + (2000 if len(year) == 2 else 0)
    if int(day) != 1 or not 1 <= int(month) <= 12 or not FIRST_YEAR <= full <= LAST_YEAR:
        return None
    return date(full, int(month), 1)


def read_amount(cell: str, what: str, currency: str, mark: Mark, row: int) -> Decimal | None:
    """An amount of money above or at nothing, with ``k`` and ``m`` for thousands and millions; None for an empty cell.

    Raises:
        UntrustedFile: no amount, another currency, or finer than the currency allows.
    """
    text = cell.strip()
    if text in MISSING:
        return None
    times = 1
    if suffix := _THOUSANDS.search(text):
        times = _TIMES[suffix[1].casefold()]
        text = (text[: suffix.start()] + " " + text[suffix.end() :]).strip()
    try:
        value = Numbers(mark, currency).read(text, "spend", row)
    except UntrustedFile as error:
        raise UntrustedFile(error.reason.replace("spend", what, 1), row=row, option=error.option) from None
    if value is None:
        return None
    amount = value * times
    digits = -int(amount.normalize().as_tuple().exponent) if amount else 0
    written = text.rpartition(mark)[2] if mark in text else ""
    if digits > exponent(currency) or (times == 1 and len(re.sub(r"\D", "", written)) > exponent(currency)):
        named = "a decimal point" if mark == "." else "a decimal comma"
        raise UntrustedFile(
            f"{what} {cell.strip()[:LONGEST]!r} is finer than {currency} allows (this file writes {named})",
            row=row,
            option="--decimal point or --decimal comma",
        )
    return amount


def read_ratio(cell: str, what: str, mark: Mark, row: int, *, percent: bool = False) -> Decimal | None:
    """A ratio above nothing: ``3.5``, ``350%`` or ``3,5``; ``percent`` where the column itself says so."""
    text = cell.strip()
    if text in MISSING:
        return None
    signed = text.endswith("%")
    try:
        value = Numbers(mark, "USD").read(text.removesuffix("%").strip(), "conversions", row)
    except UntrustedFile as error:
        raise UntrustedFile(error.reason.replace("conversions", what, 1), row=row) from None
    if value is None:
        return None
    value = value / 100 if signed or percent else value
    if value <= 0:
        raise UntrustedFile(
            f"{what} {text[:LONGEST]!r} is not above 0; leave the cell empty where there is none", row=row
        )
    return value


def read_margin(cell: str, mark: Mark, row: int, *, percent: bool = False) -> Decimal | None:
    """A margin as a fraction of revenue: ``35%`` or ``0.35``; a bare 35 could be either and is refused."""
    value = read_ratio(cell, "margin", mark, row, percent=percent)
    if value is not None and value > 1:
        text = cell.strip()[:LONGEST]
        raise UntrustedFile(f"margin {text!r} is more than all of the revenue; write 35% or 0.35", row=row)
    return value


def read_locked(cell: str, row: int) -> bool:
    """Yes or no; an empty cell is no."""
    text = cell.strip().casefold()
    if text in MISSING or text in _NO:
        return False
    if text in _YES:
        return True
    raise UntrustedFile(f"locked {cell.strip()[:LONGEST]!r} is neither yes nor no", row=row)
