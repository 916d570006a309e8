"""What a bid recommendation can move: one target each, how its campaigns ran, and what their next euro has to bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.bidding import VOLUME_DAYS, Kind
from domain.errors import CannotAnswer
from domain.money import from_micros
from domain.scope import Scope
from domain.window import Window
from store import bid_targets, budgets, performance, plans
from store.barred import Bar
from store.changes import last_applied
from store.feeding import fed_by
from store.labels import labels_of
from store.plan_cover import Cover, cover
from store.series import CampaignDay, campaign_days
from store.tables import Account, BidTarget, Budget
from tools.levers import HISTORY_DAYS, LAG_DAYS, UTILISATION_DAYS, Day, bars_of, days_of
from tools.months import month_words

ROAS_UNIT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What the next unit of spend has to bring (revenue, or conversions), and ``says`` where that comes from."""

    value: float
    says: str


@dataclass(frozen=True, slots=True)
class Bid:
    """One target as it stands. ``spend`` is a day's of the last week; ``achieved`` (outcome per unit of spend),
    ``mature_spend`` (a day) and ``conversions`` are of the last ``VOLUME_DAYS`` mature days; ``worth`` is revenue per
    conversion there.

    ``held`` says why it stays whatever its curve; ``used`` is spend over the daily budgets of its campaigns.
    """

    entity: str
    name: str
    campaigns: tuple[str, ...]
    kind: Kind
    target: Decimal
    unit: Decimal
    observed_at: datetime
    history: tuple[Day, ...]
    spend: float
    achieved: float
    mature_spend: float
    conversions: float
    worth: float | None
    used: float | None
    lost_to_budget: float | None
    lost_to_rank: float | None
    hurdle: Hurdle | None = None
    held: str | None = None
    barred: tuple[Bar, ...] = ()

    def may_move(self, step: int) -> bool:
        """Whether no rejection stands against a change of this sign."""
        return not any(bar.forbids(step) for bar in self.barred)


@dataclass(frozen=True, slots=True)
class Bids:
    """All targets of an account, the others by name with why they have none, and the days they rest on."""

    bids: tuple[Bid, ...]
    without: Mapping[str, str]
    history: Window
    recent: Window
    last_day: date


def read(
    session: Session, scope: Scope, account: Account, today: date, observation_days: int, margin: Decimal | None = None
) -> Bids:
    """The targets of one account as of ``today``. ``margin`` (a fraction of revenue) stands instead of the plan's.

    Raises:
        CannotAnswer: nothing that bids was ever read, or there are no mature figures.
    """
    known = [b for b in bid_targets.for_account(session, scope, account.id) if b.enabled and b.campaigns]
    if not known:
        raise CannotAnswer(_none_read(account))
    start = today - timedelta(days=HISTORY_DAYS + LAG_DAYS + UTILISATION_DAYS)
    rows = campaign_days(session, scope, account.id, start, today - timedelta(days=1))
    if not rows:
        raise CannotAnswer(f"{account.name} has no figures in the {(today - start).days} days before {today}")
    last = max(r.day for r in rows)
    end = last - timedelta(days=LAG_DAYS)
    first = max(min(r.day for r in rows), end - timedelta(days=HISTORY_DAYS - 1))
    if first >= end:
        raise CannotAnswer(f"{account.name} has figures from {first} to {last} only: too few mature days to learn from")
    recent = Window(last - timedelta(days=UTILISATION_DAYS - 1), last, account.timezone)
    sight = _Sight(
        session, scope, account, rows, Window(first, end, account.timezone), recent,
        budgets.for_account(session, scope, account.id), _Plan.read(session, scope, account, today, margin),
        last_applied(session, scope, account.id), today - timedelta(days=observation_days),
        tuple(bars_of(session, scope, account, today)),
    )  # fmt: skip
    found = [sight.bid(row) for row in known if row.why_not is None]
    without = {row.name: row.why_not for row in known if row.why_not is not None}
    return Bids(tuple(found), without, sight.history, recent, last)


def _none_read(account: Account) -> str:
    if account.origin == "file":
        return f"{account.name} came from a file, which says nothing of bid targets"
    return f"no bid target of {account.name} was ever read from the platform; run: budgeteer sync"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plan's lines in force, laid over the campaigns; ``current`` where they are of this month."""

    laid: Cover
    names: Sequence[performance.CampaignName]
    month: date | None
    current: bool
    margin: Decimal | None

    @classmethod
    def read(cls, session: Session, scope: Scope, account: Account, today: date, margin: Decimal | None) -> _Plan:
        names = performance.campaigns(session, scope, {account.id})
        month = plans.month_in_force(session, account.id, today)
        lines = [] if month is None else plans.lines(session, scope, month, month)
        own = [line for line in lines if line.account_id == account.id]
        return cls(cover(own, names, labels_of(session, scope)), names, month, month == today.replace(day=1), margin)


