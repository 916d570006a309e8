"""Budgets as last read from a platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.money import Money
from domain.scope import Scope
from store.tables import Account, Budget


class BudgetLike(Protocol):
    """What ``save`` reads of a budget's state; ``connectors.base.BudgetState`` has it."""

    @property
    def entity(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def campaigns(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def daily_amount(self) -> Money | None: ...
    @property
    def period(self) -> str: ...
    @property
    def shared(self) -> bool: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def learning(self) -> bool | None: ...
    @property
    def billable_unit_micros(self) -> int: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def lost_impression_share_budget(self) -> float | None: ...
    @property
    def lost_impression_share_rank(self) -> float | None: ...
    @property
    def bid_strategy(self) -> str | None: ...


def save(session: Session, account: Account, states: Sequence[BudgetLike]) -> None:
    """Keep a complete read of an account's budgets; one that is no longer listed is kept as not enabled.

    Raises:
        BadInput: an amount is in another currency than the account.
    """
    stored = {b.entity: b for b in session.scalars(select(Budget).where(Budget.account_id == account.id))}
    for state in states:
        session.merge(_row(account, state))
    listed = {state.entity for state in states}
    for entity, budget in stored.items():
        if entity not in listed:
            budget.enabled = False
    session.flush()


def for_account(session: Session, scope: Scope, account_id: int) -> list[Budget]:
    """The budgets of one account, by name."""
    query = select(Budget).where(Budget.account_id == account_id, Budget.account_id.in_(scope.account_ids))
    return list(session.scalars(query.order_by(Budget.name)))


def _row(account: Account, state: BudgetLike) -> Budget:
    amount = state.daily_amount
    if amount is not None and amount.currency != account.currency:
        raise BadInput(f"{state.name}: {amount} is not in {account.currency}, the currency of {account.name}")
    return Budget(
        account_id=account.id,
        entity=state.entity,
        name=state.name,
        campaigns=[list(pair) for pair in state.campaigns],
        daily_micros=amount.micros if amount is not None else None,
        period=state.period,
        shared=state.shared,
        enabled=state.enabled,
        learning=state.learning,
        billable_unit_micros=state.billable_unit_micros,
        bid_strategy=state.bid_strategy,
        lost_impression_share_budget=state.lost_impression_share_budget,
        lost_impression_share_rank=state.lost_impression_share_rank,
        observed_at=state.observed_at,
    )
