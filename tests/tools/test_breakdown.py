"""Breakdowns and rankings on generated data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

JUNE = ("2024-06-01", "2024-06-30")
Make = Callable[..., Any]


def _one_day(rows: dict[str, tuple[float, int, int, float, float]]) -> pd.DataFrame:
    """Campaign -> spend, impressions, clicks, conversions, revenue on 2024-06-10."""
    columns = ["day", "campaign", "spend", "impressions", "clicks", "conversions", "revenue"]
    return pd.DataFrame([(date(2024, 6, 10), name, *figures) for name, figures in rows.items()], columns=columns)


def test_each_campaigns_figures_stand_in_the_order_of_the_first_metric(shop: Any) -> None:
    result = shop.call("breakdown", metrics=["spend", "roas"], by="campaign", period=JUNE)
    sums = {c: shop.sums(*JUNE, campaign=c) for c in ("Brand", "Search", "Prospecting")}
    order = sorted(sums, key=lambda c: -sums[c].spend)
    assert [f.entity for f in result.facts] == [c for c in order for _ in range(2)]
    assert shop.values(result) == pytest.approx(
        [v for c in order for v in (sums[c].spend, sums[c].revenue / sums[c].spend)]
    )


@pytest.mark.parametrize(
    ("metric", "order", "highest_first"),
    [
        ("cpa", "top", False), ("cpa", "worst", True), ("cpa", "largest", True), ("cpa", "smallest", False),
        ("roas", "top", True), ("roas", "worst", False), ("roas", "largest", True), ("roas", "smallest", False),
        ("spend", "top", True), ("clicks", "worst", False),
    ],
)  # fmt: skip
def test_top_and_worst_know_whether_more_is_better(shop: Any, metric: str, order: str, highest_first: bool) -> None:
    result = shop.call("breakdown", metrics=[metric], by="campaign", period=JUNE, order=order)
    found = shop.values(result)
    assert len(found) == 3
    assert found == sorted(found, reverse=highest_first)
    assert found[0] != found[-1]
    assert [row[1] for row in result.table.rows] == found


def test_a_limit_is_kept_in_the_table_too(shop: Any) -> None:
    result = shop.call("breakdown", metrics=["roas"], by="campaign", period=JUNE, order="top", limit=2)
    assert len(result.facts) == 2
    assert result.table is not None
    assert len(result.table.rows) == 2
    assert result.table.said


def test_who_asks_for_the_one_worst_gets_no_list(shop: Any) -> None:
    result = shop.call("breakdown", metrics=["roas"], by="campaign", period=JUNE, order="worst", limit=1)
    assert (len(result.facts), result.table) == (1, None)


def test_equal_entries_behind_the_last_one_listed_are_named(make_bench: Make) -> None:
    same = (50.0, 1000, 500, 20.0, 100.0)
    bench = make_bench({("google_ads", "Shop", "USD"): _one_day({"A": same, "B": same, "C": (10.0, 9, 5, 1.0, 1.0)})})
    result = bench.call("breakdown", metrics=["spend"], by="campaign", period=JUNE, order="top", limit=1)
    assert [f.entity for f in result.facts] == ["A"]
    assert "equal to the last one listed: B" in result.caveats


def test_only_undefined_entries_leave_no_ranking(make_bench: Make) -> None:
    bench = make_bench({("google_ads", "Shop", "USD"): _one_day({"A": (50.0, 10, 5, 0.0, 0.0)})})
    result = bench.call("breakdown", metrics=["cpa"], by="campaign", period=("2024-06-10", "2024-06-10"), order="top")
    assert "No campaign can be ranked by CPA" in result.text
    assert "A (no conversions in this period)" in result.text
    assert result.facts == ()


@pytest.mark.parametrize("order", ["worst", "top"])
def test_an_undefined_entry_is_named_apart_and_adds_no_figure_that_was_not_asked(make_bench: Make, order: str) -> None:
    rows = {"Good": (50.0, 1000, 500, 20.0, 100.0), "Waste": (75.0, 10, 5, 0.0, 0.0)}
    bench = make_bench({("google_ads", "Shop", "USD"): _one_day(rows)})
    result = bench.call("breakdown", metrics=["cpa"], by="campaign", period=("2024-06-10", "2024-06-10"), order=order)
    assert [(f.entity, float(f.value)) for f in result.facts] == [("Good", 2.5)]
    assert "Not ranked: Waste (no conversions in this period)." in result.text


def test_campaigns_of_one_name_are_told_apart(make_bench: Make, generate: Make) -> None:
    days = date(2024, 6, 1), date(2024, 6, 30)
    bench = make_bench({
        ("google_ads", "Shop", "USD"): generate({"Sale": 10}, *days, seed=1),
        ("meta", "Shop", "USD"): generate({"Sale": 90}, *days, seed=2),
    })  # fmt: skip
    result = bench.call("breakdown", metrics=["spend"], by="campaign", period=JUNE)
    assert [f.entity for f in result.facts] == ["Sale (Meta, Shop)", "Sale (Google Ads, Shop)"]
    assert bench.values(result) == pytest.approx(
        [bench.sums(*JUNE, platform="meta").spend, bench.sums(*JUNE, platform="google_ads").spend]
    )
    assert len(bench.call("breakdown", metrics=["spend"], by="account", period=JUNE).facts) == 2


def test_weeks_start_where_the_setting_says_and_partial_ones_are_marked(shop: Any) -> None:
    result = shop.call("breakdown", metrics=["clicks"], by="week", period=("2024-06-01", "2024-06-16"))
    assert [str(f.window.start) for f in result.facts] == ["2024-06-01", "2024-06-03", "2024-06-10"]
    spans = [("2024-06-01", "2024-06-02"), ("2024-06-03", "2024-06-09"), ("2024-06-10", "2024-06-16")]
    assert shop.values(result) == [shop.sums(*s).clicks for s in spans]
    assert result.text.count("(part of the week)") == 1


def test_months_and_weekdays_add_up_to_the_whole(shop: Any) -> None:
    whole = ("2024-04-01", "2024-06-30")
    for by, count in (("month", 3), ("weekday", 7)):
        result = shop.call("breakdown", metrics=["clicks"], by=by, period=whole)
        assert len(result.facts) == count
        assert sum(shop.values(result)) == shop.sums(*whole).clicks
    monday = shop.frame[shop.frame["day"].map(lambda d: date.fromisoformat("2024-04-01") <= d and d.weekday() == 0)]
    assert shop.values(result)[0] == monday["clicks"].sum()


def test_many_days_are_cut_to_the_highest_and_the_lowest(shop: Any) -> None:
    result = shop.call("breakdown", metrics=["spend"], by="day", period=JUNE)
    by_day = shop.frame[shop.frame["day"] >= date(2024, 6, 1)].groupby("day")["spend"].sum()
    assert shop.values(result) == pytest.approx([by_day.max(), by_day.min()])
    assert [f.window.start for f in result.facts] == [by_day.idxmax(), by_day.idxmin()]
    assert result.table is not None
    assert len(result.table.rows) == 30


def test_many_campaigns_are_listed_up_to_ten(make_bench: Make, generate: Make) -> None:
    frame = generate({f"C{i:02}": 10 + i for i in range(14)}, date(2024, 6, 1), date(2024, 6, 2))
    bench = make_bench({("google_ads", "Shop", "USD"): frame})
    result = bench.call("breakdown", metrics=["spend"], by="campaign", period=("2024-06-01", "2024-06-02"))
    assert len(result.facts) == 10
    assert "The others are in the table." in result.text
    assert result.table is not None
    assert len(result.table.rows) == 14


def test_a_trend_has_a_picture_with_a_text_and_every_day_in_the_table(shop: Any) -> None:
    result = shop.call("trend", metric="spend", period=JUNE)
    by_day = shop.frame[shop.frame["day"] >= date(2024, 6, 1)].groupby("day")["spend"].sum()
    assert shop.values(result) == pytest.approx([by_day.sum(), by_day.max(), by_day.min()])
    assert result.chart is not None
    assert result.chart.png.startswith(b"\x89PNG\r\n")
    assert len(result.chart.png) < 200_000
    assert result.chart.alt_text.startswith("Line chart: Spend across Google Ads and Meta by day, June 2024. From $")
    assert [row[1] for row in result.table.rows] == pytest.approx(list(by_day))


def test_a_partial_week_is_neither_the_highest_nor_the_lowest(shop: Any) -> None:
    result = shop.call("trend", metric="clicks", by="week", period=("2024-06-02", "2024-06-30"))
    weeks = [date(2024, 6, 3) + timedelta(days=7 * i) for i in range(4)]
    sums = [shop.sums(str(w), str(w + timedelta(days=6))).clicks for w in weeks]
    assert shop.values(result)[1:] == [max(sums), min(sums)]
    assert any("partial" in c for c in result.caveats)


def test_a_missing_day_is_a_gap_in_the_picture_and_unknown_in_the_table(make_bench: Make, generate: Make) -> None:
    frame = generate({"Brand": 50}, date(2024, 6, 1), date(2024, 6, 30))
    bench = make_bench({("google_ads", "Shop", "USD"): frame[frame["day"] != date(2024, 6, 5)]})
    result = bench.call("trend", metric="spend", period=JUNE)
    assert result.table.rows[4] == ("Wed 2024-06-05", None)
    assert "with gaps where there is no value" in result.chart.alt_text
