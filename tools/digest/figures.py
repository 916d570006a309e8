"""The covered days in figures: against the same weekdays before, against what is usual, and what has matured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from domain.evidence import Fact
from domain.metrics import METRICS, Metric
from domain.window import Window
from store import performance
from store.performance import AccountDays, Key, Rows, Totals
from tools.digest import words
from tools.digest.days import (
    DAY,
    WEEK,
    WEEKS_BEFORE,
    WEEKS_DRAWN,
    Coverage,
    days_of,
    days_words,
    month_so_far,
    within_before,
    within_year,
)
from tools.digest.model import Line
from tools.digest.words import w
from tools.figures import CLAIMED, Books, Cited, Group, change, fact, relative_change, why
from tools.levers import LAG_DAYS
from tools.reader import Reader
from tools.spans import Span

SHOWN = ("spend", "conversions", "cpa", "revenue", "roas")
BY_DAY: tuple[Key, ...] = ("day",)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Daily sums of the accounts of one currency, from which every window of the digest is added up."""

    currency: str
    accounts: tuple[AccountDays, ...]  # those whose covered days can be read
    rows: tuple[Totals, ...]
    books: Books
    cover: Coverage
    entity: str

    @property
    def immature(self) -> bool:
        """Whether conversions of the covered days still arrive.

        When a file was made nobody says, but not before the last day it holds: days with a week of data behind them
        have settled, whenever they were loaded.
        """
        settled = self.cover.window.end + timedelta(days=LAG_DAYS)
        return any(a.last_day is None or a.last_day < settled for a in self.accounts)

    def figure(self, metric: Metric, window: Window, accounts: Sequence[AccountDays] | None = None) -> Fact:
        """One metric over ``window``; unknown where one of the accounts lacks a day of it."""
        among = self.accounts if accounts is None else tuple(accounts)
        reason = self.cover.lacking(among, window)
        return fact(metric, self.group(window, among), self.entity, Span(window, reason, ()), self.books)

    def group(self, window: Window, accounts: Iterable[AccountDays]) -> Group:
        """The sums over ``window``."""
        ids = {a.id for a in accounts}
        return Group.of(r for r in self.rows if r.account_id in ids and r.day is not None and r.day in window)


def ledgers(reader: Reader, cover: Coverage) -> list[Ledger]:
    """One a currency, that of most accounts first: amounts of two currencies are never added."""
    asked = Rows(cover.first, cover.window.end, accounts=[a.id for a in cover.readable])
    rows = performance.totals(reader.session, reader.context.scope, asked, by=BY_DAY) if cover.readable else []
    by_currency: dict[str, list[AccountDays]] = {}
    for account in cover.readable:
        by_currency.setdefault(account.currency, []).append(account)
    found = []
    for currency, accounts in sorted(by_currency.items(), key=lambda item: (-len(item[1]), item[0])):
        ids = {a.id for a in accounts}
        own = tuple(r for r in rows if r.account_id in ids)
        books = replace(reader.books(own), accounts={a.id: a for a in accounts})
        entity = reader.selection.entity if len(by_currency) == 1 else f"accounts in {currency}"
        found.append(Ledger(currency, tuple(accounts), own, books, cover, entity))
    return found


@dataclass(frozen=True, slots=True)
class Usual:
    """The least and the most spent on the same weekdays of the weeks before."""

    low: Fact
    high: Fact

    def word(self, now: Fact) -> str:
        """How ``now`` stands to them."""
        if now.value is None or self.low.value is None or self.high.value is None:
            raise AssertionError("a range is only told where all of it is known")
        if now.value > self.high.value:
            return "above"
        return "below" if now.value < self.low.value else "within"


def usual(ledger: Ledger) -> Usual | None:
    """None where one of the weeks before cannot be read whole."""
    window = ledger.cover.window
    past = [
        ledger.figure(METRICS["spend"], Window(window.start - n * WEEK, window.end - n * WEEK, window.timezone))
        for n in range(1, WEEKS_BEFORE + 1)
    ]
    known = [f for f in past if f.value is not None]
    if len(known) < len(past):
        return None
    ordered = sorted(known, key=lambda f: f.value or Decimal(0))
    low, high = (replace(f, label=f"Spend, {which} of the same weekdays of the weeks before")
                 for f, which in ((ordered[0], "least"), (ordered[-1], "most")))  # fmt: skip
    return Usual(low, high)


def headline(ledger: Ledger, cited: Cited, several: bool) -> list[Line]:
    """A line a metric: the covered days, and the difference where it can be told.

    Conversions that still arrive are not set against days whose conversions have.
    """
    lines = []
    for slug in SHOWN:
        metric = METRICS[slug]
        now = ledger.figure(metric, ledger.cover.window)
        if now.value is None and now.reason is not None and now.reason.endswith("is not in the data"):
            continue
        label = f"{w(slug)} ({ledger.currency})" if several else w(slug)
        lines.append(Line(label, _against(ledger, metric, now, cited)))
    return lines


def cite_with_reason(ledger: Ledger, now: Fact, cited: Cited) -> str:
    """The reference; where there is no value with the reason, as far as the digest's language has it."""
    if now.value is not None:
        return cited.cite(now)
    reason = why(now) if words.language() == "en" else ledger.cover.lacking(ledger.accounts, now.window)
    return f"{cited.cite(now)}{f' ({reason})' if reason else ''}"


