"""How often a campaign shows its ads to one person a day, against the cap. People of several days never add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from statistics import fmean

from sqlalchemy.orm import Session

from domain.policy import Limits
from domain.scope import Scope
from domain.window import Window
from store.series import ShownDay, shown_days
from tools.below_floor import AccountLike
from tools.labels import join_words
from tools.levers import Levers

DAYS = 7
MOST = DAYS // 2 + 1  # days that have to show, and that have to be above the cap
LOOK_BACK = 30
NAMED = 5
HOW = "impressions over people reached, day by day; the mean of the days"


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign's impressions a person and day: ``mean`` of its ``days``; ``above`` of them are over the cap."""

    campaign: str
    mean: float
    days: int
    above: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Every campaign that delivered in ``window``. ``unknown`` says by name why nothing can be told of others."""

    known: tuple[Shown, ...]
    unknown: dict[str, str]
    window: Window
    cap: Decimal | None

    @property
    def limit(self) -> str:
        """The cap as a person writes it; "" without one."""
        return "" if self.cap is None else f"{float(self.cap):g}"

    @property
    def over(self) -> tuple[Shown, ...]:
        """Above the cap on average and on most of the days, the worst first."""
        if self.cap is None:
            return ()
        found = [s for s in self.known if s.mean > self.cap and s.above >= MOST]
        return tuple(sorted(found, key=lambda s: (-s.mean, s.campaign)))


def look(session: Session, scope: Scope, account: AccountLike, today: date, limits: Limits) -> Seen | None:
    """The daily frequency of each campaign over its account's last ``DAYS`` days; None without a cap or figures."""
    if limits.frequency_cap is None:
        return None
    return seen(session, scope, account, today, limits.frequency_cap)


def seen(session: Session, scope: Scope, account: AccountLike, today: date, cap: Decimal | None) -> Seen | None:
    """As ``look``, with or without a cap."""
    rows = shown_days(session, scope, account.id, today - timedelta(days=LOOK_BACK), today - timedelta(days=1))
    if not rows:
        return None
    last = max(r.day for r in rows)
    window = Window(last - timedelta(days=DAYS - 1), last, account.timezone)
    known: list[Shown] = []
    unknown: dict[str, str] = {}
    recent = [r for r in rows if r.day in window]
    for (_, name), own in groupby(recent, key=lambda r: (r.campaign_id, r.name)):
        found = _shown(name, [r for r in own if r.impressions != 0], cap)
        if isinstance(found, str):
            unknown[name] = found
        elif found is not None:
            known.append(found)
    return Seen(tuple(known), unknown, window, cap)


def _shown(name: str, rows: Sequence[ShownDay], cap: Decimal | None) -> Shown | str | None:
    """None for a campaign that showed nothing."""
    if not rows:
        return None
    silent = sum(r.reach is None or r.impressions is None for r in rows)
    if silent:
        return f"{silent} of its {len(rows)} days state no reach"
    if len(rows) < MOST:
        return f"it was shown on only {len(rows)} of the {DAYS} days"
    daily = [(r.impressions or 0) / r.reach for r in rows if r.reach]
    return Shown(name, fmean(daily), len(daily), sum(f > cap for f in daily) if cap is not None else 0)


def never_raised(levers: Levers, found: Seen | None) -> tuple[Levers, tuple[str, ...]]:
    """The levers with those over the cap free to be cut only, and a note of each and of what could not be judged."""
    if found is None:
        return levers, ()
    over = {s.campaign: s for s in found.over}
    turned, notes = [], []
    for lever in levers.levers:
        bad = next((over[c] for c in lever.campaigns if c in over), None)
        turned.append(lever if bad is None or lever.only > 0 else replace(lever, only=-1))
        if bad is not None:
            notes.append(f"{lever.name} is not raised: {said(bad, found)}; new ads or a smaller budget would help")
    if found.unknown:
        notes.append(unjudged(found))
    return replace(levers, levers=tuple(turned)), tuple(notes)


def said(one: Shown, found: Seen) -> str:
    """``it shows its ads to each person 4.2 times a day (...), above the cap of 3``."""
    of = f"mean of its daily frequency, {found.window.start} to {found.window.end}"
    return f"it shows its ads to each person {one.mean:.1f} times a day ({of}), above the cap of {found.limit}"


def unjudged(found: Seen) -> str:
    """One note for all whose frequency is not known: nothing is done about them."""
    names = sorted(found.unknown)
    listed = join_words([f"{n} ({found.unknown[n]})" for n in names[:NAMED]])
    more = "" if len(names) <= NAMED else f" and {len(names) - NAMED} more"
    return f"the frequency cap of {found.limit} could not be held against {listed}{more}"
