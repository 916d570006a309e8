"""A plan file: what it may look like, and what is refused with its row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.plan import Amounts, PlanFile, amounts, read_plan
from connectors.files.plan_cells import read_amount, read_margin, read_month, read_ratio
from domain.errors import UntrustedFile

HEAD = "month,account,budget,target roas,margin\n"


def figures(text: str, currency: str = "EUR", **options: object) -> list[Amounts]:
    plan = read_plan(text, **options)  # type: ignore[arg-type]
    return [amounts(row, plan, currency) for row in plan.rows]


def only(text: str, currency: str = "EUR", **options: object) -> Amounts:
    (found,) = figures(text, currency, **options)
    return found


@pytest.mark.parametrize(
    "cell",
    ["2024-06", "2024/06", "June 2024", "jun 2024", "Juni 2024", "Jun-24", "06/2024", "6.2024", "2024-06-01",
     "01.06.2024", "1/6/2024", "6/1/2024", "2024-06-01 00:00:00", "juin 2024"],
)  # fmt: skip
def test_a_month_is_read_in_every_way_people_write_it(cell: str) -> None:
    assert read_month(cell, 2) == date(2024, 6, 1)


@pytest.mark.parametrize(
    ("cell", "why"),
    [("Q2 2024", "more than a month"), ("2024", "more than a month"), ("2024-06-30", "not the first day"),
     ("13/2024", "not a month"), ("june", "not a month"), ("", "not a month"), ("15.06.2024", "not the first day"),
     ("Jvne 2024", "not a month"), ("2024-00", "not a month"), ("0000-01", "not a month")],
)  # fmt: skip
def test_what_is_no_month_is_refused_with_its_row(cell: str, why: str) -> None:
    with pytest.raises(UntrustedFile, match=rf"row 7: month .*{why}"):
        read_month(cell, 7)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 1)))
def test_every_month_is_read_back_from_each_form(day: date) -> None:
    first = day.replace(day=1)
    for form in ("%Y-%m", "%B %Y", "%b %Y", "%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%b-%y"):
        assert read_month(first.strftime(form), 1) == first


@pytest.mark.parametrize(
    ("cell", "mark", "amount"),
    [("180k", ".", "180000"), ("1.5m", ".", "1500000"), ("1,5m", ",", "1500000"), ("€60k", ".", "60000"),
     ("180.000", ",", "180000"), ("180,000", ".", "180000"), ("180 000,50 €", ",", "180000.5"),
     ("12,000.25", ".", "12000.25"), ("EUR 9000", ".", "9000"), ("0", ".", "0"), ("60k EUR", ".", "60000")],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(cell: str, mark: str, amount: str) -> None:
    assert read_amount(cell, "budget", "EUR", mark, 2) == Decimal(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "why"),
    [("-5", "negative"), ("$180k", r"in \$"), ("180.0000001k", "finer"), ("ten", "not"), ("180.000", "finer"),
     ("1e5", "not"), ("180kk", "not"), ("NaN", "not a figure"), ("180k USD", "USD")],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_its_row(cell: str, why: str) -> None:
    with pytest.raises(UntrustedFile, match=f"row 3: .*{why}"):
        read_amount(cell, "budget", "EUR", ".", 3)


@given(
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10) ** 9, places=2, allow_nan=False),
    st.sampled_from([(".", ","), (",", "."), (",", " "), (".", ""), (",", "")]),
)
def test_a_plans_amount_is_read_back_from_its_localised_writing(amount: Decimal, way: tuple[str, str]) -> None:
    mark, group = way
    written = f"{amount:,.2f}".replace(",", "g").replace(".", "d").replace("g", group).replace("d", mark)
    file = f"month;account;budget;margin\n2024-06;A;{written};35{mark}5%\n"
    found = only(file)
    assert (found.budget, found.margin) == (amount, Decimal("0.355"))


@given(st.integers(1, 999), st.sampled_from([".", ","]))
def test_three_digits_behind_a_budgets_separator_are_thousands(thousands: int, group: str) -> None:
    assert only(f"month;account;budget\n2024-06;A;{thousands}{group}000\n").budget == thousands * 1000


def test_a_budget_that_contradicts_the_files_separator_is_refused_not_read_as_a_thousandth() -> None:
    with pytest.raises(UntrustedFile, match=r"row 2: budget '180.000' is finer than EUR .*--decimal"):
        only("month;account;budget;target roas\n2024-06;A;180.000;3.5\n")
    assert only("month;account;budget;target roas\n2024-06;A;180.000;3,5\n").target_roas == Decimal("3.5")


def test_percents_and_fractions_are_margins_and_a_bare_number_is_refused() -> None:
    assert read_margin("35%", ".", 1) == read_margin("0.35", ".", 1) == Decimal("0.35")
    assert read_margin("35", ".", 1, percent=True) == Decimal("0.35")
    assert read_ratio("350%", "target ROAS", ".", 1) == Decimal("3.5")
    with pytest.raises(UntrustedFile, match=r"row 4: margin '35' .*write 35% or 0.35"):
        read_margin("35", ".", 4)
    with pytest.raises(UntrustedFile, match="not above 0"):
        read_ratio("0", "target ROAS", ".", 4)


def test_headers_are_found_under_titles_in_other_languages_and_with_signs() -> None:
    plan = read_plan(
        "Mediaplan 2024\n\nMonat;Konto;Budget (EUR);Ziel-ROAS;Marge %;Bestellung;Notiz\n06/2024;A;1.000;3;35;PO 1;x\n"
    )
    assert plan.columns == {"month": "Monat", "account": "Konto", "budget": "Budget (EUR)", "target_roas": "Ziel-ROAS",
                            "margin": "Marge %", "pool": "Bestellung"}  # fmt: skip
    assert (plan.rows[0].currency, plan.rows[0].pool, plan.ignored) == ("EUR", "PO 1", ("Notiz",))
    assert amounts(plan.rows[0], plan, "EUR").margin == Decimal("0.35")


def test_a_campaign_and_a_label_are_told_apart_in_one_column() -> None:
    plan = read_plan(
        "month,account,campaign or label,budget\n2024-06,A,Brand,1\n2024-06,A,brand=no,1\n2024-06,A,all,1\n"
    )
    assert [(r.campaign, r.label) for r in plan.rows] == [("Brand", ""), ("", "brand=no"), ("", "")]


def test_totals_rows_and_empty_rows_are_skipped_and_named() -> None:
    plan = read_plan(f"{HEAD}2024-06,A,1,,\n,,,,\nTotal,,1,,\n")
    assert [(s.row, s.reason) for s in plan.skipped] == [(3, "empty row"), (4, "totals row")]
    assert plan.rows_read == 3


def test_a_platform_stands_for_its_account_and_a_given_month_for_a_column() -> None:
    plan: PlanFile = read_plan("platform;budget\nGoogle;180k\nfacebook;60k\n", month=date(2024, 6, 1))
    assert [(r.platform, r.month) for r in plan.rows] == [("google_ads", date(2024, 6, 1)), ("meta", date(2024, 6, 1))]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("platform,budget\ngoogle,1\n", r"no column for month .*--month 2024-06"),
        ("month,account,note\n2024-06,A,x\n", "no column for budget, target ROAS, target CPA or margin"),
        ("month,budget\n2024-06,1\n", "no column for account or platform"),
        (HEAD, "no line of a plan"),
        (HEAD + "2024-06,A,1\n", "row 2: 3 cells where the header has 5"),
        (HEAD + "2024-06,A,,,\n", "row 2: .*no budget, no target and no margin"),
        (HEAD.replace("margin", "floor") + "2024-06,A,1,,2\n", "row 2: floor '2' stands without a target"),
        ("month,account,budget,label\n2024-06,A,1,brand\n", "row 2: label 'brand' is not key=value"),
        ("month,account,budget,locked\n2024-06,A,1,maybe\n", "row 2: locked 'maybe'"),
        ("month,platform,budget\n2024-06,altavista,1\n", "row 2: platform 'altavista' is not known"),
        ("month,account,budget,plan\n2024-06,A,1,1\n", "row 1: two columns are a budget"),
        ("month,account,budget (USD),currency\n2024-06,A,1,EUR\n", "row 2: the line says EUR, the header USD"),
        ('month,account,budget\n2024-06,"A,1\n', "broken or cut off"),
    ],
)
def test_a_plan_that_cannot_be_trusted_says_which_row_and_why(text: str, why: str) -> None:
    with pytest.raises(UntrustedFile, match=why):
        figures(text)
