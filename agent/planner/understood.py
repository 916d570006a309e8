"""What the rules read in a question with certainty. A plan of a model may not contradict it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.planner import analytics_words
from agent.planner.followups import in_thread
from agent.planner.occasions import left_out_of
from agent.planner.other_tools import Numbers, digest_covers, no_metrics_told, numbers_of, scope_of
from agent.planner.reading import read
from agent.planner.text import CannotRead
from agent.planner.windows import Days
from agent.state import PlanContext, ToolCall
from domain.errors import BadInput
from tools.labels import join_words

_NO_FIGURES = ("define", "freshness", "names")


@dataclass(frozen=True, slots=True)
class Understood:
    """Names as in the data, whole periods, metric slugs; ``unknown`` are the words that nobody understood."""

    metrics: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    exclude_platforms: tuple[str, ...] = ()
    exclude_campaigns: tuple[str, ...] = ()
    periods: tuple[Days, ...] = ()
    left_out: tuple[Days, ...] = ()
    unknown: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    exclude_labels: tuple[str, ...] = ()
    promotions: tuple[Days, ...] = ()  # of the calendar, to be left out where they touch a period
    numbers: Numbers = field(default_factory=Numbers)  # budgets, a margin, a move of money that the question states
    by: tuple[str, ...] = ()  # the breakdowns that a forecast is asked for
    whole: bool = False  # the question was read to its end


def understood(question: str, context: PlanContext) -> Understood:
    """What is certain; nothing where the question stops the rules before its end."""
    try:
        context = analytics_words.seen(question, context)
        reading = in_thread(question, context, partly=True) or read(question, context, partly=True)
        reading = analytics_words.settled(reading, context)
    except CannotRead:
        return Understood()
    named = reading.named
    return Understood(
        reading.metrics,
        tuple(named.platforms),
        tuple(named.campaigns),
        tuple(named.accounts),
        tuple(named.exclude_platforms),
        tuple(named.exclude_campaigns),
        tuple(reading.periods),
        tuple(reading.left_out),
        tuple(dict.fromkeys(reading.unknown)),
        tuple(named.labels),
        tuple(named.exclude_labels),
        tuple(reading.promotions),
        numbers_of(reading),
        by=tuple(reading.by) if reading.ahead else (),
        whole=True,
    )


def check(certain: Understood, calls: Sequence[ToolCall], context: PlanContext) -> None:
    """Raises BadInput where the calls drop or swap what is certain; the message says what the question names."""
    kept = [call for call in calls if call.name not in _NO_FIGURES]
    args = [scope_of(call) for call in kept]
    asked = {m for call in calls for m in (*call.args.get("metrics", ()), call.args.get("metric"))}
    if lost := [m for m in certain.metrics if m not in asked and no_metrics_told(m, calls)]:
        raise BadInput(f"the question asks for {join_words(lost)}, and no call does")
    for period in certain.periods:
        if not any(_has_period(period, call, context) for call in kept):
            raise BadInput(f"the question names the period {period.start} to {period.end}, and no call has it")
    homes = {e.name: e.platform for e in (*context.analytics_campaigns, *context.campaigns)}
    for a in args:
        _check_days(certain, a)
        _check_scope(certain, a, homes)
        _check_labels(certain, a)
    _check_named(certain, args, homes)
    _check_forecasts(certain, kept)
    for call in kept:
        certain.numbers.check(call, invented=certain.whole and not certain.unknown)


def _check_forecasts(certain: Understood, calls: Sequence[ToolCall]) -> None:
    """A forecast is broken down as the question asks, once by each."""
    given = {call.args.get("by") for call in calls if call.name == "forecast"}
    if lost := [by for by in certain.by if by not in given]:
        raise BadInput(f"the question asks for a forecast by {join_words(lost)}, and no call does")


def note(certain: Understood, calls: Sequence[ToolCall]) -> tuple[str, ...]:
    """The words that nobody understood and that no call shows."""
    shown = json.dumps([dict(call.args) for call in calls], ensure_ascii=False).casefold()
    left = [f"'{word}'" for word in certain.unknown if word not in shown]
    return (f"I may not have taken into account: {join_words(left)}.",) if left else ()


def _has_period(period: Days, call: ToolCall, context: PlanContext) -> bool:
    """Whether a call is about the period; ``pacing`` without one is this month, ``digest`` counts days back."""
    if call.name == "digest":
        return digest_covers(call, period, context)
    if call.name == "pacing" and not call.args.get("period"):
        return (period.start.day, period.start.replace(day=1)) == (1, context.today.replace(day=1))
    return any(_is_period(period, call.args.get(key)) for key in ("period", "baseline"))


def _is_period(period: Days, given: Any) -> bool:
    if not isinstance(given, Mapping) or given.get("start") != period.start.isoformat():
        return False
    end = str(given.get("end"))
    return end == period.end.isoformat() or (period.so_far and end > period.end.isoformat())


def _check_days(certain: Understood, args: Mapping[str, Any]) -> None:
    """The days left out are those of the question; others only where it has words that nobody understood."""
    given = args.get("without", ())
    asked = left_out_of(certain.left_out, certain.promotions, args)
    if lost := [d for d in asked if not any(_is_period(d, w) for w in given)]:
        raise BadInput(f"the question leaves out {lost[0].start} to {lost[0].end}, and a call does not ('without')")
    if certain.whole and not certain.unknown and len(given) > len(asked):
        raise BadInput("a call leaves out days that the question does not")


def _check_scope(certain: Understood, args: Mapping[str, Any], homes: Mapping[str, str]) -> None:
    """No call may widen or swap what the question narrows."""
    platforms, campaigns = set(args.get("platforms", ())), set(args.get("campaigns", ()))
    reached = platforms or {homes[c] for c in campaigns if c in homes}
    if lost := [
        c
        for c in certain.exclude_campaigns
        if c not in args.get("exclude_campaigns", ()) and not (campaigns and c not in campaigns)
    ]:
        raise BadInput(f"the question leaves out {join_words(lost)}, and a call does not")
    if lost := [p for p in certain.exclude_platforms if not reached or p in reached]:
        raise BadInput(f"the question leaves out {join_words(lost)}, and a call does not")
    if certain.campaigns and not campaigns and not set(certain.platforms) & platforms:
        raise BadInput(f"the question is about {join_words(list(certain.campaigns))}, and a call is about more")
    if certain.campaigns and campaigns - set(certain.campaigns):
        raise BadInput(f"the question is about {join_words(list(certain.campaigns))}, and a call about other campaigns")
    allowed = {*certain.platforms, *(homes[c] for c in certain.campaigns if c in homes)}
    if certain.platforms and reached - allowed:
        raise BadInput(f"the question is about {join_words(list(certain.platforms))}, and a call about other platforms")


def _check_labels(certain: Understood, args: Mapping[str, Any]) -> None:
    """No call may drop, widen or add a label; of several values named each may have a call of its own."""
    given, left_out = set(args.get("labels", ())), set(args.get("exclude_labels", ()))
    if certain.labels and not given:
        raise BadInput(f"the question is about {join_words(list(certain.labels))}, and a call is about more")
    if lost := [label for label in certain.exclude_labels if label not in left_out]:
        raise BadInput(f"the question leaves out {join_words(lost)}, and a call does not")
    added = sorted((given - set(certain.labels)) | (left_out - set(certain.exclude_labels)))
    if certain.whole and not certain.unknown and added:
        raise BadInput(f"the question does not name {join_words(added)}, and a call narrows by it")


def _check_named(certain: Understood, args: Sequence[Mapping[str, Any]], homes: Mapping[str, str]) -> None:
    """Everything named stands in some call."""
    for key, names in (("campaigns", certain.campaigns), ("accounts", certain.accounts), ("labels", certain.labels)):
        given = {name for a in args for name in a.get(key, ())}
        if args and (lost := [n for n in names if n not in given]):
            raise BadInput(f"the question names {join_words(lost)}, and no call does")
    each = any(a.get("by") == "platform" and not a.get("platforms") for a in args)
    reached = {p for a in args for p in a.get("platforms", ())}
    reached |= {homes[c] for a in args for c in a.get("campaigns", ()) if c in homes}
    if args and not each and (lost := [p for p in certain.platforms if p not in reached]):
        raise BadInput(f"the question names {join_words(lost)}, and no call does")
