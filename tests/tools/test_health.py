"""Health from the store: points lost where the frame says so, no verdict on what is not known."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from domain.money import Money
from tests.tools.conftest import COLUMNS, Bench
from tests.tools.test_pacing import plan

LAST = date(2024, 6, 30)
MATURE = LAST - timedelta(days=7)
START = MATURE - timedelta(days=27)


def steady(name: str, *, later_roas: float = 4.0, silent: int = 0) -> pd.DataFrame:
    """100 a day at CPA 10 and ROAS 4, ``later_roas`` in the last four weeks that count; ``silent`` days at the end."""
    rows = []
    for n in range(120 - silent):
        day = LAST - timedelta(days=119 - n)
        revenue = 100 * (later_roas if day >= START else 4.0)
        rows.append((day, name, 100.0, 4000, 100, 10.0, revenue))
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    frames = [steady("Brand"), steady("Shopping", later_roas=3.0), steady("Display", silent=7)]
    return make_bench({("google_ads", "Shop", "USD"): pd.concat(frames)})


def test_what_costs_points_is_named_and_the_score_is_what_they_leave(bench: Bench) -> None:
    found = bench.call("health", campaigns=["Shopping"])
    # known: all but pacing (.2 of the weights); efficiency at 3/4 of the past's ROAS; the last week as the weeks before
    # it but for the first seven of them, which lie before the fall
    weight = 0.30 / 0.80
    efficiency = 100 * (1 + math.log2(0.75))
    earlier = (7 * 4 + 21 * 3) / 28
    trend = 100 * (1 + math.log2(3 / earlier))
    score = 100 - weight * (100 - efficiency) - 0.15 / 0.80 * (100 - trend)
    text = bench.read(found)
    assert f"Health of Shopping: {score:.0f} of 100." in text
    assert f"ROAS below the eight weeks before ({weight * (100 - efficiency):.0f} points)" in text
    assert "pacing (it has no budget of its own in the plan)" in text
    assert found.facts[0].window.start == START


def test_a_healthy_campaign_loses_nothing_and_days_without_impressions_cost_their_share(bench: Bench) -> None:
    assert "Health of Brand: 100 of 100. No known part costs it a point." in bench.read(
        bench.call("health", campaigns=["Brand"])
    )
    stopped = bench.read(bench.call("health", campaigns=["Display"]))
    assert f"days without an impression ({0.15 / 0.80 * 25:.0f} points)" in stopped


def test_all_campaigns_come_the_worst_first_with_their_parts(bench: Bench) -> None:
    found = bench.call("health")
    assert found.table is not None
    assert [row[0] for row in found.table.rows] == ["Shopping", "Display", "Brand"]
    assert found.table.shown[0][3] == "unknown"  # pacing, without a plan
    assert found.text.startswith("Health by campaign, the worst first:")


def test_old_figures_cost_freshness(bench: Bench) -> None:
    late = bench.read(bench.call("health", as_of=date(2024, 7, 3), campaigns=["Brand"]))
    assert f"figures that are behind ({0.10 / 0.80 * 50:.0f} points)" in late


def test_a_campaign_that_stopped_long_ago_is_refused(make_bench: Callable[..., Bench]) -> None:
    frames = pd.concat([steady("Brand"), steady("Old", silent=40)])
    bench = make_bench({("google_ads", "Shop", "USD"): frames})
    said = bench.call("health", campaigns=["Old"]).refused
    assert said is not None
    assert "ran from 2024-06-03 to 2024-06-30" in said


def test_a_plan_of_its_own_gives_a_target_and_a_pace_and_a_shared_one_no_pace(bench: Bench) -> None:
    usd_5 = Money(Decimal(5), "USD")  # half of what a conversion costs
    plan(
        bench,
        {"account": "Shop", "campaign": "Brand", "budget": 2000, "target_cpa": usd_5},
        {"account": "Shop", "budget": 4000, "target_roas": Decimal(4)},
    )
    own = bench.read(bench.call("health", campaigns=["Brand"]))
    # 3,000 spent where 2,000 were planned: 50 % over, of which 10 are free and 60 are the worst
    assert f"spend ahead of the plan to date ({0.20 * 80:.0f} points)" in own
    assert f"CPA above the plan's target ({0.30 * 100:.0f} points)" in own
    assert "Not known" not in own
    shared = bench.read(bench.call("health", campaigns=["Shopping"]))
    assert "ROAS below the plan's target" in shared
    assert "pacing (it has no budget of its own in the plan)" in shared
