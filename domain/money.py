"""Money: exact amounts in a named currency.

A table stores integer *micros* (millionths of the major unit), everything else
holds a ``Decimal`` beside its ISO 4217 code. Nothing is rounded in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from functools import lru_cache

from domain.errors import BadInput, InvalidAmount, UnknownCurrency

MICROS = 1_000_000
MAX_MICROS = 2**63 - 1


@lru_cache(maxsize=1)
def _iso_exponents() -> tuple[dict[str, int], frozenset[str]]:
    """(minor digits of every code that was ever legal tender, the codes that still are)."""
    from babel.core import get_global  # 10 ms: only when money is first touched

    tender = [(code, end) for spans in get_global("territory_currencies").values() for code, _, end, legal in spans
              if legal]  # fmt: skip
    fractions = get_global("currency_fractions")
    default = fractions["DEFAULT"][0]
    digits = {code: fractions.get(code, (default,))[0] for code, _ in tender}
    return digits, frozenset(code for code, end in tender if end is None)


def exponent(currency: str) -> int:
    """Decimal digits of the currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises:
        UnknownCurrency: no country's money, today or ever, by CLDR's table of ISO 4217 codes (upper case).
    """
    try:
        return _iso_exponents()[0][currency]
    except (KeyError, TypeError):
        raise UnknownCurrency(currency) from None


def check_in_use(currency: str) -> None:
    """Refuse what nobody can be billed in today: gold, test codes, marks and francs.

    Raises:
        UnknownCurrency: the code is not the legal tender of any country now.
    """
    if exponent(currency) >= 0 and currency not in _iso_exponents()[1]:
        raise UnknownCurrency(currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in the major unit of ``currency``.

    Raises:
        InvalidAmount: NaN, infinite, finer than a micro, or beyond a 64-bit count of micros.
        UnknownCurrency: not an ISO 4217 code.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        _to_micros(self.amount, self.currency)

    @property
    def micros(self) -> int:
        return _to_micros(self.amount, self.currency)

    @classmethod
    def from_micros(cls, micros: int, currency: str) -> Money:
        return cls(Decimal(micros) / MICROS, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a plain decimal such as ``240`` or ``240.50``; grouping such as ``1,000`` is refused."""
        cleaned = text.strip()
        if not cleaned or any(c not in "0123456789.-+" for c in cleaned):
            raise InvalidAmount(f"{text!r} is not an amount; write digits with a point, such as 1000.50")
        try:
            money = cls(Decimal(cleaned), currency)
        except InvalidOperation:
            raise InvalidAmount(f"{text!r} is not an amount; write digits with a point, such as 1000.50") from None
        if -money.amount.as_tuple().exponent > exponent(currency):  # type: ignore[operator]
            raise InvalidAmount(f"{text!r} is finer than {currency} allows ({exponent(currency)} decimals)")
        return money

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise BadInput(f"cannot combine {self.currency} with {other.currency} without a dated rate")
        return other

    def __str__(self) -> str:
        return f"{self.amount:,.{exponent(self.currency)}f} {self.currency}"


def _to_micros(amount: Decimal, currency: str) -> int:
    if not isinstance(amount, Decimal):
        raise InvalidAmount(f"{amount!r} is a {type(amount).__name__}; money must be a Decimal")
    if not amount.is_finite():
        raise InvalidAmount(f"{amount} {currency} is not a finite amount")
    if abs(amount) > Decimal(MAX_MICROS) / MICROS:
        raise InvalidAmount(f"{amount} {currency} is beyond what can be stored")
    micros = int(amount * MICROS)
    if from_micros(micros) != amount:  # the product alone is rounded to 28 digits, and would hide what is finer
        raise InvalidAmount(f"{amount} {currency} is finer than a millionth")
    return micros


def from_micros(micros: int) -> Decimal:
    """The exact major-unit amount of integer micros."""
    return Decimal(micros) / MICROS


def round_to_billable(parts: Mapping[str, Decimal], total: Decimal, unit: Decimal) -> dict[str, Decimal]:
    """Round an allocation to multiples of ``unit`` so that it still sums to ``total`` exactly.

    Largest remainder: every part is rounded down, then the missing units go one each to
    the parts that lost most (ties by key, so the result does not depend on order).

    Raises:
        BadInput: ``total`` is not a multiple of ``unit``, a part is negative or not finite,
            or the parts do not sum to ``total`` within one unit per part.
    """
    if unit <= 0 or total % unit != 0:
        raise BadInput(f"total {total} is not a multiple of the billable unit {unit}")
    bad = {k: v for k, v in parts.items() if not v.is_finite() or v < 0}
    if bad:
        raise BadInput(f"amounts must be finite and not negative: {bad}")
    floors = {k: (v / unit).to_integral_value(ROUND_DOWN) * unit for k, v in parts.items()}
    missing = int((total - sum(floors.values(), Decimal(0))) / unit)
    if not 0 <= missing <= len(parts):
        raise BadInput(f"the parts sum to {sum(parts.values(), Decimal(0))}, not to {total}")
    by_loss = sorted(parts, key=lambda k: (floors[k] - parts[k], k))
    return {k: v + (unit if k in by_loss[:missing] else 0) for k, v in floors.items()}
