"""Every export people download, in every language: read exactly, or refused with the reason."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.files import FileReport, read_export, recognise
from connectors.files.layouts import LAYOUTS
from domain.errors import UntrustedFile
from emulators.market import downloads
from tests.exports.written import ADDED_UP, FILES, SPLIT, WHOLE, figures, truth

Read = Callable[..., FileReport]


@pytest.fixture
def read() -> Read:
    def read_text(content: str, *, platform: str = "google_ads", currency: str = "USD") -> FileReport:
        return read_export(content.encode(), platform=platform, account="Shop", currency=currency)

    return read_text


@pytest.mark.parametrize("name", list(FILES))
def test_every_export_is_read_exactly(name: str) -> None:
    platform, currency, write = FILES[name]
    report = read_export(write(), platform=platform, account="Acme", currency=currency)
    assert figures(report.rows) == truth(name)
    assert len(report.rows) + len(report.skipped) + report.rows_summed == report.rows_read


@pytest.mark.parametrize("name", list(FILES))
def test_every_export_says_what_it_is(name: str) -> None:
    platform, currency, write = FILES[name]
    found = recognise(write())
    assert (found.kind, found.platform, found.trouble) == ("daily", platform, None)
    assert found.currency == (None if platform == "ga4" else currency)
    assert len(found.dates) == 1
    assert found.account == {"microsoft": "Acme", "linkedin": "Acme", "ga4": "Acme shop"}.get(platform)


@pytest.mark.parametrize("name", [n for n in FILES if FILES[n][0] not in ("microsoft", "linkedin")])
def test_a_files_own_total_is_its_checksum(name: str) -> None:
    platform, currency, write = FILES[name]
    content = write()
    report = read_export(content, platform=platform, account="Acme", currency=currency)
    assert report.checksum_row is not None
    assert sum("add up to it" in skipped.reason for skipped in report.skipped) == 1


@pytest.mark.parametrize("name", ADDED_UP)
def test_ad_sets_and_ads_are_added_up_and_that_is_said(name: str) -> None:
    platform, currency, write = FILES[name]
    report = read_export(write(), platform=platform, account="Acme", currency=currency)
    assert (len(report.rows), report.rows_summed) == (len(WHOLE), len(WHOLE))
    assert any(f"{len(SPLIT)} rows by" in note and f"added up to {len(WHOLE)} campaigns" in note
               for note in report.notes)  # fmt: skip
    assert report.totals["spend"] == sum(r.spend for r in SPLIT)


AD_SETS = "Campaign name,Ad set name,{extra}Day,Amount spent (USD)\n"


@pytest.mark.parametrize(
    ("extra", "rows", "message"),
    [
        ("", "A,x,2024-01-01,1\nA,x,2024-01-01,1\n", "row 3: a second row for 'A' .*column of their id"),
        ("Age,", "A,x,18-24,2024-01-01,1\nA,x,25-34,2024-01-01,1\n", "row 3: a second row .*download it by campaign"),
        ("Ad name,", "A,x,,2024-01-01,3\nA,x,one,2024-01-01,1\nA,x,two,2024-01-01,2\n", "row 2: .*may be their sum"),
        ("", "A,,2024-01-01,3\nA,x,2024-01-01,1\nA,y,2024-01-01,2\n", "row 2: .*may be their sum"),
    ],
)
def test_what_could_count_twice_is_refused(read: Read, extra: str, rows: str, message: str) -> None:
    with pytest.raises(UntrustedFile, match=message):
        read(AD_SETS.format(extra=extra) + rows, platform="meta")


def test_an_unknown_figure_of_one_ad_set_leaves_what_the_others_state(read: Read) -> None:
    text = AD_SETS.format(extra="Purchases,") + "A,x,2,2024-01-01,1\nA,y,,2024-01-01,2\nB,x,,2024-01-01,3\n"
    rows = read(text, platform="meta").rows
    assert [(r.campaign, r.spend_micros, r.conversions) for r in rows] == [
        ("A", 3_000_000, 2.0),
        ("B", 3_000_000, None),
    ]


def test_ad_groups_of_google_are_not_added_up(read: Read) -> None:
    text = "Day,Campaign,Ad group,Cost\n2024-01-01,A,x,1\n2024-01-01,A,y,1\n"
    with pytest.raises(UntrustedFile, match="download it by campaign and day"):
        read(text)


def test_microsofts_row_count_and_last_line_prove_the_file_whole() -> None:
    content = downloads.microsoft(WHOLE, "EUR").decode("utf-8-sig")
    lines = content.split("\r\n")
    fewer = "\r\n".join([*lines[:12], *lines[13:]])
    with pytest.raises(UntrustedFile, match="says that it has 18 rows, but 17"):
        read_export(fewer.encode(), platform="microsoft", account="A", currency="EUR")
    uncounted = content.replace('"Rows: 18"', '"Rows: "')
    assert len(read_export(uncounted.encode(), platform="microsoft", account="A", currency="EUR").rows) == 18
    cut = uncounted[: uncounted.index('"©')]
    with pytest.raises(UntrustedFile, match="its last line, which names microsoft corporation, is not there"):
        read_export(cut.encode(), platform="microsoft", account="A", currency="EUR")


def test_a_linkedin_row_of_more_than_a_day_is_refused(read: Read) -> None:
    text = "Start Date (in UTC)\tEnd Date (in UTC)\tCampaign Name\tTotal Spent\n1/13/2024\t1/31/2024\tA\t1.50\n"
    with pytest.raises(UntrustedFile, match="row 2: the row covers 1/13/2024 to 1/31/2024"):
        read(text, platform="linkedin")
    assert read(text.replace("1/31", "1/13"), platform="linkedin").first_day == date(2024, 1, 13)


def test_names_seen_in_public_files_are_read(read: Read) -> None:
    """The headers of public importers' own tests: LinkedIn in German, TikTok in Spanish, Google in Dutch."""
    linkedin = ("Bericht zur Performance\n\nStartdatum (in UTC)\tName der Kampagne\tName der Anzeigengruppe\t"
                "Anzeigengruppen-ID\tGesamtausgaben\tImpressions\tKlicks\n31.10.2023\tParent\tx\t1\t\"330,51\"\t4197\t17\n"
                "31.10.2023\tParent\ty\t2\t\"1,49\"\t3\t1\n")  # fmt: skip
    assert recognise(linkedin.encode()).platform == "linkedin"
    (row,) = read(linkedin, platform="linkedin").rows
    assert (row.campaign, row.spend_micros, row.impressions, row.clicks) == ("Parent", 332_000_000, 4200, 18)
    (row,) = read("Por día,Nombre de la campaña,Gasto,Clics (destino)\n2024-01-31,A,2.50,7\n", platform="tiktok").rows
    assert (row.spend_micros, row.clicks) == (2_500_000, 7)
    dutch = "Dag;Campagne;Kosten;Conversiewaarde\n2024-01-31;A;2,50;7,25\n2024-01-30;A;2,50;7,25\n"
    assert [r.revenue for r in read(dutch).rows] == [7.25, 7.25]


