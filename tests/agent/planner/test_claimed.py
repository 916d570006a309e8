"""What a question takes for granted is held against what was computed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from agent.planner.claimed import claim, contradictions
from domain.evidence import Fact
from domain.window import Window


def _change(value: str) -> Fact:
    window = Window(date(2024, 6, 1), date(2024, 6, 30), "UTC")
    return Fact(
        "f4", "CPA change, relative", Decimal(value), "percent", None, "Search", window, "test", "test", form="signed"
    )


@pytest.mark.parametrize(
    ("question", "change", "contradicted"),
    [
        ("cpa +30% wow, what changed?", "0.003", True),
        ("cpa +30% wow, what changed?", "0.296", False),
        ("cpa +30% wow, what changed?", "-0.3", True),
        ("why did cpa drop 20% in june", "0.45", True),
        ("why did cpa drop 20% in june", "-0.21", False),
        ("cpa -20% wow, why", "-0.2", False),
        ("cpa -20% wow, why", "0.2", True),
        ("reason for revenue decline q2 vs q1", "0.005", True),
        ("reason for revenue decline q2 vs q1", "-0.005", False),
        ("which campaign drove cpa up in june", "-0.1", True),
    ],
)
def test_a_claim_that_the_data_do_not_show_is_said(question: str, change: str, contradicted: bool) -> None:
    notes = contradictions(question, [_change(change)])
    assert bool(notes) == contradicted
    if contradicted:
        assert "but the data show" in notes[0]


@pytest.mark.parametrize("question", ["did cpa go up in june", "why did cpa change", "is cpa up or down", "cpa june"])
def test_a_question_that_takes_nothing_for_granted_makes_no_claim(question: str) -> None:
    assert claim(question) is None


def test_without_a_computed_change_nothing_is_contradicted() -> None:
    assert contradictions("why did cpa drop", []) == ()
