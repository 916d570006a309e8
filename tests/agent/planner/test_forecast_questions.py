"""Questions about days to come: which are forecast, for which days, and what stays refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from agent.planner import carried
from agent.planner.rules import plan
from agent.planner.understood import check, understood
from agent.state import Earlier, Plan, ToolCall
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


MONTH = {"start": "2024-06-01", "end": "2024-06-30"}


@pytest.mark.parametrize(
    ("question", "metrics", "noted"),
    [
        ("where will we land this month", ["spend"], True),
        ("where do we land", ["spend"], True),
        ("where will we land this month on conversions", ["conversions"], True),
        ("month end spend forecast", ["spend"], False),
        ("forecast spend for this month", ["spend"], False),
    ],
)
def test_where_a_month_lands_is_told_without_a_plan(ask: Any, question: str, metrics: list[str], noted: bool) -> None:
    planned = ask(question, today=WEDNESDAY)
    (call,) = planned.calls
    assert (call.name, call.args) == ("forecast", {"metrics": metrics, "period": MONTH, "so_far": True})
    assert ("There is no plan to hold it against." in planned.notes) is noted


@pytest.mark.parametrize(
    "question",
    [
        "will we overspend", "are we on track", "where did we land in may", "where do we land on cpa",
        "where do we land by week",
    ],
)  # fmt: skip
def test_what_needs_a_plan_or_is_no_sum_is_still_refused(ask: Any, question: str) -> None:
    planned = ask(question, today=WEDNESDAY)
    assert planned.calls == ()
    assert planned.refused


NEXT = "2024-07-01..2024-07-31"
AUGUST = "2024-08-01..2024-08-31"


@pytest.mark.parametrize(
    ("thread", "told"),
    [
        (("forecast spend for next month", "and meta?"), f"spend {NEXT} meta"),
        (("forecast spend for next month", "and cpa?"), f"cpa {NEXT}"),
        (("forecast spend for next month", "for august?"), f"spend {AUGUST}"),
        (("forecast spend for next month", "and for august?", "and revenue?"), f"revenue {AUGUST}"),
        (("forecast spend on google next month", "and meta?"), f"spend {NEXT} meta"),
        (("forecast spend for next month", "by platform"), f"spend {NEXT} by platform"),
        (("forecast spend for next month", "forecast cpa for august"), f"cpa {AUGUST}"),
        (("roas of meta last week", "and next month?"), f"roas {NEXT} meta"),
        (("where will we land this month", "and meta?"), "spend 2024-06-01..2024-06-30 meta so far"),
        (("month end spend forecast", "and revenue?"), "revenue 2024-06-01..2024-06-30 so far"),
    ],
)
def test_a_thread_carries_a_forecast_on(thread: tuple[str, ...], told: str) -> None:
    (call,) = last_of(thread).calls
    args = call.args
    said = [*args["metrics"], f"{args['period']['start']}..{args['period']['end']}", *args.get("platforms", ())]
    said += [f"by {args['by']}"] if args.get("by") else []
    assert (call.name, " ".join(said + ["so far"] * bool(args.get("so_far")))) == ("forecast", told)


@pytest.mark.parametrize("said", ["and last month?", "why?", "vs last year", "worst campaign?"])
def test_what_a_forecast_cannot_take_is_not_carried_on(said: str) -> None:
    planned = last_of(("forecast spend for next month", said))
    assert not [call for call in planned.calls if call.name == "forecast"]
    assert planned.refused or planned.clarify


def test_a_forecast_of_a_models_plan_is_carried_on_too() -> None:
    context = replace(exports(), today=WEDNESDAY)
    args = {"metrics": ["cpa"], "period": {"start": "2024-07-01", "end": "2024-07-31"}, "platforms": ["meta"]}
    asked = carried.from_calls([ToolCall("forecast", args)], context)
    assert asked is not None
    (call,) = plan("for august?", replace(context, earlier=Earlier(asked=asked))).calls
    assert call.args == {**args, "period": {"start": "2024-08-01", "end": "2024-08-31"}}


def last_of(thread: tuple[str, ...]) -> Plan:
    """The plan of the last question, each read behind what the one before left in the thread."""
    context = replace(exports(), today=WEDNESDAY)
    planned = plan(thread[0], context)
    for question in thread[1:]:
        assert planned.asked is not None
        planned = plan(question, replace(context, earlier=Earlier(asked=json.loads(json.dumps(planned.asked)))))
    return planned
