"""What stands on a card beside the approval itself, as the store knows it: today's highest budget, margin, pool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack.plan_words import Known
from domain.money import Money
from domain.recommendation import Change
from domain.scope import Scope
from store import budgets, plans
from store.approvals import ApprovalView
from store.changes import highest_since
from store.engine import read
from store.plans import Line


def known(engine: Engine, view: ApprovalView, now: datetime) -> Known:
    """Everything that is known for a card that waits."""
    zone = ZoneInfo(view.account.timezone)
    today = now.astimezone(zone).date()
    midnight = datetime.combine(today, time(), zone).astimezone(UTC)
    scope, month = Scope((view.account.id,)), today.replace(day=1)
    with read(engine) as session:
        highest = highest_since(session, scope, view.account.id, midnight)
        lines = plans.lines(session, scope, month, month)
        pool = pool_words(session, view.account.id, view.recommendation.changes, today)
        bounds = bounding(session, view)
    changes = view.recommendation.changes
    return Known(pool=pool, break_even=break_even(changes, lines, month), highest=highest, budgets=bounds)


def bounding(session: Session, view: ApprovalView) -> tuple[Money, ...]:
    """The daily budgets of the campaigns whose bid targets change; empty where one of them is not known."""
    steered = {name for c in view.recommendation.changes if c.of_target for name in c.affects}
    if not steered:
        return ()
    known = budgets.for_account(session, Scope((view.account.id,)), view.account.id)
    paying = [b for b in known if b.enabled and any(str(c[1]) in steered for c in b.campaigns)]
    paid = {str(c[1]) for b in paying for c in b.campaigns}
    if not steered <= paid or any(b.daily_micros is None for b in paying):
        return ()
    return tuple(Money.from_micros(b.daily_micros or 0, view.account.currency) for b in paying)


def break_even(changes: Sequence[Change], lines: Sequence[Line], month: date) -> str:
    """The ROAS at which the margin of the plan just pays for the spend; empty where a budget has no margin there."""
    margins = {_margin(change, lines) for change in changes}
    if len(margins) != 1 or (margin := margins.pop()) is None or margin <= 0:
        return ""
    return f"ROAS {1 / margin:.2f} at {margin * 100:.0f} % margin (plan of {month:%B %Y})"


def _margin(change: Change, lines: Sequence[Line]) -> Decimal | None:
    """That of its campaigns where the plan names them all, else the account's."""
    own = {line.campaign.casefold(): line.margin for line in lines if line.campaign}
    named = {own.get(name.casefold()) for name in change.affects}
    if len(named) == 1 and (margin := named.pop()) is not None:
        return margin
    return next((line.margin for line in lines if not line.campaign and not line.label), None)


def pool_words(session: Session, account_id: int, changes: Sequence[Change], today: date) -> str:
    """What the plan leaves in each pool that the change touches, and where it lands; empty without a plan.

    Of a pool that several accounts share, what this account's lines hold.
    """
    from tools.standings import card_lines

    lines = card_lines(session, Scope((account_id,)), changes, today)
    return "; ".join(bk.data(line.said(), 300) for line in lines)
