"""Forecasts of the store: they add up, use no unripe day, know the calendar, and say what they cannot tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from store import calendar_changes
from store.engine import write
from tests.tools.conftest import COLUMNS, NOW, Bench
from tools.forecasting import matured
from tools.maturity import Maturity

TODAY = date(2024, 7, 1)
JULY = ("2024-07-01", "2024-07-28")
WEEK = [1.0, 1.1, 1.0, 0.9, 1.2, 0.7, 0.6]


def daily(spend: float, days: int = 182, seed: int = 1, promoted: tuple[date, ...] = ()) -> pd.DataFrame:
    """One campaign up to the end of June, CPA about 20 and ROAS about 4."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(days):
        day = date(2024, 6, 30) - timedelta(days=days - 1 - n)
        cost = spend * WEEK[day.weekday()] * np.exp(rng.normal(0, 0.08)) * (2.0 if day in promoted else 1.0)
        conversions = cost / 20 * np.exp(rng.normal(0, 0.1))
        rows.append((day, f"C{seed}", round(cost, 2), int(cost * 40), int(cost), round(conversions, 1),
                     round(conversions * 80, 2)))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def two(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench({("google_ads", "Shop", "USD"): daily(500), ("meta", "Shop Meta", "USD"): daily(200, seed=2)})


def facts(bench: Bench, **args: Any) -> dict[str, float | None]:
    found = bench.call("forecast", **args)
    assert found.refused is None, found.refused
    return {f.label: None if f.value is None else float(f.value) for f in found.facts}


def test_a_month_is_forecast_near_its_truth_with_a_range_and_how_often_it_held(two: Bench) -> None:
    found = two.call("forecast", metrics=["spend", "cpa", "roas"], period=JULY)
    values = {f.label: float(f.value) for f in found.facts if f.value is not None}
    truth = 28 / 7 * sum(WEEK) * 700 * np.exp(0.08**2 / 2)
    assert values["Spend, expected"] == pytest.approx(truth, rel=0.03)
    assert values["Spend, low"] < truth < values["Spend, high"]
    assert values["CPA, expected"] == pytest.approx(20, rel=0.05)
    assert values["ROAS, expected"] == pytest.approx(4, rel=0.05)
    assert 0 <= values["Spend: earlier ranges that held"] <= 1
    assert "Spend across Google Ads and Meta, 2024-07-01 to 2024-07-28: $" in two.read(found)
    assert "the data go through 2024-06-30" in found.caveats[0]


def test_platforms_add_up_to_the_whole(two: Bench) -> None:
    table = two.call("forecast", metrics=["spend", "revenue"], period=JULY).table
    assert table is not None
    for figure in ("Spend", "Revenue"):
        google, meta, together = (row[2] for row in table.rows if row[1] == figure)
        assert google + meta == pytest.approx(together, rel=1e-9)


def test_by_platform_is_told_a_line_each_that_adds_up_to_the_whole(two: Bench) -> None:
    found = two.call("forecast", metrics=["conversions"], period=JULY, by="platform")
    whole, google, meta = (float(f.value) for f in found.facts if f.label == "Conversions, expected")
    assert google + meta == pytest.approx(whole, rel=1e-9)
    first, *others = two.read(found).splitlines()[:3]
    assert first.startswith("Conversions across Google Ads and Meta")
    assert [line.partition(":")[0] for line in others] == ["Google Ads", "Meta"]


@pytest.mark.parametrize("by", ["campaign", "account", "day", "week"])
def test_every_breakdown_adds_up_and_has_ranges(two: Bench, by: str) -> None:
    table = two.call("forecast", metrics=["spend", "revenue"], period=JULY, by=by).table
    whole = facts(two, metrics=["spend", "revenue"], period=JULY)
    assert table is not None
    for figure in ("Spend", "Revenue"):
        rows = [row for row in table.rows if row[1] == figure]
        parts = [row for row in rows if row[0] != "All together"]
        together = [row[2] for row in rows if row[0] == "All together"] or [whole[f"{figure}, expected"]]
        assert sum(row[2] for row in parts) == pytest.approx(together[0], rel=1e-9)
        assert all(low < mid < high for _, _, mid, low, high in parts)
        assert len(parts) == {"campaign": 2, "account": 2, "day": 28, "week": 4}[by]


def test_campaigns_that_are_new_or_silent_are_one_series_and_no_money_is_lost(
    make_bench: Callable[..., Bench],
) -> None:
    frames = [daily(500), daily(100, days=20, seed=2), daily(80, seed=3)[:-40]]
    bench = make_bench({("google_ads", "Shop", "USD"): pd.concat(frames)})
    table = bench.call("forecast", metrics=["spend"], period=JULY, by="campaign").table
    assert table is not None
    assert [row[0] for row in table.rows] == ["C1", "2 others", "All together"]
    own, others, whole = (row[2] for row in table.rows)
    assert own + others == pytest.approx(whole, rel=1e-9)
    assert others == pytest.approx(28 / 7 * sum(WEEK) * 100, rel=0.25)


def test_where_a_month_lands_is_what_is_known_and_a_forecast_of_the_rest(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench({("google_ads", "A", "USD"): daily(500)[:-10]})  # known through 20 June
    values = facts(bench, metrics=["spend"], period=("2024-06-01", "2024-06-30"), so_far=True, as_of=date(2024, 6, 21))
    rest = facts(bench, metrics=["spend"], period=("2024-06-21", "2024-06-30"), as_of=date(2024, 6, 21))
    known = float(daily(500)[:-10]["spend"][-20:].sum())
    assert values["Spend so far"] == pytest.approx(known)
    for said, of in (
        ("Spend, lands at", "expected"),
        ("Spend, lands at, low", "low"),
        ("Spend, lands at, high", "high"),
    ):
        assert values[said] == pytest.approx(known + (rest[f"Spend, {of}"] or 0))


def test_what_is_asked_by_platform_of_one_platform_says_so(make_bench: Callable[..., Bench]) -> None:
    found = make_bench({("google_ads", "A", "USD"): daily(500)}).call(
        "forecast", metrics=["spend"], period=JULY, by="platform"
    )
    assert "there is one platform only: Google Ads" in found.caveats


def test_days_whose_conversions_still_arrive_are_not_forecast_from(make_bench: Callable[..., Bench]) -> None:
    frame = daily(500)
    young = frame.copy()
    young.loc[young.index[-7:], ["conversions", "revenue"]] *= 0.3
    ripe, unripe = (
        facts(make_bench({("google_ads", name, "USD"): f}), metrics=["conversions"], period=JULY)
        for name, f in (("A", frame), ("B", young))
    )
    assert ripe["Conversions, expected"] == unripe["Conversions, expected"]


def test_the_days_before_today_are_no_part_of_a_forecast(two: Bench) -> None:
    whole = facts(two, metrics=["spend"], period=("2024-06-20", "2024-07-07"))
    assert whole == facts(two, metrics=["spend"], period=("2024-07-01", "2024-07-07"))


def test_a_promotion_of_the_calendar_is_in_the_forecast_where_earlier_ones_showed_its_effect(
    make_bench: Callable[..., Bench],
) -> None:
    before = tuple(date(2024, m, d) for m in (2, 3, 4, 5) for d in (10, 11, 12))
    bench = make_bench({("google_ads", "Shop", "USD"): daily(500, promoted=before)})
    week = ("2024-07-01", "2024-07-07")
    plain = facts(bench, metrics=["spend"], period=week)["Spend, expected"]
    with write(bench.engine) as session:
        for start in (*(d for d in before if d.day == 10), date(2024, 7, 2)):
            calendar_changes.add_event(session, account_id=None, kind="promotion", name=f"Sale {start}", start=start,
                                       end=start + timedelta(days=2), by="test", now=NOW)  # fmt: skip
    promoted = facts(bench, metrics=["spend"], period=week)["Spend, expected"]
    assert plain is not None
    assert promoted is not None
    assert promoted / plain == pytest.approx(1 + 3 / 7, abs=0.12)  # three of seven days twice as high


def test_a_promotion_never_seen_before_is_said_to_be_left_out(two: Bench) -> None:
    with write(two.engine) as session:
        calendar_changes.add_event(session, account_id=None, kind="promotion", name="Sale", start=date(2024, 7, 2),
                                   end=date(2024, 7, 4), by="test", now=NOW)  # fmt: skip
    said = two.call("forecast", metrics=["spend"], period=JULY).caveats
    assert "a promotion of the calendar lies ahead, and its effect is not in it: none was seen before" in said


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (("2024-06-01", "2024-06-30"), "is over"),
        (("2024-12-01", "2024-12-31"), "I forecast at most 92 days, to 2024-09-30"),
    ],
)
def test_what_is_over_or_too_far_away_is_refused(two: Bench, period: tuple[str, str], said: str) -> None:
    refused = two.call("forecast", metrics=["spend"], period=period).refused
    assert refused is not None
    assert said in refused


