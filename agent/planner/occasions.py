"""Days called by their name: "over black friday", "easter vs last easter", "during the summer sale"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.planner import windows
from agent.planner.text import CannotRead, Words, normalise
from agent.planner.windows import Days
from agent.state import PlanContext
from domain import occasions

_NAMES: dict[str, str] = {
    "black friday weekend": r"black friday weekend|bfcm|black friday (?:to|through|and) cyber monday|cyber weekend",
    "black friday": r"black friday", "cyber monday": r"cyber monday", "halloween": r"halloween",
    "valentines day": r"valentine(?:s)?(?: day)?", "christmas eve": r"christmas eve|xmas eve",
    "new years eve": r"new year(?:s)? eve|nye|silvester", "new years day": r"new year(?:s)?(?: day)?",
    "singles day": r"singles day", "easter": r"easter(?! (?:monday|sunday))(?: weekend| holidays?)?|ostern",
    "christmas": r"christmas(?: day| holidays?)?|xmas|weihnachten", "thanksgiving day": r"thanksgiving(?: day)?",
}  # fmt: skip
_LEAD = r"(?:(?:over|during|on|at|around|for|in) )?(?:the )?(?:(last|previous|this) )?"
_YEAR = r"(?: (?:in |of )?(20\d\d)| (last year|this year))?"
_PROMOTIONS = r"(?:all |our )?(?:promos?|promotions?|promotional)(?: (?:days?|periods?|weeks?))?"
_LEAVING = r"(?:without|excluding|exclude|excl|ex|except(?: for)?|not counting|leaving out|ohne)"
MOST_LEFT_OUT = 20


@dataclass(frozen=True, slots=True)
class _Said:
    name: str
    at: int
    previous: bool
    year: int | None


def take(words: Words, context: PlanContext) -> list[Days]:
    """The occasions named, as periods. Raises CannotRead where the country or the days are not known."""
    said = sorted(_said(words, context), key=lambda s: s.at)
    found: list[Days] = []
    for one in said:
        twin = next((d for s, d in zip(said, found, strict=False) if s.name == one.name and not s.previous), None)
        found.append(_days(one, context, before=twin.start if twin and one.previous else None))
    return found


def take_promotions(words: Words, context: PlanContext) -> list[Days]:
    """The promotions of the calendar where the question leaves them out. Raises CannotRead where there are none."""
    if not words.took(rf"{_LEAVING} (?:the )?{_PROMOTIONS}"):
        return []
    promotions = [e for e in context.events if e.kind == "promotion"]
    if not promotions:
        raise CannotRead(
            "The calendar has no promotion, so none can be left out. Add them: budgeteer calendar add promotion "
            "'Summer sale' 2026-07-01 2026-07-14, or name the days, as in 'roas june ex 10 to 14 june'.",
            exact=True,
        )
    return [Days(e.start, e.end, "days") for e in promotions]


def _said(words: Words, context: PlanContext) -> Iterator[_Said]:
    for name, pattern in _patterns(context).items():
        for match in words.take(rf"{_LEAD}(?:{pattern}){_YEAR}"):
            lead, year, relative = match[1], match[match.re.groups - 1], match[match.re.groups]
            spoken = int(year) if year else None
            if relative:
                spoken = context.today.year - (relative == "last year")
            elif lead == "this":
                spoken = context.today.year
            yield _Said(name, match.start(), lead in ("last", "previous"), spoken)


def _patterns(context: PlanContext) -> dict[str, str]:
    """Occasion -> how it is said: the calendar's own names first, the longest first, then holidays."""
    own = {normalise(e.name) for e in context.events if e.kind in ("promotion", "event")} - {""}
    years = (context.today.year, context.today.year - 1)
    public = {normalise(n) for c in context.countries for n in occasions.names_of(c, years)}
    single = {
        n: re.escape(n) for n in sorted(own | public, key=lambda n: (-len(n), n)) if n not in _NAMES and len(n) > 3
    }
    return {**single, **_NAMES}


def _days(said: _Said, context: PlanContext, before: date | None) -> Days:
    """The occasion of the year named; else the last one that has begun, or the one before ``before``."""
    if own := _own(said, context, before):
        return own
    latest = said.year or (before.year if before else context.today.year)
    for year in (latest,) if said.year else (latest, latest - 1, latest - 2):
        days = _in_year(said.name, year, context)
        if days and (days[0] < before if before else said.year or days[0] < context.today):
            return Days(*days, "days", said.at, occasion=said.name)
    raise CannotRead(
        f"The calendar has no {said.name} there. Name the days, for example 'revenue from march 29 to april 1', or add "
        "them: budgeteer calendar add promotion NAME START END.",
        exact=True,
    )


def year_before(period: Days, context: PlanContext) -> tuple[Days, str]:
    """(the same occasion a year before, a note); its own dates a year earlier where the calendar has none there."""
    earlier = _Said(period.occasion, period.at, previous=False, year=period.start.year - 1)
    own = any(normalise(e.name) == period.occasion for e in context.events)
    if found := _own(earlier, context, None):
        return found, ""
    days = None if own else _in_year(period.occasion, period.start.year - 1, context)
    if days is not None:
        return Days(*days, "days", period.at, occasion=period.occasion), ""
    year = period.start.year - 1
    return windows.year_before(period), f"The calendar has no {period.occasion} in {year}: the same dates then."


def _own(said: _Said, context: PlanContext, before: date | None) -> Days | None:
    found = [
        e
        for e in context.events
        if normalise(e.name) == said.name
        and (before is None or e.start < before)
        and (said.year is None or said.year in (e.start.year, e.end.year))
        and e.start < context.today
    ]
    latest = max(found, key=lambda e: e.start, default=None)
    return None if latest is None else Days(latest.start, latest.end, "days", said.at, occasion=said.name)


def _in_year(name: str, year: int, context: PlanContext) -> tuple[date, date] | None:
    if (days := occasions.fixed(name, year)) is not None:
        return days
    if not context.countries:
        raise CannotRead(
            f"The days of {name} depend on the country, and none is set for these accounts. Say it once: "
            "budgeteer calendar country ACCOUNT DE; or name the days.",
            exact=True,
        )
    found = {occasions.of_country(name, country, year) for country in context.countries} - {None}
    if len(found) > 1:
        raise CannotRead(
            f"{name.capitalize()} {year} is not on the same days in {', '.join(context.countries)}. Name the days, "
            "or ask for one account.",
            exact=True,
        )
    return next(iter(found), None)


def left_out_of(left_out: Sequence[Days], promotions: Sequence[Days], args: Mapping[str, Any]) -> list[Days]:
    """The days a call leaves out: those named, and the promotions that touch one of its periods."""
    periods = [
        (date.fromisoformat(p["start"]), date.fromisoformat(p["end"]))
        for key in ("period", "baseline")
        if (p := args.get(key))
    ]
    inside = {d for d in promotions if any(d.start <= end and start <= d.end for start, end in periods)}
    return [*left_out, *sorted(inside, key=lambda d: (d.start, d.end))[:MOST_LEFT_OUT]]
