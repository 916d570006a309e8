"""Which days of an asked period can be read, and what to say about the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.window import Window
from store.performance import AccountDays
from tools.arguments import Period
from tools.labels import join_words, platform_label, when_label

DAY = timedelta(days=1)
RANGES_SHOWN = 3
LEFT_OUT = "every day of it is left out"


@dataclass(frozen=True, slots=True)
class Span:
    """``window`` is what is read, or the asked days with the ``reason`` why nothing can be.

    ``left_out`` are stretches inside the window that are not read, ``days`` counts those that are.
    """

    window: Window
    reason: str | None
    caveats: tuple[str, ...]
    left_out: tuple[Window, ...] = ()

    @property
    def days(self) -> int:
        return self.window.days - sum(w.days for w in self.left_out)

    @property
    def label(self) -> str:
        """The window as a person reads it, with the days left out."""
        return when_label(self.window, self.left_out)

    def part(self, window: Window) -> Span:
        """One bucket of this span; where all of it is left out, with that reason."""
        left_out = window.without(self.left_out)
        part = Span(window, self.reason, (), left_out)
        return part if part.days or self.reason else replace(part, reason=LEFT_OUT)


def span(
    accounts: Sequence[AccountDays], period: Period, today: date, timezone: str, without: Sequence[Period] = ()
) -> Span:
    """The days of ``period`` before today on which the accounts have data at all, but those ``without``."""
    asked = Window(period.start, period.end, timezone)
    yesterday = today - DAY
    if asked.start > yesterday:
        return Span(asked, f"no complete day yet: today is {today}", ())
    firsts = [a.first_day for a in accounts if a.first_day is not None]
    lasts = [min(a.last_day, yesterday) for a in accounts if a.last_day is not None]
    if not firsts or min(firsts) > yesterday:
        return Span(asked, "no data yet", ())
    first, last = min(firsts), max(lasts)
    if asked.end < first:
        return Span(asked, f"no data before {first}", ())
    if asked.start > last:
        return Span(asked, f"no data after {last}", ())
    inside = asked.clip(first, last)
    if inside is None:
        raise AssertionError(f"{asked} lies neither inside nor outside {first} to {last}")
    left_out = inside.without(Window(w.start, w.end, timezone) for w in without)
    found = Span(inside, None, tuple(_cut(asked, inside, first, last, today)), left_out)
    return found if found.days else replace(found, reason=LEFT_OUT)


def _cut(asked: Window, inside: Window, first: date, last: date, today: date) -> Iterable[str]:
    if asked.start < first:
        yield f"the data start on {first}: earlier days of the period are missing"
    if asked.end >= today and inside.end == today - DAY:
        yield f"the period is not over: figures go through {inside.end}, the last complete day"
    elif asked.end > last:
        yield f"the data end on {last}: later days of the period are missing"


def gaps(accounts: Sequence[AccountDays], read: Span, days: Mapping[int, set[date]]) -> tuple[str, ...]:
    """One caveat per account that lacks days of what is read which another account, or its own past, has."""
    whole = [read.window.start + i * DAY for i in range(read.window.days)]
    wanted = [day for day in whole if not any(day in w for w in read.left_out)]
    said = []
    for account in accounts:
        have = days.get(account.id, set())
        missing = [day for day in wanted if day not in have]
        if missing:
            name = platform_label(account.platform)
            same = [a for a in accounts if a.platform == account.platform]
            who = f"{name} ({account.name})" if len(same) > 1 else name
            where = "the whole period" if not have else day_ranges(missing)
            said.append(f"{who} has no data for {where}")
    if len(said) > RANGES_SHOWN:
        return (*said[:RANGES_SHOWN], "more accounts lack days of this period")
    return tuple(said)


def day_ranges(days: Sequence[date]) -> str:
    """``2024-03-05 to 2024-03-07 and 2024-03-12``; after three ranges ``and more days``."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    said = [f"{r[0]}" if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs]
    return join_words(said) if len(said) <= RANGES_SHOWN else f"{', '.join(said[:RANGES_SHOWN])} and more days"
