"""The compare tool on generated data: changes, entities, drivers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

JUNE, MAY = ("2024-06-01", "2024-06-30"), ("2024-05-01", "2024-05-31")
Make = Callable[..., Any]
COLUMNS = ["day", "campaign", "spend", "impressions", "clicks", "conversions", "revenue"]


def _two_days(before: dict[str, tuple[float, float]], now: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Campaign -> (spend, conversions) on 2024-05-10 and on 2024-06-10."""
    rows = [
        (day, name, spend, 10_000, 1000, conversions, 10.0)
        for day, side in ((date(2024, 5, 10), before), (date(2024, 6, 10), now))
        for name, (spend, conversions) in side.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


THEN = {"period": ("2024-06-10", "2024-06-10"), "baseline": ("2024-05-10", "2024-05-10")}


def test_a_comparison_is_current_baseline_change_and_relative_change(shop: Any) -> None:
    result = shop.call("compare", metrics=["roas", "clicks"], period=JUNE, baseline=MAY)
    now, before = shop.sums(*JUNE), shop.sums(*MAY)
    expected = []
    for a, b in ((now.revenue / now.spend, before.revenue / before.spend), (now.clicks, before.clicks)):
        expected += [a, b, a - b, a / b - 1]
    assert shop.values(result) == pytest.approx(expected)
    assert [f.form for f in result.facts[:4]] == ["plain", "plain", "signed", "signed"]
    assert [str(f.window.start) for f in result.facts[:2]] == ["2024-06-01", "2024-05-01"]


def test_several_metrics_share_one_heading_with_both_dates(shop: Any) -> None:
    weeks = {"period": ("2024-06-24", "2024-06-30"), "baseline": ("2024-06-17", "2024-06-23")}
    said = shop.read(shop.call("compare", metrics=["spend", "cpa"], platforms=["meta"], **weeks)).splitlines()
    assert said[0] == "2024-06-24 to 2024-06-30 against 2024-06-17 to 2024-06-23 on Meta:"
    assert [line.split()[1] for line in said[1:]] == ["Spend", "CPA"]


def test_the_change_of_a_percentage_is_in_points(shop: Any) -> None:
    result = shop.call("compare", metrics=["ctr"], period=JUNE, baseline=MAY)
    assert [f.form for f in result.facts] == ["plain", "plain", "points", "signed"]
    assert "percentage points" in shop.read(result)


def test_sums_over_periods_of_different_length_come_with_a_warning_and_ratios_do_not(shop: Any) -> None:
    sums = shop.call("compare", metrics=["spend"], period=JUNE, baseline=MAY)
    assert any("differ in length" in c for c in sums.caveats)
    ratios = shop.call("compare", metrics=["ctr"], period=JUNE, baseline=MAY)
    same = shop.call("compare", metrics=["spend"], period=JUNE, baseline=("2024-05-02", "2024-05-31"))
    assert not any("differ in length" in c for c in (*ratios.caveats, *same.caveats))


def test_a_relative_change_over_zero_is_undefined_and_the_absolute_one_is_not(make_bench: Make) -> None:
    bench = make_bench({("meta", "Shop", "USD"): _two_days({"A": (0.0, 0.0)}, {"A": (80.0, 4.0)})})
    result = bench.call("compare", metrics=["spend"], **THEN)
    assert bench.values(result) == [80.0, 0.0, 80.0, None]
    assert "undefined: the baseline is 0" in result.facts[3].reason
    assert "undefined" in bench.read(result)


def test_an_undefined_side_makes_every_change_undefined(make_bench: Make) -> None:
    bench = make_bench({("meta", "Shop", "USD"): _two_days({"A": (9.0, 0.0)}, {"A": (80.0, 4.0)})})
    result = bench.call("compare", metrics=["cpa"], explain=True, **THEN)
    assert bench.values(result) == [20.0, None, None]
    assert "so the change is" in result.text
    assert result.facts[2].reason.startswith("undefined: no conversions in this period")
    assert "What drove it cannot be said without both figures." in result.text


def test_no_change_is_said_plainly(make_bench: Make) -> None:
    bench = make_bench({("meta", "Shop", "USD"): _two_days({"A": (80.0, 4.0)}, {"A": (80.0, 4.0)})})
    result = bench.call("compare", metrics=["cpa"], explain=True, **THEN)
    assert "was unchanged at" in result.text
    assert bench.values(result) == [20.0, 20.0, 0.0, 0.0]


def test_a_shift_to_a_dearer_campaign_is_called_a_shift(make_bench: Make) -> None:
    before = {"Cheap": (80.0, 80.0), "Dear": (60.0, 20.0)}
    now = {"Cheap": (20.0, 20.0), "Dear": (240.0, 80.0)}
    bench = make_bench({("meta", "Shop", "USD"): _two_days(before, now)})
    result = bench.call("compare", metrics=["cpa"], explain=True, **THEN)
    effects = [f for f in result.facts[6:] if ": all " not in f.label]
    assert "+$1.20 from the mix of campaigns" in bench.read(result)
    assert sum(float(f.value) for f in effects) == pytest.approx(1.2)
    assert {f.label for f in effects} == {"Effect on CPA: mix effect"}
    said = bench.read(result)
    assert "a larger share of conversions came from Dear" in said
    assert "itself" not in said


def test_money_spent_without_conversions_is_named_as_a_driver(make_bench: Make) -> None:
    before = {"Works": (100.0, 10.0)}
    now = {"Works": (100.0, 10.0), "Wastes": (50.0, 0.0)}
    bench = make_bench({("meta", "Shop", "USD"): _two_days(before, now)})
    result = bench.call("compare", metrics=["cpa"], explain=True, **THEN)
    assert [(f.entity, float(f.value)) for f in result.facts[6:] if ": all " not in f.label] == [
        ("Wastes", pytest.approx(5.0))
    ]
    assert "Wastes, spend without conversions (+$5.00)" in bench.read(result)


def test_entities_rank_by_their_change_and_those_without_one_stand_apart(make_bench: Make) -> None:
    before = {"A": (100.0, 10.0), "B": (50.0, 5.0), "Old": (5.0, 1.0)}
    now = {"A": (150.0, 10.0), "B": (20.0, 5.0), "New": (7.0, 1.0)}
    bench = make_bench({("meta", "Shop", "USD"): _two_days(before, now)})
    grew = bench.call("compare", metrics=["spend"], by="campaign", order="largest", limit=1, **THEN)
    fell = bench.call("compare", metrics=["spend"], by="campaign", order="smallest", limit=1, **THEN)
    assert [(f.entity, float(f.value)) for f in grew.facts] == [("A", 150), ("A", 100), ("A", 50), ("A", 0.5)]
    assert [f.entity for f in fell.facts] == ["B"] * 4
    assert "Not ranked: New (no data for New in this period, 2024-05-10)" in grew.text
    assert {row[0] for row in grew.table.rows} == {"A", "B", "New", "Old"}


def test_platforms_compare_side_by_side(shop: Any) -> None:
    result = shop.call("compare", metrics=["clicks"], period=JUNE, baseline=MAY, by="platform")
    found = {f.entity: float(f.value) for f in result.facts if f.label == "Clicks" and f.window.start.month == 6}
    assert found == {p: shop.sums(*JUNE, platform=p).clicks for p in ("google_ads", "meta")}
    assert len(result.facts) == 8


def test_the_effects_of_all_campaigns_sum_to_the_change(shop: Any) -> None:
    result = shop.call("compare", metrics=["revenue"], period=JUNE, baseline=MAY, explain=True)
    table_changes = [row[3] for row in result.table.rows]
    assert sum(table_changes) == pytest.approx(float(result.facts[2].value))
    for fact in result.facts[4:]:
        assert float(fact.value) in [pytest.approx(c) for c in table_changes]
