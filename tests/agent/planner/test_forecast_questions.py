"""Questions about days to come: which are forecast, for which days, and what stays refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.planner.understood import check, understood
from agent.state import ToolCall
from domain.errors import BadInput
from tests.agent.planner.conftest import exports

WEDNESDAY = date(2024, 6, 19)
ALL = ["spend", "conversions", "revenue"]


@pytest.mark.parametrize(
    ("question", "metrics", "start", "end"),
    [
        ("forecast spend for next month", ["spend"], "2024-07-01", "2024-07-31"),
        ("what will we spend next week", ["spend"], "2024-06-24", "2024-06-30"),
        ("what will we spend next week?", ["spend"], "2024-06-24", "2024-06-30"),
        ("how much will we spend tomorrow", ["spend"], "2024-06-20", "2024-06-20"),
        ("expected conversions in december", ["conversions"], "2024-12-01", "2024-12-31"),
        ("expected conversions in march", ["conversions"], "2025-03-01", "2025-03-31"),
        ("how many conversions will we get next month", ["conversions"], "2024-07-01", "2024-07-31"),
        ("predict revenue for the next 14 days", ["revenue"], "2024-06-19", "2024-07-02"),
        ("expected cpa next week", ["cpa"], "2024-06-24", "2024-06-30"),
        ("what will roas be next month", ["roas"], "2024-07-01", "2024-07-31"),
        ("forecast cpa and roas for next month", ["cpa", "roas"], "2024-07-01", "2024-07-31"),
        ("roas next quarter", ["roas"], "2024-07-01", "2024-09-30"),
        ("projected spend for the rest of the month", ["spend"], "2024-06-19", "2024-06-30"),
        ("forecast for next two weeks", ALL, "2024-06-24", "2024-07-07"),
        ("forecast spend for august 2024", ["spend"], "2024-08-01", "2024-08-31"),
        ("forecast", ALL, "2024-06-19", "2024-07-16"),
    ],
)
def test_days_to_come_are_forecast(ask: Any, question: str, metrics: list[str], start: str, end: str) -> None:
    planned = ask(question, today=WEDNESDAY)
    assert planned.refused is None, planned.refused
    (call,) = planned.calls
    assert call.name == "forecast"
    assert call.args["metrics"] == metrics
    assert call.args["period"] == {"start": start, "end": end}
    assert planned.exact


def test_whose_figures_are_forecast_is_kept(ask: Any) -> None:
    (call,) = ask("what will we spend on google next week", today=WEDNESDAY).calls
    assert call.args["platforms"] == ["google_ads"]
    (call,) = ask("forecast clicks of YouTube for next month", today=WEDNESDAY).calls
    assert call.args["campaigns"] == ["YouTube"]


def test_what_was_assumed_is_said(ask: Any) -> None:
    assert ask("forecast", today=WEDNESDAY).notes == (
        "No period named: the 28 days from today are forecast.",
        "No figure named: spend, conversions and revenue are forecast.",
    )


@pytest.mark.parametrize(
    "question",
    [
        "what would happen if we double spend next month",
        "what will roas be if we cut meta next week",
        "will we hit 1m revenue this year",
        "forecast spend with 20k extra next month",
        "get cpa under 30 next month",
        "forecast spend last month",
        "forecast spend next month vs last month",
        "why will spend rise next week",
        "forecast spend by weekday for next month",
        "forecast spend by platform and week for next month",
    ],
)
def test_what_hangs_on_a_decision_or_is_no_single_period_is_refused(ask: Any, question: str) -> None:
    planned = ask(question, today=WEDNESDAY)
    assert planned.calls == ()
    assert planned.refused is not None


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("expected conversions next 14 days by platform", "platform"),
        ("forecast spend by campaign for next month", "campaign"),
        ("expected cpa next month by account", "account"),
        ("forecast spend for next month by week", "week"),
        ("what will we spend next week by day", "day"),
        ("what will we spend on google and meta next week", "platform"),
        ("forecast spend for next month", None),
    ],
)
def test_a_breakdown_asked_for_is_one_of_the_forecast(ask: Any, question: str, by: str | None) -> None:
    (call,) = ask(question, today=WEDNESDAY).calls
    assert call.args.get("by") == by


def test_a_models_plan_is_held_to_the_breakdown_of_a_forecast() -> None:
    context = replace(exports(), today=WEDNESDAY)
    certain = understood("expected conversions next 14 days by platform", context)
    args = {"metrics": ["conversions"], "period": {"start": "2024-06-19", "end": "2024-07-02"}}
    check(certain, [ToolCall("forecast", {**args, "by": "platform"})], context)
    with pytest.raises(BadInput, match="a forecast by platform"):
        check(certain, [ToolCall("forecast", args)], context)
