"""Shares of a total, entries beyond a bound, rankings of those that spend enough, and names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

JUNE = ("2024-06-01", "2024-06-30")
GOOGLE = ("Cross-network", "Display Network", "Search Network", "YouTube")


def of_june(exports: Any, metric: str, campaign: str) -> float:
    return float(exports.sums(*JUNE, campaign=campaign)[metric])


def test_shares_are_each_campaigns_part_of_the_whole_and_add_up(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["spend"], by="campaign", share=True, period=JUNE)
    total, *shares = result.facts
    assert float(total.value) == pytest.approx(exports.sums(*JUNE).spend)
    assert sum(s.value for s in shares) == pytest.approx(1)
    assert result.table.columns == ("Campaign", "Share of spend")
    for share in shares:
        expected = of_june(exports, "spend", share.entity) / exports.sums(*JUNE).spend
        assert (float(share.value), share.unit) == (pytest.approx(expected), "percent")


def test_a_name_picks_its_share_and_leaves_the_total_whole(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["spend"], by="campaign", campaigns=["YouTube"], share=True, period=JUNE)
    expected = of_june(exports, "spend", "YouTube") / exports.sums(*JUNE).spend
    assert exports.values(result)[1:] == [pytest.approx(expected)]
    on_google = exports.call(
        "breakdown", metrics=["spend"], by="campaign", campaigns=["YouTube"], platforms=["google_ads"], share=True,
        period=JUNE,
    )  # fmt: skip
    assert exports.values(on_google)[0] == pytest.approx(exports.sums(*JUNE, platform="google_ads").spend)


def test_a_platform_is_a_share_of_all_platforms(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["revenue"], by="platform", platforms=["meta"], share=True, period=JUNE)
    expected = exports.sums(*JUNE, platform="meta").revenue / exports.sums(*JUNE).revenue
    assert exports.values(result)[1:] == [pytest.approx(expected)]
    assert "Meta 19.9 %" in exports.read(result)


def test_there_is_no_share_of_a_ratio(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["cpa"], by="campaign", share=True, period=JUNE)
    assert "a share is a part of a sum" in result.refused


def test_a_share_of_nothing_is_undefined(make_bench: Any) -> None:
    rows = [(date(2024, 5, 1), name, 0.0, 100, 10, 1.0, 5.0) for name in ("A", "B")]
    columns = ["day", "campaign", "spend", "impressions", "clicks", "conversions", "revenue"]
    bench = make_bench({("meta", "Shop", "USD"): pd.DataFrame(rows, columns=columns)})
    result = bench.call("breakdown", metrics=["spend"], by="campaign", share=True, period=("2024-05-01", "2024-05-01"))
    assert bench.values(result) == [0.0, None, None]
    assert "the total is 0" in bench.read(result)


@pytest.mark.parametrize(("bound", "limit"), [("above", 70.0), ("below", 70.0)])
def test_a_bound_lists_exactly_the_campaigns_beyond_it(exports: Any, bound: str, limit: float) -> None:
    result = exports.call("breakdown", metrics=["cpa"], by="campaign", period=JUNE, **{bound: limit})
    found = {f.entity for f in result.facts if f.label == "CPA"}
    cpas = {
        name: of_june(exports, "spend", name) / conversions
        for name in (*GOOGLE, "Shop Meta")
        if (conversions := of_june(exports, "conversions", name))
    }
    assert found == {name for name, cpa in cpas.items() if (cpa > limit if bound == "above" else cpa < limit)}
    assert exports.values(result)[:3] == [len(found), len(cpas), limit]
    assert "Without CPA: Display Network (no conversions" in result.text


def test_nothing_beyond_a_bound_is_said_plainly(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["cpa"], by="campaign", above=10_000, period=JUNE)
    assert exports.read(result).startswith("0 of 4 campaigns with CPA above $10,000.00")
    assert result.table is None


def test_days_beyond_a_bound_are_those_of_the_data(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["spend"], by="day", above=6000, period=JUNE)
    june = exports.frame[exports.frame["day"].map(lambda d: d.month == 6)]
    assert float(result.facts[0].value) == (june.groupby("day").spend.sum() > 6000).sum()


def test_who_spends_next_to_nothing_leads_no_ranking_of_waste(exports: Any) -> None:
    args = {"metrics": ["roas", "spend"], "by": "campaign", "order": "worst", "period": JUNE}
    plain = exports.call("breakdown", **args, limit=1)
    assert plain.facts[0].entity == "Display Network"
    gated = exports.call("breakdown", **args, limit=3, min_spend_share=0.01)
    share = {n: of_june(exports, "spend", n) / exports.sums(*JUNE).spend for n in (*GOOGLE, "Shop Meta")}
    ranked = [f.entity for f in gated.facts if f.label == "ROAS"][:3]
    assert ranked[0] == "YouTube"
    assert all(share[name] >= 0.01 for name in ranked)
    assert "Too small to rank, each under 1.0 % of spend: Display Network ROAS 0.00, spend $29.20" in exports.read(
        gated
    )


@pytest.mark.parametrize(
    "wrong",
    [{"share": True, "above": 1}, {"above": 1, "order": "top"}, {"min_spend_share": 0.1}, {"min_spend_share": 2}],
)
def test_ways_to_pick_that_contradict_each_other_are_refused(exports: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        exports.call("breakdown", metrics=["spend"], by="campaign", period=JUNE, **wrong)


def test_names_are_counted_and_listed(exports: Any) -> None:
    on_google = exports.call("names", of="campaign", platforms=["google_ads"])
    assert exports.values(on_google) == [4]
    assert exports.read(on_google) == (
        "The data hold 4 campaigns on Google Ads: Cross-network, Display Network, Search Network and YouTube."
    )
    assert exports.read(exports.call("names", of="account")).endswith(
        "2 accounts across Google Ads and Meta: Shop and Shop Meta."
    )
    assert {row[0] for row in exports.call("names", of="platform").table.rows} == {"Google Ads", "Meta"}
