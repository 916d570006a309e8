"""A plain number that is set on a platform, such as a target ROAS: exact, without a currency.

It has the fields that a ``Money`` has, so that a plan of either kind is hashed, stored and read back in one way.
In tables its currency is ``XXX``, which ISO 4217 keeps for "no currency is involved"; ``Money`` refuses that code,
so that a ratio read as money is an error and never an amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from domain.errors import BadInput, InvalidAmount
from domain.money import MAX_MICROS, MICROS, Money, exponent

NO_CURRENCY = "XXX"


@dataclass(frozen=True, slots=True)
class Ratio:
    """``amount`` as the platform means it: a target ROAS of 4 asks for 4.00 of revenue per unit of spend.

    Raises:
        InvalidAmount: not a Decimal, not finite, finer than a millionth, or too large to store.
    """

    amount: Decimal
    currency: ClassVar[str] = NO_CURRENCY

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise InvalidAmount(f"{self.amount!r} is a {type(self.amount).__name__}; a ratio must be a Decimal")
        if not self.amount.is_finite() or abs(self.amount) > Decimal(MAX_MICROS) / MICROS:
            raise InvalidAmount(f"{self.amount} is not a finite number that can be stored")
        if Decimal(int(self.amount * MICROS)) / MICROS != self.amount:  # a product alone is rounded to 28 digits
            raise InvalidAmount(f"{self.amount} is finer than a millionth")

    @property
    def micros(self) -> int:
        return int(self.amount * MICROS)

    @classmethod
    def from_micros(cls, micros: int) -> Ratio:
        return cls(Decimal(micros) / MICROS)

    @classmethod
    def parse(cls, text: str) -> Ratio:
        """Read a plain decimal such as ``4`` or ``3.85``; a per cent sign or grouping is refused."""
        cleaned = text.strip()
        wrong = f"{text!r} is not a ratio; write digits with a point, such as 3.85 for 3.85 of revenue per unit spent"
        if not cleaned or any(c not in "0123456789.-+" for c in cleaned):
            raise InvalidAmount(wrong)
        try:
            return cls(Decimal(cleaned))
        except InvalidOperation:
            raise InvalidAmount(wrong) from None

    def __lt__(self, other: Ratio) -> bool:
        return self.amount < _same(other).amount

    def __le__(self, other: Ratio) -> bool:
        return self.amount <= _same(other).amount

    def __str__(self) -> str:
        return f"{self.amount:.2f}" if self.amount == round(self.amount, 2) else f"{self.amount.normalize():f}"


Amount = Money | Ratio


def amount_from_micros(micros: int, currency: str) -> Amount:
    """Money, or a ratio where the currency is ``XXX``. Raises UnknownCurrency."""
    return Ratio.from_micros(micros) if currency == NO_CURRENCY else Money.from_micros(micros, currency)


def exact(amount: Amount) -> str:
    """As ``str``, with every digit where money is finer than its currency: for it is what gets written."""
    if isinstance(amount, Ratio) or amount.amount == round(amount.amount, exponent(amount.currency)):
        return str(amount)
    return f"{amount.amount.normalize():,f} {amount.currency}"


def parse_like(text: str, example: Amount) -> Amount:
    """Read typed digits as the same kind of value as ``example``. Raises InvalidAmount."""
    return Ratio.parse(text) if isinstance(example, Ratio) else Money.parse(text, example.currency)


def _same(other: object) -> Ratio:
    if not isinstance(other, Ratio):
        raise BadInput(f"a ratio cannot be compared with {other}")
    return other
