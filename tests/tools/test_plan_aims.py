"""The plan's clause behind a figure, where its lines and the question are about the same campaigns and days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.money import Money
from tests.tools.conftest import Bench
from tests.tools.test_pacing import JUNE_19, plan

JUNE, GOOGLE = ("2024-06-01", "2024-06-30"), ("google_ads",)
USD_20, USD_30 = Money(Decimal(20), "USD"), Money(Decimal(30), "USD")
SAID = "Planned for June 2024: "


@pytest.fixture
def planned(shop: Bench) -> Bench:
    plan(
        shop,
        {"account": "Shop", "campaign": "Brand", "budget": 1500, "target_roas": Decimal(3), "target_cpa": USD_20},
        {"account": "Shop", "budget": 9000, "target_roas": Decimal(3), "target_cpa": USD_30},
        {"account": "Shop Meta", "budget": 4000, "target_roas": Decimal("2.5")},
    )
    return shop


@pytest.mark.parametrize(
    ("args", "clause"),
    [
        ({"metrics": ["spend"]}, "budget $14,500.00."),
        ({"metrics": ["spend"], "platforms": GOOGLE}, "budget $10,500.00."),
        ({"metrics": ["roas"], "platforms": GOOGLE}, "target ROAS 3.00."),
        ({"metrics": ["spend", "roas", "cpa"], "campaigns": ("Brand",)},
         "budget $1,500.00, target ROAS 3.00, target CPA $20.00."),
        ({"metrics": ["roas"], "campaigns": ("Search",)}, "target ROAS 3.00."),  # the account's line without Brand
        ({"metrics": ["spend"], "platforms": GOOGLE, "exclude_campaigns": ("Brand",)}, "budget $9,000.00."),
    ],
)  # fmt: skip
def test_the_plan_of_exactly_what_was_asked_stands_behind_the_figure(
    planned: Bench, args: dict[str, Any], clause: str
) -> None:
    for as_of, period in ((None, JUNE), (JUNE_19, ("2024-06-01", "2024-06-18")), (JUNE_19, JUNE)):
        result = planned.call("metric", as_of=as_of, period=period, **args)
        assert planned.read(result).endswith(f" {SAID}{clause}"), planned.read(result)
    facts = [f for f in result.facts if f.source == "the plan"]
    assert {(f.window.start, f.window.end) for f in facts} == {(date(2024, 6, 1), date(2024, 6, 30))}


@pytest.mark.parametrize(
    ("args", "period"),
    [
        ({"metrics": ["roas"]}, JUNE),  # two targets are no target
        ({"metrics": ["cpa"], "platforms": GOOGLE}, JUNE),
        ({"metrics": ["cpa"], "platforms": ("meta",)}, JUNE),  # the plan names none
        ({"metrics": ["clicks"], "platforms": GOOGLE}, JUNE),
        ({"metrics": ["spend"], "per_day": True}, JUNE),
        ({"metrics": ["spend"]}, ("2024-06-01", "2024-06-10")),
        ({"metrics": ["spend"]}, ("2024-06-02", "2024-06-30")),
        ({"metrics": ["spend"]}, ("2024-05-01", "2024-06-30")),
        ({"metrics": ["spend"]}, ("2024-05-01", "2024-05-31")),  # no plan
        ({"metrics": ["spend"], "without": ({"start": "2024-06-03", "end": "2024-06-04"},)}, JUNE),
    ],
)  # fmt: skip
def test_a_plan_of_more_less_or_other_days_is_not_named(
    planned: Bench, args: dict[str, Any], period: tuple[str, str]
) -> None:
    assert "Planned" not in planned.read(planned.call("metric", period=period, **args))


def test_a_line_of_the_whole_account_says_nothing_of_one_of_its_campaigns(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "budget": 9000, "target_roas": Decimal(3)})
    for args in ({"campaigns": ("Search",)}, {}):  # nor one account's of all accounts
        assert "Planned" not in shop.read(shop.call("metric", metrics=["spend", "roas"], period=JUNE, **args))
