"""Periods that the data cover in part or not at all, currencies that do not add up, figures that no row states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

JUNE = ("2024-06-01", "2024-06-30")
Make = Callable[..., Any]
JUNE_DAYS = date(2024, 6, 1), date(2024, 6, 30)


def test_a_period_that_starts_before_the_data_is_clipped_and_says_so(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend"], period=("2024-03-15", "2024-04-10"))
    assert shop.values(result) == pytest.approx([shop.sums("2024-04-01", "2024-04-10").spend])
    assert str(result.facts[0].window.start) == "2024-04-01"
    assert result.caveats == ("the data start on 2024-04-01: earlier days of the period are missing",)


def test_today_is_not_over_and_is_left_out(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend"], period=("2024-06-01", "2024-06-20"), as_of=date(2024, 6, 15))
    assert shop.values(result) == pytest.approx([shop.sums("2024-06-01", "2024-06-14").spend])
    assert result.caveats == ("the period is not over: figures go through 2024-06-14, the last complete day",)
    assert set(result.freshness.values()) == {date(2024, 6, 14)}


@pytest.mark.parametrize(
    ("period", "as_of", "reason"),
    [
        (("2023-01-01", "2023-12-31"), date(2024, 7, 1), "no data before 2024-04-01"),
        (("2024-07-01", "2024-07-10"), date(2024, 7, 20), "no data after 2024-06-30"),
        (("2024-06-15", "2024-06-15"), date(2024, 6, 15), "no complete day yet: today is 2024-06-15"),
        (("2024-03-01", "2024-03-15"), date(2024, 3, 20), "no data yet"),
    ],
)
def test_a_period_outside_the_data_is_unknown_with_the_reason(shop: Any, period: Any, as_of: date, reason: str) -> None:
    for tool, extra in (
        ("metric", {}),
        ("breakdown", {"by": "campaign"}),
        ("breakdown", {"by": "day", "order": "top"}),
    ):
        result = shop.call(tool, metrics=["spend"], period=period, as_of=as_of, **extra)
        assert [(f.value, f.reason) for f in result.facts] == [(None, reason)]
        assert "unknown" in shop.read(result)
    trend = shop.call("trend", metric="spend", period=period, as_of=as_of)
    assert [f.reason for f in trend.facts] == [reason]
    assert trend.chart is None


def test_days_without_any_row_are_named(make_bench: Make, generate: Make) -> None:
    frame = generate({"Brand": 50}, *JUNE_DAYS)
    gap = frame[~frame["day"].isin([date(2024, 6, 5), date(2024, 6, 6), date(2024, 6, 20)])]
    bench = make_bench({("google_ads", "Shop", "USD"): gap})
    result = bench.call("metric", metrics=["spend"], period=JUNE)
    assert result.caveats == ("Google Ads has no data for 2024-06-05 to 2024-06-06 and 2024-06-20",)
    listed = bench.call("breakdown", metrics=["spend"], by="day", period=("2024-06-04", "2024-06-06"))
    assert [f.value is None for f in listed.facts] == [False, True, True]


def test_a_platform_that_stopped_earlier_is_named(make_bench: Make, generate: Make) -> None:
    google, meta = generate({"Brand": 50}, *JUNE_DAYS), generate({"Pro": 9}, date(2024, 6, 1), date(2024, 6, 27))
    bench = make_bench({("google_ads", "Shop", "USD"): google, ("meta", "Shop", "USD"): meta})
    result = bench.call("metric", metrics=["spend"], period=JUNE)
    assert result.caveats == ("Meta has no data for 2024-06-28 to 2024-06-30",)
    assert result.freshness == {"google_ads": date(2024, 6, 30), "meta": date(2024, 6, 27)}
    said = bench.read(bench.call("freshness"))
    assert said.splitlines() == [
        "Google Ads: data through 2024-06-30.",
        "Meta: data through 2024-06-27: the days after it, up to 2024-06-30, are missing.",
    ]


def test_two_currencies_are_never_added(make_bench: Make, generate: Make) -> None:
    us, eu = generate({"Brand": 50}, *JUNE_DAYS, seed=1), generate({"Marke": 40}, *JUNE_DAYS, seed=2)
    bench = make_bench({("google_ads", "US", "USD"): us, ("google_ads", "EU", "EUR"): eu})
    for metric in ("spend", "cpa", "roas"):
        refused = bench.call("metric", metrics=[metric], period=JUNE).refused
        assert refused is not None
        assert "EUR and USD" in refused
    assert bench.call("breakdown", metrics=["cpa"], by="campaign", period=JUNE, order="worst").refused
    assert bench.call("compare", metrics=["spend"], period=JUNE, baseline=("2024-05-01", "2024-05-31")).refused
    clicks = bench.call("metric", metrics=["clicks"], period=JUNE)
    assert bench.values(clicks) == [bench.sums(*JUNE).clicks]
    each = bench.call("breakdown", metrics=["spend"], by="account", period=JUNE)
    assert {(f.entity, f.currency) for f in each.facts} == {("US", "USD"), ("EU", "EUR")}
    assert bench.call("metric", metrics=["spend"], period=JUNE, accounts=["EU"]).facts[0].currency == "EUR"


def test_a_figure_that_no_row_states_is_unknown_and_not_zero(make_bench: Make, generate: Make) -> None:
    frame = generate({"Brand": 50}, *JUNE_DAYS).assign(revenue=None)
    bench = make_bench({("linkedin", "Shop", "USD"): frame})
    result = bench.call("metric", metrics=["revenue", "roas", "spend"], period=JUNE)
    assert [f.reason for f in result.facts] == ["revenue is not in the data", "revenue is not in the data", None]


def test_a_ratio_is_unknown_where_only_some_rows_state_its_parts(make_bench: Make, generate: Make) -> None:
    frame = generate({"Brand": 50}, *JUNE_DAYS)
    frame.loc[frame["day"] < date(2024, 6, 10), "revenue"] = None
    bench = make_bench({("linkedin", "Shop", "USD"): frame})
    result = bench.call("metric", metrics=["roas", "revenue"], period=JUNE)
    assert result.facts[0].reason == "revenue is missing on some rows of this period"
    assert float(result.facts[1].value) == pytest.approx(frame["revenue"].sum())
    assert any("Revenue is not stated on some rows" in c for c in result.caveats)


def test_without_any_data_every_question_is_refused_with_what_to_do(make_bench: Make) -> None:
    columns = ["day", "campaign", "spend", "impressions", "clicks", "conversions", "revenue"]
    bench = make_bench({("google_ads", "Shop", "USD"): pd.DataFrame(columns=columns)})
    for tool, args in (("metric", {"metrics": ["spend"], "period": JUNE}), ("freshness", {})):
        assert "there are no data yet" in bench.call(tool, **args).refused


def test_definitions_need_no_data_and_give_the_formula(shop: Any) -> None:
    result = shop.call("define", metrics=["cpm", "roas"])
    assert "sum(revenue) / sum(spend)" in result.text
    assert "1000 * sum(spend) / sum(impressions)" in result.text
    assert result.facts == ()


def test_a_window_carries_the_time_zone(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend"], period=JUNE)
    assert result.facts[0].window.timezone == "UTC"
    assert result.facts[0].window.days == (JUNE_DAYS[1] - JUNE_DAYS[0]) // timedelta(days=1) + 1
