"""Shares, bounds and names, as tool calls: each is one list of one kind."""

from __future__ import annotations

import re

from agent.planner.baselines import times, wants_comparison
from agent.planner.plans import make_plan, one_period
from agent.planner.rankings import order_of
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS

_OF = {"platforms": "platform", "channels": "platform", "accounts": "account", "clients": "account"}


def shared(reading: Reading, context: PlanContext) -> Plan | None:
    """Per cents of a total: "share of spend by campaign", "what % of spend is youtube"."""
    if not reading.share:
        return None
    metrics = list(reading.metrics) or ["spend"]
    notes = [] if reading.metrics else ["No figure was named: spend."]
    if ratios := [METRICS[m].label for m in metrics if METRICS[m].denominator]:
        raise CannotRead(
            f"A share is a part of a sum, and {ratios[0]} does not add up over campaigns. "
            "Ask for the share of spend, conversions, revenue, clicks or impressions."
        )
    if reading.why or reading.chart or reading.average or reading.per_day or reading.bound or len(reading.by) > 1:
        raise CannotRead("I can list shares of one total, for example 'share of spend by campaign last month'.")
    sides_named = max(len(reading.named.platforms), len(reading.named.campaigns), len(reading.named.labels))
    when = (
        times(reading, context)
        if wants_comparison(reading, sides_named) and (reading.periods or reading.baseline or reading.change)
        else None
    )
    periods = [when.period, *([when.baseline] if when.baseline else [])] if when else reading.periods
    periods = periods or [one_period(reading, context, notes)]
    args = {"metrics": metrics, "by": _shared_by(reading), "share": True, **reading.named.filters(context)}
    if reading.rank:
        args |= {"order": order_of(reading.rank, metrics[0], reading.text), "limit": reading.rank.limit}
    calls = [ToolCall("breakdown", {**args, "period": p.to_json()}) for p in periods]
    return make_plan(reading, calls, [*notes, *(when.notes if when else ())])


def _shared_by(reading: Reading) -> str:
    asked = next(iter(reading.by), None) or (reading.rank.by if reading.rank else None)
    if asked:
        return asked
    if reading.named.labels:
        return f"label:{reading.named.labels[0].partition('=')[0]}"
    if reading.named.campaigns:
        return "campaign"
    return "platform" if reading.named.platforms else "account" if reading.named.accounts else "campaign"


def bounded(reading: Reading, context: PlanContext) -> Plan | None:
    """What lies above or below a bound: "campaigns with cpa over 50"."""
    bound = reading.bound
    if bound is None:
        return None
    others = [by for by in reading.by if by != bound.by]
    if reading.why or reading.chart or reading.rank or reading.average or others or wants_comparison(reading, 2):
        raise CannotRead(
            "I can list what lies above or below a bound within one period, and nothing else at once. For example "
            "'campaigns with cpa over 50 last month'."
        )
    notes: list[str] = []
    periods = reading.periods or [one_period(reading, context, notes, bound.by)]
    metrics = [bound.metric, *(m for m in reading.metrics if m != bound.metric)]
    args = {"metrics": metrics, "by": bound.by, bound.side: bound.value, **reading.named.filters(context)}
    return make_plan(reading, [ToolCall("breakdown", {**args, "period": p.to_json()}) for p in periods], notes)


def named_things(reading: Reading, context: PlanContext) -> Plan | None:
    """Which campaigns, accounts or platforms there are."""
    if reading.names_of == "":
        return None
    notes = []
    if re.search(r"\b(?:running|active|live|paused|enabled|stopped)\b", reading.text):
        notes.append(
            "The data do not say which campaigns are running. 'spend by campaign last week' shows which spent."
        )
    of = _OF.get(reading.names_of, reading.names_of.rstrip("s"))
    of = "platform" if of == "channel" else "account" if of == "client" else of
    return make_plan(reading, [ToolCall("names", {"of": of, **reading.named.filters(context)})], notes)
