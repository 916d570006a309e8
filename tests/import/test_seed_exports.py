"""The two real exports, against the sums their source states and against pandas."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from connectors.files import read_export

STATED = {
    "google_ads": ("googleads-performance.csv", 714, "852805.3", 73_719_993, 477_218, "13954.2", "3127598.4"),
    "meta": ("metaads-performance.csv", 182, "19679.4", 2_859_308, 46_258, "2795", "498445.7"),
}


@pytest.mark.parametrize("platform", list(STATED))
def test_a_real_export_loads_whole_and_equals_its_stated_sums(platform: str, reference_data: Path) -> None:
    name, rows, spend, impressions, clicks, conversions, revenue = STATED[platform]
    report = read_export(
        reference_data / "seed_netelixir" / name, platform=platform, account="NetElixir", currency="USD"
    )
    assert (report.rows_read, len(report.rows), report.skipped) == (rows, rows, ())
    assert report.totals == {
        "spend": Decimal(spend),
        "impressions": impressions,
        "clicks": clicks,
        "conversions": Decimal(conversions),
        "revenue": Decimal(revenue),
    }
    assert (str(report.first_day), str(report.last_day)) == ("2024-01-01", "2024-06-30")


def test_every_row_of_the_google_export_is_what_pandas_reads(reference_data: Path) -> None:
    path = reference_data / "seed_netelixir" / "googleads-performance.csv"
    report = read_export(path, platform="google_ads", account="NetElixir", currency="USD")
    frame = pd.read_csv(path)
    for row, (_, expected) in zip(report.rows, frame.iterrows(), strict=True):
        assert str(row.day) == expected["Date"]
        assert row.campaign == expected["Campaign type"]
        assert row.spend_micros == round(expected["Cost"] * 1_000_000)
        assert (row.impressions, row.clicks) == (expected["Impressions"], expected["Clicks"])
        assert (row.conversions, row.revenue) == (expected["Conversions"], expected["Revenue"])


def test_an_export_without_campaigns_carries_the_accounts_name(reference_data: Path) -> None:
    path = reference_data / "seed_netelixir" / "metaads-performance.csv"
    report = read_export(path, platform="meta", account="NetElixir", currency="USD")
    assert {row.campaign for row in report.rows} == {"NetElixir"}
    frame = pd.read_csv(path)
    assert [row.reach for row in report.rows] == frame["Reach"].tolist()
    assert report.ignored == ()