def test_few_days_are_refused_and_several_currencies_too(make_bench: Callable[..., Bench]) -> None:
    short = make_bench({("google_ads", "Short", "USD"): daily(500, days=40)})
    assert "a forecast needs 56 days of figures; there are 40" in str(
        short.call("forecast", metrics=["spend"], period=JULY).refused
    )
    mixed = make_bench({("google_ads", "A", "USD"): daily(500), ("meta", "B", "EUR"): daily(200)})
    assert "without a rate" in str(mixed.call("forecast", metrics=["spend"], period=JULY).refused)


def test_a_figure_that_is_not_in_the_data_is_unknown_and_not_zero(make_bench: Callable[..., Bench]) -> None:
    frame = daily(500).assign(revenue=None)
    bench = make_bench({("google_ads", "Shop", "USD"): frame})
    assert "no value is known" in str(bench.call("forecast", metrics=["revenue"], period=JULY).refused)


def test_young_conversions_are_brought_to_what_they_will_be_by_the_curve_of_their_own_account() -> None:
    seen = {"spend": np.full((2, 10), 5.0), "conversions": np.full((2, 10), 9.0)}
    seen["conversions"][0, -2:] = 8.55, 4.5  # 95 % of a day is in after one day, half of it at once
    found = matured(seen, [1, 2], {1: {"conversions": Maturity((0.5, 0.95, 1.0))}})
    assert found["conversions"][0, :-1] == pytest.approx(9.0)
    assert np.isnan(found["conversions"][0, -1])  # half of a day is too little to go by
    assert np.isnan(found["conversions"][1, -7:]).all()  # nothing is known of how late the other account's come
    assert found["conversions"][1, :-7] == pytest.approx(9.0)
    assert found["spend"] == pytest.approx(5.0)


