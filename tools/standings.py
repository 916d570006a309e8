"""How a month's money stands against the plan: spent, planned to date, where it lands, what is left; pool by pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from analytics.landing import FIT_DAYS, Ahead, ahead
from domain.errors import CannotAnswer
from domain.metrics import Base
from domain.recommendation import Change
from domain.scope import Scope
from domain.window import Window
from store import performance, plans
from store.budget_steps import Step, steps
from store.feeding import fed_by_change
from store.labels import labels_of
from store.performance import AccountDays, CampaignName, Rows, Totals
from store.plan_cover import Cover, cover
from store.plans import Line
from store.pool_spend import Pot, daily, pot_of, through
from tools.budget_steps import as_if_now
from tools.labels import join_words
from tools.months import month_of, month_words

NO_PLAN = (
    "There is no plan for {month}{known}. Load one with budgeteer plan import FILE; budgeteer plan template prints a "
    "sheet to fill in. For one answer the budgets may stand in the question: 'where do we land, finance gave 180k "
    "google / 60k meta'"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A pool on a day of a month. Amounts are in ``currency``; None is unknown, ``reason`` says why.

    ``through`` is the last complete day with figures; ``planned`` spreads the budget evenly over the month's days.
    """

    key: str
    pool: str
    accounts: tuple[str, ...]
    platforms: tuple[str, ...]
    currency: str
    month: Window
    through: date | None
    budget: Decimal | None
    sums: Mapping[Base, Decimal | None]
    ahead: Ahead | None
    target_roas: Decimal | None = None
    target_cpa: Decimal | None = None
    floor: Decimal | None = None
    targets_differ: bool = False
    reason: str | None = None
    runs: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def spent(self) -> Decimal | None:
        """Spend of the complete days so far; nothing where none of them has a row, which is not unknown."""
        return None if self.reason else self.sums.get("spend") or Decimal(0)

    @property
    def days_over(self) -> int:
        return 0 if self.through is None else (self.through - self.month.start).days + 1

    @property
    def days_left(self) -> int:
        return self.month.days - self.days_over

    @property
    def planned(self) -> Decimal | None:
        return None if self.budget is None else self.budget * self.days_over / self.month.days

    @property
    def left(self) -> Decimal | None:
        return None if self.budget is None or self.spent is None else self.budget - self.spent

    @property
    def left_per_day(self) -> Decimal | None:
        return None if self.left is None or self.days_left == 0 else self.left / self.days_left

    def lands(self, side: str = "mid") -> Decimal | None:
        """Spend at the month's end: ``low``, ``mid`` or ``high``."""
        coming = None if self.ahead is None else getattr(self.ahead, side)
        so_far = Decimal(0) if self.through is None else self.spent  # on a month's first day all of it is to come
        return None if coming is None or so_far is None else so_far + Decimal(repr(coming))

    @property
    def why_not(self) -> str | None:
        """Why the landing or its range is unknown."""
        return self.reason or (self.ahead.reason if self.ahead else None)

    @property
    def no_range(self) -> str | None:
        """Why the landing has no range, where it is known without one."""
        return self.ahead.reason if self.ahead and self.ahead.mid is not None and self.ahead.reason else self.why_not

    @property
    def roas(self) -> Decimal | None:
        revenue, spend = self.sums.get("revenue"), self.sums.get("spend")
        return None if revenue is None or not spend else revenue / spend

    @property
    def cpa(self) -> Decimal | None:
        conversions, spend = self.sums.get("conversions"), self.sums.get("spend")
        return None if not conversions or spend is None else spend / conversions


