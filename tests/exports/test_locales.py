"""Figures and days in any locale's writing, through the whole reader: exactly right, or refused with the option."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files import read_export
from domain.errors import UntrustedFile

GROUPS = {".": ["", ",", " ", "'", "\u202f"], ",": ["", ".", " ", "\xa0", "\u202f"]}
STYLES = [(mark, group) for mark, groups in GROUPS.items() for group in groups]
AMOUNTS = st.lists(
    st.tuples(st.integers(0, 10**10), st.integers(0, 6)).map(lambda p: Decimal(p[0]).scaleb(-p[1])),
    min_size=1, max_size=6,
)  # fmt: skip


def written(amount: Decimal, mark: str, group: str) -> str:
    whole, _, fraction = f"{amount:,f}".partition(".")
    return whole.replace(",", group) + (mark + fraction if fraction else "")


def costs(cells: list[str], **options: str) -> list[Decimal]:
    lines = [f"2024-01-{n:02d}\tA\t{cell}" for n, cell in enumerate(cells, 1)]
    content = "\n".join(["Day\tCampaign\tCost", *lines, ""]).encode()
    rows = read_export(content, platform="generic", account="A", currency="USD", **options).rows  # type: ignore[arg-type]
    return [Decimal(row.spend_micros or 0) / 1_000_000 for row in rows]


@given(AMOUNTS, st.sampled_from(STYLES))
def test_any_amounts_in_any_style_are_read_exactly_or_refused(amounts: list[Decimal], style: tuple[str, str]) -> None:
    cells = [written(amount, *style) for amount in amounts]
    try:
        found = costs(cells)
    except UntrustedFile as error:
        assert error.option == "--decimal point or --decimal comma"  # noqa: PT017  both outcomes are right
    else:
        assert found == amounts


@given(AMOUNTS, st.sampled_from(STYLES))
def test_the_option_that_a_refusal_names_settles_it(amounts: list[Decimal], style: tuple[str, str]) -> None:
    cells = [written(amount, *style) for amount in amounts]
    assert costs(cells, decimal="point" if style[0] == "." else "comma") == amounts


ORDERS = {
    "ymd": ["{y}-{m:02d}-{d:02d}", "{y}/{m}/{d}", "{y}{m:02d}{d:02d}"],
    "dmy": ["{d:02d}/{m:02d}/{y}", "{d}.{m}.{y}", "{d}/{m}/{yy:02d}", "{d} {name} {y}"],
    "mdy": ["{m:02d}/{d:02d}/{y}", "{m}/{d}/{y}", "{m}/{d}/{yy:02d}", "{name} {d}, {y}"],
}
WRITINGS = [(order, form) for order, forms in ORDERS.items() for form in forms]
DATES = st.lists(st.dates(date(2000, 1, 1), date(2050, 12, 31)), min_size=1, max_size=8, unique=True)


def days(cells: list[str], **options: str) -> list[date]:
    content = "\n".join(["Day\tCampaign\tCost", *(f"{cell}\tA\t1.50" for cell in cells), ""]).encode()
    rows = read_export(content, platform="generic", account="A", currency="USD", daily=True, **options).rows  # type: ignore[arg-type]
    return [row.day for row in rows]


@given(DATES, st.sampled_from(WRITINGS))
def test_any_days_in_any_order_are_read_exactly_or_refused_as_ambiguous(
    wanted: list[date], writing: tuple[str, str]
) -> None:
    order, form = writing
    cells = [form.format(y=d.year, yy=d.year % 100, m=d.month, d=d.day, name=f"{d:%b}") for d in wanted]
    try:
        found = days(cells)
    except UntrustedFile as error:
        assert f"--dates {order}" in (error.option or "")  # noqa: PT017  both outcomes are right
        found = days(cells, dates=order)
    assert found == wanted


@pytest.mark.parametrize("form", ["{d}/{m}/{y}", "{m}/{d}/{y}"])
def test_a_column_without_a_day_above_twelve_is_never_guessed(form: str) -> None:
    cells = [form.format(y=2024, m=m, d=d) for m, d in ((1, 2), (3, 4), (5, 6))]
    with pytest.raises(UntrustedFile, match="--dates dmy or --dates mdy"):
        days(cells)
