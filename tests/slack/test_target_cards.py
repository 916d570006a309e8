"""A card of bid targets says exactly what is set, that no budget moves, and what bounds the spend."""

from __future__ import annotations

import json
from decimal import Decimal

from app.slack import modals
from app.slack.cards import card, details
from app.slack.plan_words import Known
from domain.money import Money
from domain.ratio import Ratio
from emulators.slack.validate import check_message
from tests.activation.world import NOW, recommendation, target
from tests.slack.test_cards import a_view

BOUND = Known(budgets=(Money(Decimal(840), "EUR"),))


def test_a_card_of_one_target_names_both_values_the_step_and_what_bounds_the_spend() -> None:
    text, blocks = card(a_view(recommendation(1, target())), NOW, known=BOUND)
    check_message(text, blocks)
    shown = json.dumps(blocks, ensure_ascii=False)
    for said in (text, shown):
        assert "Approve bid change" in said
        assert "€30.00 to €27.50 (-8.3 %)" in said
        assert "the daily budget of €840.00 bounds the spend" in said
        assert "/day" not in said
    assert "Target CPA from €30.00 to €27.50 (-8.3 %), applied now: “Bid t1 (Brand)”." in shown.replace("\\", "")


def test_a_card_of_several_shows_each_whole_and_a_ratio_is_no_money() -> None:
    text, blocks = card(a_view(recommendation(1, target(), target("r1", "4", "3.85"))), NOW, known=BOUND)
    check_message(text, blocks)
    assert "Target ROAS of “Bid r1 (Brand)”: 4.00 to 3.85, -3.8 %" in text.replace("*", "")
    assert "Target CPA of “Bid t1 (Brand)”: €30.00 to €27.50, -8.3 %" in text.replace("*", "")
    table = next(b for b in blocks if b["type"] == "table")
    assert len(table["rows"]) == 3
    assert any(b["type"] == "actions" and "approval_approve" in json.dumps(b) for b in blocks)
    pages = details(a_view(recommendation(1, target("r1", "4", "3.85"))), NOW)
    assert "target ROAS 4.00 to 3.85" in pages[0][0]


def test_an_edit_asks_for_the_target_and_reads_a_ratio_exactly() -> None:
    view = a_view(recommendation(1, target("r1", "4", "3.85")))
    form = json.dumps(modals.editing(view), ensure_ascii=False)
    assert "target ROAS" in form
    assert "Now 4.00. Digits with a point, revenue per unit spent." in form
    planned = {1: view.operations[0].change.after}
    typed = {"amount:1": {"text": {"value": "3.9"}}}
    assert modals.amounts(planned, typed) == ({1: Ratio(Decimal("3.9"))}, {})
    for wrong in ("390 %", "3,9", "nan", "", "1e3"):
        _, errors = modals.amounts(planned, {"amount:1": {"text": {"value": wrong}}})
        assert "is not a ratio" in errors["amount:1"], wrong
