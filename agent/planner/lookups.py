"""Figures for a period, as tool calls."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from agent.planner.baselines import default_period
from agent.planner.plans import STANDARD, make_plan, one_period, sides
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.planner.windows import ONE_DAY, Days
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS


def looked_up(reading: Reading, context: PlanContext) -> Plan | None:
    """Figures for a period, broken down where that was asked or where several names stand side by side."""
    notes: list[str] = []
    metrics = list(reading.metrics) or list(STANDARD)
    if reading.overview and not reading.metrics and not reading.periods:
        period, note = default_period(context, 7)
        notes.append(note)
        periods = [period]
    else:
        periods = reading.periods or [one_period(reading, context, notes, next(iter(reading.by), ""))]
    if reading.together:
        periods = _joined(periods)
    filters = reading.named.filters(context)
    groups = list(reading.by) or sides(reading) or _counted(reading, notes)
    if len(groups) > 1:
        raise CannotRead("I break down by one thing at a time. By which?", tuple(f"by {by}" for by in groups))
    calls = [_lookup(reading, metrics, period, filters, groups, notes) for period in periods]
    return make_plan(reading, calls, notes)


def paired(reading: Reading, context: PlanContext) -> Plan | None:
    """ "roas in june and cpa in may": each figure over its own period."""
    places = sorted(
        [(at, "M", slug) for at, slug in reading.metrics_at] + [(p.at, "P", p) for p in reading.periods],
        key=lambda place: place[0],
    )
    kinds = "".join(kind for _, kind, _ in places)
    others = (
        reading.versus, reading.compare, reading.baseline, reading.why, reading.change, reading.rank, reading.chart,
        reading.share, reading.bound, reading.together,
    )  # fmt: skip
    if len(reading.metrics) < 2 or any(others) or not re.fullmatch(r"(?:MP){2,}|(?:PM){2,}", kinds):
        return None
    notes: list[str] = []
    filters = reading.named.filters(context)
    groups = list(reading.by) or sides(reading)
    if len(groups) > 1:
        raise CannotRead("I break down by one thing at a time. By which?", tuple(f"by {by}" for by in groups))
    calls = []
    for one, other in zip(places[::2], places[1::2], strict=True):
        metric, period = (one[2], other[2]) if one[1] == "M" else (other[2], one[2])
        if isinstance(metric, str) and isinstance(period, Days):
            calls.append(_lookup(reading, [metric], period, filters, groups, notes))
    return make_plan(reading, calls, list(dict.fromkeys(notes)))


def _counted(reading: Reading, notes: list[str]) -> list[Any]:
    """ "how many campaigns had conversions": they are listed, for the person to count."""
    match = re.search(r"\bhow many (campaign|platform|channel|account)s?\b", reading.text)
    if match is None:
        return []
    notes.append("Names are not counted by their figures: they are listed. A bound is counted, as in 'over 10'.")
    return ["platform" if match[1] == "channel" else match[1]]


def _lookup(
    reading: Reading,
    metrics: list[str],
    period: Days,
    filters: dict[str, list[str]],
    groups: list[Any],
    notes: list[str],
) -> ToolCall:
    args: dict[str, Any] = {"metrics": metrics, "period": period.to_json(), **filters}
    if groups:
        return ToolCall("breakdown", {"by": groups[0], **args})
    per_day = reading.per_day or (reading.average and any(METRICS[m].denominator is None for m in metrics))
    if reading.average and per_day and not reading.per_day:
        notes.append("The average is per day.")
    return ToolCall("metric", {**args, "per_day": True} if per_day else args)


def _joined(periods: list[Days]) -> list[Days]:
    """One period where the named ones follow each other without a gap."""
    ordered = sorted(periods, key=lambda p: p.start)
    if any(b.start != a.end + ONE_DAY for a, b in pairwise(ordered)):
        raise CannotRead("The periods named do not follow each other, so they have no figure together. Ask for each.")
    return [Days(ordered[0].start, ordered[-1].end, "days")]
