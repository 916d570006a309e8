"""Questions about the data themselves: how fresh they are, what a figure means."""

from __future__ import annotations

import re

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS


def alerts(reading: Reading, context: PlanContext) -> Plan | None:
    """What the watch has open; of what is named, where something is."""
    if not reading.alerts:
        return None
    if reading.periods:
        raise CannotRead("I tell what is open now, not of a period. Ask 'any alerts?'.")
    return make_plan(reading, [ToolCall("alerts", reading.named.filters(context))])


def trouble(reading: Reading, context: PlanContext) -> Plan | None:
    """ "What is wrong with Brand?": what the watch has open of it, then its health.

    Of a figure, or of days that are named, it is a question why.
    """
    others = (reading.metrics, reading.periods, reading.baseline, reading.by, reading.rank, reading.change)
    if not reading.trouble or any(others) or reading.compare or reading.versus:
        return None
    filters = reading.named.filters(context)
    return make_plan(reading, [ToolCall("alerts", filters), ToolCall("health", filters)])


def freshness(reading: Reading, _context: PlanContext) -> Plan | None:
    """How fresh the data are; whether one can trust them."""
    return make_plan(reading, [ToolCall("freshness", {})]) if reading.fresh and not reading.metrics else None


def definition(reading: Reading, _context: PlanContext) -> Plan | None:
    """What a metric means: "how do you compute roas", "what is cpa?"."""
    if not reading.metrics or reading.periods or reading.left_out or reading.named or reading.by or reading.rank:
        return None
    names = set(METRICS) | {"is", "are", "a", "an", "and", "what", "whats", "exactly", "does"}
    bare = re.match(r"what", reading.text) and not re.search(r"\b(?:our|my|the|we|was|were)\b", reading.text)
    asked = bare and len(reading.text.split()) <= len(reading.metrics) + 5 and not (reading.change or reading.baseline)
    explained = reading.why and not reading.change and re.match(r"(?:\w+ )?explain ", reading.text) is not None
    if not (reading.define or explained or (asked and _only(reading, names))):
        return None
    return make_plan(reading, [ToolCall("define", {"metrics": list(reading.metrics)})])


def _only(reading: Reading, allowed: set[str]) -> bool:
    """Whether a definition is all that can be meant: "what is cpa", not "what clicks did we get"."""
    said = [w for w in reading.text.split() if w not in allowed]
    spoken = {w for slug in reading.metrics for phrase in METRICS[slug].words for w in phrase.replace("-", " ").split()}
    return all(w in spoken for w in said)
