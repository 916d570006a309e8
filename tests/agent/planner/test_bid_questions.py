"""Questions for bid targets reach the tool with what they name; an order to change a bid is still refused."""

from __future__ import annotations

import pytest

from tests.agent.planner.conftest import Ask


@pytest.mark.parametrize(
    "question",
    [
        "recommend bids",
        "bid recommendations",
        "suggest bid targets",
        "optimise our target cpa",
        "should I change the target roas?",
        "should we raise target CPA",
        "give me bid recommendations",
        "are our target cpas too tight?",
        "how should we set the target roas",
    ],
)
def test_bid_targets_are_asked_for_in_many_ways(question: str, ask: Ask) -> None:
    (call,) = ask(question).calls
    assert (call.name, call.args) == ("recommend_bids", {"accounts": [], "campaigns": []}), question


def test_a_campaign_an_account_and_a_platform_are_passed_on(ask: Ask) -> None:
    (call,) = ask("should I change the target cpa of Search Network?").calls
    assert (call.name, call.args["campaigns"]) == ("recommend_bids", ["Search Network"])
    for question in ("bid recommendations for Acme", "bid recommendations for google"):
        (call,) = ask(question).calls
        assert (call.name, call.args["accounts"]) == ("recommend_bids", ["Acme"])


@pytest.mark.parametrize("question", ["raise the bids to 3", "lower bids", "set target cpa to 20"])
def test_an_order_to_change_a_bid_is_no_recommendation(question: str, ask: Ask) -> None:
    assert not any(call.name == "recommend_bids" for call in ask(question).calls)


@pytest.mark.parametrize("question", ["recommend a budget", "cpa last week", "why did cpa change last week"])
def test_other_questions_stay_what_they_were(question: str, ask: Ask) -> None:
    assert not any(call.name == "recommend_bids" for call in ask(question).calls)


@pytest.mark.parametrize(
    "question",
    ["which campaigns are below their floor", "are any campaigns worse than their floor?", "what should we cut"],
)
def test_what_is_below_its_floor_is_asked_for(question: str, ask: Ask) -> None:
    assert [call.name for call in ask(question).calls] == ["below_floor"]


@pytest.mark.parametrize("question", ["which campaigns have a roas below 2 last week", "cpa under 30 by campaign"])
def test_a_bound_on_a_metric_is_not_taken_for_a_floor(question: str, ask: Ask) -> None:
    assert not any(call.name == "below_floor" for call in ask(question).calls)
