"""One search for a cause: what is asked, the figures of both sides, and the evidence as it is gathered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from domain.metrics import METRICS
from domain.scope import Scope
from domain.window import Window
from store import calendar, performance, series
from store.calendar import Event
from store.performance import AccountDays, CampaignName
from tools.causes.model import Looked
from tools.causes.usual import POWERS, WEEK, WEEKS_BEFORE, Move, Sides, sides
from tools.labels import join_words, quoted, window_label
from tools.levers import LAG_DAYS
from tools.maturity import Maturity, learn
from tools.watch.series import LATE, AccountSeries, build

if TYPE_CHECKING:
    from tools.causes.arriving import Counted

DAY = timedelta(days=1)
NAMED = 3
SETTLED = Maturity((1.0,) * (LAG_DAYS + 1))
"""Of figures that are taken as they stand."""


@dataclass
class Case:
    """``whole``: the account's series with young days matured or withheld; ``stated``: as the platform states them."""

    session: Session
    scope: Scope
    today: date
    account: AccountDays
    metric: str
    campaign_ids: frozenset[int]
    window: Window
    whole: AccountSeries
    stated: AccountSeries
    events: Sequence[Event]
    names: Mapping[int, CampaignName]
    direction: str | None = None  # in which an incident's figure left what was expected; None where none is asked about
    evidence: list[Looked] = field(default_factory=list)
    arrived: list[Counted] | None = None  # what analytics counts of those who clicked, once it was asked

    @cached_property
    def sides(self) -> Sides:
        """Matured where that can be, as stated where nothing of the window would be left."""
        found = self._sides(self.whole)
        return self._sides(self.stated) if self.raw else found

    @cached_property
    def raw(self) -> bool:
        """Whether late figures could not be matured and stand as they are so far."""
        return self.late and self._sides(self.whole).total("conversions") is None

    @property
    def late(self) -> bool:
        """Whether the metric rests on figures that keep arriving."""
        return _is_late(self.metric)

    @cached_property
    def as_stated(self) -> Sides:
        return self._sides(self.stated)

    @cached_property
    def known(self) -> frozenset[date]:
        marked = [e for e in self.events if e.kind in ("promotion", "holiday", "event")]
        return frozenset(calendar.days_of(marked))

    def _sides(self, of: AccountSeries) -> Sides:
        return sides(of, self.campaign_ids, self.window.start, self.window.end, self.known)

    def each(self) -> dict[int, Sides]:
        """Every campaign of the account by itself, over the same days."""
        rows = self.sides.series.campaigns
        return {c: self.sides.of((n,)) for n, c in enumerate(rows) if c is not None}

    def chosen(self) -> dict[int, Sides]:
        """The campaigns that are asked about; all of them where the account is."""
        return {c: s for c, s in self.each().items() if not self.campaign_ids or c in self.campaign_ids}

    @cached_property
    def moves(self) -> Mapping[str, Move]:
        """Every metric that can be told over the unusual days."""
        found = {m: self.sides.move(m) for m in POWERS}
        return {m: move for m, move in found.items() if move is not None}

    @property
    def move(self) -> Move | None:
        return self.moves.get(self.metric)

    def log(self, metric: str) -> float:
        """How far a metric moved; 0 where it cannot be told."""
        return self.moves[metric].log if metric in self.moves else 0.0

    @property
    def up(self) -> bool:
        return self.log(self.metric) > 0

    @property
    def against(self) -> bool:
        """Whether the figure lies on the other side of its usual level than the incident's direction says."""
        sign = {"up": 1, "down": -1}.get(self.direction or "", 0)
        return self.move is not None and sign * self.move.log < 0

    def look(self, at: str, found: str) -> None:
        self.evidence.append(Looked(at, found))

    @property
    def who(self) -> str:
        """Whose figures moved, in words."""
        return self.named(self.campaign_ids) if self.campaign_ids else quoted(self.account.name)

    def named(self, ids: Collection[int]) -> str:
        found = sorted(quoted(self.names[i].name) for i in ids if i in self.names)
        more = [f"{len(found) - NAMED} more campaigns"] if len(found) > NAMED + 1 else []
        return join_words([*(found[:NAMED] if more else found), *more]) or "campaigns that are gone"

    @property
    def when(self) -> str:
        return window_label(self.window)


def read_case(
    session: Session, scope: Scope, today: date, account: AccountDays, metric: str, ids: Collection[int], window: Window
) -> Case | None:
    """None where no day of the window has a figure."""
    own, yesterday = Scope((account.id,)), today - DAY
    begin = window.start - (WEEKS_BEFORE + 2) * WEEK * DAY
    rows = series.base_days(session, own, account.id, begin, yesterday)
    if not any(r.day in window for r in rows):
        return None
    curve = learn(session, own, account.id, today) if _is_late(metric) else _AS_IS
    whole = build(rows, begin, yesterday, curve)
    stated = build(rows, begin, yesterday, _AS_IS)
    if whole is None or stated is None:
        return None
    names = {c.id: c for c in performance.campaigns(session, own)}
    found = calendar.events(session, own, begin, window.end)
    return Case(session, scope, today, account, metric, frozenset(ids), window, whole, stated, found, names)


def _is_late(metric: str) -> bool:
    m = METRICS[metric]
    return bool({m.numerator, m.denominator} & LATE)


_AS_IS = dict.fromkeys(LATE, SETTLED)
