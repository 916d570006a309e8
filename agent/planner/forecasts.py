"""Questions about days to come: which call forecasts them."""

from __future__ import annotations

from agent.planner.plans import make_plan, sides
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
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
    if groups:
        args["by"] = groups[0]
    return make_plan(reading, [ToolCall("forecast", args)], notes)
