"""Questions over the two real exports: every figure equals what pandas computes from the files."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

JUNE, MAY = ("2024-06-01", "2024-06-30"), ("2024-05-01", "2024-05-31")
Q1 = ("2024-01-01", "2024-03-31")


def about(*numbers: float) -> Any:
    return pytest.approx(list(numbers), rel=1e-9)


def cpa(sums: pd.Series) -> float:
    return sums.spend / sums.conversions


def test_roas_on_google_ads_in_march(exports: Any) -> None:
    result = exports.call("metric", metrics=["roas"], period=("2024-03-01", "2024-03-31"), platforms=["google_ads"])
    sums = exports.sums("2024-03-01", "2024-03-31", platform="google_ads")
    assert exports.values(result) == about(sums.revenue / sums.spend)
    (fact,) = result.facts
    assert (fact.entity, fact.unit, str(fact.window)) == ("google_ads", "ratio", "2024-03-01 to 2024-03-31 (UTC)")
    assert "googleads-performance.csv" in fact.source
    assert fact.how == "sum(revenue) / sum(spend)"
    assert exports.read(result) == "4.12 ROAS on Google Ads, March 2024."


def test_the_sums_of_each_export_are_those_of_its_description(exports: Any) -> None:
    everything = ["spend", "impressions", "clicks", "conversions", "revenue"]
    whole = {"metrics": everything, "period": ("2024-01-01", "2024-06-30")}
    assert exports.values(exports.call("metric", platforms=["google_ads"], **whole)) == about(
        852805.3, 73719993, 477218, 13954.2, 3127598.4
    )
    assert exports.values(exports.call("metric", platforms=["meta"], **whole)) == about(
        19679.4, 2859308, 46258, 2795, 498445.7
    )


def test_spend_by_platform_in_the_first_quarter(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["spend"], by="platform", period=Q1)
    assert [f.entity for f in result.facts] == ["google_ads", "meta"]
    assert exports.values(result) == about(
        exports.sums(*Q1, platform="google_ads").spend, exports.sums(*Q1, platform="meta").spend
    )


def test_the_worst_cpa_is_the_highest_and_waste_is_listed_apart(exports: Any) -> None:
    result = exports.call("breakdown", metrics=["cpa"], by="campaign", period=JUNE, order="worst")
    by_campaign = {c: exports.sums(*JUNE, campaign=c) for c in exports.frame["campaign"].unique()}
    ranked = sorted((c for c, s in by_campaign.items() if s.conversions), key=lambda c: -cpa(by_campaign[c]))[:3]
    assert [f.entity for f in result.facts] == ranked
    assert exports.values(result) == about(*(cpa(by_campaign[c]) for c in ranked))
    assert "Not ranked: Display Network (no conversions in this period)" in exports.read(result)
    assert any("low volume" in c and "YouTube" in c for c in result.caveats)
    assert result.table is not None
    assert [row[0] for row in result.table.rows] == [*ranked, "Display Network"]


def test_why_cpa_changed_gives_the_change_first_and_drivers_that_pandas_confirms(exports: Any) -> None:
    result = exports.call("compare", metrics=["cpa"], period=JUNE, baseline=MAY, explain=True)
    now, before = exports.sums(*JUNE), exports.sums(*MAY)
    assert exports.values(result)[:4] == about(
        cpa(now), cpa(before), cpa(now) - cpa(before), cpa(now) / cpa(before) - 1
    )
    assert exports.values(result)[4:6] == about(now.spend / before.spend - 1, now.conversions / before.conversions - 1)
    drivers = [f for f in result.facts if f.label.startswith("Effect on CPA") and ": all " not in f.label]
    assert 1 <= len(drivers) <= 3
    for fact in drivers:
        of_now, of_before = (exports.sums(*p, campaign=fact.entity) for p in (JUNE, MAY))
        share_now, share_before = of_now.conversions / now.conversions, of_before.conversions / before.conversions
        rate = (share_now + share_before) / 2 * (cpa(of_now) - cpa(of_before))
        middle = (cpa(now) + cpa(before)) / 2
        mix = ((cpa(of_now) + cpa(of_before)) / 2 - middle) * (share_now - share_before)
        expected = rate if fact.label.endswith("rate effect") else mix
        assert float(fact.value) == pytest.approx(expected, rel=1e-9)
        assert fact.currency == "USD"
    assert len(exports.read(result).splitlines()) <= 6
    assert exports.read(result).startswith("CPA across Google Ads and Meta rose to $66.01 in June 2024 from $45.44")


def test_rate_mix_and_the_rest_add_up_to_the_change_as_pandas_has_them(exports: Any) -> None:
    result = exports.call("compare", metrics=["cpa"], period=JUNE, baseline=MAY, explain=True)
    sides = []
    for first, last in (MAY, JUNE):
        days = exports.frame["day"].between(date.fromisoformat(first), date.fromisoformat(last))
        sides.append(exports.frame[days].groupby("campaign")[["spend", "conversions"]].sum())
    share0, share1 = (side.conversions / side.conversions.sum() for side in sides)
    rate0, rate1 = (side.spend / side.conversions for side in sides)
    middle = sum(side.spend.sum() / side.conversions.sum() for side in sides) / 2
    clear = (share0 >= 0.01) & (share1 >= 0.01)
    rate = ((share0 + share1) / 2 * (rate1 - rate0))[clear].sum()
    mix = (((rate0 + rate1) / 2 - middle) * (share1 - share0))[clear].sum()
    found = {f.label: float(f.value) for f in result.facts if ": all " in f.label}
    change = float(result.facts[2].value)
    assert found == {
        "Effect on CPA: all rate effects": pytest.approx(rate),
        "Effect on CPA: all mix effects": pytest.approx(mix),
        "Effect on CPA: all net effects": pytest.approx(change - rate - mix),
    }


def test_a_revenue_change_is_explained_by_contributions(exports: Any) -> None:
    result = exports.call("compare", metrics=["revenue"], period=JUNE, baseline=MAY, explain=True)
    parts = [f for f in result.facts if f.label == "Revenue change" and f.entity in set(exports.frame["campaign"])]
    for fact in parts:
        change = exports.sums(*JUNE, campaign=fact.entity).revenue - exports.sums(*MAY, campaign=fact.entity).revenue
        assert float(fact.value) == pytest.approx(change, rel=1e-9)
    assert 1 <= len(parts) <= 3


def test_two_platforms_side_by_side_in_one_month(exports: Any) -> None:
    result = exports.call(
        "breakdown", metrics=["conversions"], by="platform", period=MAY, platforms=["meta", "google_ads"]
    )
    found = {f.entity: float(f.value) for f in result.facts}
    assert found == {p: pytest.approx(exports.sums(*MAY, platform=p).conversions) for p in ("google_ads", "meta")}
    assert not any("several platforms" in c for c in result.caveats)


def test_cost_per_conversion_of_one_campaign_in_the_last_seven_days(exports: Any) -> None:
    week = ("2024-06-24", "2024-06-30")
    result = exports.call("metric", metrics=["cpa"], period=week, campaigns=["Search Network"])
    assert exports.values(result) == about(cpa(exports.sums(*week, campaign="Search Network")))
    assert result.facts[0].entity == "Search Network"
    assert result.freshness == {"google_ads": date(2024, 6, 30)}


def test_roas_against_a_year_before_the_data_is_unknown_and_says_since_when_there_are_data(exports: Any) -> None:
    result = exports.call("compare", metrics=["roas"], period=JUNE, baseline=("2023-06-01", "2023-06-30"))
    sums = exports.sums(*JUNE)
    assert exports.values(result) == [pytest.approx(sums.revenue / sums.spend), None, None]
    assert result.facts[1].reason == "no data before 2024-01-01"
    assert all(f.reason for f in result.facts[1:])


def test_cpa_without_conversions_is_undefined(exports: Any) -> None:
    result = exports.call("metric", metrics=["cpa"], period=Q1, campaigns=["Display Network"])
    assert exports.sums(*Q1, campaign="Display Network").conversions == 0
    assert exports.values(result) == [None]
    assert result.facts[0].reason == "undefined: no conversions in this period"
    assert "0" not in exports.read(result).replace("2024", "")


def test_the_campaign_that_grew_most(exports: Any) -> None:
    result = exports.call(
        "compare", metrics=["revenue"], period=JUNE, baseline=MAY, by="campaign", order="top", limit=1
    )
    growth = {
        c: exports.sums(*JUNE, campaign=c).revenue - exports.sums(*MAY, campaign=c).revenue
        for c in exports.frame["campaign"].unique()
    }
    best = max(growth, key=lambda c: growth[c])
    assert {f.entity for f in result.facts} == {best}
    assert float(result.facts[2].value) == pytest.approx(growth[best])


def test_revenue_of_both_platforms_is_labelled_as_their_claims(exports: Any) -> None:
    both = exports.call("metric", metrics=["revenue"], period=JUNE)
    one = exports.call("metric", metrics=["revenue"], period=JUNE, platforms=["meta"])
    spend = exports.call("metric", metrics=["spend"], period=JUNE)
    assert any("platform claims, may double-count" in c for c in both.caveats)
    assert one.caveats == spend.caveats == ()


def test_a_campaign_that_reported_nothing_on_some_days_says_which(exports: Any) -> None:
    result = exports.call("metric", metrics=["spend"], period=Q1, campaigns=["Display Network"])
    rows = exports.frame[exports.frame["campaign"] == "Display Network"]["day"]
    assert date(2024, 2, 4) not in set(rows)
    assert any("Display Network has no rows for 2024-02-04" in c for c in result.caveats)
