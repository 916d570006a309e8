"""What a split can move: one budget owner each, with the days that show what its spend brought.

On an account from a platform's API a lever is a budget (campaigns may share it) at the amount last read.
On an account that came from a file there is no budget: a lever is a campaign at its mean daily spend.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.money import exponent, from_micros
from domain.scope import Scope
from domain.window import Window
from store import bid_targets, budgets, performance
from store.barred import Bar, in_force
from store.changes import last_applied
from store.series import CampaignDay, campaign_days
from store.tables import Account, Budget
from tools.beside import Beside, beside

Outcome = Literal["revenue", "conversions"]
HISTORY_DAYS = 182
LAG_DAYS = 7  # by then most conversions of a click have arrived
RECENT_DAYS = 28
UTILISATION_DAYS = 7
LIMITED_FROM = 0.90
LOST_FROM = 0.05


@dataclass(frozen=True, slots=True)
class Day:
    """One lever on one day: spend and outcome of all its campaigns."""

    day: date
    spend: float
    outcome: float


@dataclass(frozen=True, slots=True)
class Lever:
    """A budget owner. ``now`` is its amount a day, ``used`` its recent daily spend over that amount.

    ``held`` says why it must stay as it is, whatever its curve. ``barred`` are a person's rejections: it may still
    move the other way. ``pool`` is whose money it spends: none leaves its pool. ``margin`` is the plan's, a fraction of
    revenue. ``only`` is the sign of the one way it may move, where a split is asked for that concerns some only.
    """

    entity: str
    name: str
    campaigns: tuple[str, ...]
    now: Decimal
    unit: Decimal
    used: float | None
    lost_to_budget: float | None
    observed_at: datetime | None
    history: tuple[Day, ...]
    held: str | None = None
    barred: tuple[Bar, ...] = ()
    pool: str = ""
    margin: Decimal | None = None
    only: int = 0

    def may_move(self, step: int) -> bool:
        """Whether a change of this sign is asked for, and no rejection stands against it."""
        return self.only * step >= 0 and not any(bar.forbids(step) for bar in self.barred)

    @property
    def share_spent(self) -> float:
        """How much of each unit of budget becomes spend; 1 where the amount is the spend itself."""
        return 1.0 if self.used is None else min(max(self.used, 0.5), 1.2)


@dataclass(frozen=True, slots=True)
class Levers:
    """All levers of an account, and the days they rest on. ``recent`` is what ``now`` and ``used`` were read from.

    ``beside`` is what else the store knows of the days and campaigns.
    """

    levers: tuple[Lever, ...]
    outcome: Outcome
    history: Window
    recent: Window
    last_day: date
    beside: Beside = field(default_factory=Beside)


def read(
    session: Session,
    scope: Scope,
    account: Account,
    today: date,
    observation_days: int = 7,
    outcome: Outcome | None = None,
) -> Levers:
    """The levers of one account as of ``today``; the last days are withheld, their conversions still arrive.

    A budget that was changed less than ``observation_days`` ago, or whose campaigns' bid target was, is held: neither
    the effect nor its use is known yet. ``outcome`` None takes revenue where there is any.

    Raises:
        CannotAnswer: no figures before ``today``, no revenue where that is asked for, or no budget was ever read.
    """
    rows, last, history = _rows(session, scope, account, today)
    known: Outcome = "revenue" if any(r.revenue for r in rows) else "conversions"
    if outcome == "revenue" and known != outcome:
        raise CannotAnswer(f"{account.name} states no revenue")
    outcome = outcome or known
    if account.origin == "file":
        recent = Window(last - timedelta(days=RECENT_DAYS - 1), last, account.timezone)
        levers = _from_campaigns(rows, account, outcome, history, recent)
    else:
        recent = Window(last - timedelta(days=UTILISATION_DAYS - 1), last, account.timezone)
        since = today - timedelta(days=observation_days)
        changed = last_applied(session, scope, account.id)
        found = _from_budgets(session, scope, rows, account, outcome, history, recent)
        bars = bars_of(session, scope, account, today)
        aims = {
            str(c[1]): changed[t.entity]
            for t in bid_targets.for_account(session, scope, account.id) if t.entity in changed for c in t.campaigns
        }  # fmt: skip
        levers = [_barred(_held_if_new(lever, changed, aims, since, account.timezone), bars) for lever in found]
    known_beside = beside(session, scope, account, rows, history)
    return Levers(tuple(sorted(levers, key=lambda lever: lever.name)), outcome, history, recent, last, known_beside)


def read_campaigns(session: Session, scope: Scope, account: Account, today: date) -> Levers:
    """Every campaign as a lever of its own at its mean daily spend of the last weeks, whatever budget it spends from.

    Raises:
        CannotAnswer: no figures before ``today``, or too few mature days.
    """
    rows, last, history = _rows(session, scope, account, today)
    recent = Window(last - timedelta(days=RECENT_DAYS - 1), last, account.timezone)
    outcome: Outcome = "revenue" if any(r.revenue for r in rows) else "conversions"
    levers = sorted(_from_campaigns(rows, account, outcome, history, recent), key=lambda lever: lever.name)
    return Levers(tuple(levers), outcome, history, recent, last, beside(session, scope, account, rows, history))


def _rows(session: Session, scope: Scope, account: Account, today: date) -> tuple[list[CampaignDay], date, Window]:
    """The account's days, the last of them, and the window that is mature. Raises CannotAnswer for none or too few."""
    start = today - timedelta(days=HISTORY_DAYS + LAG_DAYS + RECENT_DAYS)
    rows = campaign_days(session, scope, account.id, start, today - timedelta(days=1))
    if not rows:
        data = _data_of(session, scope, account)
        raise CannotAnswer(f"{account.name} has no figures in the {(today - start).days} days before {today}{data}")
    last = max(r.day for r in rows)
    end = last - timedelta(days=LAG_DAYS)
    first = max(min(r.day for r in rows), end - timedelta(days=HISTORY_DAYS - 1))
    if first >= end:
        raise CannotAnswer(f"{account.name} has figures from {first} to {last} only: too few mature days to learn from")
    return rows, last, Window(first, end, account.timezone)


