"""Questions about days to come: which call forecasts them."""

from __future__ import annotations

import re
from typing import Any

from agent.planner.forecast_words import this_month
from agent.planner.plans import make_plan, sides
from agent.planner.reading import Reading
from agent.planner.refusals import NO_PLAN
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS
from tools.labels import join_words

BY = ("platform", "campaign", "account", "day", "week", "month")
USUAL = ("spend", "conversions", "revenue")


def forecast(reading: Reading, context: PlanContext) -> Plan | None:
    """What comes if all goes on as before. Raises CannotRead for what a forecast is not told by."""
    ahead = reading.ahead
    if ahead is None:
        return None
    if len(reading.periods) > 1 or reading.baseline or reading.left_out or reading.promotions:
        raise CannotRead("I forecast one period at a time: ask for each, for example 'forecast spend for next month'.")
    if reading.why or reading.rank or reading.share or reading.bound:
        raise CannotRead(
            "A forecast is a figure with a range, over everything or for what you name. Ask for example "
            "'forecast spend for next month' or 'expected cpa on google next week'."
        )
    if other := [by for by in reading.by if by not in BY]:
        raise CannotRead(
            f"A forecast is told in total, by platform, campaign or account, or by day, week or month, not by "
            f"{other[0].removeprefix('label:')}. Ask for example 'expected conversions next month by platform'."
        )
    groups = list(dict.fromkeys((*reading.by, *(by for by in sides(reading) if by in BY))))
    if len(groups) > 1:
        raise CannotRead(
            f"A forecast has one breakdown at a time, not {join_words(groups)}. Ask for each, for example "
            "'expected conversions next month by platform'."
        )
    notes = []
    if ahead.assumed:
        notes.append(f"No period named: the {ahead.days.length} days from today are forecast.")
    if not reading.metrics:
        notes.append("No figure named: spend, conversions and revenue are forecast.")
    args = {
        "metrics": list(reading.metrics or USUAL),
        "period": ahead.days.to_json(),
        **reading.named.filters(context),
    }
    if ahead.so_far:
        return make_plan(reading, [_landing(args, groups)], notes)
    if groups:
        args["by"] = groups[0]
    return make_plan(reading, [ToolCall("forecast", args)], notes)


def landing(reading: Reading, context: PlanContext) -> Plan:
    """Where a month lands that no plan says anything of: what is known of it and a forecast of the rest.

    Raises CannotRead where it is measured against a plan, or about a month that is not this one.
    """
    month = this_month(context)
    if re.search(r"over ?-?spen|under ?-?spen|budgets?\b|plan\b|targets?\b|goals?\b", reading.text):
        raise CannotRead(NO_PLAN, exact=True)
    if len(reading.periods) > 1 or reading.baseline or any(p.start != month.start for p in reading.periods):
        raise CannotRead(NO_PLAN, exact=True)
    args = {
        "metrics": list(reading.metrics or ("spend",)),
        "period": month.to_json(),
        **reading.named.filters(context),
    }
    return make_plan(reading, [_landing(args, list(reading.by))], ["There is no plan to hold it against."])


def _landing(args: dict[str, Any], groups: list[str]) -> ToolCall:
    if groups:
        raise CannotRead(
            f"Where a month lands is told in total or for what you name, not by {groups[0].removeprefix('label:')}. "
            "Ask for example 'where will we land on google this month'."
        )
    if other := [m for m in args["metrics"] if METRICS[m].denominator is not None]:
        raise CannotRead(
            f"What a month lands at is told of sums, such as spend or conversions, not of {METRICS[other[0]].label}. "
            f"Ask for example 'forecast {other[0]} for the rest of the month'."
        )
    return ToolCall("forecast", {**args, "so_far": True})
