# ruff: noqa: E501 - one question and its outcome a row
"""Questions that the shop's orders answer, once they are loaded; before that, the file that would make them possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.state import Entity, PlanContext

JUNE = {"start": "2024-06-01", "end": "2024-06-30"}
MAY = {"start": "2024-05-01", "end": "2024-05-31"}


@pytest.fixture
def with_orders(ask: Any) -> Any:
    from agent.planner.rules import plan

    seen: list[PlanContext] = []

    def _ask(question: str, **changes: Any) -> Any:
        base = PlanContext(
            today=date(2024, 7, 1), timezone="Europe/Berlin", week_start=0, platforms=("google_ads", "meta"),
            campaigns=(Entity("Search Network", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social")),
            accounts=(Entity("Acme", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social")),
            first_day=date(2024, 1, 1), last_day=date(2024, 6, 30), currencies=("USD",),
            shops=(Entity("Acme Shop", "shopify", 3, "Acme Shop"),),
        )  # fmt: skip
        context = replace(base, **changes)
        seen.append(context)
        return ask(question, context) if plan else None

    return _ask


ANSWERED: list[tuple[str, str, dict[str, Any]]] = [
    ("meta says 142 purchases, shopify 97, who's right?", "reconcile", {"period": JUNE, "platforms": ["meta"]}),
    ("why's meta's number different from shopify", "reconcile", {"period": JUNE, "platforms": ["meta"]}),
    ("meta vs shopify in may", "reconcile", {"period": MAY, "platforms": ["meta"]}),
    (
        "reconcile google and meta with the shop in june by day",
        "reconcile",
        {"period": JUNE, "platforms": ["google_ads", "meta"], "by": "day"},
    ),
    ("reconcile by source last month", "reconcile", {"period": JUNE, "platforms": [], "by": "source"}),
    ("are the platforms overclaiming?", "reconcile", {"period": JUNE, "platforms": []}),
    (
        "google says 12k revenue in may, the shop shows 9k. which one is right",
        "reconcile",
        {"period": MAY, "platforms": ["google_ads"]},
    ),
    ("mer last month", "shop", {"period": JUNE, "figures": ["mer"]}),
    ("blended roas in may", "shop", {"period": MAY, "figures": ["mer"]}),
    ("shop revenue by country in june", "shop", {"period": JUNE, "figures": ["gross"], "by": "country"}),
    ("orders by category in may", "shop", {"period": MAY, "figures": ["orders"], "by": "category"}),
    ("shop revenue june vs may", "shop", {"period": JUNE, "baseline": MAY, "figures": ["gross"]}),
    (
        "orders last week vs week before",
        "shop",
        {
            "period": {"start": "2024-06-24", "end": "2024-06-30"},
            "baseline": {"start": "2024-06-17", "end": "2024-06-23"},
            "figures": ["orders"],
        },
    ),
    ("net revenue in may", "shop", {"period": MAY, "figures": ["net_revenue"]}),
    ("what's our real revenue last month", "shop", {"period": JUNE, "figures": ["net_revenue"]}),
    ("how many returns did we have in june", "shop", {"period": JUNE, "figures": ["refunds"]}),
    ("refund rate last month", "shop", {"period": JUNE, "figures": ["refunds"]}),
    ("shopify orders in may", "shop", {"period": MAY, "figures": ["orders"]}),
    ("are we making money after cogs and returns", "shop", {"period": JUNE, "figures": ["contribution"]}),
    (
        "are we making money after returns at 35% margin in may?",
        "shop",
        {"period": MAY, "figures": ["contribution"], "margin": 0.35},
    ),
    (
        "were we profitable in may with a margin of 42.5%",
        "shop",
        {"period": MAY, "figures": ["contribution"], "margin": 0.425},
    ),
    ("ncac last month", "customers", {"period": JUNE}),
    ("how many new customers did we buy?", "customers", {"period": JUNE}),
    ("new vs returning customers in may", "customers", {"period": MAY}),
    ("cost per new customer in may", "customers", {"period": MAY}),
    ("new vs returning in june", "customers", {"period": JUNE}),
    ("aov in june", "shop", {"period": JUNE, "figures": ["aov"]}),
    ("mer by week june", "shop", {"period": JUNE, "figures": ["mer"], "by": "week"}),
    ("net revenue by week in june", "shop", {"period": JUNE, "figures": ["net_revenue"], "by": "week"}),
    (
        "shop orders by day last week",
        "shop",
        {"period": {"start": "2024-06-24", "end": "2024-06-30"}, "figures": ["orders"], "by": "day"},
    ),
]


@pytest.mark.parametrize(("question", "tool", "args"), ANSWERED, ids=[q for q, _, _ in ANSWERED])
def test_a_question_about_the_shop_is_answered_from_its_orders(
    with_orders: Any, question: str, tool: str, args: dict[str, Any]
) -> None:
    planned = with_orders(question)
    assert [(c.name, dict(c.args)) for c in planned.calls] == [(tool, args)], planned


@pytest.mark.parametrize("question", [q for q, _, _ in ANSWERED if "margin" not in q])
def test_without_orders_the_refusal_names_the_file_to_load(ask: Any, question: str) -> None:
    planned = ask(question)
    assert planned.calls == () or "shop" not in {c.name for c in planned.calls}
    if planned.refused and "Load them with" in planned.refused:
        assert "budgeteer import orders.csv --platform shopify" in planned.refused


def test_the_plain_questions_need_the_orders(ask: Any) -> None:
    for question in (
        "ncac last month",
        "mer last month",
        "net revenue in may",
        "why's meta's number different from shopify",
    ):
        assert "budgeteer import orders.csv --platform shopify" in (ask(question).refused or ""), question


def test_numbers_of_the_question_are_said_not_to_be_used(with_orders: Any) -> None:
    notes = with_orders("meta says 142 purchases, shopify 97, who's right?").notes
    assert "Numbers named in the question are not used: the figures are those loaded." in notes


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("mer of meta last month", "not split by platform"),
        ("new customers in june vs may", "one period at a time"),
        ("shop revenue in june without 3 june", "left out of the shop's figures"),
        ("profit by month in q2", "cannot break down by month"),
        ("net revenue by weekday in june", "cannot tell that by weekday"),
        ("mer by campaign in june", "cannot tell that by campaign"),
        ("new customers by week in june", "cannot tell that by week"),
        ("meta against the shop in june by week", "cannot tell that by week"),
        ("mer by week june vs may", "one period at a time"),
        ("chart of mer by week in june", "cannot tell that as a chart"),
        ("shopify orders of search network in may", "know no campaigns"),
    ],
)
def test_what_orders_cannot_tell_is_refused(with_orders: Any, question: str, said: str) -> None:
    assert said in (with_orders(question).refused or "")


@pytest.mark.parametrize(
    "question",
    ["roas google last week", "revenue in may", "top 3 campaigns by roas in june", "orders by platform in may"],
)
def test_a_question_about_the_platforms_stays_with_them(with_orders: Any, question: str) -> None:
    assert {c.name for c in with_orders(question).calls} <= {"metric", "breakdown"}


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("profit by campaign june", {"period": JUNE, "by": "campaign"}),
        ("profit of search in june at 35% margin", {"margin": 0.35, "period": JUNE, "campaigns": ["Search Network"]}),
    ],
)
def test_profit_of_campaigns_is_what_the_platforms_claim_and_says_so(
    with_orders: Any, ask: Any, question: str, args: dict[str, Any]
) -> None:
    planned = with_orders(question)
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("profit", args)], planned
    assert planned.calls == ask(question).calls
    assert any("the revenue that the platforms claim" in note for note in planned.notes)
    assert not any("platforms claim" in note for note in ask(question).notes)


@pytest.mark.parametrize("question", ["aov of search in june", "aov of meta in june", "aov by platform in june"])
def test_an_order_value_of_campaigns_is_the_platforms(with_orders: Any, question: str) -> None:
    (call,) = with_orders(question).calls
    assert (call.name in ("metric", "breakdown"), list(call.args["metrics"])) == (True, ["aov"])


def test_profit_without_a_shop_is_never_a_total_in_place_of_weeks(ask: Any) -> None:
    assert "cannot break profit down by week" in (ask("profit by week in june at 35% margin").refused or "")
