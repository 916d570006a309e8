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

    Without a plan of this month for the account they come back as they were.
    """
    lines = [line for line in plans.lines(session, scope, today, today) if line.account_id == account.id]
    if not lines:
        return levers
    names = performance.campaigns(session, scope, {account.id})
    laid = cover(lines, names, labels_of(session, scope))
    held = []
    for lever in levers.levers:
        fed = fed_by(session, account.id, lever.entity, lever.campaigns, names)
        held.append(_walled(lever, laid, fed, today))
    return replace(levers, levers=tuple(held))


def _walled(lever: Lever, laid: Cover, found: Fed, today: date) -> Lever:
    fed = found.campaigns
    keys = {laid.pool(c.id) for c in fed}
    margins = {line.margin if (line := laid.margin(c.id)) else None for c in fed}
    margin = margins.pop() if len(margins) == 1 else None
    held = lever.held
    if any(line.locked for c in fed if (line := laid.line_of.get(c.id)) is not None):
        held = held or f"the plan of {month_words(today)} locks it"
    if found.gap is not None:
        held = held or f"{found.gap}; sync the account first"
    if len(keys) != 1 or None in keys:
        return replace(lever, margin=margin, held=held or "its campaigns are paid from several pools")
    return replace(lever, pool=str(keys.pop()), margin=margin, held=held)
