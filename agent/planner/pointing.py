"""Words that point at what the last answer named: "that week", "that day", "that campaign"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from agent.planner.text import CannotRead
from agent.state import Earlier, PlanContext

MOST_CHOICES = 5
_TIMES = (
    r"\b(?:that|those|these) (?:same |one |very )?"
    r"(week|weekend|month|quarter|day|days|period|stretch|burst|spike|peak|time|dates?)\b"
)
_NAMES = r"\b(?:that|this|the same) (campaign|platform|channel|one)\b"

Stretch = tuple[date, date]


def resolved(question: str, earlier: Earlier, context: PlanContext) -> str:
    """The question with what it points at written out. Raises CannotRead to ask which is meant, or what."""
    if match := re.search(_TIMES, question, re.IGNORECASE):
        return _written(question, match, [_dates(s) for s in _stretches(match[1].casefold(), earlier)])
    if match := re.search(_NAMES, question, re.IGNORECASE):
        return _written(question, match, [f'"{name}"' for name in _names(match[1].casefold(), earlier, context)])
    return question


def _written(question: str, match: re.Match[str], meant: Sequence[str]) -> str:
    written = [f"{question[: match.start()]}{words}{question[match.end() :]}" for words in dict.fromkeys(meant)]
    if len(written) == 1:
        return written[0]
    if written:
        raise CannotRead(f"Which one is '{match[0]}'?", tuple(written[:MOST_CHOICES]), whole=True)
    raise CannotRead(
        f"The last answer named no such thing as '{match[0]}'. Say which you mean, for example with its dates: "
        "'ex 12 to 18 february'."
    )


def _stretches(unit: str, earlier: Earlier) -> list[Stretch]:
    """What the answer named of that length; else what was asked for, where it is such a unit."""
    fitting = [s for s in earlier.stretches if _fits(unit, s)]
    if unit == "week" and (whole := [s for s in fitting if _length(s) == 7]):
        fitting = whole
    return fitting or [s for s in earlier.periods if _fits(unit, s)]


def _fits(unit: str, stretch: Stretch) -> bool:
    start, end = stretch
    match unit:
        case "day" | "date":
            return start == end
        case "week":
            return 2 <= _length(stretch) <= 10
        case "weekend":
            return _length(stretch) == 2 and start.weekday() == 5
        case "month":
            return start.day == 1 and end == start.replace(day=monthrange(start.year, start.month)[1])
        case "quarter":
            return start.day == 1 and 90 <= _length(stretch) <= 92
        case _:
            return True


def _length(stretch: Stretch) -> int:
    return (stretch[1] - stretch[0]).days + 1


def _dates(stretch: Stretch) -> str:
    return f"{stretch[0]}" if stretch[0] == stretch[1] else f"{stretch[0]} to {stretch[1]}"


def _names(kind: str, earlier: Earlier, context: PlanContext) -> list[str]:
    """The names of that kind in the order of the answer; of a ranking the first is the one."""
    campaigns, platforms = {e.name for e in context.campaigns}, set(context.platforms)
    known = platforms if kind in ("platform", "channel") else campaigns if kind == "campaign" else campaigns | platforms
    named = [name for name in dict.fromkeys(earlier.names) if name in known]
    return named[:1] if earlier.ranked else named