@dataclass(frozen=True, slots=True)
class Standings:
    """Every pool of a month, and their sum where all are in one currency and there are several.

    ``unplanned`` is what was spent on campaigns that no line is for, by currency.
    """

    month: Window
    pools: tuple[Standing, ...]
    total: Standing | None
    unplanned: Mapping[str, Decimal]
    unplanned_names: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardLine:
    """What a recommendation does to one pool, for its card. ``left`` is of the budget; all in ``currency``."""

    pool: str
    currency: str
    month: date
    budget: Decimal | None
    left: Decimal | None
    lands_before: Decimal | None
    lands_after: Decimal | None
    reason: str | None

    def said(self) -> str:
        """``"Search DE, PO 4711": €6,300 left, lands at €58,000 -> €60,000 of €60,000``."""
        from domain.formatting import format_estimate

        def money(value: Decimal | None) -> str:
            if value is None:
                return "unknown"
            return f"{'-' if value < 0 else ''}{format_estimate(abs(value), self.currency)}"

        landing = f"lands at {money(self.lands_before)} -> {money(self.lands_after)}"
        if self.lands_before is None:
            landing = f"where it lands is unknown ({self.reason})"
        of = "" if self.budget is None else f" of {money(self.budget)}"
        left = "" if self.left is None else f"{money(self.left)} left, "
        return f'"{self.pool}": {left}{landing}{of}'


def standings(
    session: Session, scope: Scope, today: date, *, month: date | None = None, said: Mapping[str, Decimal] | None = None
) -> Standings:
    """Where every pool stands on ``today`` in ``month`` (any day of it; by default today's).

    ``said`` are budgets by platform slug ("" for everything in scope) that stand instead of the plan.

    Raises:
        CannotAnswer: there is no plan for the month and no budget was said.
    """
    first = (month or today).replace(day=1)
    known = performance.accounts(session, scope)
    names = performance.campaigns(session, scope)
    if said:
        laid, pots = Cover(accounts={c.id: c.account_id for c in names}), _said_pots(said, known, names)
    else:
        lines = plans.lines(session, scope, first, first)
        if not lines:
            raise CannotAnswer(_no_plan(session, scope, first))
        laid = cover(lines, names, labels_of(session, scope))
        pots = _pots(laid)
    changed = _changed_lately(session, scope, known, names, today)
    found = [_stand(session, scope, pot, known, first, today, changed) for pot in pots]
    blind = [s for s in found if s.spent is None] if any(s.spent is not None for s in found) else []
    total = None if blind else _total(session, scope, pots, known, first, today, changed)
    unplanned, their_names = ({}, ()) if said else _unplanned(session, scope, laid, names, known, first, today)
    return Standings(
        month_of(first),
        tuple(found),
        total,
        unplanned,
        their_names,
        (*_no_sum(blind), *_notes(laid), *_counted(changed, pots)),
    )


def card_lines(session: Session, scope: Scope, changes: Sequence[Change], today: date) -> tuple[CardLine, ...]:
    """What a recommendation's changes do to the pools they lie in: left, and the landing before and after.

    Nothing where there is no plan for this month. A change is counted on each day left, as if it were spent whole.
    """
    try:
        stand = standings(session, scope, today)
    except CannotAnswer:
        return ()
    lines = plans.lines(session, scope, today, today)
    names = performance.campaigns(session, scope)
    laid = cover(lines, names, labels_of(session, scope))
    moved: dict[str, Decimal] = {}
    for change in (c for c in changes if not c.of_target):  # a target moves no budget
        key = pool_of(session, scope, laid, names, change)
        if key is not None:
            moved[key] = moved.get(key, Decimal(0)) + change.after.amount - change.before.amount
    by_key = {s.key: s for s in stand.pools}
    return tuple(_card_line(by_key[key], delta, today) for key, delta in moved.items() if key in by_key)


def pool_of(session: Session, scope: Scope, laid: Cover, names: Sequence[CampaignName], change: Change) -> str | None:
    """The key of the pool of a change's campaigns; None where they lie in several, or are not all known."""
    fed = fed_by_change(session, scope, change, names)
    keys = {laid.pool(c.id) for c in fed.campaigns}
    return keys.pop() if len(keys) == 1 and fed.gap is None else None