@dataclass(frozen=True, slots=True)
class _Sight:
    """Everything read of the account that one target's figures come from."""

    session: Session
    scope: Scope
    account: Account
    rows: Sequence[CampaignDay]
    history: Window
    recent: Window
    budgets: Sequence[Budget]
    plan: _Plan
    changed: Mapping[str, datetime]
    since: date
    bars: tuple[Bar, ...]

    def bid(self, row: BidTarget) -> Bid:
        """One target with all that is known of it."""
        kind: Kind = "cpa" if row.target_cpa_micros is not None else "roas"
        target = from_micros((row.target_cpa_micros if kind == "cpa" else row.target_roas_micros) or 0)
        ids = {str(c[0]) for c in row.campaigns}
        own = [r for r in self.rows if r.external_id in ids]
        history = days_of(own, "conversions" if kind == "cpa" else "revenue", self.history)
        mature = Window(
            max(self.history.start, self.history.end - timedelta(days=VOLUME_DAYS - 1)), self.history.end,
            self.account.timezone,
        )  # fmt: skip
        late = [d for d in history if d.day in mature]
        spent, brought = sum(d.spend for d in late), sum(d.outcome for d in late)
        conversions = sum(r.conversions or 0.0 for r in own if r.day in mature)
        revenue = sum(r.revenue or 0.0 for r in own if r.day in mature)
        worth = revenue / conversions if conversions and revenue else None
        paying = [b for b in self.budgets if b.enabled and any(str(c[0]) in ids for c in b.campaigns)]
        daily = [float(r.spend) for r in own if r.day in self.recent and r.spend is not None]
        return Bid(
            entity=row.entity, name=row.name, campaigns=tuple(str(c[1]) for c in row.campaigns), kind=kind,
            target=target, unit=from_micros(row.unit_micros) if kind == "cpa" else ROAS_UNIT,
            observed_at=row.observed_at, history=history, spend=sum(daily) / self.recent.days,
            achieved=brought / spent if spent else 0.0, mature_spend=spent / len(late) if late else 0.0,
            conversions=conversions, worth=worth,
            used=self._used(paying), lost_to_budget=row.lost_to_budget, lost_to_rank=row.lost_to_rank,
            hurdle=self._hurdle(row, kind, worth), held=self._held(row, paying),
            barred=tuple(b for b in self.bars if b.entity == row.entity),
        )  # fmt: skip

    def _used(self, paying: Sequence[Budget]) -> float | None:
        """What all campaigns of these budgets spent of them; None where an amount is not known."""
        ids = {str(c[0]) for b in paying for c in b.campaigns}
        amounts = [b.daily_micros for b in paying]
        total = sum(float(from_micros(a)) for a in amounts if a is not None)
        spent = [float(r.spend) for r in self.rows
                 if r.external_id in ids and r.day in self.recent and r.spend is not None]  # fmt: skip
        return sum(spent) / self.recent.days / total if total and None not in amounts and spent else None

    def _held(self, row: BidTarget, paying: Sequence[Budget]) -> str | None:
        if row.learning is None:
            return "the platform does not say whether its bidding is learning"
        if row.learning:
            return "its bidding is still learning after the last change"
        for entity, what in ((row.entity, "it"), *((b.entity, f"the budget {b.name}") for b in paying)):
            at = self.changed.get(entity)
            day = None if at is None else at.astimezone(ZoneInfo(self.account.timezone)).date()
            if day is not None and day > self.since:
                return f"{what} was changed on {day}: its effect is not known yet"
        return self._walls(row)

    def _walls(self, row: BidTarget) -> str | None:
        laid, month = self.plan.laid, self.plan.month
        if month is None:
            return None
        fed = fed_by(self.session, self.account.id, row.entity, [str(c[1]) for c in row.campaigns], self.plan.names)
        if fed.gap is not None:
            return f"{fed.gap}; sync the account first"
        if any((line := laid.line_of.get(c.id)) is not None and line.locked for c in fed.campaigns):
            return f"the plan of {month_words(month)} locks it"
        return None

    def _hurdle(self, row: BidTarget, kind: Kind, worth: float | None) -> Hurdle | None:
        """Break-even of the next unit at the margin, else the plan's target; None where neither is known."""
        margin, target = self._aims(row, kind)
        if margin is not None and margin > 0:
            said = f"break-even at {'the' if self.plan.margin is None else 'a'} margin of {margin * 100:.0f} %"
            if kind == "roas":
                return Hurdle(1 / float(margin), said)
            if worth is not None:
                return Hurdle(1 / (float(margin) * worth), f"{said} and {worth:,.2f} of revenue a conversion")
        if target is None or target <= 0:
            return None
        said = f"the plan's target {kind.upper()} of {target:,.2f}, asked of the next unit of spend"
        return Hurdle(float(target) if kind == "roas" else 1 / float(target), said)

    def _aims(self, row: BidTarget, kind: Kind) -> tuple[Decimal | None, Decimal | None]:
        """(margin, target) that the plan has for all of its campaigns; None where they differ or it has none."""
        ids = {str(c[0]) for c in row.campaigns}
        own = [n for n in self.plan.names if n.external_id in ids] if self.plan.current else []
        margins = {line.margin if (line := self.plan.laid.margin(c.id)) else None for c in own}
        lines = [self.plan.laid.line_of.get(c.id) for c in own]
        targets = {None if line is None else _target(line, kind) for line in lines}
        margin = margins.pop() if len(margins) == 1 else None
        return self.plan.margin or margin, targets.pop() if len(targets) == 1 else None


def _target(line: plans.Line, kind: Kind) -> Decimal | None:
    if kind == "roas":
        return line.target_roas
    return None if line.target_cpa is None else line.target_cpa.amount
