"""Readings that are no question by themselves, or two at once: they are sent back."""

from __future__ import annotations

from agent.planner.reading import Reading, ask_in_full
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext


def leaning(reading: Reading, _context: PlanContext) -> Plan | None:
    """Parts that only an earlier question would complete: "and meta?", "by week". Raises CannotRead."""
    if reading.metrics and (reading.periods or not reading.follow_up):
        return None
    complete = reading.periods and (reading.named or reading.overview or not reading.follow_up)
    short = (
        reading.baseline
        and not reading.text.startswith(("vs", "against", "compared"))
        and "ly" not in reading.text.split()
    )
    if complete or reading.rank or (not reading.follow_up and (reading.overview or reading.named or short)):
        return None
    raise ask_in_full()


def each_at_its_own_time(reading: Reading, _context: PlanContext) -> Plan | None:
    """Two names with a period each are two questions, not one. Raises CannotRead."""
    places = sorted([(at, "N") for at in reading.named.at] + [(p.at, "P") for p in reading.periods])
    if "".join(kind for _, kind in places) in ("NPNP", "PNPN", "PNNP", "NPPN"):
        raise CannotRead(
            "Each name has a period of its own here. Ask for them one at a time, or for both in one period."
        )
    return None
