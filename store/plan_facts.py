"""What the plan of the month says about budgets that are to change: their pools, what is locked, where pools land."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from analytics.landing import expected
from domain.money import Money
from domain.pools import PlanFacts, PoolFacts
from domain.recommendation import Change
from domain.scope import Scope
from store import performance, plans
from store.feeding import fed_by
from store.labels import labels_of
from store.performance import AccountDays
from store.plan_cover import Cover, cover
from store.pool_pending import Figures, pending_micros
from store.pool_spend import daily, month_end, pot_of, through
from store.tables import PlanLine


def gather_plan(
    session: Session, account_id: int, changes: Sequence[Change], today: date, *, besides: str | None = None
) -> PlanFacts | None:
    """The plan's facts for changes of one account; None where it has no plan, of this month or before.

    Without lines for this month the last ones still say whose money is whose and what is locked; their budgets are
    over, and hold nothing.
    A pool may hold money of other accounts, so all accounts with a plan are read. ``besides`` is the approval that is
    judged itself: what all others add to its pools counts.
    """
    first = today.replace(day=1)
    month = plans.month_in_force(session, account_id, first)
    if month is None:
        return None
    planned = session.scalars(select(PlanLine.account_id).where(PlanLine.month == month).distinct()).all()
    scope = Scope(tuple(planned))
    names = performance.campaigns(session, scope, planned)
    laid = cover(plans.lines(session, scope, month, month), names, labels_of(session, scope))
    pool_of: dict[str, str] = {}
    several: dict[str, str] = {}
    locked: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for change in changes:
        found = fed_by(session, account_id, change.entity, change.affects or (change.entity_name,), names)
        fed = found.campaigns
        if found.gap is not None:
            unknown[change.entity] = found.gap
        keys = {laid.pool(c.id) for c in fed}
        if len(keys) == 1 and None not in keys:
            pool_of[change.entity] = str(keys.pop())
        elif keys:
            several[change.entity] = ", ".join(sorted(laid.pool_name(k) if k else "claimed twice" for k in keys))
        lines = [line for c in fed if (line := laid.line_of.get(c.id)) is not None and line.locked]
        if lines:
            locked[change.entity] = lines[0].covers
    known = performance.accounts(session, scope)
    facts = {}
    for key in dict.fromkeys(pool_of.values()):
        facts[key] = _pool(session, scope, laid, key, known, today) if month == first else _over(laid, key)
        if (pool := facts[key]) is not None and pool.budget is not None and pool.figures_end is not None:
            zones = {a.id: a.timezone for a in known}
            figures = Figures(zones, pool.budget.currency, pool.figures_end)
            added = pending_micros(session, laid, key, names, figures, besides)
            facts[key] = replace(pool, pending=Money.from_micros(added, pool.budget.currency))
    days_left = (month_end(first) - today).days + 1
    pools = {key: pool for key, pool in facts.items() if pool}
    instead_of = None if month == first else f"{first:%B %Y}"
    return PlanFacts(f"{month:%B %Y}", days_left, pools, pool_of, several, locked, unknown, instead_of)


def _over(laid: Cover, key: str) -> PoolFacts | None:
    """A pool of a month that is over: a name, and no budget to hold."""
    named = any(line.pool_key == key for line in laid.lines)
    return PoolFacts(laid.pool_name(key), None, None, "its month is over") if named else None


def _pool(
    session: Session, scope: Scope, laid: Cover, key: str, known: Sequence[AccountDays], today: date
) -> PoolFacts | None:
    own = [line for line in laid.lines if line.pool_key == key]
    if not own:
        return None
    pot = pot_of(laid, own)
    name = own[0].pool_name
    if pot.budget is None:
        return PoolFacts(name, None, None, "the plan names no budget")
    budget = Money(pot.budget, own[0].currency)
    if pot.unknown:
        return PoolFacts(name, budget, None, pot.unknown)
    here = [a for a in known if a.id in pot.accounts]
    first = today.replace(day=1)
    to = through(here, first, today)
    last = to or max((min(a.last_day, today - timedelta(days=1)) for a in here if a.last_day), default=None)
    if last is None or last < first - timedelta(days=1):
        return PoolFacts(name, budget, None, "no figures close enough")
    spent = daily(session, scope, pot.accounts, pot.campaigns, last)
    coming = expected(spent, last, (month_end(first) - last).days)
    if coming is None:
        return PoolFacts(name, budget, None, "fewer than four weeks of history")
    so_far = sum(amount for day, amount in spent.items() if day >= first)
    lands = Decimal(repr(so_far + coming)).quantize(Decimal("0.01"))
    return PoolFacts(name, budget, Money(lands, own[0].currency), figures_end=last)
