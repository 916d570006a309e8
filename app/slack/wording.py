"""Figures on a card in words: exact money, signs, units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from domain.evidence import Unit
from domain.formatting import format_count, format_estimate, format_money, three_digits
from domain.money import Money, exponent
from domain.ratio import Amount


def money(amount: Money) -> str:
    """``€1,240.00``; with every digit where the amount is finer than its currency, for it is what gets written."""
    if amount.amount != round(amount.amount, exponent(amount.currency)):
        return f"{amount.amount.normalize():,f} {amount.currency}"
    return format_money(amount.amount, amount.currency)


def value(amount: Amount) -> str:
    """Money, or a target ROAS as it is set: ``3.85``."""
    return money(amount) if isinstance(amount, Money) else str(amount)


def per_day(amount: Money) -> str:
    """``€240.00/day``."""
    return f"{money(amount)}/day"


def signed(value: Decimal) -> str:
    """``+20.0`` or ``-3.5``: one decimal, always with its sign."""
    return f"{value.quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):+,}"


def effect(value: Decimal, unit: Unit, currency: str | None) -> str:
    """An estimated difference: ``+€11,800``, never exact to the cent."""
    if unit == "money":
        return ("-" if value < 0 else "+") + format_estimate(abs(value), currency or "")
    return spread(three_digits(value), unit, currency)


def spread(value: Money | Decimal, unit: Unit = "money", currency: str | None = None) -> str:
    """A difference with its sign: ``+€40.00``, ``-12.5``, ``+3.1 %``."""
    amount = value.amount if isinstance(value, Money) else value
    sign = "-" if amount < 0 else "+"
    if isinstance(value, Money):
        return sign + money(Money(abs(amount), value.currency))
    match unit:
        case "money":
            return sign + format_money(abs(amount), currency or "")
        case "percent":
            return f"{signed(amount * 100)} %"
        case "ratio":
            return f"{amount.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):+,}"
        case "count" | "days":
            return sign + format_count(abs(amount))
