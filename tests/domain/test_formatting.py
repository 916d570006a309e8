"""Figures as people read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from domain.evidence import Fact
from domain.formatting import format_money, format_value
from domain.window import Window


def _fact(value: str | None, unit: Any, currency: str | None = None, form: Any = "plain", reason: str = "") -> Fact:
    return Fact(
        id="f1", label="x", value=None if value is None else Decimal(value), unit=unit, currency=currency, entity="all",
        window=Window(date(2024, 1, 1), date(2024, 1, 1)), source="s", how="h",
        reason=(reason or "no data") if value is None else None, form=form,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "unit", "currency", "form", "written"),
    [
        ("852805.3", "money", "USD", "plain", "$852,805.30"),
        ("1234.5", "money", "EUR", "plain", "€1,234.50"),
        ("1234.5", "money", "JPY", "plain", "¥1,234"),
        ("0.0331", "money", "USD", "plain", "$0.0331"),
        ("-12.3", "money", "USD", "signed", "-$12.30"),
        ("12.3", "money", "USD", "signed", "+$12.30"),
        ("0", "money", "USD", "signed", "$0.00"),
        ("11800.00", "money", "EUR", "estimate", "+€11,800"),
        ("-1234.6", "money", "EUR", "estimate", "-€1,230"),
        ("8.41", "money", "EUR", "estimate", "+€8.41"),
        ("12.4", "count", None, "estimate", "+12.4"),
        ("1234.6", "count", None, "estimate", "+1,230"),
        ("57412.3", "money", "USD", "estimate", "+$57,400"),
        ("0", "money", "USD", "estimate", "$0"),
        ("0.0025", "percent", None, "chance", "less than 1 %"),
        ("0.9975", "percent", None, "chance", "more than 99 %"),
        ("0.124", "percent", None, "chance", "12 %"),
        ("0.0237", "percent", None, "plain", "2.4 %"),
        ("0.00654", "percent", None, "plain", "0.65 %"),
        ("0.00002", "percent", None, "plain", "0.002 %"),
        ("0", "percent", None, "plain", "0 %"),
        ("0.305", "percent", None, "signed", "+30.5 %"),
        ("19.591", "percent", None, "signed", "+1,959.1 %"),
        ("-0.0034", "percent", None, "points", "-0.34 percentage points"),
        ("3.6674", "ratio", None, "plain", "3.67"),
        ("-1.034", "ratio", None, "signed", "-1.03"),
        ("13954.2", "count", None, "plain", "13,954.2"),
        ("73719993", "count", None, "plain", "73,719,993"),
        ("0", "count", None, "plain", "0"),
        ("1", "days", None, "plain", "1 day"),
        ("14", "days", None, "plain", "14 days"),
    ],
)
def test_each_unit_has_one_way_to_be_written(
    value: str, unit: str, currency: str | None, form: str, written: str
) -> None:
    assert format_value(_fact(value, unit, currency, form)) == written


def test_unknown_and_undefined_are_words_and_never_zero() -> None:
    assert format_value(_fact(None, "ratio", reason="undefined: no conversions in this period")) == "undefined"
    assert format_value(_fact(None, "money", "USD", reason="no data before 2024-01-01")) == "unknown"


@given(st.decimals("-1000000", "1000000", places=2))
def test_money_reads_back_to_the_cent(value: Decimal) -> None:
    if 0 < abs(value) < Decimal("0.095"):
        return
    written = format_value(_fact(str(value), "money", "USD"))
    assert Decimal(written.replace("$", "").replace(",", "")) == value


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=6).filter(lambda v: v == 0 or abs(v) >= Decimal("0.095")),
    st.sampled_from(["USD", "EUR", "JPY", "CHF", "KWD", "BRL", "PLN"]),
)
def test_an_amount_is_written_as_babel_writes_it(value: Decimal, currency: str) -> None:
    assert format_money(value, currency) == format_currency(value, currency, locale="en_US")
