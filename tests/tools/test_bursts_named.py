"""A few days that dominate a period are named in one line, with what they hold and the figure without them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

JUNE, MAY = ("2024-06-01", "2024-06-30"), ("2024-05-01", "2024-05-31")
SALE = [date(2024, 6, d) for d in (11, 12, 13)]


@pytest.fixture
def sale(make_bench: Any, generate: Any) -> Any:
    """Three days of June bring twenty times the revenue."""
    frame = generate({"Brand": 50, "Search": 300}, date(2024, 4, 1), date(2024, 6, 30), seed=3)
    frame.loc[frame["day"].isin(SALE), "revenue"] *= 20
    return make_bench({("google_ads", "Shop", "USD"): frame})


def parts(bench: Any) -> tuple[pd.Series, pd.Series]:
    return bench.sums(*JUNE), bench.sums("2024-06-11", "2024-06-13")


def test_a_ratio_is_told_with_and_without_the_days(sale: Any) -> None:
    result = sale.call("metric", metrics=["roas"], period=JUNE)
    june, days = parts(sale)
    rest = june - days
    assert sale.values(result) == pytest.approx(
        [june.revenue / june.spend, days.revenue / june.revenue, 3 / 30, rest.revenue / rest.spend]
    )
    assert "2024-06-11 to 2024-06-13 hold" in sale.read(result)
    assert [f.to_json()["left_out"] for f in result.facts][3] == [{"start": "2024-06-11", "end": "2024-06-13"}]


def test_a_sum_and_an_average_are_told_over_the_days_that_remain(sale: Any) -> None:
    june, days = parts(sale)
    total = sale.call("metric", metrics=["revenue"], period=JUNE)
    assert sale.values(total)[-1] == pytest.approx(june.revenue - days.revenue)
    average = sale.call("metric", metrics=["revenue"], period=JUNE, per_day=True)
    assert sale.values(average)[-1] == pytest.approx((june.revenue - days.revenue) / 27)


def test_a_figure_that_the_days_do_not_move_names_none(sale: Any) -> None:
    assert len(sale.call("metric", metrics=["spend", "cpc"], period=JUNE).facts) == 2


def test_a_comparison_names_them_for_the_period_they_lie_in(sale: Any) -> None:
    for period, baseline in ((JUNE, MAY), (MAY, JUNE)):
        said = sale.read(sale.call("compare", metrics=["roas"], period=period, baseline=baseline)).splitlines()
        assert [line.startswith("2024-06-11 to 2024-06-13 hold") for line in said] == [False, True]
        assert "of June 2024" in said[1]


def test_once_left_out_they_are_named_no_more(sale: Any) -> None:
    without = [{"start": "2024-06-11", "end": "2024-06-13"}]
    assert len(sale.call("metric", metrics=["roas"], period=JUNE, without=without).facts) == 1


def test_a_week_is_too_short_to_have_ordinary_days(sale: Any) -> None:
    assert len(sale.call("metric", metrics=["roas"], period=("2024-06-08", "2024-06-14")).facts) == 1
