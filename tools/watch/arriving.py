"""Whether those who click on ads still arrive, looked at where they arrive: in an analytics account.

What is told of it rests on the analytics' own figures; the clicks that it is held against are told to those only who
see the ads account as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from analytics.arrivals import Arrivals, Floats, arrivals
from analytics.errors import CannotEstimate
from domain.alert import Stakes, severity
from domain.evidence import Fact
from domain.scope import Scope
from domain.utm_sources import platform_of
from domain.window import Window
from store import bindings, performance, series
from store.incident_values import Candidate, DayValue
from store.performance import AccountDays
from tools.causes.arriving import COMPLETE_AFTER
from tools.causes.model import Cause, Looked
from tools.figures import Cited
from tools.labels import join_words, platform_label, quoted, window_label
from tools.watch.look import AccountLook

DAY = timedelta(days=1)
HISTORY_DAYS, JUDGED_DAYS = 70, 14
GAP, RECENT = 2, 2  # as of every other signal: usual days between two unusual ones, and after the last
WEEK, WEEKS_BEFORE = 7, 4
FELL = 0.7  # of its own usual sessions at most: where twice the clicks bring as many as ever, nobody is missed
MANY = 0.6
NO_MONEY = "what the clicks cost that brought nobody stands in the ads account"


@dataclass(frozen=True, slots=True)
class Entry:
    """What analytics calls some ads, and the clicks on them by day."""

    names: tuple[str, ...]
    rows: tuple[int, ...]
    clicks: Floats
    accounts: tuple[AccountDays, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """An entry that is not reached any more: on which days (steps), and against what all of them together."""

    entry: Entry
    days: tuple[int, ...]
    all: Arrivals


@dataclass(frozen=True, slots=True)
class Site:
    """An analytics account's sessions: (S, T) by campaign or source, NaN on days of which it does not tell."""

    account: AccountDays
    days: tuple[date, ...]
    campaigns: tuple[int, ...]
    names: tuple[str, ...]
    sessions: Floats

    def of(self, entry: Entry) -> Floats:
        return np.asarray(self.sessions[list(entry.rows)].sum(axis=0))


def watch_arrivals(
    session: Session, given: Scope, account: AccountDays, now: datetime, today: date | None
) -> AccountLook:
    """One look at an analytics account, beside the ads accounts that somebody sees with it."""
    day = today or now.astimezone(ZoneInfo(account.timezone)).date()
    site = _site(session, account, day - COMPLETE_AFTER * DAY)
    if site is None:
        return AccountLook(account)
    found: dict[tuple[int, ...], tuple[Lost, list[tuple[Scope, Lost]]]] = {}
    for scope in bindings.scopes_beside(session, account.id, given):
        for entry in _entries(session, scope, site):
            if (lost := _lost(site, entry)) is not None:
                found.setdefault(entry.rows, (lost, []))[1].append((scope, lost))
    candidates = [c for lost, seen in found.values() if (c := _candidate(site, lost, seen)) is not None]
    return AccountLook(account, tuple(candidates), {"sessions": site.days[-1]})


def _site(session: Session, account: AccountDays, last: date) -> Site | None:
    first = last - (HISTORY_DAYS - 1) * DAY
    rows = series.base_days(session, Scope((account.id,)), account.id, first, last)
    told = {r.day for r in rows if r.sessions is not None}
    if not told:
        return None
    names = {c.id: c.name for c in performance.campaigns(session, Scope((account.id,)), (account.id,))}
    ids = sorted({r.campaign_id for r in rows})
    days = tuple(first + n * DAY for n in range((max(told) - first).days + 1))
    values = np.full((len(ids), len(days)), np.nan)
    values[:, [n for n, day in enumerate(days) if day in told]] = 0.0  # a name without a row had no session that day
    for r in rows:
        if r.day in told:
            values[ids.index(r.campaign_id), (r.day - first).days] = np.nan if r.sessions is None else r.sessions
    return Site(account, days, tuple(ids), tuple(names.get(i, "") for i in ids), values)


def _entries(session: Session, scope: Scope, site: Site) -> list[Entry]:
    """Each name that a campaign of the ads has too, with its clicks; and each platform's sources, with all of it."""
    ads = performance.accounts(session, scope)
    clicks = {a.id: _clicks(session, scope, a, site) for a in ads}
    called: dict[str, list[tuple[AccountDays, int]]] = {}
    for campaign in performance.campaigns(session, scope):
        owner = next((a for a in ads if a.id == campaign.account_id), None)
        if owner is not None and campaign.id in clicks[owner.id]:
            called.setdefault(campaign.name, []).append((owner, campaign.id))
    found = []
    for n, name in enumerate(site.names):
        if name in called:
            own = [clicks[a.id][c] for a, c in called[name]]
            found.append(Entry((name,), (n,), _sum(own), tuple(dict.fromkeys(a for a, _ in called[name]))))
    for platform in sorted({a.platform for a in ads}):
        rows = tuple(n for n, name in enumerate(site.names) if platform_of(name) == platform)
        of_it = tuple(a for a in ads if a.platform == platform and clicks[a.id])
        if rows and of_it:
            total = [c for a in of_it for c in clicks[a.id].values()]
            found.append(Entry(tuple(site.names[n] for n in rows), rows, _sum(total), of_it))
    return found


