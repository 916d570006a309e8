"""The market keeps its promises: known truth, one history, late conversions, a future that budgets change."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files import read_export
from emulators.market import server
from emulators.market.exports import google_ads_csv
from emulators.market.incidents import Incident
from emulators.market.response import DayFigures
from emulators.market.world import Market

MARKET = Market()
BUDGET_IDS = [b.id for b in MARKET.budgets]


def by_key(rows: list[DayFigures]) -> dict[tuple[str, object], DayFigures]:
    return {(r.campaign.name, r.day): r for r in rows}


def test_two_markets_of_one_seed_tell_the_same_story_in_whatever_order_they_are_asked() -> None:
    one, two = Market(seed=3), Market(seed=3)
    last = one.today - timedelta(days=1)
    two.rows(last - timedelta(days=5), last)
    assert one.rows(one.first_day, last) == [
        row for n in range((last - one.first_day).days + 1) for row in two.rows(*[one.first_day + timedelta(n)] * 2)
    ]


def test_another_seed_tells_another_story() -> None:
    assert Market(seed=1).rows(MARKET.first_day, MARKET.first_day) != Market(seed=2).rows(
        MARKET.first_day, MARKET.first_day
    )


@pytest.mark.parametrize("budget_id", BUDGET_IDS)
def test_true_revenue_never_falls_with_budget_and_each_euro_brings_no_more_than_the_one_before(budget_id: str) -> None:
    revenue = np.array([MARKET.truth.revenue(budget_id, float(x)) for x in range(0, 2000, 25)])
    first = np.diff(revenue)
    assert (first >= -1e-9).all()
    assert (np.diff(first) <= 1e-9).all()


FREE = {b.id: b.daily for b in MARKET.budgets if b.id not in ("5001", "5003")}
BEST = MARKET.truth.best_split(sum(FREE.values()), {b: (d * 0.2, d * 4) for b, d in FREE.items()})


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 1.5), min_size=4, max_size=4))
def test_no_split_of_the_same_total_earns_more_than_the_true_optimum(multiples: list[float]) -> None:
    other = {b: d * m for (b, d), m in zip(FREE.items(), multiples, strict=True)}
    scaled = {b: v * sum(FREE.values()) / sum(other.values()) for b, v in other.items()}
    earned = sum(MARKET.truth.revenue(b, v) for b, v in BEST.items())
    assert earned >= sum(MARKET.truth.revenue(b, v) for b, v in scaled.items()) - 5  # whole euros in the optimum


def test_late_conversions_arrive_and_nothing_else_of_a_past_day_changes() -> None:
    market = Market()
    day = market.today - timedelta(days=1)
    early = by_key(market.rows(day, day))
    market.advance(3)
    later = by_key(market.rows(day, day))
    market.advance(30)
    final = by_key(market.rows(day, day))
    for key, row in early.items():
        assert row.conversions <= later[key].conversions <= final[key].conversions
        assert (row.spend_micros, row.clicks, row.impressions) == (
            final[key].spend_micros, final[key].clicks, final[key].impressions,
        )  # fmt: skip
    assert sum(r.conversions for r in early.values()) < 0.9 * sum(r.conversions for r in final.values())


def test_a_new_budget_changes_the_days_to_come_and_none_before() -> None:
    left, changed = Market(), Market()
    changed.set_budget("5002", 960_000_000, by="test")
    yesterday = left.today - timedelta(days=1)
    assert left.rows(left.first_day, yesterday) == changed.rows(left.first_day, yesterday)
    start = left.today + timedelta(days=1)
    left.advance(15)
    changed.advance(15)
    before, after = by_key(left.rows(start, left.today)), by_key(changed.rows(start, left.today))
    spend = {
        name: sum(r.spend_micros for r in rows.values() if r.campaign.name == "Generic Search DE")
        for name, rows in {"before": before, "after": after}.items()
    }
    assert 1.4 < spend["after"] / spend["before"] < 1.6
    assert {k: v for k, v in before.items() if k[0] != "Generic Search DE"} == {
        k: v for k, v in after.items() if k[0] != "Generic Search DE"
    }


def test_a_campaign_that_its_budget_does_not_limit_spends_no_more_after_a_raise() -> None:
    assert MARKET.truth.spend("5001", 400) == MARKET.truth.spend("5001", 800)
    assert MARKET.truth.marginal_revenue("5001", 400) == 0


def test_budgets_were_tested_in_the_past_except_one_that_hardly_varied() -> None:
    yesterday = MARKET.today - timedelta(days=1)
    rows = MARKET.rows(MARKET.first_day, yesterday)
    spread = {}
    for spec in MARKET.campaigns:
        spend = np.array([r.spend_micros for r in rows if r.campaign == spec], dtype=float)
        spread[spec.name] = spend.std() / spend.mean()
    assert spread.pop("Competitor Search") < 0.1
    assert spread.pop("Brand Search") < 0.1
    assert all(s > 0.2 for s in spread.values()), spread


@pytest.mark.parametrize(
    ("kind", "measure", "low", "high"),
    [
        ("tracking_break", lambda r: r.conversions, 0.3, 0.5),
        ("conversion_rate_drop", lambda r: r.conversions, 0.3, 0.5),
        ("cpc_spike", lambda r: r.clicks, 0.35, 0.45),
        ("disapproval", lambda r: r.spend_micros, 0, 0),
    ],
)
def test_an_incident_hits_its_campaign_from_its_day_on(kind: str, measure: object, low: float, high: float) -> None:
    healthy, broken = Market(), Market()
    since = broken.today - timedelta(days=28)
    broken.inject(Incident(kind, since, campaign="Generic Search DE", factor=0.4))  # type: ignore[arg-type]
    a, b = (by_key(m.rows(since - timedelta(days=5), m.today - timedelta(days=1))) for m in (healthy, broken))
    hit = [k for k in a if k[0] == "Generic Search DE" and k[1] >= since]  # type: ignore[operator]
    assert all(a[k] == b[k] for k in a if k not in hit)
    total = [sum(measure(m[k]) for k in hit if k in m) for m in (a, b)]  # type: ignore[operator]
    assert low <= total[1] / total[0] <= high


def test_the_control_panel_moves_the_clock_and_refuses_to_turn_it_back() -> None:
    market = Market()
    handle = server.start(market)
    try:
        before = json.load(urllib.request.urlopen(f"{handle.url}/clock"))["today"]
        request = urllib.request.Request(f"{handle.url}/advance", data=b'{"days": 14}', method="POST")
        after = json.load(urllib.request.urlopen(request))["today"]
        assert after > before
        assert market.today.isoformat() == after
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(urllib.request.Request(f"{handle.url}/advance", data=b'{"days": -1}'))
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{handle.url}/truth")
    finally:
        handle.stop()


def test_the_clock_keeps_local_time_over_the_change_to_summer_time() -> None:
    market = Market()
    before = market.now()
    market.advance(20)  # 29 March 2026 has 23 hours in Berlin
    assert market.now() - before == timedelta(days=20) - timedelta(hours=1)


def test_the_downloadable_report_holds_the_same_figures(tmp_path: Path) -> None:
    last = MARKET.today - timedelta(days=1)
    file = tmp_path / "report.csv"
    file.write_text(google_ads_csv(MARKET, last - timedelta(days=13), last))
    report = read_export(file, platform="google_ads", account="Acme EU", currency="EUR")
    true = by_key(MARKET.rows(last - timedelta(days=13), last))
    assert len(report.rows) == len(true) == 14 * 7
    for row in report.rows:
        expected = true[row.campaign, row.day]
        assert (row.spend_micros, row.impressions, row.clicks) == (
            expected.spend_micros, expected.impressions, expected.clicks,
        )  # fmt: skip
        assert row.revenue == pytest.approx(expected.revenue)
