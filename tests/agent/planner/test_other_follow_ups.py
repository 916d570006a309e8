# ruff: noqa: E501 - one thread a row
"""Follow-ups over the plan, profit, the shop and labels: carried and said, or asked for in one line; never dropped."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.planner import carried
from agent.planner.rules import plan
from agent.state import Entity, Plan, PlanContext
from tests.agent.planner.test_follow_ups import WORDS, talk

CONTEXT = PlanContext(
    today=date(2024, 7, 1), timezone="Europe/Berlin", week_start=0, platforms=("google_ads", "meta"),
    campaigns=(
        Entity("DE Brand", "google_ads", 1, "Acme"), Entity("AT Generic", "google_ads", 1, "Acme"),
        Entity("YouTube", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social"),
    ),
    accounts=(Entity("Acme", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social")),
    first_day=date(2024, 1, 1), last_day=date(2024, 6, 30), currencies=("USD",),
    plan_months=(date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1)),
    labels={"brand": ("brand", "non-brand"), "country": ("AT", "DE"), "funnel": ("prospecting", "retargeting")},
)  # fmt: skip
WITH_SHOP = replace(CONTEXT, shops=(Entity("Acme Shop", "shopify", 3, "Acme Shop"),))
MAY, JUNE = "2024-05", "2024-06"


def told(planned: Plan) -> str:
    """A plan on one line: months by their first seven characters."""
    if planned.refused or planned.clarify:
        return f"refused: {planned.refused}" if planned.refused else f"asked: {planned.clarify}"
    return " & ".join(
        " ".join([c.name, *(f"{k}={_value(v)}" for k, v in sorted(c.args.items()))]) for c in planned.calls
    )


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["start"])[:7]
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


TRACK = "are we on track"
EARNED = "did google make money in june at 35% margin?"
CARRIED: list[tuple[tuple[str, ...], str]] = [
    ((TRACK, "and google?"), "pacing about=track platforms=google_ads"),
    ((TRACK, "and meta?"), "pacing about=track platforms=meta"),
    ((TRACK, "for may"), f"pacing about=track period={MAY}"),
    ((TRACK, "and google?", "in may?", "and meta?"), f"pacing about=track period={MAY} platforms=meta"),
    (("are we on track on google", "overall"), "pacing about=track"),
    (("are we on track on google", "and where do we land?"), "pacing about=landing platforms=google_ads"),
    (("are we on track on google", "where do we land"), "pacing about=landing"),
    ((TRACK, "by pool"), "pacing about=track"),
    # A figure before the plan is not what "and meta?" leans on
    (("google roas march", TRACK, "and meta?"), "pacing about=track platforms=meta"),
    ((TRACK, "roas google march", "and meta?"), "metric metrics=roas period=2024-03 platforms=meta"),
    ((EARNED, "and meta?"), f"profit margin=0.35 period={JUNE} platforms=meta"),
    ((EARNED, "at 40%?"), f"profit margin=0.4 period={JUNE} platforms=google_ads"),
    ((EARNED, "and at 40% margin?"), f"profit margin=0.4 period={JUNE} platforms=google_ads"),
    ((EARNED, "40%?"), f"profit margin=0.4 period={JUNE} platforms=google_ads"),
    ((EARNED, "in may?"), f"profit margin=0.35 period={MAY} platforms=google_ads"),
    ((EARNED, "by campaign"), f"profit by=campaign margin=0.35 period={JUNE} platforms=google_ads"),
    ((EARNED, "at 40%?", "and meta?", "in may?"), f"profit margin=0.4 period={MAY} platforms=meta"),
    ((EARNED, "without youtube"), f"profit exclude_campaigns=YouTube margin=0.35 period={JUNE} platforms=google_ads"),
    (("break-even roas at 40% margin", "at 30%?"), "profit margin=0.3"),
    # Labels
    (("spend de last month", "and AT?"), f"metric labels=country=AT metrics=spend period={JUNE}"),
    (("spend de last month", "by country"), f"breakdown by=label:country metrics=spend period={JUNE}"),
    (("spend de last month", "by brand"), f"breakdown by=label:brand labels=country=DE metrics=spend period={JUNE}"),
    (("google roas june", "and without brand?"), f"metric exclude_labels=brand=brand metrics=roas period={JUNE} platforms=google_ads"),
    (("google roas june", "without brand", "brand only"), f"metric labels=brand=brand metrics=roas period={JUNE} platforms=google_ads"),
    (("google roas june", "brand only", "without brand"), f"metric exclude_labels=brand=brand metrics=roas period={JUNE} platforms=google_ads"),
    (("google roas june", "without brand", "including brand"), f"metric metrics=roas period={JUNE} platforms=google_ads"),
    (("roas june brand", "non brand?"), f"metric labels=brand=non-brand metrics=roas period={JUNE}"),
    (("roas june brand", "and DE?"), f"metric labels=brand=brand+country=DE metrics=roas period={JUNE}"),
    (("google roas june brand", "and meta?"), f"metric labels=brand=brand metrics=roas period={JUNE} platforms=meta"),
    (("prospecting cpa june", "vs retargeting"), f"breakdown by=label:funnel labels=funnel=prospecting+funnel=retargeting metrics=cpa period={JUNE}"),
    (("roas june without brand", "in may?"), f"metric exclude_labels=brand=brand metrics=roas period={MAY}"),
]  # fmt: skip
OF_THE_SHOP: list[tuple[tuple[str, ...], str]] = [
    (("how many new customers did we buy last month", "and in may?"), f"customers period={MAY}"),
    (("how many new customers did we buy last month", "for may"), f"customers period={MAY}"),
    (("are we making money after returns at 35% margin in june", "and in may?"), f"shop figures=contribution margin=0.35 period={MAY}"),
    (("are we making money after returns at 35% margin in june", "at 40%"), f"shop figures=contribution margin=0.4 period={JUNE}"),
    (("are we making money after returns at 35% margin in june", "at 40%", "for may"), f"shop figures=contribution margin=0.4 period={MAY}"),
    (("mer last month", "vs may"), f"shop baseline={MAY} figures=mer period={JUNE}"),
    (("mer in may", "and net revenue?"), f"shop figures=net_revenue period={MAY}"),
    (("orders in may", "by country"), f"shop by=country figures=orders period={MAY}"),
    (("meta vs shopify in june", "and google?"), f"reconcile period={JUNE} platforms=google_ads"),
    (("meta vs shopify in june", "by source"), f"reconcile by=source period={JUNE} platforms=meta"),
    (("reconcile meta with the shop in june by day", "by source"), f"reconcile by=source period={JUNE} platforms=meta"),
    (("meta vs shopify in june", "and net revenue?"), f"shop figures=net_revenue period={JUNE}"),
]  # fmt: skip


@pytest.mark.parametrize(("questions", "outcome"), CARRIED, ids=[" > ".join(q) for q, _ in CARRIED])
def test_a_thread_comes_to(questions: tuple[str, ...], outcome: str) -> None:
    assert told(talk(CONTEXT, questions)) == outcome


@pytest.mark.parametrize(("questions", "outcome"), OF_THE_SHOP, ids=[" > ".join(q) for q, _ in OF_THE_SHOP])
def test_a_thread_about_the_shop_comes_to(questions: tuple[str, ...], outcome: str) -> None:
    assert told(talk(WITH_SHOP, questions)) == outcome


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        (TRACK, "by campaign", "was about the plan"),
        (TRACK, "and roas?", "was about the plan"),
        (TRACK, "as a chart", "was about the plan"),
        (TRACK, "just the number", "was about the plan"),
        (TRACK, "without brand", "told pool by pool"),
        (TRACK, "at 40%", "A margin changes"),
        (EARNED, "vs may", "was about profit"),
        (EARNED, "by week", "was about profit"),
        (EARNED, "at 140%", "not a part of the revenue"),
        ("new customers last month", "at 40%", "A margin changes"),
        ("new customers last month", "and google?", "was about customers"),
        ("new customers last month", "vs may", "was about customers"),
        ("mer last month", "and google?", "was about the shop"),
        ("mer last month", "roas?", "was about the shop"),
        ("meta vs shopify in may", "by country", "was about claims"),
    ],
)
def test_what_cannot_be_carried_is_said(first: str, then: str, why: str) -> None:
    assert why in (talk(WITH_SHOP, (first, then)).refused or "")


@pytest.mark.parametrize(
    ("questions", "note"),
    [
        ((TRACK, "and google?", "in may?"), "Read as: spend against plan of Google Ads, May 2024."),
        ((EARNED, "at 40%?"), "Read as: what is left after goods and ads at a margin of 40% of Google Ads, June 2024."),
        (("break-even roas at 40% margin", "at 30%?"), "Read as: break-even ROAS at a margin of 30%."),
        (("mer last month", "vs may"), "Read as: MER, June 2024 against May 2024."),
        (("meta vs shopify in may", "and google?"), "Read as: claims against the shop's orders of Google Ads, May 2024."),
        (("new customers last month", "for may"), "Read as: customers, May 2024."),
        (("spend de june", "by country"), "Read as: Spend, June 2024, by country."),
        (("google roas june brand", "and DE?"), "Read as: ROAS of brand within DE on Google Ads, June 2024."),
    ],
)  # fmt: skip
def test_what_it_was_read_as_is_said(questions: tuple[str, ...], note: str) -> None:
    assert talk(WITH_SHOP, questions).notes[0] == note


@pytest.mark.parametrize(
    "question",
    [TRACK, "where do we land on google in june", EARNED, "break-even roas at 40% margin", "mer june vs may",
     "orders by country in june", "reconcile meta with the shop in june by source", "new customers in may",
     "are we making money after returns at 35% margin in june", "where do we land, finance gave 180k google / 60k meta"],
)  # fmt: skip
def test_a_models_plan_is_carried_as_the_rules_reading_of_it_is(question: str) -> None:
    planned = plan(question, WITH_SHOP)
    assert planned.asked is not None
    from_calls = carried.from_calls(planned.calls, WITH_SHOP)
    kept = ("named", "periods", "compared", "by", "pace", "profit", "shop", "several")
    assert from_calls is not None
    said, taken = ({key: asked[key] for key in kept} for asked in (planned.asked, from_calls))
    assert json.dumps(said, sort_keys=True) == json.dumps(taken, sort_keys=True)


MORE = [
    *WORDS,
    *[
        "at",
        "40%",
        "35%",
        "margin",
        "pool",
        "source",
        "country",
        "brand",
        "de",
        "at",
        "non-brand",
        "only",
        "including",
        "with",
        "orders",
        "mer",
        "track",
        "land",
        "profit",
        "break-even",
        "customers",
    ],
]
FIRSTS = [TRACK, EARNED, "mer june vs may", "meta vs shopify in may", "new customers in may", "spend de june",
          "are we making money after returns at 35% margin in june", "google roas june without brand", "MTD vs plan and vs LY"]  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from(FIRSTS),
    st.lists(st.lists(st.sampled_from(MORE), min_size=1, max_size=5).map(" ".join), min_size=1, max_size=3),
)
def test_any_thread_of_known_words_gets_plans_that_the_tools_accept(first: str, questions: list[str]) -> None:
    from tools import MENU

    planned = talk(WITH_SHOP, [first, *questions])
    for call in planned.calls:
        MENU[call.name].arguments.model_validate_json(json.dumps(dict(call.args)))
        assert not set(call.args.get("labels", ())) & set(call.args.get("exclude_labels", ()))
