"""What the plan of the month says to each lever: its pool, whether its money is locked, and the margin of its goods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from domain.scope import Scope
from store import performance, plans
from store.feeding import Fed, fed_by
from store.labels import labels_of
from store.plan_cover import Cover, cover
from store.tables import Account
from tools.levers import Lever, Levers
from tools.months import month_words


def walled(session: Session, scope: Scope, account: Account, levers: Levers, today: date) -> Levers:
    """The levers with their pools; held where the plan locks them or pays them from several pools.

    In a month without a plan the walls of the last one before it stand, without its margins. Without any
    they come back as they were.
    """
    month = plans.month_in_force(session, account.id, today)
    if month is None:
        return levers
    lines = [line for line in plans.lines(session, scope, month, month) if line.account_id == account.id]
    names = performance.campaigns(session, scope, {account.id})
    laid = cover(lines, names, labels_of(session, scope))
    held = []
    for lever in levers.levers:
        fed = fed_by(session, account.id, lever.entity, lever.campaigns, names)
        walls = _walled(lever, laid, fed, month)
        held.append(walls if month == today.replace(day=1) else replace(walls, margin=None))
    return replace(levers, levers=tuple(held))


def _walled(lever: Lever, laid: Cover, found: Fed, month: date) -> Lever:
    fed = found.campaigns
    keys = {laid.pool(c.id) for c in fed}
    margins = {line.margin if (line := laid.margin(c.id)) else None for c in fed}
    margin = margins.pop() if len(margins) == 1 else None
    held = lever.held
    if any(line.locked for c in fed if (line := laid.line_of.get(c.id)) is not None):
        held = held or f"the plan of {month_words(month)} locks it"
    if found.gap is not None:
        held = held or f"{found.gap}; sync the account first"
    if len(keys) != 1 or None in keys:
        return replace(lever, margin=margin, held=held or "its campaigns are paid from several pools")
    return replace(lever, pool=str(keys.pop()), margin=margin, held=held)