LINKEDIN_HEAD = "Start Date (in UTC),Account Name,Campaign Name,Total Spent\n"
LINKEDIN_ROWS = "02/01/2024,Acme,A,1.50\n02/05/2024,Acme,A,2.50\n"


@pytest.mark.parametrize(
    ("above", "first", "last"),
    [
        ('"Report Start: February 01, 2024, 12:00 AM"\n"Report End: February 29, 2024, 11:59 PM"\n',
         date(2024, 2, 1), date(2024, 2, 5)),
        ("Report Start: 02/01/2024, Report End: 02/29/2024\n\n", date(2024, 2, 1), date(2024, 2, 5)),
        ("Report Start: 2 January 2024\nReport End: 31 May 2024\n", None, None),  # both orders fit this long report
        ("Report Start: 02/01/2024\nReport End: 02/05/2024\n", None, None),  # and so do days written the same way
        ("Startdatum des Berichts: 01.01.2024\nEnddatum des Berichts: 31.01.2024\n", None, None),  # contradicts both
    ],
)  # fmt: skip
def test_the_reports_own_first_and_last_day_settle_the_order_where_they_can(
    read: Read, above: str, first: date | None, last: date | None
) -> None:
    content = "Campaign Performance Report (in UTC)\n" + above + LINKEDIN_HEAD + LINKEDIN_ROWS
    if first is None:
        with pytest.raises(UntrustedFile, match="--dates dmy or --dates mdy"):
            read(content, platform="linkedin")
        return
    report = read(content, platform="linkedin")
    assert (report.first_day, report.last_day) == (first, last)
    assert recognise(content.encode()).dates == ("mdy",)