def _data_of(session: Session, scope: Scope, account: Account) -> str:
    days = next(((a.first_day, a.last_day) for a in performance.accounts(session, scope) if a.id == account.id), None)
    return "" if days is None or None in days else f"; its data go from {days[0]} to {days[1]}"


def _from_campaigns(
    rows: Sequence[CampaignDay], account: Account, outcome: Outcome, history: Window, recent: Window
) -> list[Lever]:
    unit = Decimal(1).scaleb(-exponent(account.currency))
    by_name: dict[str, list[CampaignDay]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
    levers = []
    for name, own in by_name.items():
        spent = sum((r.spend for r in own if r.day in recent and r.spend is not None), Decimal(0))
        levers.append(
            Lever(
                entity=name,
                name=name,
                campaigns=(name,),
                now=(spent / recent.days).quantize(unit),
                unit=unit,
                used=None,
                lost_to_budget=None,
                observed_at=None,
                history=days_of(own, outcome, history),
            )
        )
    return levers


def _from_budgets(
    session: Session,
    scope: Scope,
    rows: Sequence[CampaignDay],
    account: Account,
    outcome: Outcome,
    history: Window,
    recent: Window,
) -> list[Lever]:
    known = [b for b in budgets.for_account(session, scope, account.id) if b.enabled and b.campaigns]
    if not known:
        raise CannotAnswer(f"no budget of {account.name} was ever read from the platform; run: budgeteer sync")
    return [_from_budget(budget, rows, outcome, history, recent) for budget in known]


def _from_budget(
    budget: Budget, rows: Sequence[CampaignDay], outcome: Outcome, history: Window, recent: Window
) -> Lever:
    ids, names = {str(c[0]) for c in budget.campaigns}, tuple(str(c[1]) for c in budget.campaigns)
    own = [r for r in rows if (r.external_id in ids if r.external_id is not None else r.name in names)]
    amount = Decimal(0) if budget.daily_micros is None else from_micros(budget.daily_micros)
    spent = [float(r.spend) for r in own if r.day in recent and r.spend is not None]
    used = sum(spent) / recent.days / float(amount) if amount and spent else None
    return Lever(
        entity=budget.entity,
        name=budget.name,
        campaigns=names,
        now=amount,
        unit=from_micros(budget.billable_unit_micros),
        used=used,
        lost_to_budget=budget.lost_impression_share_budget,
        observed_at=budget.observed_at,
        history=days_of(own, outcome, history),
        held=_held(budget, used),
    )


def _held_if_new(
    lever: Lever, changed: Mapping[str, datetime], aims: Mapping[str, datetime], since: date, timezone: str
) -> Lever:
    """Hold a budget that was changed after ``since``, or that pays for a campaign whose bid target was.

    ``changed`` is by budget, ``aims`` by campaign.
    """
    own = [("it", changed.get(lever.entity))]
    for what, at in (*own, *((f"the bid target of {name}", aims.get(name)) for name in lever.campaigns)):
        day = None if at is None else at.astimezone(ZoneInfo(timezone)).date()
        if day is not None and day > since:
            return replace(lever, held=f"{what} was changed on {day}: its effect is not known yet")
    return lever


def bars_of(session: Session, scope: Scope, account: Account, today: date) -> list[Bar]:
    """The rejections made by the end of ``today`` that hold beyond it."""
    end = datetime.combine(today + timedelta(days=1), time(), ZoneInfo(account.timezone)).astimezone(UTC)
    return [bar for bar in in_force(session, scope, end) if bar.account_id == account.id]


def _barred(lever: Lever, bars: Sequence[Bar]) -> Lever:
    """Keep a person's rejection: left alone altogether, or kept from moving the rejected way."""
    own = tuple(bar for bar in bars if bar.entity == lever.entity)
    both = next((bar for bar in own if bar.direction == 0), None)
    return replace(lever, barred=own, held=lever.held or (str(both) if both else None))


def _held(budget: Budget, used: float | None) -> str | None:
    """Why a budget stays as it is: it cannot be set by the day, it is learning, or it limits nothing."""
    lost = budget.lost_impression_share_budget
    if budget.daily_micros is None or budget.period.upper() != "DAILY":
        return "it is not a daily budget"
    if budget.learning:
        return "its bidding is still learning after the last change"
    if used is None:
        return "it spent nothing lately"
    if used >= LIMITED_FROM or (lost is not None and lost >= LOST_FROM):
        return None
    said = f"it spent {used * 100:.0f} % of its budget, so the budget is not what limits it"
    rank = budget.lost_impression_share_rank
    if rank is not None and rank >= LOST_FROM:
        return f"{said}; {rank * 100:.0f} % of its impressions are lost to rank, so its bids are (ask: recommend bids)"
    return said


def days_of(rows: Sequence[CampaignDay], outcome: Outcome, window: Window) -> tuple[Day, ...]:
    """Whole days only: a day on which a campaign of the lever states no spend or no outcome is left out."""
    spend: dict[date, float] = defaultdict(float)
    result: dict[date, float] = defaultdict(float)
    unknown: set[date] = set()
    for row in rows:
        value = row.revenue if outcome == "revenue" else row.conversions
        if row.day not in window:
            continue
        if row.spend is None or value is None:
            unknown.add(row.day)
            continue
        spend[row.day] += float(row.spend)
        result[row.day] += value
    return tuple(Day(day, spend[day], result[day]) for day in sorted(spend) if day not in unknown)