def _card_line(standing: Standing, delta: Decimal, today: date) -> CardLine:
    days = (standing.month.end - today).days + 1
    before = standing.lands()
    return CardLine(
        pool=standing.pool, currency=standing.currency, month=standing.month.start, budget=standing.budget,
        left=standing.left, lands_before=before, lands_after=None if before is None else before + delta * days,
        reason=standing.why_not,
    )  # fmt: skip


def _pots(laid: Cover) -> list[Pot]:
    pots = []
    for key in dict.fromkeys(line.pool_key for line in laid.lines):
        own = [line for line in laid.lines if line.pool_key == key]
        by_currency = [[x for x in own if x.currency == c] for c in sorted({line.currency for line in own})]
        pots += [pot_of(laid, lines) for lines in by_currency]
    return pots


def _said_pots(said: Mapping[str, Decimal], known: Sequence[AccountDays], names: Sequence[CampaignName]) -> list[Pot]:
    from tools.labels import platform_label

    pots = []
    for platform, amount in said.items():
        here = [a for a in known if platform in ("", a.platform)]
        name = platform_label(platform) if platform else "everything"
        if not here:
            raise CannotAnswer(f"the data hold no account on {name}; the budget for it has nothing to stand against")
        currencies = sorted({a.currency for a in here})
        if len(currencies) > 1:
            raise CannotAnswer(
                f"the budget for {name} would be in {join_words(currencies)} without a rate; name one account"
            )
        ids = frozenset(a.id for a in here)
        fed = frozenset(c.id for c in names if c.account_id in ids)
        pots.append(Pot(platform or "all", name, currencies[0], amount, ids, fed))
    return pots


def _stand(
    session: Session, scope: Scope, pot: Pot, known: Sequence[AccountDays], first: date, today: date,
    changed: Sequence[Step],
) -> Standing:  # fmt: skip
    here = [a for a in known if a.id in pot.accounts]
    month = month_of(first, here[0].timezone if here else "UTC")
    to = None if pot.unknown else through(here, first, today)
    to_date = _to_date(session, scope, pot, month.start, to) if to else []
    reason = pot.unknown or (None if to else _nothing_yet(here, month, today))
    yesterday = today - timedelta(days=1)
    last = to or max((min(a.last_day, yesterday) for a in here if a.last_day), default=None)
    coming = None
    if last is not None and not pot.unknown and month.start - timedelta(days=1) <= last <= month.end:
        spent = daily(session, scope, pot.accounts, pot.campaigns, last)
        mine = [step for step in changed if step.campaigns <= pot.campaigns]
        as_now = as_if_now(spent, mine, month.timezone) if mine else None
        coming = ahead(spent, last, (month.end - last).days, as_now)
    roas, cpa, floor, differ = _targets(pot.lines)
    return Standing(
        pot.key, pot.name, tuple(a.name for a in here), tuple(sorted({a.platform for a in here})), pot.currency, month,
        to, pot.budget, _sums(to_date), coming, roas, cpa, floor, differ, reason, _runs(to_date),
    )  # fmt: skip


def _nothing_yet(here: Sequence[AccountDays], month: Window, today: date) -> str:
    if today <= month.start:
        return f"no complete day yet in {month_words(month.start)}: today is {today}"
    lasts = [a.last_day for a in here if a.last_day]
    return f"the data end on {min(lasts)}, before {month_words(month.start)}" if lasts else "no data yet"


def _to_date(session: Session, scope: Scope, pot: Pot, start: date, to: date) -> list[Totals]:
    if not pot.campaigns:
        return []
    return performance.totals(session, scope, Rows(start, to, pot.accounts, pot.campaigns))


def _sums(rows: Sequence[Totals]) -> dict[Base, Decimal | None]:
    from tools.figures import Group

    return dict(Group.of(rows).sums) if rows else {}


def _runs(rows: Sequence[Totals]) -> dict[int, tuple[int, int]]:
    from tools.figures import Group

    return dict(Group.of(rows).runs) if rows else {}


