"""Days left out are in no figure of the answer, and the answer says which they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.window import Window
from tools.arguments import MetricArguments

JUNE, MAY = ("2024-06-01", "2024-06-30"), ("2024-05-01", "2024-05-31")
WEEK = {"start": "2024-06-10", "end": "2024-06-16"}


def rest(shop: Any, start: str, end: str, *left_out: tuple[str, str], **only: str) -> pd.Series:
    """The oracle: the whole period's sums minus those of each stretch."""
    total = shop.sums(start, end, **only)
    for first, last in left_out:
        total = total - shop.sums(first, last, **only)
    return total


def test_a_figure_is_over_the_days_that_remain_and_says_which_do_not(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend", "roas"], period=JUNE, without=[WEEK])
    expected = rest(shop, *JUNE, ("2024-06-10", "2024-06-16"))
    assert shop.values(result) == pytest.approx([expected.spend, expected.revenue / expected.spend])
    assert "June 2024 without 2024-06-10 to 2024-06-16" in result.text
    assert all("without 2024-06-10 to 2024-06-16" in f.how for f in result.facts)
    assert result.facts[0].to_json()["left_out"] == [WEEK]


def test_an_average_per_day_divides_by_the_days_that_remain(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend"], period=JUNE, without=[WEEK], per_day=True)
    expected = rest(shop, *JUNE, ("2024-06-10", "2024-06-16")).spend / 23
    assert shop.values(result) == pytest.approx([expected])
    assert "(23)" in result.facts[0].how


def test_stretches_that_overlap_are_left_out_once(shop: Any) -> None:
    twice = [WEEK, {"start": "2024-06-15", "end": "2024-06-20"}]
    result = shop.call("metric", metrics=["clicks"], period=JUNE, without=twice)
    assert shop.values(result) == pytest.approx([rest(shop, *JUNE, ("2024-06-10", "2024-06-20")).clicks])
    assert "without 2024-06-10 to 2024-06-20" in result.text


def test_a_period_of_which_nothing_is_left_is_unknown_with_that_reason(shop: Any) -> None:
    whole = {"start": "2024-05-20", "end": "2024-07-05"}
    for tool, args in (("metric", {"metrics": ["spend"]}), ("breakdown", {"metrics": ["spend"], "by": "campaign"}),
                       ("trend", {"metric": "spend"})):  # fmt: skip
        result = shop.call(tool, period=JUNE, without=[whole], **args)
        assert shop.values(result) == [None]
        assert "every day of it is left out" in result.text


def test_both_sides_of_a_comparison_and_its_explanation_leave_them_out(shop: Any) -> None:
    both = [WEEK, {"start": "2024-05-01", "end": "2024-05-05"}]
    result = shop.call("compare", metrics=["roas"], period=JUNE, baseline=MAY, without=both, explain=True)
    now = rest(shop, *JUNE, ("2024-06-10", "2024-06-16"))
    before = rest(shop, *MAY, ("2024-05-01", "2024-05-05"))
    a, b = now.revenue / now.spend, before.revenue / before.spend
    assert shop.values(result)[:4] == pytest.approx([a, b, a - b, a / b - 1])
    behind = shop.values(result)[4:6]
    assert behind == pytest.approx([now.revenue / before.revenue - 1, now.spend / before.spend - 1])
    mix = [f for f in result.facts if f.label.startswith("Effect on ROAS: all")]
    assert sum(float(f.value or 0) for f in mix) == pytest.approx(a - b, rel=0.01)  # the least is not said
    assert "June 2024 without 2024-06-10 to 2024-06-16" in result.text
    assert "May 2024 without 2024-05-01 to 2024-05-05" in result.text


@pytest.mark.parametrize("metric", ["spend", "roas"])
def test_periods_that_differ_in_length_once_days_are_left_out_are_said(shop: Any, metric: str) -> None:
    same = {"period": ("2024-06-10", "2024-06-16"), "baseline": ("2024-06-03", "2024-06-09")}
    left = shop.call("compare", metrics=[metric], without=[{"start": "2024-06-10", "end": "2024-06-11"}], **same)
    assert any("differ in length" in c for c in left.caveats)
    plain = shop.call("compare", metrics=[metric], **same)
    assert not any("differ in length" in c for c in plain.caveats)


def test_a_breakdown_by_day_lists_only_the_days_that_remain(shop: Any) -> None:
    result = shop.call("breakdown", metrics=["spend"], by="day", period=JUNE, without=[WEEK])
    days = {row[0].split()[1] for row in result.table.rows}
    assert len(days) == 23
    assert not days & {f"2024-06-{d}" for d in range(10, 17)}


def test_shares_and_weekdays_are_of_the_days_that_remain(shop: Any) -> None:
    by = {"metrics": ["spend"], "period": JUNE, "without": [WEEK]}
    shares = shop.call("breakdown", by="campaign", share=True, **by)
    total = rest(shop, *JUNE, ("2024-06-10", "2024-06-16"))
    search = rest(shop, *JUNE, ("2024-06-10", "2024-06-16"), campaign="Search")
    assert [float(f.value) for f in shares.facts if f.entity == "Search"] == pytest.approx([search.spend / total.spend])
    weekdays = shop.call("breakdown", by="weekday", **by)
    assert sum(row[1] for row in weekdays.table.rows) == pytest.approx(total.spend)


def test_a_week_with_days_left_out_is_a_part_and_neither_highest_nor_lowest(shop: Any) -> None:
    some = [{"start": "2024-06-10", "end": "2024-06-15"}]
    result = shop.call("trend", metric="spend", by="week", period=("2024-06-03", "2024-06-30"), without=some)
    assert ["part of the week" in row[0] for row in result.table.rows] == [False, True, False, False]
    assert "lowest" in result.text
    assert "2024-06-10)" not in result.text


def test_days_that_are_left_out_are_no_gap(make_bench: Any, generate: Any) -> None:
    frame = generate({"Brand": 50}, date(2024, 6, 1), date(2024, 6, 30))
    holes = frame[frame["day"].map(lambda d: d.day not in (10, 20))]
    bench = make_bench({("google_ads", "Shop", "USD"): holes})
    left = bench.call("metric", metrics=["spend"], period=JUNE, without=[{"start": "2024-06-10", "end": "2024-06-10"}])
    said = " ".join(left.caveats)
    assert "2024-06-20" in said
    assert "2024-06-10" not in said


def test_days_outside_the_period_are_named_and_change_nothing(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend"], period=JUNE, without=[{"start": "2024-05-01", "end": "2024-05-07"}])
    assert shop.values(result) == pytest.approx([shop.sums(*JUNE).spend])
    assert "nothing left out for 2024-05-01 to 2024-05-07: not in the period" in result.caveats


def test_more_than_twenty_stretches_are_too_many() -> None:
    days = [{"start": f"2024-06-{d:02}", "end": f"2024-06-{d:02}"} for d in range(1, 22)]
    with pytest.raises(ValidationError, match="at most 20"):
        MetricArguments.model_validate({"metrics": ["spend"], "period": {"start": JUNE[0], "end": JUNE[1]},
                                        "without": days})  # fmt: skip


DAYS = st.dates(date(2024, 5, 20), date(2024, 7, 10))


@given(st.lists(st.tuples(DAYS, DAYS).map(lambda p: Window(min(p), max(p))), max_size=6))
def test_stretches_are_joined_without_losing_or_counting_a_day_twice(stretches: list[Window]) -> None:
    june = Window(date(2024, 6, 1), date(2024, 6, 30))
    joined = june.without(stretches)
    held = [date(2024, 6, d) for d in range(1, 31) if any(date(2024, 6, d) in w for w in stretches)]
    assert [d for w in joined for d in (date(2024, 6, n) for n in range(1, 31)) if d in w] == held
    assert sum(w.days for w in joined) == len(held)
    assert Decimal(len(joined)) <= Decimal(len(stretches))
