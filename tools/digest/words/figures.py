"""A figure as the digest's language writes it: one rounding for all, then signs and places of the language by babel."""

from __future__ import annotations

import re
from functools import cache

from domain.evidence import Fact
from domain.formatting import format_value
from tools.digest.words import language, w

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def written(fact: Fact) -> str:
    """``€1,234.50`` in English, ``1.234,50 €`` in German; unknown in words."""
    said = format_value(fact)
    if language() == "en":
        return said
    if fact.value is None:
        return w(said)
    number = _NUMBER.search(said)
    if number is None:
        raise ValueError(f"no number in {said!r}")
    size = in_digits(number[0])
    sign = "-" if said.startswith("-") else "+" if said.startswith("+") else ""
    if fact.unit == "money":
        size = money(size, fact.currency or "")
    elif said.endswith(" %"):
        size = f"{size} %"
    elif fact.unit == "days":
        size = f"{size} {w('one day' if fact.value == 1 else 'many days')}"
    if said.startswith(("less than ", "more than ")):
        return w(said[:9], figure=size)
    return f"{sign}{size}"


def in_digits(english: str) -> str:
    """``1.234,5`` of ``1,234.5``."""
    decimal, group = _symbols(language())
    return "".join(decimal if c == "." else group if c == "," else c for c in english)


def money(size: str, currency: str) -> str:
    """An amount with its currency where the language puts it."""
    from babel.core import Locale
    from babel.numbers import get_currency_symbol

    symbol = get_currency_symbol(currency, locale=language())
    behind = str(Locale.parse(language()).currency_formats["standard"].pattern).endswith("¤")
    return f"{size} {symbol}" if behind else f"{symbol}{size}"


@cache
def _symbols(locale: str) -> tuple[str, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str(get_decimal_symbol(locale)), str(get_group_symbol(locale))