def _targets(lines: Sequence[Line]) -> tuple[Decimal | None, Decimal | None, Decimal | None, bool]:
    """The one target of all of a pool's lines; where they differ each line has its own and the pool has none."""
    aims = {(x.target_roas, x.target_cpa, x.floor) for x in lines}
    if len(aims) != 1:
        return None, None, None, any(x.target_roas is not None or x.target_cpa is not None for x in lines)
    roas, cpa, floor = aims.pop()
    return roas, None if cpa is None else cpa.amount, floor, False


def _total(
    session: Session, scope: Scope, pots: Sequence[Pot], known: Sequence[AccountDays], first: date, today: date,
    changed: Sequence[Step],
) -> Standing | None:  # fmt: skip
    """All pools together; None where one is alone, currencies differ, or one has no budget."""
    if len(pots) < 2 or len({p.currency for p in pots}) > 1 or any(p.budget is None or p.unknown for p in pots):
        return None
    whole = Pot(
        "total", "all pools", pots[0].currency, sum((p.budget or Decimal(0) for p in pots), Decimal(0)),
        frozenset().union(*(p.accounts for p in pots)), frozenset().union(*(p.campaigns for p in pots)),
        tuple(line for p in pots for line in p.lines),
    )  # fmt: skip
    return _stand(session, scope, whole, known, first, today, changed)


def _changed_lately(
    session: Session, scope: Scope, known: Sequence[AccountDays], names: Sequence[CampaignName], today: date
) -> list[Step]:
    """The budget changes that the days a landing is expected from do not show yet, or not in full."""
    first = min((a.last_day for a in known if a.last_day is not None), default=today) - timedelta(days=FIT_DAYS)
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, today + timedelta(days=2)))
    return steps(session, scope, begin, end, names)


def _counted(changed: Sequence[Step], pots: Sequence[Pot]) -> Iterable[str]:
    if any(step.campaigns <= pot.campaigns for step in changed for pot in pots):
        yield "budgets changed in the last four weeks count in the landing on each day left, as if spent whole"


def _unplanned(
    session: Session, scope: Scope, laid: Cover, names: Sequence[CampaignName], known: Sequence[AccountDays],
    first: date, today: date,
) -> tuple[dict[str, Decimal], tuple[str, ...]]:  # fmt: skip
    """Spend of campaigns that no line is for: nobody may take it for planned money."""
    month = month_of(first)
    loose = {c.id: c.name for c in names if c.id not in laid.line_of and c.id not in laid.unclear}
    end = min(month.end, today - timedelta(days=1))
    if not loose or end < month.start:
        return {}, ()
    rows = performance.totals(session, scope, Rows(month.start, end, campaigns=set(loose)), by={"campaign"})
    currency = {a.id: a.currency for a in known}
    sums: dict[str, Decimal] = {}
    spenders = []
    for row in rows:
        if row.sums["spend"] and row.account_id in currency:
            sums[currency[row.account_id]] = sums.get(currency[row.account_id], Decimal(0)) + row.sums["spend"]
            spenders.append(loose[row.campaign_id or 0])
    return sums, tuple(sorted(spenders))


def _no_sum(blind: Sequence[Standing]) -> Iterable[str]:
    """Why there is no sum over pools: one that is unknown is not nothing."""
    for standing in blind:
        yield f"all pools together are unknown, since {standing.pool!r} is ({standing.reason})"


def _notes(laid: Cover) -> Iterable[str]:
    for line in laid.empty:
        if line.label:
            yield f"no campaign carries the label {line.label} yet, so its line of the plan covers nothing"


def _no_plan(session: Session, scope: Scope, first: date) -> str:
    known = plans.months(session, scope)
    have = f"; the plan covers {join_words([month_words(m) for m in known[-3:]])}" if known else ""
    return NO_PLAN.format(month=month_words(first), known=have)