def _clicks(session: Session, scope: Scope, account: AccountDays, site: Site) -> Mapping[int, Floats]:
    """Clicks by campaign and day. On a day of which the account tells, a campaign without a row had none."""
    first, last = site.days[0], site.days[-1]
    rows = [r for r in series.base_days(session, scope, account.id, first, last) if r.clicks is not None]
    told = [n for n, day in enumerate(site.days) if day in {r.day for r in rows}]
    found: dict[int, Floats] = {}
    for r in rows:
        if r.campaign_id not in found:
            found[r.campaign_id] = np.full(len(site.days), np.nan)
            found[r.campaign_id][told] = 0.0
        found[r.campaign_id][(r.day - first).days] = r.clicks
    return found


def _sum(rows: Sequence[Floats]) -> Floats:
    return np.asarray(np.sum(np.stack(rows), axis=0))


def _lost(site: Site, entry: Entry) -> Lost | None:
    """The last run of days on which too few came; None where there is none, or it is over."""
    came, length = site.of(entry), len(site.days)
    broken: list[int] = []
    usable = np.ones(length, dtype=bool)
    for t in range(max(0, length - JUDGED_DAYS), length):
        try:
            judged = arrivals(entry.clicks, came, np.arange(length) == t, usable)
        except CannotEstimate:
            continue
        if judged.lost:
            usable[t] = False
            broken.append(t)
    if not broken or length - 1 - broken[-1] >= RECENT:
        return None
    run = [broken[-1]]
    for t in reversed(broken[:-1]):
        if run[0] - t > GAP + 1:
            break
        run.insert(0, t)
    try:
        whole = arrivals(entry.clicks, came, np.isin(np.arange(length), run), usable)
    except CannotEstimate:
        return None
    return Lost(entry, tuple(run), whole)


def _candidate(site: Site, lost: Lost, seen: Sequence[tuple[Scope, Lost]]) -> Candidate | None:
    """The matter by the analytics' own figures; what the clicks say of it goes with the scopes that see them."""
    values = [_value(site, n, t, lost.days[0]) for n in lost.entry.rows for t in lost.days]
    listed = [v for v in values if v.expected]
    came, usual = (sum(getattr(v, side) or 0.0 for v in listed) for side in ("value", "expected"))
    if not listed or came > FELL * usual:
        return None
    first, last = site.days[lost.days[0]], site.days[lost.days[-1]]
    window = Window(first, last, site.account.timezone)
    shape = "zero" if came == 0 else "level_shift" if len(lost.days) > 2 else "spike"
    whole = float(np.nansum(np.nanmedian(site.sessions, axis=1))) or 1.0
    part = min(1.0, usual / len(lost.days) / whole)
    reach = "account" if part >= MANY else "campaign" if len(lost.entry.rows) == 1 else "several"
    said = f"Fewer arrive from {_names(lost.entry)} than usual; how many clicked is not in these figures."
    own = Cause("unknown", said, (), ())
    others = [{"accounts": list(s.account_ids), **_cause(site, one, window).as_dict()} for s, one in seen]
    return Candidate(
        kind=shape, metric="sessions", direction="down", reach=reach,
        severity=severity(Stakes("zero", "sessions", "down", None, None, part)), first_day=first, last_day=last,
        looked_from=site.days[max(0, len(site.days) - JUDGED_DAYS)], money_micros=None, currency=None,
        keys=("sessions:down",), days=tuple(listed),
        cause={**own.as_dict(), "shape": shape, "money_how": NO_MONEY, "symptoms": [], "affected": part,
               "seen_with": others},
    )  # fmt: skip


def _value(site: Site, row: int, t: int, begin: int) -> DayValue:
    """A day against the median of the same weekdays before it all began."""
    back = [t - n * WEEK for n in range(1, WEEKS_BEFORE + 3) if 0 <= t - n * WEEK < begin][:WEEKS_BEFORE]
    known = [v for b in back if not np.isnan(v := site.sessions[row, b])]
    usual = float(np.median(known)) if known else None
    return DayValue(
        site.campaigns[row], "sessions", site.days[t], float(site.sessions[row, t]), usual, None, None, None
    )


def _cause(site: Site, lost: Lost, window: Window) -> Cause:
    entry, cited = lost.entry, Cited()
    owners = "; ".join(f"{a.platform}, {a.name}" for a in entry.accounts)
    source = f"{site.account.platform}, {site.account.name}"
    names = _names(entry)

    def fact(label: str, value: float, of: str, how: str) -> str:
        return cited.cite(Fact("new", label, Decimal(round(value)), "count", None, names, window, of, how))

    clicks = fact("Clicks", float(entry.clicks[list(lost.days)].sum()), owners, "sum(clicks)")
    came = fact("Sessions", lost.all.came, source, "sum(sessions)")
    how = f"{lost.all.ratio:.2f} sessions a click, the median of the days before, times the clicks"
    due = fact("Sessions due", lost.all.expected, source, how)
    platforms = join_words(sorted({platform_label(a.platform) for a in entry.accounts}))
    text = (
        f"Clicks do not arrive: {clicks} clicks on {platforms} brought {came} sessions of {names}, where as many "
        f"usually bring {due} ({window_label(window)}); check the landing page, its redirect and the tags there."
    )
    said = f"{lost.all.came:,.0f} of {lost.all.expected:,.0f} due: they do not arrive"
    return Cause("tracking_break", text, cited.facts, (Looked(f"sessions in {quoted(site.account.name)}", said),))


def _names(entry: Entry) -> str:
    return join_words([quoted(name) for name in entry.names])
