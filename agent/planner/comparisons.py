"""Two periods set against each other, as tool calls."""

from __future__ import annotations

import re
from typing import Any

from agent.planner import rankings
from agent.planner.baselines import Times, times, wants_comparison
from agent.planner.plans import STANDARD, TIME_STEPS, make_plan, sides
from agent.planner.reading import Reading
from agent.state import Plan, PlanContext, ToolCall


def compared(reading: Reading, context: PlanContext) -> Plan | None:
    """Two periods: compared, explained, or ranked by what grew."""
    entities = max(
        len(reading.named.platforms), len(reading.named.campaigns), len(reading.named.labels), len(reading.by)
    )
    if not wants_comparison(reading, entities):
        return None
    when = times(reading, context)
    notes = list(when.notes)
    steps = [by for by in reading.by if by in (*TIME_STEPS, "account")]
    if steps and not reading.why:
        return make_plan(reading, _both_periods(reading, context, when, steps), notes)
    if reading.per_day or reading.average:
        return make_plan(reading, _both_periods(reading, context, when, []), notes)
    args: dict[str, Any] = {"metrics": _compared_metrics(reading, notes), **_both(when)}
    args |= reading.named.filters(context)
    by = _side(reading)
    if reading.why:
        args |= {"explain": True}
    if by:
        args |= {"by": by}
    args |= _growth(reading, by)
    return make_plan(reading, [ToolCall("compare", args)], notes)


def _both_periods(reading: Reading, context: PlanContext, when: Times, steps: list[Any]) -> list[ToolCall]:
    """The same figures once per period, where ``compare`` has no such grouping."""
    metrics, filters = list(reading.metrics) or list(STANDARD), reading.named.filters(context)
    days = [when.period, when.baseline] if when.baseline else [when.period]
    if steps:
        return [
            ToolCall("breakdown", {"metrics": metrics, "by": steps[0], "period": d.to_json(), **filters}) for d in days
        ]
    return [ToolCall("metric", {"metrics": metrics, "period": d.to_json(), "per_day": True, **filters}) for d in days]


def _compared_metrics(reading: Reading, notes: list[str]) -> list[str]:
    if reading.metrics:
        return list(reading.metrics)
    if reading.why or reading.rank or (reading.change and not reading.overview):
        notes.append("No figure was named: revenue.")
        return ["revenue"]
    return list(STANDARD)


def _both(when: Times) -> dict[str, dict[str, str]]:
    baseline = when.baseline or when.period
    return {"period": when.period.to_json(), "baseline": baseline.to_json()}


def _side(reading: Reading) -> str | None:
    """What a comparison is made for each of."""
    if reading.rank and reading.rank.by in ("platform", "campaign"):
        return reading.rank.by
    asked = next((by for by in reading.by if by in ("platform", "campaign") or by.startswith("label:")), None)
    return asked or next(iter(sides(reading)), None) or ("campaign" if reading.rank or reading.why else None)


_DOWN = r"(?:the |biggest |largest |top |main )*(?:los|drop|fell|fall|declin|decreas|dip|down|crash|tank|collaps)"


def _growth(reading: Reading, by: str | None) -> dict[str, Any]:
    """For "which campaign grew most": entities ranked by their change."""
    which = re.search(r"\b(?:which|who|what) (?:\d+ )?(?:campaign|platform|channel)", reading.text) and reading.change
    if not by or reading.why or not (which or reading.rank):
        return {}
    if re.match(r"improve", reading.change):
        order = "top"
    elif re.match(r"worsen", reading.change):
        order = "worst"
    else:
        order = "smallest" if re.match(_DOWN, reading.change) else "largest"
    if reading.rank and order == "largest":  # the change that is best or worst for this figure
        order = rankings.order_of(reading.rank, next(iter(reading.metrics), "revenue"), reading.text)
    plural = re.search(r"\b(?:campaigns|platforms|channels)\b", reading.text) is not None
    asked = reading.rank.limit if reading.rank else 1
    return {"order": order, "limit": None if plural and asked == 1 else asked}
