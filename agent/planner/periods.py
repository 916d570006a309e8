"""Language to periods: "last week", "between 10 and 20 april", "Q1 2024", "since monday".

``find`` tries the forms below from the most specific to the least and takes what it understands out of the words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from agent.planner import left_out, occasions, ranges, relative, units
from agent.planner.dates import DAY_FORMS, MONTH_FORMS, Forms
from agent.planner.refusals import WEEKDAYS
from agent.planner.text import CannotRead, Words
from agent.planner.windows import Days, usable, years_later
from agent.state import PlanContext

# With a "vs" a period named twice is two periods: "monday vs last monday".
COMPARED = r"vs|versus|v|against|compared? (?:to|with|against)|than"


def find(words: Words, context: PlanContext, *, apart: bool = False) -> tuple[list[Days], list[Days]]:
    """(the periods named, the days to leave out), in the order named, each once and cut to its complete days.

    ``apart`` reads "from april to may" as two months to compare, not as one stretch. Raises CannotRead where a
    period has no complete day yet.
    """
    _settle_numeric(words)
    found: list[Days] = occasions.take(words, context)
    for form in FORMS:
        pattern, reader = form
        if apart and form in (*ranges.MONTH_RANGES, *ranges.OPEN_RANGES):
            continue
        found += [replace(reader(match, context), at=match.start()) for match in words.take(pattern)]
    found.sort(key=lambda period: period.at)
    found, without = left_out.split(words, found)
    _keep_weekends_apart(found, words)
    found = [
        usable(period, context.today)
        for period in _settle_years(_cut_at_ends(found, compared=apart or words.has(COMPARED)), context.today)
    ]
    twice = words.has(COMPARED)
    kept = [p for i, p in enumerate(found) if twice or all((p.start, p.end) != (q.start, q.end) for q in found[:i])]
    return kept, left_out.settle_years([usable(days, context.today) for days in without], kept)


def _keep_weekends_apart(found: list[Days], words: Words) -> None:
    """ "weekend spend in june" is about June's weekends, not about last weekend and June. Raises CannotRead."""
    bare = [p for p in found if re.match(r"(?:the |on the )?weekend", words.text[p.at :])]
    if bare and len(found) > len(bare) and not words.has(COMPARED):
        raise CannotRead(WEEKDAYS, exact=True)


def _settle_numeric(words: Words) -> None:
    """Where "03/04/2024" stands beside the day that was picked for it, only the picked day counts."""
    for match in list(re.finditer(r"(?<!\d)(\d{1,2})/(\d{1,2})/(20\d\d)(?!\d)", words.rest)):
        a, b, year = int(match[1]), int(match[2]), match[3]
        if f"{year}-{a:02d}-{b:02d}" in words.text or f"{year}-{b:02d}-{a:02d}" in words.text:
            words.mask(match.start(), match.end())


def _cut_at_ends(found: list[Days], *, compared: bool) -> list[Days]:
    """ "this year until june 10", "in may after may 10": what is named, cut at the end that is named."""
    if compared:
        return found
    if len(found) == 2 and [p.unit for p in found].count("until") == 1:
        whole, cut = sorted(found, key=lambda p: p.unit == "until")
        if whole.start <= cut.end <= whole.end:
            return [replace(whole, end=cut.end, unit="days")]
    if len(found) == 2 and [p.unit for p in found].count("since") == 1:
        whole, cut = sorted(found, key=lambda p: p.unit == "since")
        if whole.start <= cut.start <= whole.end:
            return [replace(whole, start=cut.start, unit="days")]
    return found


def _settle_years(found: list[Days], today: date) -> list[Days]:
    """A month without a year stands nearest to the one that has a year: "march 2024 vs feb"."""
    anchor = next(
        (p.start for p in found if not p.guessed_year and p.unit not in ("since", "until", "days", "day", "week")), None
    )
    if anchor is None:
        return found
    return [_nearest(p, anchor, today) if p.guessed_year else p for p in found]


def _nearest(period: Days, anchor: date, today: date) -> Days:
    options = [years_later(period, anchor.year + k - period.start.year) for k in (-1, 0, 1)]
    past = [p for p in options if p.start < today] or options
    return min(past, key=lambda p: abs((p.start - anchor).days))


FORMS: Forms = (
    *ranges.DAY_RANGES,
    *units.WEEK_OF,
    *units.PARTS,
    *ranges.OPEN_RANGES,
    *ranges.MONTH_RANGES,
    *ranges.OPEN_ENDS,
    *DAY_FORMS,
    *units.NAMED,
    *MONTH_FORMS,
    *relative.FORMS,
    *units.YEARS,
)
