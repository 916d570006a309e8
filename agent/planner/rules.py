"""The planner without a model: a question in plain language to tool calls, one question back, or a reasoned no.

Deterministic, no I/O. The words of a question are read part by part (``reading.read``): names, periods, metrics,
wishes; a word that no part understood is never answered as if it had been absent. Then the first kind of question
that fits says which tools answer it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.planner import (
    about_data,
    advice,
    analytics_words,
    calendar_questions,
    carried,
    charts,
    comparisons,
    creatives,
    digest,
    followups,
    forecasts,
    frequency_questions,
    health_questions,
    incomplete,
    listings,
    lookups,
    mix_questions,
    plan_kinds,
    promise_questions,
    rankings,
    refusals,
    response_questions,
    shop,
    unusual,
    what_ifs,
)
from agent.planner.plans import FIGURES, OTHERS, Kind, make_plan
from agent.planner.reading import Reading, read
from agent.planner.text import CannotRead, normalise
from agent.state import Clarify, Plan, PlanContext

KINDS: tuple[Kind, ...] = (
    promise_questions.promised,
    shop.asked,
    digest.digested,
    about_data.alerts,
    about_data.trouble,
    about_data.freshness,
    plan_kinds.moved,
    what_ifs.wished,
    mix_questions.mixed,
    frequency_questions.often,
    response_questions.responded,
    plan_kinds.profited,
    plan_kinds.paced,
    forecasts.forecast,
    unusual.judged,
    health_questions.healthy,
    creatives.shown_more,
    calendar_questions.in_the_calendar,
    advice.recommendation,
    advice.bids,
    advice.below_floor,
    about_data.definition,
    listings.named_things,
    incomplete.leaning,
    incomplete.each_at_its_own_time,
    lookups.paired,
    listings.shared,
    listings.bounded,
    charts.charted,
    comparisons.compared,
    rankings.ranked,
    lookups.looked_up,
)

EXAMPLES = (
    "how did we do last week",
    "roas by platform this month",
    "worst cpa last month",
    "why did cpa change last week",
    "recommend a budget",
)


def plan(question: str, context: PlanContext) -> Plan:
    """What answers the question. Never raises for any text."""
    try:
        return _plan(question, context)
    except CannotRead as stopped:
        return stopped.plan()


def _plan(question: str, context: PlanContext) -> Plan:
    if len(question) > refusals.LONGEST:
        raise CannotRead(
            f"That is {len(question)} characters; I read questions of up to {refusals.LONGEST}. "
            "Ask for one thing at a time."
        )
    if not normalise(question):
        return _greet()
    asked = _picked(question)
    context = analytics_words.seen(asked, context)
    leaning = followups.in_thread(asked, context)
    reading = analytics_words.settled(leaning or read(asked, context), context)
    if reading.nothing():
        return _greet()
    found = _each_side(reading, context) if reading.sides else _first_kind(reading, context)
    found = _if_there_is_data(followups.noted(found) if leaning else found, context)
    return replace(found, asked=_carried(reading, found, context))


def _carried(reading: Reading, found: Plan, context: PlanContext) -> Mapping[str, Any] | None:
    """What the thread keeps of the question; nothing of one that asks for no figure."""
    if not any(call.name in (*FIGURES, *OTHERS) for call in found.calls):
        return None
    several = bool(reading.sides) or lookups.paired(reading, context) is not None
    return carried.to_json(reading, found.calls, context, several=several)


def _each_side(reading: Reading, context: PlanContext) -> Plan:
    """The same question once per side. Where two periods are compared, a "vs" stands between them, not the sides."""
    if reading.rank or reading.share or reading.together:
        raise CannotRead(
            "I rank, share out and add up campaigns or platforms, not one beside the other. Ask for each figure, for "
            "example 'roas of search vs meta last month', or by platform."
        )
    versus = reading.versus if len(reading.periods) > 1 or reading.baseline else []
    compare = reading.compare and bool(versus)
    plans = [
        _first_kind(replace(reading, named=side, sides=(), versus=versus, compare=compare, notes=[]), context)
        for side in reading.sides
    ]
    notes = dict.fromkeys(note for found in plans for note in found.notes)
    return make_plan(reading, [call for found in plans for call in found.calls], list(notes))


def _first_kind(reading: Reading, context: PlanContext) -> Plan:
    for kind in KINDS:
        if (found := kind(reading, context)) is not None:
            return found
    raise AssertionError("the last kind takes every question")


def _picked(question: str) -> str:
    """A choice that is a question of its own replaces the question before it; other choices stand beside theirs."""
    match = re.search(r'"([^"]+)"$', question.strip())
    own = match is not None and (match[1] in EXAMPLES or match[1].startswith("recommend a budget"))
    return match[1] if match is not None and own else question


def _greet() -> Plan:
    return Plan(
        clarify=Clarify("I answer questions about your ads. What would you like to know?", EXAMPLES), exact=True
    )


def _if_there_is_data(found: Plan, context: PlanContext) -> Plan:
    """Definitions need no data; everything else does."""
    of_the_shop = ("shop", "customers") if context.shops else ()
    of_analytics = ("alerts", "digest") if context.analytics else ()
    if context.platforms or all(
        call.name in ("define", "freshness", *of_the_shop, *of_analytics) for call in found.calls
    ):
        return found
    raise CannotRead(
        "There is no data yet. Load an export: "
        "budgeteer import FILE --platform google_ads --account NAME --currency CODE.",
        exact=True,
    )
