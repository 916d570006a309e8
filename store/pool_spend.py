"""Pools as money: which campaigns a pool's budget is for, and what they spent by day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from analytics.landing import HISTORY_DAYS
from domain.scope import Scope
from store import performance
from store.performance import AccountDays, Rows
from store.plan_cover import Cover
from store.plans import Line


@dataclass(frozen=True, slots=True)
class Pot:
    """Money with a wall around it: a pool of the plan, or budgets that a question names. ``budget`` None: not said.

    ``campaigns`` are those that the budget is for; ``unknown`` says why their spend cannot be told.
    """

    key: str
    name: str
    currency: str
    budget: Decimal | None
    accounts: frozenset[int]
    campaigns: frozenset[int]
    lines: tuple[Line, ...] = ()
    unknown: str | None = None


def pot_of(laid: Cover, own: Sequence[Line]) -> Pot:
    """The pool of these lines, which are all of one pool and one currency.

    Lines without a budget hold targets only: their spend does not use up the budget of the others.
    """
    budgeted = [line for line in own if line.budget is not None]
    amount = sum((line.budget.amount for line in budgeted if line.budget), Decimal(0)) if budgeted else None
    paying = budgeted or own
    fed = frozenset(c for c, line in laid.line_of.items() if any(line is other for other in paying))
    empty = sorted(line.covers for line in paying if line.label and any(line is other for other in laid.empty))
    here = {line.account_id for line in paying}
    claimed = sorted({what for c, what in laid.unclear.items() if laid.accounts[c] in here})
    unknown = None
    if empty:
        unknown = f"no campaign carries the label {', '.join(empty)} yet"
    elif claimed:
        unknown = f"several lines of the plan claim one campaign: {'; '.join(claimed)}"
    accounts = frozenset(line.account_id for line in own)
    return Pot(own[0].pool_key, own[0].pool_name, own[0].currency, amount, accounts, fed, tuple(own), unknown)


def month_end(first: date) -> date:
    """The last day of the month that holds the day."""
    return first.replace(day=monthrange(first.year, first.month)[1])


def through(here: Sequence[AccountDays], first: date, today: date) -> date | None:
    """The last complete day of the month for which each of the accounts has figures; None where there is none yet."""
    lasts = [a.last_day for a in here if a.last_day is not None]
    if not lasts:
        return None
    last = min(min(lasts), today - timedelta(days=1), month_end(first))
    return last if last >= first else None


def daily(
    session: Session, scope: Scope, accounts: Collection[int], campaigns: Collection[int], last: date
) -> dict[date, float]:
    """Spend a day up to ``last``, from the first day with any; a day on which an account has no rows is not known.

    A day on which the accounts have rows, and the campaigns none, was a day without spend.
    """
    start = last - timedelta(days=HISTORY_DAYS - 1)
    have = performance.days_with_data(session, scope, Rows(start, last, accounts))
    if not campaigns or set(have) != set(accounts):
        return {}
    rows = performance.totals(session, scope, Rows(start, last, accounts, campaigns), by={"day"})
    spend = dict.fromkeys(set.intersection(*have.values()), 0.0)
    unstated: set[date] = set()
    for row in rows:
        if row.day is not None and row.day in spend:
            spend[row.day] += float(row.sums["spend"] or 0)
            unstated |= {row.day} if row.stated["spend"] < row.rows else set()
    began = min((row.day for row in rows if row.day is not None), default=None)
    return {day: amount for day, amount in spend.items() if began and day >= began and day not in unstated}
