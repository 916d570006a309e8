"""Which days a digest covers, and of which accounts they can be read and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from domain.window import Window
from store import performance
from store.performance import AccountDays, Rows
from tools.labels import join_words, platform_label, quoted
from tools.reader import Reader
from tools.spans import day_ranges

DAY, WEEK = timedelta(days=1), timedelta(days=7)
WEEKS_BEFORE = 4  # what is usual: the same weekdays of so many weeks
DORMANT = timedelta(days=28)  # an account that was silent longer is no news


@dataclass(frozen=True, slots=True)
class Coverage:
    """``window`` and the same weekdays a week ``before``, and who has rows on each of these days.

    ``readable`` have every day of the window, ``comparable`` of both; ``silent`` have none of the window's days,
    ``partly`` some. An account without a row is unreadable, not quiet: a zero would be a row.
    """

    window: Window
    before: Window
    readable: tuple[AccountDays, ...]
    comparable: tuple[AccountDays, ...]
    silent: tuple[AccountDays, ...]
    partly: tuple[AccountDays, ...]
    missing: Mapping[int, tuple[date, ...]]  # of the month so far and the window, per account that lacks any
    days: Mapping[int, frozenset[date]]

    def has(self, account: AccountDays, window: Window) -> bool:
        """Whether the account has a row on each day of ``window``."""
        return all(day in self.days.get(account.id, ()) for day in days_of(window))

    def lacking(self, accounts: tuple[AccountDays, ...], window: Window) -> str | None:
        """Why no difference can be told over ``window``: who lacks which of its days. None where nobody does."""
        asked = days_of(window)
        gaps = {a: [day for day in asked if day not in self.days.get(a.id, ())] for a in accounts}
        return join_words([f"{named(a)} has no data for {day_ranges(gap)}" for a, gap in gaps.items() if gap]) or None


def days_of(window: Window) -> list[date]:
    """Every day of a window."""
    return [window.start + n * DAY for n in range(window.days)]


def covered(today: date, timezone: str, days: int | None) -> Window:
    """Yesterday; on a Monday Friday to Sunday; or the last ``days`` complete days."""
    length = days or (3 if today.weekday() == 0 else 1)
    return Window(today - length * DAY, today - DAY, timezone)


def coverage(reader: Reader, window: Window) -> Coverage:
    """Who has data for the covered days, for the same weekdays of the weeks before, and for the month so far."""
    accounts = reader.selection.accounts
    month = month_so_far(window)
    first = min(window.start - WEEKS_BEFORE * WEEK, month.start)
    rows = Rows(first, window.end, accounts=[a.id for a in accounts])
    found = performance.days_with_data(reader.session, reader.context.scope, rows)
    have = {a.id: frozenset(found.get(a.id, ())) for a in accounts}
    before = Window(window.start - WEEK, window.end - WEEK, window.timezone)
    asked = set(days_of(window))
    readable = tuple(a for a in accounts if asked <= have[a.id])
    silent = tuple(a for a in accounts if not asked & have[a.id])
    month_days = sorted({*days_of(month), *asked})
    gaps = {a.id: tuple(d for d in month_days if d not in have[a.id] and _expected(a, d)) for a in accounts}
    return Coverage(
        window=window,
        before=before,
        readable=readable,
        comparable=tuple(a for a in readable if have[a.id] >= set(days_of(before))),
        silent=silent,
        partly=tuple(a for a in accounts if a not in readable and a not in silent),
        missing={account_id: days for account_id, days in gaps.items() if days},
        days=have,
    )


def month_so_far(window: Window) -> Window:
    """The month of the last covered day, up to that day."""
    return Window(window.end.replace(day=1), window.end, window.timezone)


def named(account: AccountDays) -> str:
    """``Google Ads (Shop)``: an account in a sentence."""
    return f"{platform_label(account.platform)} ({quoted(account.name)})"


def same_weekdays(window: Window) -> str:
    """What the covered days are set against, in words."""
    return "the same weekday" if window.days == 1 else "the same weekdays"


def window_words(window: Window) -> str:
    """``Friday to Sunday, 2024-06-28 to 2024-06-30`` or ``Sunday, 2024-06-30``."""
    if window.days == 1:
        return f"{window.start:%A}, {window.start}"
    return f"{window.start:%A} to {window.end:%A}, {window.start} to {window.end}"


def _expected(account: AccountDays, day: date) -> bool:
    """Whether the account had begun by that day."""
    return account.first_day is not None and account.first_day <= day
