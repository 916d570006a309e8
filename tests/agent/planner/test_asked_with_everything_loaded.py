# ruff: noqa: E501 - one question and its outcome a row
"""Marketers' questions where a plan, a shop and labels are loaded: answered by the right tool, or told what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.planner.rules import plan
from agent.state import Entity, PlanContext
from tests.agent.planner.test_other_follow_ups import WITH_SHOP, told

MARCH = "2024-03"
# As in the quickstart: "DE" stands in one campaign's name, and no label says a country.
NO_COUNTRY = replace(
    WITH_SHOP,
    campaigns=(Entity("Generic Search DE", "google_ads", 1, "Acme"), Entity("Search NL", "google_ads", 1, "Acme")),
    labels={"brand": ("brand", "non-brand"), "type": ("search", "shopping")},
)

ANSWERED = [
    ("profit by campaign march", f"profit by=campaign period={MARCH}"),
    ("profit by platform march at 40%", f"profit by=platform margin=0.4 period={MARCH}"),
    ("which campaigns lost money in march", f"profit by=campaign period={MARCH}"),
    ("most profitable campaign in march", f"profit by=campaign period={MARCH}"),
    ("poas in march", f"profit period={MARCH}"),
    ("break-even roas at 40% margin", "profit margin=0.4"),
    ("what roas do we need to be profitable at 40% margin", "profit margin=0.4"),
    ("are we making money after returns at 40% in march", f"shop figures=contribution margin=0.4 period={MARCH}"),
    ("are we making money in march", f"shop figures=contribution period={MARCH}"),
    ("are we making money by country in march", f"shop by=country figures=contribution period={MARCH}"),
    ("how much can we spend per day for the rest of the month", "pacing about=left"),
    ("how much can we still spend for the rest of the month", "pacing about=left"),
    ("how much can we spend a day", "pacing about=left"),
    ("how far behind are we", "pacing about=track"),
    ("did we stay in budget in may", "pacing about=track period=2024-05"),
    ("how far ahead of plan are we on google", "pacing about=track platforms=google_ads"),
]


@pytest.mark.parametrize(("question", "outcome"), ANSWERED, ids=[q for q, _ in ANSWERED])
def test_it_is_answered_by(question: str, outcome: str) -> None:
    assert told(plan(question, WITH_SHOP)) == outcome


REFUSED = [
    (WITH_SHOP, "mer by weekday", "I cannot tell that by weekday"),
    (WITH_SHOP, "shop revenue by platform", "I cannot tell that by platform"),
    (WITH_SHOP, "mer chart", "I cannot tell that as a chart"),
    (WITH_SHOP, "reconcile meta by week", "by day or by source"),
    (WITH_SHOP, "average net revenue last week", "as an average"),
    (WITH_SHOP, "undo yesterday's change", "Undo button"),
    (WITH_SHOP, "how can i undo an import", "budgeteer import undo NUMBER"),
    (WITH_SHOP, "don't touch anything till monday", "budgeteer calendar add freeze"),
    (WITH_SHOP, "leave it alone until monday", "budgeteer calendar add freeze"),
    (NO_COUNTRY, "DE vs AT", "labels set CAMPAIGN"),
    (NO_COUNTRY, "de vs at roas last month", "labels set CAMPAIGN"),
    (NO_COUNTRY, "what if i move 5k from meta to search", "'search' is a label of campaigns here"),
]


@pytest.mark.parametrize(("context", "question", "helps"), REFUSED, ids=[q for _, q, _ in REFUSED])
def test_it_is_refused_with_what_would_help(context: PlanContext, question: str, helps: str) -> None:
    assert helps in (plan(question, context).refused or "")


def test_no_refusal_says_that_no_orders_are_loaded_where_they_are() -> None:
    for question in ("customer journeys", "what did shopify cost", "returns of cogs", "margin", "which products sell"):
        assert "none are loaded" not in (plan(question, WITH_SHOP).refused or ""), question


def test_two_codes_that_both_stand_in_names_are_those_campaigns() -> None:
    planned = told(plan("DE vs NL roas in march", NO_COUNTRY))
    assert planned == f"breakdown by=campaign campaigns=Generic Search DE+Search NL metrics=roas period={MARCH}"
