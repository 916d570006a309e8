"""Whether days are unusual: which are judged, and what is left to other kinds of question."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

WEDNESDAY = date(2024, 6, 19)
ALL = ["spend", "conversions", "cpa"]


@pytest.mark.parametrize(
    ("question", "metrics", "start", "end"),
    [
        ("is yesterday's spend unusual?", ["spend"], "2024-06-18", "2024-06-18"),
        ("was spend unusual yesterday", ["spend"], "2024-06-18", "2024-06-18"),
        ("was cpa unusually high last week", ["cpa"], "2024-06-10", "2024-06-16"),
        ("is yesterday's cpc an outlier?", ["cpc"], "2024-06-18", "2024-06-18"),
        ("are clicks yesterday out of the ordinary", ["clicks"], "2024-06-18", "2024-06-18"),
        ("is this unusual?", ALL, "2024-06-18", "2024-06-18"),
    ],
)
def test_days_are_judged(ask: Any, question: str, metrics: list[str], start: str, end: str) -> None:
    planned = ask(question, today=WEDNESDAY)
    assert planned.refused is None, planned.refused
    (call,) = planned.calls
    assert call.name == "unusual"
    assert call.args["metrics"] == metrics
    assert call.args["period"] == {"start": start, "end": end}


def test_whose_days_are_judged_is_kept(ask: Any) -> None:
    (call,) = ask("was spend on google unusual yesterday", today=WEDNESDAY).calls
    assert call.args["platforms"] == ["google_ads"]


def test_what_is_not_judged_day_by_day_is_said(ask: Any) -> None:
    assert "day by day" in (ask("which campaign had the worst unusual cpa yesterday", today=WEDNESDAY).refused or "")


@pytest.mark.parametrize("question", ["why did conversions drop yesterday?", "why is cpa up this week?"])
def test_a_why_is_explained_as_before(ask: Any, question: str) -> None:
    (call,) = ask(question, today=WEDNESDAY).calls
    assert call.name == "compare"
    assert call.args["explain"] is True
