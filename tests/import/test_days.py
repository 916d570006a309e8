"""The order of day and month, decided from the whole column."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.days import read_days
from domain.errors import UntrustedFile

FORMATS = {"ymd": "%Y{0}%m{0}%d", "dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}
DATES = st.dates(date(2000, 1, 1), date(2090, 12, 31))


def rows(cells: list[str]) -> dict[str, int]:
    return {cell: row for row, cell in reversed(list(enumerate(cells, 2)))}


@given(st.lists(DATES, min_size=1), st.sampled_from(["-", "/", "."]))
def test_a_year_in_front_is_never_ambiguous(days: list[date], separator: str) -> None:
    cells = [day.strftime(FORMATS["ymd"].format(separator)) for day in days]
    assert [read_days(rows(cells), None)[cell] for cell in cells] == days


@given(st.lists(DATES, min_size=1), st.sampled_from(["dmy", "mdy"]), st.sampled_from(["-", "/", "."]))
def test_a_column_is_read_right_or_refused_with_the_option(days: list[date], order: str, separator: str) -> None:
    cells = [day.strftime(FORMATS[order].format(separator)) for day in days]
    tells = any(day.day > 12 for day in days)
    same_anyway = all(day.day == day.month for day in days)
    if tells or same_anyway:
        assert [read_days(rows(cells), None)[cell] for cell in cells] == days
    else:
        with pytest.raises(UntrustedFile, match=f"--dates {order}"):
            read_days(rows(cells), None)
    assert [read_days(rows(cells), order)[cell] for cell in cells] == days


@given(DATES.filter(lambda d: d.day > 12), DATES.filter(lambda d: d.day > 12))
def test_rows_of_both_orders_contradict_each_other(one: date, other: date) -> None:
    cells = [one.strftime("%d/%m/%Y"), other.strftime("%m/%d/%Y")]
    with pytest.raises(UntrustedFile, match=r"contradicts"):
        read_days(rows(cells), None)
    with pytest.raises(UntrustedFile, match=r"row 3"):
        read_days(rows(cells), "dmy")


def test_a_contradiction_behind_an_open_row_names_the_two_rows_that_make_it() -> None:
    with pytest.raises(UntrustedFile, match=r"row 4: .*row 3|row 3: .*row 4"):
        read_days(rows(["01/02/2024", "13/02/2024", "02/14/2024"]), None)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_day(text: str) -> None:
    try:
        found = read_days({text: 2}, None)[text]
    except UntrustedFile as error:
        assert error.row == 2  # noqa: PT017  both outcomes are right, each with its own claim
    else:
        assert isinstance(found, date)


@pytest.mark.parametrize(
    "cell",
    ["20240131", "Jan 31, 2024", "January 31, 2024", "31 Jan 2024", "31-Jan-2024", "Wed, Jan 31, 2024", "31/1/24",
     "2024-01-31 00:00:00", "2024-01-31T00:00:00Z", "1/31/2024"],
)  # fmt: skip
def test_other_ways_to_write_a_day(cell: str) -> None:
    assert read_days({cell: 2}, None) == {cell: date(2024, 1, 31)}


def test_an_option_that_the_file_contradicts_is_refused_with_the_one_that_fits() -> None:
    with pytest.raises(UntrustedFile, match=r"row 2: .*--dates mdy"):
        read_days({"01/31/2024": 2}, "dmy")


def test_days_outside_any_platforms_life_are_refused() -> None:
    for cell in ("1024-01-01", "9999-01-01", "0000-00-00"):
        with pytest.raises(UntrustedFile):
            read_days({cell: 2}, None)
    assert read_days({str(date(2024, 2, 28) + timedelta(days=1)): 2}, None)
