"""Which days a digest covers, and of which accounts they can be read and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain.window import Window
from store import performance
from store.performance import AccountDays, Rows
from tools.digest import words
from tools.digest.words import w
from tools.labels import platform_label, quoted
from tools.months import month_of
from tools.reader import Reader

DAY, WEEK = timedelta(days=1), timedelta(days=7)
YEAR = 52 * WEEK  # the same weekdays of a year before
WEEKS_DRAWN = 13
Form = Literal["daily", "weekly", "monthly"]
WEEKS_BEFORE = 4  # what is usual: the same weekdays of so many weeks
DORMANT = timedelta(days=28)  # an account that was silent longer is no news


@dataclass(frozen=True, slots=True)
class Coverage:
    """``window`` and what it is set against, and who has rows on each of these days.

    ``before`` are the same weekdays a week before, the week or the month before; ``year`` the same week or month of
    last year, None for a daily one. ``first`` is the first day that is read.

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
    form: Form
    year: Window | None
    first: date

    def has(self, account: AccountDays, window: Window) -> bool:
        """Whether the account has a row on each day of ``window``."""
        return all(day in self.days.get(account.id, ()) for day in days_of(window))

    def lacking(self, accounts: tuple[AccountDays, ...], window: Window) -> str | None:
        """Why no difference can be told over ``window``: who lacks which of its days. None where nobody does."""
        asked = days_of(window)
        gaps = {a: [day for day in asked if day not in self.days.get(a.id, ())] for a in accounts}
        lacking = [w("lacks", name=named(a), days=words.stretches(gap)) for a, gap in gaps.items() if gap]
        return words.listed(lacking) or None


def days_of(window: Window) -> list[date]:
    """Every day of a window."""
    return [window.start + n * DAY for n in range(window.days)]


def covered(today: date, timezone: str, days: int | None, form: Form = "daily", week_start: int = 0) -> Window:
    """Yesterday; on a Monday Friday to Sunday; the last ``days`` complete days; or the last whole week or month."""
    if form == "monthly":
        end = today.replace(day=1) - DAY
        return Window(end.replace(day=1), end, timezone)
    if form == "weekly":
        begun = today - (today.weekday() - week_start) % 7 * DAY
        return Window(begun - WEEK, begun - DAY, timezone)
    length = days or (3 if today.weekday() == 0 else 1)
    return Window(today - length * DAY, today - DAY, timezone)


def _against(window: Window, form: Form) -> tuple[Window, Window | None]:
    """What a window is set against: days, week or month before, and the same of last year."""
    zone = window.timezone
    if form == "monthly":
        last_year = window.start.replace(year=window.start.year - 1)
        return month_of(window.start - DAY, zone), month_of(last_year, zone)
    before = Window(window.start - WEEK, window.end - WEEK, zone)
    return before, Window(window.start - YEAR, window.end - YEAR, zone) if form == "weekly" else None


def coverage(reader: Reader, window: Window, form: Form = "daily") -> Coverage:
    """Who has data for the covered days, for those they are set against, and for the month so far."""
    accounts = reader.selection.accounts
    month = month_so_far(window)
    before, year = _against(window, form)
    first = min(window.start - WEEKS_BEFORE * WEEK, month.start, before.start)
    if year is not None:
        first = min(first, year.start - (WEEKS_DRAWN * WEEK if form == "weekly" else 0 * DAY))
    rows = Rows(first, window.end, accounts=[a.id for a in accounts])
    found = performance.days_with_data(reader.session, reader.context.scope, rows)
    have = {a.id: frozenset(found.get(a.id, ())) for a in accounts}
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
        form=form,
        year=year,
        first=first,
    )


def month_so_far(window: Window) -> Window:
    """The month of the last covered day, up to that day."""
    return Window(window.end.replace(day=1), window.end, window.timezone)


def named(account: AccountDays) -> str:
    """``Google Ads (Shop)``: an account in a sentence."""
    return f"{platform_label(account.platform)} ({quoted(account.name)})"


def before_words(cover: Coverage) -> str:
    """What the covered days are set against, in words."""
    if cover.form != "daily":
        return w("week before" if cover.form == "weekly" else "month before")
    return w("a weekday before" if cover.window.days == 1 else "weekdays before")


def within_before(cover: Coverage) -> str:
    """The week or month before as it stands beside its figure: with a preposition in German."""
    return w("in week before" if cover.form == "weekly" else "in month before")


def within_year(cover: Coverage) -> str:
    """The same week or month of last year as it stands beside its figure."""
    return w("in week last year" if cover.form == "weekly" else "in month last year")


def window_words(window: Window, form: Form = "daily") -> str:
    """``Friday to Sunday, 2024-06-28 to 2024-06-30``, ``Sunday, 2024-06-30``, ``The week ...`` or ``June 2024``."""
    if form == "monthly":
        return words.month(window.start)
    if form == "weekly":
        return w("the week", first=words.day(window.start), last=words.day(window.end))
    if window.days == 1:
        return w("the day", weekday=words.weekday(window.start), day=words.day(window.start))
    first, last = words.weekday(window.start), words.weekday(window.end)
    return w("the days", first=first, last=last, days=words.days(window))


def days_words(window: Window) -> str:
    """Days by first and last; a whole month by its name."""
    whole = window.start.day == 1 and (window.end + DAY).day == 1 and window.days <= 31
    return words.month(window.start) if whole else words.days(window)


def _expected(account: AccountDays, day: date) -> bool:
    """Whether the account had begun by that day."""
    return account.first_day is not None and account.first_day <= day
