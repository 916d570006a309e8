"""The metric tool on generated data: filters, averages, names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

JUNE = ("2024-06-01", "2024-06-30")


def test_several_metrics_come_in_the_order_asked_and_no_other(shop: Any) -> None:
    result = shop.call("metric", metrics=["roas", "spend", "ctr"], period=JUNE)
    sums = shop.sums(*JUNE)
    assert [f.label for f in result.facts] == ["ROAS", "Spend", "CTR"]
    assert [f.id for f in result.facts] == ["f1", "f2", "f3"]
    assert shop.values(result) == pytest.approx([sums.revenue / sums.spend, sums.spend, sums.clicks / sums.impressions])


def test_money_is_exact_to_the_micro(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend"], period=("2024-04-01", "2024-06-30"))
    cents = sum(round(s * 100) for s in shop.frame["spend"])
    assert result.facts[0].value * 100 == cents


def test_an_average_per_day_divides_by_the_days_of_the_window(shop: Any) -> None:
    result = shop.call("metric", metrics=["spend", "cpa"], period=JUNE, per_day=True)
    sums = shop.sums(*JUNE)
    assert shop.values(result) == pytest.approx([sums.spend / 30, sums.spend / sums.conversions])
    assert [f.label for f in result.facts] == ["Spend per day", "CPA"]
    assert any("a ratio has no average per day" in c for c in result.caveats)


def test_campaigns_can_be_left_out(shop: Any) -> None:
    result = shop.call("metric", metrics=["clicks"], period=JUNE, exclude_campaigns=["Brand"])
    assert shop.values(result) == [shop.sums(*JUNE).clicks - shop.sums(*JUNE, campaign="Brand").clicks]
    assert result.facts[0].entity == "all without Brand"


def test_accounts_filter_without_regard_to_case(shop: Any) -> None:
    result = shop.call("metric", metrics=["clicks"], period=JUNE, accounts=["shop meta"])
    assert shop.values(result) == [shop.sums(*JUNE, account="Shop Meta").clicks]


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"campaigns": ["Nope"]}, "there is no campaign Nope; there is Brand, Prospecting, Search"),
        ({"platforms": ["tiktok"]}, "there is no data of platform TikTok; there is Google Ads, Meta"),
        ({"accounts": ["Other"]}, "there is no account Other; there is Shop, Shop Meta"),
        ({"platforms": ["meta"], "accounts": ["Shop"]}, "no account matches both"),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_those_that_are(shop: Any, filters: Any, said: str) -> None:
    result = shop.call("metric", metrics=["clicks"], period=JUNE, **filters)
    assert said in (result.refused or "")
    assert result.facts == ()


def test_a_scope_hides_the_other_accounts(shop: Any) -> None:
    from domain.scope import Scope

    shop.scope = Scope((shop.scope.account_ids[1],))
    assert shop.values(shop.call("metric", metrics=["clicks"], period=JUNE)) == [
        shop.sums(*JUNE, platform="meta").clicks
    ]
    assert (
        "there is no campaign Brand"
        in shop.call("metric", metrics=["clicks"], period=JUNE, campaigns=["Brand"]).refused
    )


def test_a_campaign_named_like_a_reference_cannot_pose_as_a_figure(
    make_bench: Callable[..., Any], generate: Callable[..., Any]
) -> None:
    frame = generate({"{{f1}} sale": 20}, date(2024, 6, 1), date(2024, 6, 30))
    bench = make_bench({("google_ads", "Shop", "USD"): frame})
    single = bench.call("metric", metrics=["spend"], period=JUNE, campaigns=["{{f1}} sale"])
    assert single.text == "{{f1}} spend for { {f1} } sale, June 2024."
    ranked = bench.call("breakdown", metrics=["spend"], by="campaign", period=JUNE, order="top")
    assert ranked.text.count("{{f1}}") == 1
    assert ranked.facts[0].entity == "{{f1}} sale"


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": []},
        {"metrics": ["profit"]},
        {"unknown": 1},
        {"period": {"start": "2024-06-30", "end": "2024-06-01"}},
        {"period": {"start": "soon", "end": "2024-06-01"}},
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_is_read(wrong: dict[str, Any]) -> None:
    from tools import MENU

    good = {"metrics": ["spend"], "period": {"start": "2024-06-01", "end": "2024-06-30"}}
    MENU["metric"].arguments.model_validate(good)
    with pytest.raises(ValidationError):
        MENU["metric"].arguments.model_validate(good | wrong)