def test_days_a_week_apart_throughout_are_refused_until_they_are_said_to_be_days(read: Read) -> None:
    weeks = [date(2024, 1, 1 + 7 * n) for n in range(4)]
    text = "Day,Campaign,Cost\n" + "".join(f"{day},A,1.50\n" for day in weeks)
    with pytest.raises(UntrustedFile, match="all 4 days, 2024-01-01 to 2024-01-22, are seven days apart") as refused:
        read(text)
    assert "--daily" in (refused.value.option or "")
    report = read_export(text.encode(), platform="google_ads", account="Shop", currency="USD", daily=True)
    assert [row.day for row in report.rows] == weeks
    assert len(read(text + "2024-01-23,A,1\n").rows) == 5  # one other day shows what they are
    head = "Start Date (in UTC)\tEnd Date (in UTC)\tCampaign Name\tTotal Spent\n"
    stated = head + "".join(f"{day:%m/%d/%Y}\t{day:%m/%d/%Y}\tA\t1.50\n" for day in weeks)
    assert len(read(stated, platform="linkedin").rows) == 4  # each row says that it ends on its day


GA4_TABLE = "Date,Session campaign,Key events,Total revenue\n20240101,A,1,2.50\n"


def test_a_second_ga4_table_by_day_is_a_choice_for_a_person(read: Read) -> None:
    with pytest.raises(UntrustedFile, match="row 5: a second table by day"):
        read(f"# Acme\n{GA4_TABLE}\n{GA4_TABLE}", platform="ga4")


def test_ga4_needs_no_cost_and_its_table_may_stand_far_down(read: Read) -> None:
    preamble = "# line\n" * 20 + "Landing page,Sessions\n/,5\n\n# line\n"
    report = read(preamble + GA4_TABLE, platform="ga4")
    assert (report.rows[0].spend_micros, report.totals["revenue"]) == (None, Decimal("2.50"))
    with pytest.raises(UntrustedFile, match=r"no day column .*'Nth day', which counts from the report's start"):
        read("# x\nNth day,Key events\n0000,5\n", platform="ga4")


def test_no_layout_knows_a_name_that_is_not_plain() -> None:
    """A word with capitals or outer spaces would never match a header."""
    for layout in LAYOUTS.values():
        words = [*layout.signs, *layout.parts, *layout.preamble, *(n for names in layout.names.values() for n in names)]
        assert [w for w in words if w != " ".join(w.split()).casefold()] == []


def test_raw_tables_of_a_connector_are_refused_with_the_reason(reference_data: Path) -> None:
    """They name campaigns by number, count millionths, or split days by device: none of it may pass for a campaign."""
    tables = sorted((reference_data / "adplatform_exports").glob("*.csv*"))
    assert len(tables) > 40
    reasons = {path.name: _refusal(path) for path in tables}
    assert [name for name, reason in reasons.items() if not reason] == []
    assert "counts millionths" in reasons["google_ads_account_stats_data.csv"]
    assert "no cost column" in reasons["linkedin_ad_analytics_by_creative_data.csv"]


def _refusal(path: Path) -> str:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    maker = path.name.split("_")[0]
    try:
        read_export(content, platform={"facebook": "meta", "google": "google_ads"}.get(maker, maker), account="A",
                    currency="USD")  # fmt: skip
    except UntrustedFile as error:
        return str(error)
    return ""
