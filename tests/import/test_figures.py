"""Numbers in the ways people's locales write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.figures import Numbers, decimal_mark
from domain.errors import UntrustedFile

CENTS = st.integers(0, 10**12)
LOCALES = [
    (".", ","),
    (".", ""),
    (".", " "),
    (".", "'"),
    (",", "."),
    (",", ""),
    (",", " "),
    (",", "\u202f"),
    (",", "\xa0"),
]


def written(cents: int, mark: str, group: str) -> str:
    whole, fraction = divmod(cents, 100)
    return f"{whole:,}".replace(",", group) + f"{mark}{fraction:02d}"


def indian(cents: int) -> str:
    whole, fraction = str(cents // 100), f".{cents % 100:02d}"
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, i - 2) : i] for i in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail]) + fraction


@given(st.lists(CENTS, min_size=1), st.sampled_from(LOCALES))
def test_amounts_with_cents_are_read_exactly_in_every_locale(amounts: list[int], locale: tuple[str, str]) -> None:
    cells = [written(cents, *locale) for cents in amounts]
    mark = decimal_mark({"spend": list(enumerate(cells))}, "USD", None)
    assert mark == locale[0]
    assert [Numbers(mark, "USD").read(cell, "spend", 1) for cell in cells] == [Decimal(c) / 100 for c in amounts]


@given(CENTS)
def test_indian_groups_are_read(cents: int) -> None:
    assert Numbers(".", "INR").read("₹" + indian(cents), "spend", 1) == Decimal(cents) / 100


@given(st.integers(0, 10**9), st.sampled_from([",", ".", " ", "\xa0"]))
def test_whole_yen_may_be_grouped_by_anything(yen: int, group: str) -> None:
    cell = f"{yen:,}".replace(",", group)
    mark = decimal_mark({"spend": [(2, cell)]}, "JPY", None)
    assert Numbers(mark, "JPY").read(cell, "spend", 2) == yen


@given(st.text(max_size=80), st.sampled_from([".", ","]), st.sampled_from(["spend", "clicks", "conversions"]))
def test_no_text_is_read_as_a_negative_or_endless_figure(text: str, mark: str, field: str) -> None:
    try:
        value = Numbers(mark, "USD").read(text, field, 7)  # type: ignore[arg-type]
    except UntrustedFile as error:
        assert error.row == 7  # noqa: PT017  both outcomes are right, each with its own claim
    else:
        assert value is None or (value.is_finite() and value >= 0)


@given(st.text("0123456789.,$€ -'\xa0", min_size=1, max_size=12), st.text("0123456789.,", min_size=1, max_size=8))
def test_a_file_is_read_one_way_or_refused(one: str, other: str) -> None:
    try:
        assert decimal_mark({"spend": [(2, one), (3, other)]}, "USD", None) in (".", ",")
    except UntrustedFile as error:
        assert error.row in (2, 3)  # noqa: PT017  both outcomes are right, each with its own claim


def test_other_columns_tell_where_the_cost_cannot() -> None:
    open_cost = [(2, "1.234"), (3, "2.500")]
    assert decimal_mark({"spend": open_cost, "revenue": [(2, "7,50")]}, "EUR", None) == ","
    assert decimal_mark({"spend": open_cost, "conversions": [(2, "7.5")]}, "EUR", None) == "."
    assert decimal_mark({"spend": open_cost, "impressions": [(2, "1.234")]}, "EUR", None) == ","
    with pytest.raises(UntrustedFile, match=r"--decimal point or --decimal comma"):
        decimal_mark({"spend": open_cost}, "EUR", None)


@pytest.mark.parametrize("missing", ["", "--", " --", "—"])
def test_missing_is_null_and_not_zero(missing: str) -> None:
    assert Numbers(".", "USD").read(missing, "revenue", 2) is None
