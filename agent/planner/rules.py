"""The planner without a model: a question in plain language to tool calls, one question back, or a reasoned no.

Deterministic, no I/O. The words of a question are read part by part (``reading.read``): names, periods, metrics,
wishes; a word that no part understood is never answered as if it had been absent. Then the first kind of question
that fits says which tools answer it.
"""

from __future__ import annotations

import re

from agent.planner import about_data, advice, charts, comparisons, incomplete, listings, lookups, rankings, refusals
from agent.planner.plans import Kind
from agent.planner.reading import read
from agent.planner.text import CannotRead, normalise
from agent.state import Clarify, Plan, PlanContext

KINDS: tuple[Kind, ...] = (
    about_data.freshness,
    advice.recommendation,
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
    reading = read(_picked(question), context)
    if reading.nothing():
        return _greet()
    for kind in KINDS:
        if (found := kind(reading, context)) is not None:
            return _if_there_is_data(found, context)
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
    if context.platforms or all(call.name in ("define", "freshness") for call in found.calls):
        return found
    raise CannotRead(
        "There is no data yet. Load an export: "
        "budgeteer import FILE --platform google_ads --account NAME --currency CODE.",
        exact=True,
    )