def test_the_whole_is_one_figure_whichever_way_it_is_broken_down(make_bench: Callable[..., Bench]) -> None:
    google = pd.concat([daily(500, seed=n) for n in (1, 2, 3)])
    bench = make_bench(
        {("google_ads", "Shop", "USD"): google, ("google_ads", "Shop B", "USD"): daily(150, seed=4),
         ("meta", "Shop Meta", "USD"): daily(200, seed=5)}
    )  # fmt: skip
    asked = {"metrics": ["spend", "conversions", "cpa"], "period": JULY}

    def told(by: str | None) -> tuple[list[float | None], dict[str, list[float]]]:
        found = bench.call("forecast", **asked, **({"by": by} if by else {}))
        names = [f"{m}, {w}" for m in ("Spend", "Conversions", "CPA") for w in ("expected", "low", "high")]
        first = {f.label: f.value for f in reversed(found.facts) if f.entity == "all"}
        parts: dict[str, list[float]] = {}
        for name, figure, value, *_ in found.table.rows:
            if name != "All together":
                parts.setdefault(figure, []).append(value)
        return [first[n] for n in names], parts

    whole, _ = told(None)
    for by in ("platform", "campaign", "account", "week"):
        here, parts = told(by)
        assert here == whole, by
        for n, figure in ((0, "Spend"), (3, "Conversions")):
            assert sum(parts[figure]) == pytest.approx(float(whole[n] or 0), rel=1e-9), (by, figure)
