"""Money is exact, finite and in a known currency, or it is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput, InvalidAmount, UnknownCurrency
from domain.money import MAX_MICROS, Money, check_in_use, exponent, from_micros, round_to_billable

MICROS = st.integers(-MAX_MICROS, MAX_MICROS)
UNITS = st.sampled_from([Decimal("0.01"), Decimal(1), Decimal(100), Decimal("0.001"), Decimal("0.05")])


@given(MICROS)
def test_micros_go_to_decimal_and_back_unchanged(micros: int) -> None:
    assert Money.from_micros(micros, "EUR").micros == micros
    assert Money(from_micros(micros), "EUR").micros == micros


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E308", "-1E308", "0.0000001", "9223372036854.775808"]
)
def test_amounts_that_cannot_be_stored_exactly_are_refused(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        Money(Decimal(amount), "USD")


@pytest.mark.parametrize("amount", [1.5, 1, "1", None, True])
def test_only_a_decimal_is_an_amount(amount: object) -> None:
    with pytest.raises(InvalidAmount, match="must be a Decimal"):
        Money(amount, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["", "usd", "EURO", "XYZ", "XXX", "XTS", "XAU", "XDR", "CHE", "US", "12$", None, 5])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(Decimal(1), code)


@pytest.mark.parametrize("code", ["DEM", "FRF", "HRK", "ZWL", "XXX", "XAU"])
def test_money_that_is_no_longer_in_use_may_be_read_but_not_chosen(code: str) -> None:
    with pytest.raises(UnknownCurrency, match="money in use"):
        check_in_use(code)


@pytest.mark.parametrize("code", ["EUR", "USD", "BRL", "INR", "XOF", "XCD", "CZK", "TWD"])
def test_money_of_countries_today_may_be_chosen(code: str) -> None:
    check_in_use(code)


@pytest.mark.parametrize(("code", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3)])
def test_minor_units_are_those_of_iso_4217(code: str, digits: int) -> None:
    assert exponent(code) == digits


@pytest.mark.parametrize(
    "text", ["1,000", "", " ", "1e3", "NaN", "inf", "1 000", "€5", "--5", "1.2.3", ".", "-", "0x10", "１２"]
)
def test_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount):
        Money.parse(text, "USD")


@pytest.mark.parametrize(("text", "code"), [("1.5", "JPY"), ("1.005", "USD"), ("1.0005", "KWD")])
def test_text_finer_than_the_currency_is_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidAmount, match="finer"):
        Money.parse(text, code)


@given(st.integers(0, 10**12), st.sampled_from(["USD", "JPY", "KWD"]))
def test_a_plain_decimal_is_read_exactly(minor: int, code: str) -> None:
    amount = Decimal(minor).scaleb(-exponent(code))
    assert Money.parse(f" {amount:f} ", code).amount == amount


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_sums_and_differences_are_exact(a: int, b: int) -> None:
    one, other = Money.from_micros(a, "USD"), Money.from_micros(b, "USD")
    assert (one + other).micros == a + b
    assert (one - other).micros == a - b
    assert (one < other, one <= other) == (a < b, a <= b)


def test_two_currencies_never_meet() -> None:
    euro, dollar = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")
    for combine in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro <= dollar):
        with pytest.raises(BadInput, match="without a dated rate"):
            combine()


def test_money_is_shown_with_its_minor_units() -> None:
    assert str(Money(Decimal("1234.5"), "USD")) == "1,234.50 USD"
    assert str(Money(Decimal(1234), "JPY")) == "1,234 JPY"


@st.composite
def allocations(draw: st.DrawFn) -> tuple[dict[str, Decimal], Decimal, Decimal]:
    """Real shares of a total that is a multiple of the unit: what an optimiser hands over, cut to ten places."""
    unit, units = draw(UNITS), draw(st.integers(0, 10**6))
    weights = draw(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 1000), min_size=1))
    whole = sum(weights.values()) or 1
    total = unit * units if any(weights.values()) else Decimal(0)
    parts = {k: Decimal(int(Fraction(total) * w / whole * 10**10)).scaleb(-10) for k, w in weights.items()}
    return parts, total, unit


@given(allocations(), st.randoms())
def test_a_rounded_allocation_sums_exactly_whatever_the_order(
    allocation: tuple[dict[str, Decimal], Decimal, Decimal], random: object
) -> None:
    parts, total, unit = allocation
    rounded = round_to_billable(parts, total, unit)
    assert sum(rounded.values()) == total
    assert all(value % unit == 0 and abs(value - parts[k]) < unit + Decimal("1e-9") for k, value in rounded.items())
    shuffled = list(parts.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert round_to_billable(dict(shuffled), total, unit) == rounded


@pytest.mark.parametrize(
    ("parts", "total", "unit"),
    [
        ({"a": Decimal(-1), "b": Decimal(2)}, Decimal(1), Decimal(1)),
        ({"a": Decimal("NaN")}, Decimal(1), Decimal(1)),
        ({"a": Decimal("Infinity")}, Decimal(1), Decimal(1)),
        ({"a": Decimal(1)}, Decimal("1.5"), Decimal(1)),
        ({"a": Decimal(1)}, Decimal(1), Decimal(0)),
        ({"a": Decimal(1)}, Decimal(5), Decimal(1)),
        ({"a": Decimal(5)}, Decimal(1), Decimal(1)),
    ],
)
def test_an_allocation_that_cannot_be_rounded_is_refused(
    parts: dict[str, Decimal], total: Decimal, unit: Decimal
) -> None:
    with pytest.raises(BadInput):
        round_to_billable(parts, total, unit)
