"""How a budget is used: what its campaigns spent of it lately, and what the platform says of its bidding."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from domain.money import from_micros
from domain.scope import Scope
from store import budgets
from store.series import CampaignDay, campaign_days
from store.tables import Budget

DAYS = 7


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """One budget over the last days with figures, ``start`` to ``end``.

    ``spent`` is the mean spend a day and ``used`` that over the budget; None where it is not known.
    ``lost`` is the share of impressions that the platform says were lost to the budget.
    """

    entity: str
    name: str
    start: date
    end: date
    spent: Decimal | None
    used: float | None
    bid_strategy: str | None
    learning: bool | None
    lost: float | None


def budget_uses(
    session: Session, scope: Scope, account_id: int, entities: Collection[str], today: date
) -> dict[str, BudgetUse]:
    """The use of each of ``entities`` whose budget was ever read; empty where the last week has no figures at all."""
    rows = campaign_days(session, scope, account_id, today - timedelta(days=2 * DAYS), today - timedelta(days=1))
    if not rows:
        return {}
    end = max(row.day for row in rows)
    recent = [row for row in rows if row.day > end - timedelta(days=DAYS)]
    known = budgets.for_account(session, scope, account_id)
    return {budget.entity: _use(budget, recent, end) for budget in known if budget.entity in entities}


def _use(budget: Budget, recent: list[CampaignDay], end: date) -> BudgetUse:
    ids = {str(campaign[0]) for campaign in budget.campaigns}
    own = [row.spend for row in recent if row.external_id in ids]
    whole = bool(own) and None not in own  # a campaign that does not state its spend leaves the sum unknown
    spent = sum((s for s in own if s is not None), Decimal(0)) / DAYS if whole else None
    amount = None if budget.daily_micros is None else from_micros(budget.daily_micros)
    return BudgetUse(
        entity=budget.entity,
        name=budget.name,
        start=end - timedelta(days=DAYS - 1),
        end=end,
        spent=spent,
        used=float(spent / amount) if spent is not None and amount else None,
        bid_strategy=budget.bid_strategy,
        learning=budget.learning,
        lost=budget.lost_impression_share_budget,
    )
