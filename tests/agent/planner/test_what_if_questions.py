"""What other budgets would do: follow-ups, what such a question does not take, and what it must leave to others."""

from __future__ import annotations

from typing import Any

import pytest

from agent.planner.rules import plan
from agent.planner.text import Words, normalise
from agent.planner.what_if_words import take
from tests.agent.planner.conftest import exports
from tests.agent.planner.test_follow_ups import talk

FOLLOWED: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("what happens if we cut 15 %?", "and with 20 %?"), {"change": -0.2}),
    (("what if we raise the budget by 10%", "and 25%?"), {"change": 0.25}),
    (("what if we cut 15%", "what about 5% more"), {"change": 0.05}),
    (("what if we cut 15%", "and on google?"), {"change": -0.15, "platforms": ["google_ads"]}),
    (("what if we cut 15%", "and for youtube"), {"change": -0.15, "campaigns": ["YouTube"]}),
    (("where should the next 5000 a month go", "and with 10k?"), {"amount": 10000.0, "per": "month"}),
    (("get cpa under 30", "and 25?"), {"aim": "target_cpa", "target_value": 25.0}),
    (("what if we cut 15%", "compare +10% and -10%"), {"totals": [0.1, -0.1]}),
    (("spend last week", "what if we cut 15%"), {"change": -0.15}),
]


@pytest.mark.parametrize(("thread", "args"), FOLLOWED, ids=[" > ".join(t) for t, _ in FOLLOWED])
def test_a_follow_up_says_another_figure_or_name_for_the_wish_before_it(
    thread: tuple[str, ...], args: dict[str, Any]
) -> None:
    planned = talk(exports(), thread)
    assert [(c.name, dict(c.args)) for c in planned.calls] == [("what_if", args)], planned


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("get cpa of google under 30", {"aim": "target_cpa", "target_value": 30.0, "platforms": ["google_ads"]}),
        ("Get CPA on Meta below 25 EUR", {"aim": "target_cpa", "target_value": 25.0, "platforms": ["meta"]}),
        ("keep roas for google above 4", {"aim": "target_roas", "target_value": 4.0, "platforms": ["google_ads"]}),
        ("hit ROAS 5 on google", {"aim": "target_roas", "target_value": 5.0, "platforms": ["google_ads"]}),
        ("reach a cpa of 20", {"aim": "target_cpa", "target_value": 20.0}),
    ],
)
def test_a_target_may_name_what_it_is_for_and_be_said_without_a_direction(question: str, args: dict[str, Any]) -> None:
    assert [(c.name, dict(c.args)) for c in plan(question, exports()).calls] == [("what_if", args)]


@pytest.mark.parametrize("question", ["did we hit roas 5 last week", "did we get cpa under 30 last month"])
def test_whether_a_target_was_met_is_no_plan(question: str) -> None:
    assert all(call.name != "what_if" for call in plan(question, exports()).calls)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("cut 150 % with the least loss", "150 % less is no plan of budgets"),
        ("what if we cut 100%", "100 % less is no plan of budgets"),
        ("what if we raise budgets by 5000%", "5,000 % more is no plan of budgets"),
        ("+10% +20% +30% +40% +50%", "up to 4 other totals"),
        ("compare +0% and +10%", "none of them 0 % more"),
        ("what if i move 0 from meta to youtube", "Move how much?"),
    ],
)
def test_an_impossible_amount_is_refused_in_words(question: str, words: str) -> None:
    planned = plan(question, exports())
    assert not planned.calls
    assert words in str(planned.refused)


def test_a_choice_of_the_rate_completes_the_question() -> None:
    planned = plan('where should the next 500 go "a month"', exports())
    assert [dict(c.args) for c in planned.calls] == [{"amount": 500.0, "per": "month"}], planned
    planned = plan('what if i move 500 from meta to youtube "a day"', exports())
    assert [c.args.get("per") for c in planned.calls] == ["day"], planned


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("what if we cut 15% by campaign", "no breakdown"),
        ("what if we cut brand and youtube by 15%", ""),
        ("get cpa under 30 for youtube", "not of one campaign"),
        ("make it a recommendation", "Press 'Make it a recommendation'"),
        ("turn that into a proposal", "Press 'Make it a recommendation'"),
        ("cut the budget by 15%", "never changes or approves"),
        ("move 20k from google to meta", "never changes or approves"),
        ("raise youtube to 500", "never changes or approves"),
        ("what if we hire an agency", ""),
        ("what if we cut 15% and double creatives", ""),
    ],
)
def test_what_a_plan_of_budgets_does_not_take_is_refused_or_asked_back(question: str, why: str) -> None:
    planned = plan(question, exports())
    assert not planned.calls, planned
    assert why in (planned.refused or (planned.clarify and planned.clarify.question) or "")


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("why did cpa drop 15% last week", "compare"),
        ("campaigns with cpa under 30 last month", "breakdown"),
        ("days with roas over 4 in june", "breakdown"),
        ("spend by campaign last month", "breakdown"),
        ("recommend a budget", "recommend_budget"),
        ("recommend a budget of 5000 per day", "recommend_budget"),
        ("where should the next euro go", "recommend_budget"),
        ("forecast spend for next month", "forecast"),
        ("what did we spend last month", "metric"),
        ("break-even roas at 40% margin", "profit"),
        ("share of spend by campaign last month", "breakdown"),
        ("compare march and april", "compare"),
        ("roas +30% wow, what changed?", "compare"),
        ("how much did we add to the budget last month", ""),
    ],
)
def test_other_questions_are_left_to_those_who_answer_them(question: str, tool: str) -> None:
    planned = plan(question, exports())
    assert "what_if" not in [c.name for c in planned.calls]
    assert not tool or [c.name for c in planned.calls] == [tool], planned


def test_a_bare_per_cent_without_a_wish_before_it_is_no_plan() -> None:
    assert plan("and with 20 %?", exports()).calls == ()


@pytest.mark.parametrize("text", ["compare 10% and 20%", "ctr of 2% vs 3%", "15% of spend", "cut"])
def test_per_cents_without_a_sign_or_a_wish_are_nobodys_plan(text: str) -> None:
    assert take(Words(normalise(text)), text) is None


def test_a_sign_is_read_from_the_words_as_typed() -> None:
    for text in ("compare +10 % and -10 %", "+10% vs \u221210%", "show me -10% and +10%"):
        found = take(Words(normalise(text)), text)
        assert found is not None, text
        assert sorted(found.totals) == [-0.1, 0.1], text


SEARCH = ("Brand Search", "Search NL", "Display")


@pytest.mark.parametrize(
    "question",
    [
        "what if I move 10k from Meta to all search campaigns?",
        "what if I move 10k from Meta to Search NL and Display?",
    ],
)
def test_a_move_to_several_campaigns_says_that_each_end_is_one_and_drops_none(question: str) -> None:
    planned = plan(question, exports(campaigns=SEARCH))
    assert not planned.calls
    assert "one campaign or one platform at either end" in str(planned.refused)


def test_all_campaigns_of_a_word_stand_beside_a_platform() -> None:
    planned = plan("roas of meta vs all search campaigns last month", exports(campaigns=SEARCH))
    assert {c for call in planned.calls for c in call.args.get("campaigns", ())} == {"Brand Search", "Search NL"}
    assert any(call.args.get("platforms") == ["meta"] for call in planned.calls)
