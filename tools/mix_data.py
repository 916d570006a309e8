"""What a media mix reads of the store: the shop's net revenue, each channel's spend, marked days, experiments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.scope import Scope
from domain.window import Window
from store import calendar, lift_results, order_sums, performance
from store.labels import labels_of
from store.order_sums import Key
from store.performance import AccountDays, Rows, Totals
from tools.base import ToolContext
from tools.beside import KINDS
from tools.labelled import key_of, nothing_of, require_key
from tools.labels import join_words, platform_label, quoted
from tools.shop import NO_ORDERS, Sold

if TYPE_CHECKING:
    from analytics.mediamix import Lift, Series

WEEKLY_FROM = 60  # weeks; with fewer, days tell more than weeks do
MOST_DAYS = 156 * 7
LONGEST_SILENCE = 6  # days without an order that may be days on which nothing was sold
CLAIMS = (
    "a media mix needs what was truly sold. What platforms claim they credit to their own ads, so a mix of claims "
    "would only give their claims back, not what the ads brought. For the response of claims ask 'marginal ROAS of "
    "PLATFORM'; for sales counted elsewhere there is budgeteer analyze mmm --data FILE"
)


@dataclass(frozen=True, slots=True)
class MixData:
    """Figures of the days that the shops and all ads accounts have in common. ``notes`` say what was assumed."""

    series: Series
    lifts: tuple[Lift, ...]
    window: Window
    currency: str
    shops: tuple[AccountDays, ...]
    ads: tuple[AccountDays, ...]
    order_runs: Mapping[int, tuple[int, int]]
    spend_rows: tuple[Totals, ...]
    net_how: str
    notes: tuple[str, ...]


def read_mix(session: Session, context: ToolContext, by: str) -> MixData:
    """Weeks, or days where there are few weeks, of every channel ("platform", or "label:KEY").

    Raises:
        CannotAnswer: no orders, several currencies, no common days, spend or orders with gaps.
        NotEnoughData: too few periods.
    """
    shops = [s for s in order_sums.shops(session, context.scope) if s.first_day]
    ads = [a for a in performance.accounts(session, context.scope) if a.first_day]
    if not shops:
        raise CannotAnswer(f"{CLAIMS}. Here {NO_ORDERS}")
    if not ads:
        raise CannotAnswer("no ad spend is loaded; load the platforms' exports, or run a sync")
    currency = _one_currency([*shops, *ads])
    window = _common(shops, ads, context.today)
    sold, runs, how, silent = _sold(session, context.scope, shops, window)
    rows = performance.totals(
        session, context.scope, Rows(window.start, window.end, [a.id for a in ads]), ("campaign", "day")
    )
    channel = _channels(session, context.scope, ads, by)
    spend = _spend(rows, channel)
    series = _series(session, context.scope, window, sold, spend)
    lifts, unused = _lifts(session, context.scope, ads, channel, series)
    notes = [*unused, *([f"{silent} days have no order and count as days without a sale"] if silent else [])]
    return MixData(series, lifts, window, currency, tuple(shops), tuple(ads), runs, tuple(rows), how, tuple(notes))


def _one_currency(accounts: Sequence[AccountDays]) -> str:
    found = sorted({a.currency for a in accounts})
    if len(found) > 1:
        raise CannotAnswer(f"the shop and the ads are in {join_words(found)}: there is no rate between them")
    return found[0]


def _common(shops: Sequence[AccountDays], ads: Sequence[AccountDays], today: date) -> Window:
    """The days on which every shop and every ads account has begun and none has ended."""
    every = [*shops, *ads]
    late = max(every, key=lambda a: a.first_day or date.min)
    early = min(every, key=lambda a: a.last_day or date.max)
    first, last = late.first_day or today, min(early.last_day or today, today - timedelta(days=1))
    if last < first:
        raise CannotAnswer(
            f"there are no common days: {_named(late)} begins on {first} and {_named(early)} ends on {last}"
        )
    return Window(max(first, last - timedelta(days=MOST_DAYS - 1)), last, shops[0].timezone)


def _named(account: AccountDays) -> str:
    return f"{quoted(account.name)} ({platform_label(account.platform)})"


def _sold(
    session: Session, scope: Scope, shops: Sequence[AccountDays], window: Window
) -> tuple[dict[date, Decimal], Mapping[int, tuple[int, int]], str, int]:
    """Net revenue a day, its loads, what it takes off, and how many days have no order.

    Raises:
        CannotAnswer: orders are missing for longer than a shop is quiet.
    """
    ids = {s.id for s in shops}
    by: tuple[Key, ...] = ("day",)
    rows = [r for r in order_sums.sums(session, scope, window.start, window.end, by) if r.account_id in ids and r.day]
    by_day = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    silent = run = 0
    for n in range(window.days):
        day = window.start + timedelta(days=n)
        run = 0 if day in by_day else run + 1
        silent += day not in by_day
        if run > LONGEST_SILENCE:
            raise CannotAnswer(
                f"no order is loaded from {day - timedelta(days=run - 1)} to {day} or longer: whether nothing was sold "
                "or the days are missing is not known; load these orders first"
            )
    whole = Sold.of(rows)
    return {day: Sold.of(own).net for day, own in by_day.items() if day}, whole.runs, whole.net_how, silent


def _channels(session: Session, scope: Scope, ads: Sequence[AccountDays], by: str) -> dict[int, str]:
    """The channel of each campaign: its platform, or its label of the key."""
    ids = {a.id for a in ads}
    known = performance.campaigns(session, scope, ids)
    key = key_of(by)
    if key is None:
        return {c.id: platform_label(c.platform) for c in known}
    labels = labels_of(session, scope)
    require_key(key, labels, known)
    return {c.id: labels.get(c.id, {}).get(key, nothing_of(key)) for c in known}


def _spend(rows: Sequence[Totals], channel: Mapping[int, str]) -> dict[str, dict[date, float]]:
    spend: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row.campaign_id is None or row.day is None:
            continue
        value = row.sums["spend"]
        if value is None:
            raise CannotAnswer(f"some campaigns state no spend on {row.day}: what a channel spent is not known there")
        spend[channel.get(row.campaign_id, "unknown")][row.day] += float(value)
    return spend


def _series(
    session: Session,
    scope: Scope,
    window: Window,
    sold: Mapping[date, Decimal],
    spend: Mapping[str, Mapping[date, float]],
) -> Series:
    import numpy as np

    from analytics.mediamix import Series

    step = 7 if window.days // 7 >= WEEKLY_FROM else 1
    count = window.days // step
    first = window.end - timedelta(days=count * step - 1)
    days = [first + timedelta(days=n) for n in range(count * step)]

    def summed(of: Callable[[date], float]) -> list[float]:
        return [sum(of(day) for day in days[n : n + step]) for n in range(0, len(days), step)]

    channels = tuple(sorted(name for name, own in spend.items() if any(own.values())))
    if not channels:
        raise CannotAnswer(f"nothing was spent from {window.start} to {window.end}")
    events = calendar.events(session, scope, first, window.end, KINDS)
    marked = {kind: calendar.days_of([e for e in events if e.kind == kind]) for kind in KINDS}
    controls = {kind: summed(lambda day, own=own: float(day in own)) for kind, own in marked.items()}  # type: ignore[misc]
    kept = {kind: column for kind, column in controls.items() if len(set(column)) > 1}
    return Series(
        grain="week" if step == 7 else "day",
        day=np.array([d.toordinal() for d in days[::step]], dtype=np.int64),
        outcome=np.array(summed(lambda day: float(sold.get(day, 0)))),
        spend=np.column_stack([summed(lambda day, own=spend[c]: own.get(day, 0.0)) for c in channels]),  # type: ignore[misc]
        channels=channels,
        controls=np.array(list(kept.values())).reshape(len(kept), count).T,
        control_names=tuple(f"{kind} days" for kind in kept),
    )


def _lifts(
    session: Session, scope: Scope, ads: Sequence[AccountDays], channel: Mapping[int, str], series: Series
) -> tuple[tuple[Lift, ...], list[str]]:
    """Results of experiments as this mix can use them, and why it cannot use others."""
    import numpy as np

    from analytics.errors import BadSeries
    from analytics.mediamix import Lift
    from analytics.mediamix.lift import rows_of

    ids = {a.id for a in ads}
    owned: dict[tuple[int, str], str] = {
        (c.account_id, c.name): channel[c.id] for c in performance.campaigns(session, scope, ids)
    }
    used: list[Lift] = []
    unused: list[str] = []
    for f in lift_results.results(session, scope, accounts=ids):
        names = {(of, name) for of, name in owned if of == f.account_id and (not f.campaigns or name in f.campaigns)}
        about = tuple(sorted({owned[name] for name in names} & set(series.channels)))
        try:
            if f.outcome != "revenue" or not about:
                raise BadSeries(f"{quoted(f.name)}: it is of {f.outcome if about else 'what spent nothing here'}")
            lift = Lift(
                quoted(f.name), about, f.first_day.toordinal(), f.last_day.toordinal(), float(f.spend), f.incremental,
                f.low, f.high, f.level,
            )  # fmt: skip
            rows_of(lift, series, np.ones(len(series.channels)), 1.0)
        except BadSeries as no:
            unused.append(f"an experiment was left out: {no}")
        else:
            used.append(lift)
    return tuple(used), unused