def _against(ledger: Ledger, metric: Metric, now: Fact, cited: Cited) -> str:
    said = cite_with_reason(ledger, now, cited)
    if now.value is None:
        return said
    cover = ledger.cover
    if ledger.immature and {metric.numerator, metric.denominator} & CLAIMED:
        return w("so far", figure=said, beside=_beside(ledger, metric, cited))
    before = ledger.figure(metric, cover.before)
    if before.value is None:
        lacking = None if words.language() == "en" else cover.lacking(ledger.accounts, cover.before)
        reason = why(before) if words.language() == "en" else lacking or w("undefined")
        return w("no difference", figure=said, why=reason)
    of = "" if cover.form == "daily" else w("of", within=within_before(cover))
    moved = _moved(now, before, cited)
    return w("moved", figure=said, moved=moved, of=of, year=_last_year(ledger, metric, now, cited))


def _moved(now: Fact, before: Fact, cited: Cited) -> str:
    relative = relative_change(now, before)
    moved = cited.cite(change(now, before))
    share = f", {cited.cite(relative)}" if relative.value is not None else ""
    return w("moved against", moved=moved, share=share, before=cited.cite(before))


def _last_year(ledger: Ledger, metric: Metric, now: Fact, cited: Cited) -> str:
    """The difference to the same week or month of last year; nothing where there is none that can be read."""
    if ledger.cover.year is None:
        return ""
    then = ledger.figure(metric, ledger.cover.year)
    if then.value is None:
        return ""
    moved = _moved(now, then, cited)
    return w("of last year", moved=moved, within=within_year(ledger.cover))


def _beside(ledger: Ledger, metric: Metric, cited: Cited) -> str:
    """Of a week or month whose conversions still arrive, what those before had in the end: no difference is told."""
    cover = ledger.cover
    if cover.form == "daily":
        return ""
    windows = [(within_before(cover), cover.before)]
    if cover.year is not None:
        windows.append((within_year(cover), cover.year))
    found = [(within, ledger.figure(metric, window)) for within, window in windows]
    known = [w("beside one", within=within, figure=cited.cite(one)) for within, one in found if one.value is not None]
    return w("beside", known=", ".join(known)) if known else ""


def matured(ledger: Ledger, cited: Cited) -> list[str]:
    """Where conversions of the covered days still arrive: the last week whose have, against the week before it."""
    if not ledger.immature:
        return []
    end = ledger.cover.window.end - timedelta(days=LAG_DAYS)
    now = Window(end - timedelta(days=6), end, ledger.cover.window.timezone)
    before = now.previous()
    if ledger.cover.lacking(ledger.accounts, Window(before.start, now.end, now.timezone)) is not None:
        return []
    said = []
    for metric in (METRICS["cpa"], METRICS["roas"]):
        current, earlier = ledger.figure(metric, now), ledger.figure(metric, before)
        if current.value is not None and earlier.value is not None:
            current_, earlier_ = cited.cite(current), cited.cite(earlier)
            said.append(w("arrived figure", label=w(metric.slug), now=current_, before=earlier_))
    return [w("arrived", days=days_words(now), said="; ".join(said))] if said else []


def month(ledger: Ledger, cited: Cited, several: bool) -> list[str]:
    """The month of the last covered day so far: spend, and ROAS where there is revenue."""
    window = month_so_far(ledger.cover.window)
    spend = ledger.figure(METRICS["spend"], window)
    whose = f" ({ledger.currency})" if several else ""
    if spend.value is None:
        reason = ledger.cover.lacking(ledger.accounts, window) or why(spend)
        return [w("month unknown", whose=whose, days=days_words(window), figure=cited.cite(spend), why=reason)]
    said = w("month", days=days_words(window), whose=whose, figure=cited.cite(spend))
    roas = ledger.figure(METRICS["roas"], window)
    return [w("month roas", said=said, figure=cited.cite(roas)) if roas.value is not None else said]


def daily_spend(ledger: Ledger) -> list[tuple[date, float | None, bool]]:
    """Spend on each of the last four weeks' days; a day that some account lacks is a gap."""
    window = ledger.cover.window
    span = Window(window.end - timedelta(days=27), window.end, window.timezone)
    return [(day, _spent(ledger, Window(day, day, window.timezone)), True) for day in days_of(span)]


def weekly_spend(ledger: Ledger, back: timedelta = 0 * DAY) -> list[tuple[date, float | None]]:
    """Spend of each of the last weeks up to the covered one, or of those ``back`` in time; a broken week is a gap."""
    window = ledger.cover.window
    starts = [window.start - n * WEEK for n in range(WEEKS_DRAWN - 1, -1, -1)]
    return [(s, _spent(ledger, Window(s - back, s - back + WEEK - DAY, window.timezone))) for s in starts]


def spend_so_far(ledger: Ledger, month: Window) -> list[tuple[int, float | None]]:
    """Spend from the first of a month to each of its days; from a day that cannot be read on it is unknown."""
    days = days_of(month)
    return [(d.day, _spent(ledger, Window(month.start, d, month.timezone))) for d in days]


def _spent(ledger: Ledger, window: Window) -> float | None:
    found = ledger.figure(METRICS["spend"], window)
    return None if found.value is None else float(found.value)
