"""A model's plan with a tool that takes no metrics is held to the question as every other plan is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.planner.understood import check, understood
from agent.state import Entity, PlanContext, ToolCall
from domain.errors import BadInput
from tests.agent.planner.conftest import exports

JUNE_PERIOD, MAY_PERIOD = ({"start": f"2024-{m}-01", "end": f"2024-{m}-{n}"} for m, n in (("06", 30), ("05", 31)))
JUNE, MAY = {"period": JUNE_PERIOD}, {"period": MAY_PERIOD}
GOOGLE, META = {"platforms": ["google_ads"]}, {"platforms": ["meta"]}
AT_35 = {"margin": 0.35}
MOVE: dict[str, Any] = {
    "amount": 5000.0, "per": "month", "source": {"platform": "google_ads"}, "target": {"platform": "meta"},
}  # fmt: skip
Call = tuple[str, dict[str, Any]]

HOLDS: list[tuple[str, Call]] = [
    ("spend vs budget june", ("pacing", JUNE)),
    ("spend vs budget june", ("pacing", {})),  # today is in june
    ("roas vs target in may on google", ("pacing", {**MAY, **GOOGLE})),
    ("where do we land, finance gave 180k google / 60k meta", ("pacing", {"about": "landing", "said": [
        {"platform": "google_ads", "amount": 180000.0}, {"platform": "meta", "amount": 60000.0}]})),
    ("is meta profitable in june at 35% margin", ("profit", {**JUNE, **META, **AT_35})),
    ("what if we move 5k a month from google to meta? meta roas is 31", ("what_if", MOVE)),
    ("meta claims vs shopify orders in june", ("reconcile", {**JUNE, **META})),
    ("net revenue in june", ("shop", {**JUNE, "figures": ["net_revenue"]})),
    ("new customers in june", ("customers", JUNE)),
    ("spend yesterday", ("digest", {"days": 1})),
    ("what is in the calendar in june", ("calendar", JUNE)),
]  # fmt: skip

DOES_NOT: list[tuple[str, Call, str]] = [
    ("clicks june", ("pacing", JUNE), "asks for clicks"),
    ("ctr on meta june", ("digest", {}), "asks for ctr"),
    ("spend vs budget may", ("pacing", {}), "the period 2024-05-01"),
    ("spend vs budget may", ("pacing", JUNE), "the period 2024-05-01"),
    ("spend last week", ("digest", {"days": 1}), "the period"),
    ("are we on track on google", ("pacing", {}), "the question names google_ads"),
    ("are we on track on google", ("pacing", META), "about other platforms"),
    ("are we on track", ("pacing", {"said": [{"platform": "meta", "amount": 9.0}]}), "budgets of a call"),
    ("where do we land, finance gave 180k google / 60k meta", ("pacing", {"about": "landing"}), "budgets of a call"),
    ("is meta profitable in june at 35% margin", ("profit", {**JUNE, **META, "margin": 0.5}), "a margin of 0.35"),
    ("is meta profitable in june", ("profit", {**JUNE, **META, "margin": 0.5}), "states no margin"),
    ("is meta profitable in june at 35% margin", ("profit", {**MAY, **META, **AT_35}), "the period 2024-06-01"),
    ("is meta profitable in june at 35% margin", ("profit", {**JUNE, **AT_35}), "names meta"),
    ("what if we move 5k a month from google to meta", ("what_if", {**MOVE, "amount": 500.0}), "another amount"),
    ("what if we move 5k a month from google to meta",
     ("what_if", {**MOVE, "source": MOVE["target"], "target": MOVE["source"]}), "another amount or way"),
    ("meta claims vs shopify orders in june", ("reconcile", JUNE), "names meta"),
    ("meta claims vs shopify orders in june", ("shop", {**JUNE, "figures": ["orders"]}), "names meta"),
    ("new customers in june", ("customers", MAY), "the period 2024-06-01"),
    ("what is in the calendar in june", ("calendar", MAY), "the period 2024-06-01"),
]  # fmt: skip


def _context() -> PlanContext:
    shop = Entity("Acme Shop", "shopify", 3, "Acme Shop")
    return replace(exports(today=date(2024, 6, 19)), plan_months=(date(2024, 6, 1),), shops=(shop,))


@pytest.mark.parametrize(("question", "call"), HOLDS, ids=[f"{q} -> {c[0]}" for q, c in HOLDS])
def test_a_plan_that_answers_the_question_passes(question: str, call: Call) -> None:
    certain = understood(question, _context())
    assert certain.whole
    check(certain, [ToolCall(*call)], _context())


@pytest.mark.parametrize(("question", "call", "why"), DOES_NOT, ids=[f"{q} -> {c[0]} {w}" for q, c, w in DOES_NOT])
def test_a_plan_that_drops_swaps_or_makes_up_what_is_certain_is_sent_back(question: str, call: Call, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        check(understood(question, _context()), [ToolCall(*call)], _context())


@pytest.mark.parametrize("call", [("pacing", JUNE), ("profit", {**JUNE, **AT_35})])
def test_days_left_out_and_labels_are_not_lost_in_a_tool_that_knows_neither(call: Call) -> None:
    context = replace(_context(), labels={"brand": ("brand", "non-brand")})
    for question, why in (
        ("spend june without june 10", "leaves out 2024-06-10"),
        ("spend june non-brand", "is about"),
    ):
        with pytest.raises(BadInput, match=why):
            check(understood(question, context), [ToolCall(*call)], context)
