"""What a reader sees: whose figure it is, nothing twice, parts that add up, and no half week as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from app.showing import worth_showing
from tools import trend

JUNE = ("2024-06-01", "2024-06-30")
MAY = ("2024-05-01", "2024-05-31")


def test_a_platforms_figure_of_one_campaign_says_so_in_its_entity(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["spend"], by="platform", campaigns=["Search Network"], period=JUNE)
    (only,) = result.facts
    assert only.entity == "Search Network (Google Ads)"
    assert float(only.value) == pytest.approx(exports.sums(*JUNE, campaign="Search Network").spend)
    assert "Search Network" in exports.read(result)
    without = exports.call("breakdown", metrics=["spend"], by="platform", exclude_campaigns=["YouTube"], period=JUNE)
    assert [f.entity for f in without.facts] == ["all without YouTube (Google Ads)", "all without YouTube (Meta)"]
    whole = exports.call("breakdown", metrics=["spend"], by="platform", period=JUNE)
    assert [f.entity for f in whole.facts] == ["google_ads", "meta"]


def test_a_comparison_by_platform_of_one_campaign_says_so_too(exports: Any) -> None:
    result = exports.call(
        "compare", metrics=["spend"], by="platform", campaigns=["Search Network"], period=JUNE, baseline=MAY
    )
    assert {f.entity for f in result.facts} == {"Search Network (Google Ads)"}


def test_an_account_called_like_a_campaign_is_told_from_it(exports: Any) -> None:
    account = exports.call("metric", metrics=["spend"], accounts=["Shop Meta"], period=JUNE)
    campaign = exports.call("metric", metrics=["spend"], campaigns=["Shop Meta"], period=JUNE)
    assert [r.facts[0].entity for r in (account, campaign)] == ["account Shop Meta", "Shop Meta"]


@pytest.mark.parametrize("more", [{}, {"order": "top", "limit": 3}, {"order": "worst", "limit": 2}])
def test_what_the_text_lists_is_not_listed_again(exports: Any, more: dict[str, Any]) -> None:
    result = exports.call("breakdown", metrics=["spend", "clicks"], by="campaign", period=JUNE, **more)
    assert len(result.facts) == 2 * len(result.table.rows) == 2 * more.get("limit", 5)
    assert worth_showing([result.table]) == []


def test_a_table_stays_where_the_text_leaves_something_out(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["spend"], by="day", period=JUNE)
    assert worth_showing([result.table]) == [result.table]


@pytest.mark.parametrize("metric", ["cpa", "ctr", "roas"])
def test_the_contributions_in_the_table_add_up_to_the_change(exports: Any, metric: str) -> None:
    result = exports.call("compare", metrics=[metric], explain=True, period=JUNE, baseline=MAY)
    assert result.table.columns[-2:] == ("Rate", "Mix")
    change = next(f for f in result.facts if f.label.endswith(" change"))
    assert sum(row[5] for row in result.table.rows) == pytest.approx(float(change.value))
    parts = [row for row in result.table.rows if row[6] is not None]
    assert parts
    for row in parts:
        assert row[6] + row[7] == pytest.approx(row[5])


def test_only_platforms_with_figures_are_said_to_be_added_up(make_bench: Callable[..., Any], generate: Any) -> None:
    may, june = (date(2024, 5, 1), date(2024, 5, 31)), (date(2024, 6, 1), date(2024, 6, 30))
    bench = make_bench({
        ("google_ads", "Shop", "USD"): generate({"Brand": 50}, *may),
        ("meta", "Shop Meta", "USD"): pd.concat([generate({"P": 20}, *may), generate({"P": 20}, *june)]),
    })  # fmt: skip
    result = bench.call("metric", metrics=["roas"], period=JUNE)
    text = bench.read(result)
    assert "ROAS on Meta, June 2024" in text
    assert "Google" not in text
    assert "Google Ads has no data for the whole period" in result.caveats
    both = bench.read(bench.call("metric", metrics=["roas"], period=MAY))
    assert "across Google Ads and Meta" in both


def test_accounts_of_two_currencies_are_listed_each_in_its_own(make_bench: Callable[..., Any], generate: Any) -> None:
    june = date(2024, 6, 1), date(2024, 6, 30)
    bench = make_bench({
        ("google_ads", "US", "USD"): generate({"A": 50}, *june),
        ("google_ads", "DE", "EUR"): generate({"B": 20}, *june),
        ("meta", "Silent", "GBP"): generate({"C": 20}, date(2024, 5, 1), date(2024, 5, 31)),
    })  # fmt: skip
    result = bench.call("breakdown", metrics=["spend"], by="account", period=JUNE)
    assert result.refused is None
    assert {f.entity: f.currency for f in result.facts if f.value is not None} == {"US": "USD", "DE": "EUR"}
    for f in result.facts:
        if f.value is not None:
            assert float(f.value) == pytest.approx(bench.sums(*JUNE, account=f.entity).spend)


def test_a_part_of_a_week_is_marked_in_the_table_and_drawn_apart(exports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(trend, "line_chart", lambda _title, points, **_: drawn.extend(points) or b"png")
    result = exports.call("trend", metric="roas", by="week", period=JUNE)
    assert [whole for _, _, whole in drawn] == [False, True, True, True, True]
    assert result.table.rows[0][0] == "week of 2024-05-27 (part of the week)"
    assert any("drawn hollow" in c for c in result.caveats)
    assert "From 3.55 (week of 2024-06-03)" in result.chart.alt_text
    assert "a hollow point is a part of a week" in result.chart.alt_text


def test_a_single_bucket_says_why_there_is_no_chart(exports: Any) -> None:
    result = exports.call("trend", metric="cpa", by="month", period=JUNE)
    assert result.chart is None
    assert "no chart: June 2024 holds a single month; ask for a longer period" in result.caveats
