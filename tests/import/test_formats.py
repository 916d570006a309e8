"""Exports as people download them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from connectors.files import FileReport
from domain.errors import UntrustedFile

Read = Callable[..., FileReport]


def test_a_google_export_with_preamble_and_totals_is_checked_against_its_own_total(read: Read) -> None:
    text = (
        'Campaign report\n"January 1, 2024 - January 2, 2024"\n'
        "Day,Campaign,Campaign type,Currency code,Cost,Avg. cost,Impr.,Clicks,Conversions\n"
        '2024-01-01,Brand,Search,USD,"1,234.50",0.5,"1,000",20,1.50\n'
        "2024-01-02,Brand,Search,USD,10.00,0.5,7, --,--\n"
        'Total: Account, --, --,USD,"1,300.00",0.5,"1,100",30,2\n'
        'Total: Campaigns, --, --,USD,"1,244.50",0.5,"1,007",20,1.50\n'
    )
    report = read(text)
    assert report.rows_read == 4
    assert [s.row for s in report.skipped] == [6, 7]
    assert report.checksum_row == 7
    assert report.totals["spend"] == Decimal("1244.50")
    assert [row.campaign for row in report.rows] == ["Brand", "Brand"]
    assert (report.rows[1].clicks, report.rows[1].conversions, report.rows[1].revenue) == (None, None, None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_line_ends_make_no_difference(
    read: Read, good: str, encoding: str, separator: str, ending: str
) -> None:
    expected = read(good.replace("Brand", "Märke"))
    text = good.replace("Brand", "Märke").replace(",", separator).replace("\n", ending)
    report = read(text.encode(encoding))
    assert (report.rows, report.totals) == (expected.rows, expected.totals)


def test_a_french_google_export_reads_as_its_english_twin(read: Read) -> None:
    text = "Rapport\nJour;Campagne;Coût;Impr.;Clics\n2024-01-01;Été;1 234,56;1 000;20\n2024-01-02;Été;0,50;7;1\n"
    report = read(text, currency="EUR")
    assert report.totals["spend"] == Decimal("1235.06")
    assert report.totals["impressions"] == 1007
    assert {row.campaign for row in report.rows} == {"Été"}


def test_a_german_meta_export_with_a_nameless_totals_row_is_checked_against_it(read: Read) -> None:
    text = (
        "Berichtsbeginn;Berichtsende;Kampagnenname;Tag;Ausgegebener Betrag (EUR);Impressionen;Käufe\n"
        "2024-01-01;2024-01-31;;;30,75;300;3\n"
        "2024-01-01;2024-01-31;Herbst;2024-01-01;10,50;100;\n"
        "2024-01-01;2024-01-31;Herbst;2024-01-02;20,25;200;3\n"
    )
    report = read(text, platform="meta", currency="EUR")
    assert report.checksum_row == 2
    assert [(row.spend_micros, row.conversions) for row in report.rows] == [(10_500_000, None), (20_250_000, 3.0)]


def test_headers_match_without_regard_to_case_and_spacing_but_whole(read: Read) -> None:
    report = read(" DAY ,campaign\xa0name,Avg. cost,  cost \n2024-01-01,A,9,1.50\n2024-01-02,A,9,2.50\n")
    assert report.totals["spend"] == 4
    assert report.ignored == ("Avg. cost",)


def test_blank_lines_are_no_rows_and_rows_of_separators_are_skipped(read: Read, good: str) -> None:
    report = read(good + "\n,,,,,,\n\n")
    assert report.rows_read == 5
    assert report.skipped == ((7, "empty row"),)


def test_a_quoted_line_break_counts_in_the_physical_line(read: Read) -> None:
    text = 'Day,Campaign,Cost,Impr.,Clicks,Conversions,Conv. value\n2024-01-01,"Br\nand",1.50,1,1,1,1\n'
    text += "2024-01-02,X,,1,1,1,1\n"
    with pytest.raises(UntrustedFile, match=r"row 4: no cost for 'X'"):
        read(text)
    assert read(text.replace("X,,", "X,2.50,")).rows[0].campaign == "Br and"


def test_currency_signs_in_cells_are_read_and_checked(read: Read) -> None:
    text = 'Day,Campaign,Cost\n2024-01-01,A,"$1,234.50"\n2024-01-02,A,US$ 5.50\n'
    assert read(text).totals["spend"] == Decimal("1240.00")
    with pytest.raises(UntrustedFile, match=r"row 2: .*EUR"):
        read(text, currency="EUR")


def test_counts_that_a_spreadsheet_wrote_as_floats_are_whole_numbers(read: Read) -> None:
    report = read("Day,Campaign,Cost,Clicks\n2024-01-01,A,1.5,143669.0\n")
    assert report.rows[0].clicks == 143_669


def test_float_noise_in_a_cost_is_rounded_to_a_micro_and_said(read: Read) -> None:
    report = read("Day,Campaign,Cost\n2024-01-01,A,1.429999948\n")
    assert report.rows[0].spend_micros == 1_430_000
    assert "rounded" in report.notes[0]


def test_yen_with_thousands_need_no_option(read: Read) -> None:
    text = 'Day,Campaign,Cost\n2024-01-01,A,"1,234"\n2024-01-02,A,500\n'
    assert read(text, currency="JPY").totals["spend"] == 1734


def test_an_open_thousands_question_is_settled_by_the_option_it_names(read: Read) -> None:
    text = 'Day,Campaign,Cost\n2024-01-01,A,"1,234"\n2024-01-02,A,500\n'
    with pytest.raises(UntrustedFile, match=r"--decimal point"):
        read(text)
    assert read(text, decimal="point").totals["spend"] == 1734
    assert read(text, decimal="comma").totals["spend"] == Decimal("501.234")


def test_names_lose_control_and_direction_characters_only(read: Read) -> None:
    report = read("Day,Campaign,Cost\n2024-01-01,\u202eBr\u200band «É» ,1.50\n")
    assert report.rows[0].campaign == "Brand «É»"


def test_a_file_without_a_last_line_break_loads_and_says_so(read: Read, good: str) -> None:
    report = read(good.rstrip("\n"))
    assert len(report.rows) == 4
    assert "row 5" in report.notes[0]


def test_a_column_that_nearly_is_a_figure_is_named_with_the_reason(read: Read) -> None:
    text = "Day,Campaign name,Amount spent,Link clicks,Results\n2024-01-01,A,1.50,3,1\n"
    report = read(text, platform="meta")
    assert (report.totals["clicks"], report.totals["conversions"]) == (None, None)
    assert [note.split(" is not used: ")[0] for note in report.notes] == ["'Link clicks'", "'Results'"]
    assert "Clicks (all)" in report.notes[0]


def test_headers_with_underscores_are_those_with_spaces(read: Read) -> None:
    report = read("date,campaign_name,amount_spent\n2024-01-01,A,1.50\n", platform="meta")
    assert (report.rows[0].campaign, report.totals["spend"]) == ("A", Decimal("1.50"))
