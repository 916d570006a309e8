"""How a figure is written for a person. Tools, grounding and cards all use this one function.

A tool's text holds references such as ``{{f1}}``; whoever shows the text replaces each by
``format_value`` of the fact with that id. Nothing else may put a figure into a text.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from domain.evidence import Fact, Table

LOCALE = "en_US"
CENT, TENTH = Decimal("0.01"), Decimal("0.1")


def format_value(fact: Fact) -> str:
    """The fact's value in words: ``$852,805.30``, ``2.4 %``, ``3.67``, ``13,954.2``; or why there is none.

    Without a value it is ``undefined`` (a ratio over nothing) or ``unknown`` (not in the data).
    """
    if fact.value is None:
        return "undefined" if (fact.reason or "").startswith("undefined") else "unknown"
    match fact.form:
        case "points":
            size = _points(fact.value)
        case "chance":
            size = format_chance(float(fact.value))
        case "estimate" | "level" if fact.unit == "money":
            size = format_estimate(abs(fact.value), fact.currency or "")
        case "estimate" | "level":
            size = _plain(three_digits(abs(fact.value)), fact)
        case _:
            size = _plain(abs(fact.value), fact)
    return f"{_sign(fact)}{size}"


def _sign(fact: Fact) -> str:
    if fact.value is None or fact.value == 0:
        return ""
    if fact.value < 0:
        return "-"
    return "" if fact.form in ("plain", "level", "chance") else "+"


def _plain(value: Decimal, fact: Fact) -> str:
    match fact.unit:
        case "money":
            return format_money(value, fact.currency or "")
        case "percent":
            return f"{_percent(value)} %"
        case "ratio":
            return f"{_rounded(value, CENT):,}"
        case "days":
            return f"{format_count(value)} {'day' if value == 1 else 'days'}"
        case "count":
            return format_count(value)


def said(fact: Fact) -> str:
    """The fact as a clause: ``the next euro a day returns 3.01 in revenue``, or its label and value."""
    value = format_value(fact) if fact.value is not None else f"{format_value(fact)} ({fact.reason})"
    return fact.says.replace("{}", value) if fact.says else f"{fact.label} {value}"


def format_money(value: Decimal, currency: str) -> str:
    """``$1,234.50`` in the currency's own digits; more digits where a price per click would read as nothing."""
    before, step = _way_of(currency)
    if step == CENT and 0 < abs(value) < Decimal("0.095"):
        step = Decimal("0.0001")
    digits = value.quantize(step, rounding=ROUND_HALF_EVEN)
    return f"{'-' if value < 0 else ''}{before}{abs(digits):,}"


@cache
def _way_of(currency: str) -> tuple[str, Decimal]:
    """What stands before an amount, and its smallest step. Babel is asked once: a table has thousands of amounts."""
    from babel.numbers import format_currency, get_currency_precision  # 50 ms: only when money is shown

    before = str(format_currency(1, currency, "¤0", locale=LOCALE, currency_digits=False)).removesuffix("1")
    return before, Decimal(1).scaleb(-get_currency_precision(currency))


def format_estimate(value: Decimal, currency: str) -> str:
    """``€11,800``: three digits, for an estimate is not exact. Below ten the cents are the figure."""
    from babel.numbers import format_currency

    if 0 < abs(value) < 10:
        return format_money(value, currency)
    whole = _rounded(three_digits(value), Decimal(1))
    return str(format_currency(whole, currency, "¤#,##0", locale=LOCALE, currency_digits=False))


def three_digits(value: Decimal) -> Decimal:
    """The estimate with its three leading digits."""
    return Decimal(f"{value:.3g}")


def unit_of(currency: str) -> str:
    """One unit of a currency in a sentence: ``euro``, ``US dollar``."""
    from babel.numbers import get_currency_name

    return str(get_currency_name(currency, count=1, locale=LOCALE))


def format_chance(fraction: float) -> str:
    """``12 %``; an estimated chance near nothing or certainty is never rounded to it: ``less than 1 %``."""
    if 0 < fraction < 0.01:
        return "less than 1 %"
    return "more than 99 %" if 0.99 < fraction < 1 else f"{fraction * 100:.0f} %"


def format_count(value: Decimal) -> str:
    """``13,954.2`` or ``13,954``: one decimal only where the platform counts in fractions."""
    tenths = _rounded(value, TENTH)
    whole = value.to_integral_value()
    return f"{int(whole):,}" if abs(value - whole) < Decimal("1e-6") else f"{tenths:,}"


def table_cells(table: Table) -> list[list[str]]:
    """The rows of a table as a person reads them."""
    return [list(row) for row in table.shown] or [[_cell(c) for c in row] for row in table.rows]


def _cell(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool() | str():
            return str(value)
        case date():
            return value.isoformat()
        case int():
            return f"{value:,}"
        case _:
            return f"{value:,.4f}" if abs(value) < 1 else f"{value:,.2f}"


def _points(value: Decimal) -> str:
    return f"{_percent(abs(value))} percentage points"


def _percent(value: Decimal) -> str:
    hundredths = value * 100
    if hundredths == 0:
        return "0"
    if hundredths < TENTH:
        return f"{float(hundredths):.2g}" if hundredths >= Decimal("0.0001") else "under 0.0001"
    return f"{_rounded(hundredths, CENT if hundredths < 1 else TENTH):,}"


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, rounding=ROUND_HALF_UP)
