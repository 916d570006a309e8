"""Files that must not be loaded: which row, why, and the option that would settle it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from connectors.files import FileReport, read_export
from domain.errors import BadInput, UnknownCurrency, UntrustedFile

Read = Callable[..., FileReport]
HEAD = "Day,Campaign,Cost,Impr.,Clicks,Conversions,Conv. value\n"
ROW = "2024-01-01,Brand,10.50,1000,20,1.5,33.10\n"
NEXT = "2024-01-02,Brand,11.50,1100,21,2.5,43.10\n"

CASES: dict[str, tuple[str | bytes, str]] = {
    "empty": (b"", "empty"),
    "blank": ("\n\n  \n", "empty"),
    "a header alone": (HEAD, "no row"),
    "zero bytes": (b"Day,Campaign,Cost\n2024-01-01,\x00,1\n", "binary"),
    "an Excel workbook": (b"PK\x03\x04 and more", "Excel"),
    "a gzip": (b"\x1f\x8b\x08 and more", "gzip"),
    "a web page": ("<!DOCTYPE html><html>sign in</html>", "web page"),
    "JSON": ('{"data": []}', "JSON"),
    "an escape character": (HEAD + ROW.replace("Brand", "Br\x1band"), "row 2: a control"),
    "two encodings": ((HEAD + ROW.replace("Brand", "é")).encode() + "2024-01-02,é,1,1,1,1,1\n".encode("latin-1"),
                      "row 3: the text is UTF-8"),
    "UTF-16 cut inside a character": ((HEAD + ROW).encode("utf-16")[:-1], "cut off"),
    "UTF-8 cut inside a character": ((HEAD + ROW).encode() + "2024-01-02,é".encode()[:-1], "cut off"),
    "no header": (ROW, "no header"),
    "no cost column": ("Day,Campaign,Avg. cost\n2024-01-01,Brand,1.5\n", "row 1: no cost column .*Avg. cost"),
    "no day column": ("Campaign,Cost\nBrand,1.5\n", "row 1: no day column .*segment Day"),
    "weeks": ("Week,Campaign,Cost\n2024-01-01,Brand,1.5\n", "row 1: .*'Week', which is more than a day"),
    "Meta's period only": ("Reporting starts,Reporting ends,Campaign name,Cost\n2024-01-01,2024-01-31,Brand,1.5\n",
                           "'Reporting starts' and 'Reporting ends'"),
    "months in the day column": ("Date,Campaign,Cost\n2024-01,Brand,1.5\n", "row 2: .*a month"),
    "weeks in the day column": ("Date,Campaign,Cost\n2024-W01,Brand,1.5\n", "row 2: .*a period"),
    "ranges in the day column": ("Date,Campaign,Cost\n2024-01-01 - 2024-01-07,Brand,1.5\n", "row 2: .*a period"),
    "hours": ("Date,Campaign,Cost\n2024-01-01 13:00,Brand,1.5\n", "row 2: .*a time of day"),
    "Excel's day numbers": ("Date,Campaign,Cost\n45292,Brand,1.5\n", "row 2: .*Excel's day number"),
    "no such day": (HEAD + ROW.replace("01-01", "02-30"), "row 2: day '2024-02-30'"),
    "two cost columns": ("Day,Campaign,Cost,cost\n2024-01-01,Brand,1.5,1.5\n", "row 1: two columns"),
    "ad groups without campaigns": ("Day,Ad group,Cost\n2024-01-01,A,1.5\n", "row 1: .*'Ad group'"),
    "ad groups": ("Day,Campaign,Ad group,Cost\n2024-01-01,B,x,1.5\n2024-01-01,B,y,1.5\n",
                  "row 3: a second row for 'B' on 2024-01-01 .*row 2.*'Ad group'"),
    "ad sets, as an API dump names them": (
        "date,campaign_name,adset_name,ad_id,spend\n2024-01-01,B,x,1,1.5\n2024-01-01,B,y,2,1.5\n",
        "row 3: .*one row for each 'adset_name'; download it by campaign and day"),
    "ads without campaigns": ("date,ad_id,adset,spend\n2024-01-01,1,x,1.5\n", "row 1: .*'ad_id' but name no campaign"),
    "campaigns by number only": ("date,campaign_id,spend\n2024-01-01,1,1.5\n", "row 1: .*'campaign_id' but name no"),
    "cost in millionths": ("date,campaign,cost_micros\n2024-01-01,B,1500000\n", "row 1: 'cost_micros' counts"),
    "a figure that ends in its point": (HEAD + ROW + NEXT.replace("1100", "144."), "row 3: impressions '144.'"),
    "two rows of one key above a broken row": (HEAD + ROW + ROW + "2024-01-03,Brand\n",
                                              "row 3: a second row for 'Brand'"),
    "two rows of one key": (HEAD + ROW + NEXT + ROW, "row 4: a second row for 'Brand'"),
    "several accounts": ("Account,Day,Campaign,Cost\nA,2024-01-01,x,1.5\nB,2024-01-01,y,1.5\n", "row 3: .*several"),
    "no cost": (HEAD + ROW + NEXT.replace("11.50", ""), "row 3: no cost"),
    "cost --": (HEAD + ROW + NEXT.replace("11.50", "--"), "row 3: no cost"),
    "no day": (HEAD + ROW + NEXT.replace("2024-01-02", ""), "row 3: day ''"),
    "no campaign": (HEAD + ROW + NEXT.replace("Brand", " "), "row 3: no campaign name"),
    "an endless name": (HEAD + ROW + NEXT.replace("Brand", "B" * 501), "row 3: a campaign name of 501"),
    "negative cost": (HEAD + ROW + NEXT.replace("11.50", "-11.50"), "row 3: spend '-11.50' is negative"),
    "negative in brackets": (HEAD + ROW + NEXT.replace("11.50", "(11.50)"), "row 3: .*negative"),
    "a minus sign": (HEAD + ROW + NEXT.replace("11.50", "\u221211.50"), "row 3: .*negative"),
    "negative clicks": (HEAD + ROW + NEXT.replace(",21,", ",-21,"), "row 3: clicks '-21' is negative"),
    "NaN": (HEAD + ROW + NEXT.replace("43.10", "NaN"), "row 3: revenue is 'NaN'"),
    "inf": (HEAD + ROW + NEXT.replace("11.50", "inf"), "row 3: spend is 'inf'"),
    "words": (HEAD + ROW + NEXT.replace("11.50", "lots"), "row 3: spend 'lots' is not a number"),
    "N/A": (HEAD + ROW + NEXT.replace("43.10", "N/A"), "row 3: revenue 'N/A' is not a number"),
    "scientific": (HEAD + ROW + NEXT.replace("1100", "1.1E+03"), "row 3: impressions '1.1E\\+03' is not a number"),
    "percent": (HEAD + ROW + NEXT.replace("2.5", "2.5%"), "row 3: conversions '2.5%' is not a number"),
    "digits of another script": (HEAD + ROW + NEXT.replace("1100", "١١٠٠"), "row 3: impressions .* is not a number"),
    "bad groups": (HEAD + ROW + NEXT.replace("11.50", '"1,15.50"'), "row 3: spend '1,15.50' is not a number"),
    "an absurd figure": (HEAD + ROW + NEXT.replace("11.50", "9" * 30), "row 3: .*too large"),
    "fractional clicks": (HEAD + ROW + NEXT.replace(",21,", ",21.5,"), "row 3: clicks '21.5' is fractional"),
    "another currency sign": (HEAD + ROW + NEXT.replace("11.50", "€11.50"), "row 3: .*is in €.*USD"),
    "another currency in the header": (HEAD.replace("Cost", "Cost (EUR)") + ROW, "row 1: .*EUR.*--currency EUR"),
    "another currency in a column": ("Day,Campaign,Currency code,Cost\n2024-01-01,B,EUR,1.5\n", "row 2: .*EUR"),
    "a cut-off row": (HEAD + ROW + "2024-01-02,Brand,11.5\n", "row 3: 3 cells where the header has 7: .*cut off"),
    "a row too long": (HEAD + ROW + NEXT.replace("11.50", "1,234.50"), "row 3: 8 cells where the header has 7"),
    "cut off inside quotes": (HEAD + ROW + '2024-01-02,"Bra', "row 3: the quotes"),
    "cut off inside the last figure": (HEAD + ROW + NEXT + "2024-01-03,Brand,1.50,1,1,1.0,43.1", "row 4: .*cut off"),
    "cut off before the last figure": (HEAD + ROW + NEXT + "2024-01-03,Brand,1.50,1,1,1.0,", "row 4: .*cut off"),
    "decimal point and comma": ("Day;Campaign;Cost\n2024-01-01;B;1,50\n2024-01-02;B;1.50\n",
                                "row 2: .*row 3|row 3: .*row 2"),
    "a total that does not add up": (HEAD + ROW + NEXT + "Total: Account,,99.00,2100,41,4.0,76.20\n",
                                     "row 4: the file's own total says spend 99.00, but the rows add up to 22.00"),
    "a total of clicks that does not add up": (HEAD + ROW + NEXT + "Total,,22.00,2100,40,4.0,76.20\n",
                                               "row 4: .*clicks"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_row_and_the_reason(case: str, read: Read) -> None:
    content, message = CASES[case]
    with pytest.raises(UntrustedFile, match=message):
        read(content)


def test_a_meta_row_without_campaign_and_day_is_a_total_or_nothing(read: Read) -> None:
    text = "Campaign name,Day,Cost\nA,2024-01-01,1.50\n,,1.75\n"
    with pytest.raises(UntrustedFile, match=r"row 3: the file's own total says spend 1.75"):
        read(text, platform="meta")


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(UntrustedFile):
            read_export(path, platform="meta", account="A", currency="USD")


def test_an_unknown_platform_and_an_unknown_currency_are_bad_input(read: Read, good: str) -> None:
    with pytest.raises(BadInput, match=r"known: google_ads, meta, .*ga4, generic"):
        read(good, platform="myspace")
    with pytest.raises(UnknownCurrency):
        read(good, currency="XYZ")


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "DEM", "HRK"])
def test_a_currency_that_nobody_is_billed_in_is_refused(code: str, read: Read, good: str) -> None:
    with pytest.raises(UnknownCurrency, match=code):
        read(good, currency=code)


def test_a_day_in_the_future_is_refused_with_its_row(read: Read, good: str) -> None:
    with pytest.raises(UntrustedFile, match=r"row 5: day '2024-01-13' lies in the future"):
        read(good, latest=date(2024, 1, 12))
    assert read(good, latest=date(2024, 1, 13)).last_day == date(2024, 1, 13)


def test_a_large_file_of_the_wrong_kind_is_refused_without_reading_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    for block in (b"\x00\x01" * (1 << 20), b"a" * (1 << 21), b"a,b\n" * (1 << 19), b'"' + b"x\n" * (1 << 20)):
        path.write_bytes(block * 8)
        with pytest.raises(UntrustedFile):
            read_export(path, platform="meta", account="A", currency="USD")


def test_a_cell_of_a_hundred_thousand_digits_is_refused_at_once(read: Read) -> None:
    for cell in ("1" * 100_000, " " * 100_000 + "x", "1 " * 50_000 + "x"):
        with pytest.raises(UntrustedFile):
            read(HEAD + ROW + NEXT.replace("11.50", cell))
        with pytest.raises(UntrustedFile):
            read(HEAD + ROW + NEXT.replace("2024-01-02", cell))
