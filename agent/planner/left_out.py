"""Days to leave out: "ex 12 to 18 february", "without last week", "excluding easter monday's week"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.planner.text import TAKEN, Words
from agent.planner.windows import Days, years_later

WITHOUT = (
    r"(?:(?:and |but )?(?:everything but|anything but|all but|without|excluding|excludes?|excl|ex|except(?: for)?|"
    r"minus|not counting|not including|leaving out|leave out|ignoring|ignore|skipping|skip|not|other than|apart from|"
    r"omitting|omit|ohne|sin)(?: in| on| for| from)?(?: the)?) *$"
)


def split(words: Words, found: Sequence[Days]) -> tuple[list[Days], list[Days]]:
    """(periods, days left out) of what was found, in the order named; the word that leaves out is taken.

    What stands behind days left out with nothing but "and" between is left out too.
    """
    kept: list[Days] = []
    left_out: list[Days] = []
    end = -1  # where the last days left out end
    for period in found:
        before = words.rest[: period.at]
        match = re.search(r"(?<![\w·])" + WITHOUT, before)
        if match is not None:
            words.mask(match.start(), match.start() + len(match.group().rstrip()))
        elif end < 0 or not re.fullmatch(r" (?:and|or|nor|plus)(?: the)? ", words.rest[end : period.at]):
            kept.append(period)
            continue
        left_out.append(period)
        end = _end(words, period)
    return kept, left_out


def settle_years(left_out: Sequence[Days], periods: Sequence[Days]) -> list[Days]:
    """Days without a year lie in the periods of the question where they can: "2023 without december"."""
    return [_inside(days, periods) if days.guessed_year else days for days in left_out]


def _inside(days: Days, periods: Sequence[Days]) -> Days:
    for years in (0, -1, 1, -2):
        moved = replace(years_later(days, years), guessed_year=False)
        if any(moved.start <= p.end and p.start <= moved.end for p in periods):
            return moved
    return days


def _end(words: Words, period: Days) -> int:
    """Where the words of a period that was taken stop."""
    taken = re.match(TAKEN + "+", words.rest[period.at :])
    return period.at + (taken.end() if taken else 0)
