"""How a figure is written for a person. Tools, grounding and cards all use this one function.

A tool's text holds references such as ``{{f1}}``; whoever shows the text replaces each by
``format_value`` of the fact with that id. Nothing else may put a figure into a text.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
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
    size = _points(fact.value) if fact.form == "points" else _plain(abs(fact.value), fact)
    return f"{_sign(fact)}{size}"


def _sign(fact: Fact) -> str:
    if fact.value is None or fact.value == 0:
        return ""
    if fact.value < 0:
        return "-"
    return "" if fact.form == "plain" else "+"


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


def format_money(value: Decimal, currency: str) -> str:
    """``$1,234.50`` in the currency's own digits; more digits where a price per click would read as nothing."""
    from babel.numbers import format_currency, get_currency_precision  # 50 ms: only when money is shown

    tiny = 0 < abs(value) < Decimal("0.095") and get_currency_precision(currency) == 2
    if tiny:
        return str(format_currency(value, currency, "¤0.0000", locale=LOCALE, currency_digits=False))
    return str(format_currency(value, currency, locale=LOCALE))


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
