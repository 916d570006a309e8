"""What campaigns and portfolio strategies bid for, as last read from a platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.money import Money
from domain.ratio import Ratio
from domain.scope import Scope
from store.tables import Account, BidTarget

_MOST_WHY = 500


class BidLike(Protocol):
    """What ``save`` reads of a bid's state; ``connectors.base.BidState`` has it."""

    @property
    def entity(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def campaigns(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def strategy(self) -> str: ...
    @property
    def target_cpa(self) -> Money | None: ...
    @property
    def target_roas(self) -> Ratio | None: ...
    @property
    def shared(self) -> bool: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def learning(self) -> bool | None: ...
    @property
    def unit_micros(self) -> int: ...
    @property
    def why_not(self) -> str | None: ...
    @property
    def lost_to_budget(self) -> float | None: ...
    @property
    def lost_to_rank(self) -> float | None: ...
    @property
    def observed_at(self) -> datetime: ...


def save(session: Session, account: Account, states: Sequence[BidLike]) -> None:
    """Keep a complete read of an account's bids; one that is no longer listed is kept as not enabled.

    Raises:
        BadInput: a target CPA is in another currency than the account.
    """
    stored = {b.entity: b for b in session.scalars(select(BidTarget).where(BidTarget.account_id == account.id))}
    for state in states:
        session.merge(_row(account, state))
    listed = {state.entity for state in states}
    for entity, row in stored.items():
        if entity not in listed:
            row.enabled = False
    session.flush()


def for_account(session: Session, scope: Scope, account_id: int) -> list[BidTarget]:
    """What bids in one account, by name."""
    query = select(BidTarget).where(BidTarget.account_id == account_id, BidTarget.account_id.in_(scope.account_ids))
    return list(session.scalars(query.order_by(BidTarget.name, BidTarget.entity)))


def _row(account: Account, state: BidLike) -> BidTarget:
    cpa, roas = state.target_cpa, state.target_roas
    if cpa is not None and cpa.currency != account.currency:
        raise BadInput(f"{state.name}: {cpa} is not in {account.currency}, the currency of {account.name}")
    return BidTarget(
        account_id=account.id,
        entity=state.entity,
        name=state.name,
        campaigns=[list(pair) for pair in state.campaigns],
        strategy=state.strategy,
        target_cpa_micros=None if cpa is None else cpa.micros,
        target_roas_micros=None if roas is None else roas.micros,
        shared=state.shared,
        enabled=state.enabled,
        learning=state.learning,
        unit_micros=state.unit_micros,
        why_not=None if state.why_not is None else state.why_not[:_MOST_WHY],
        lost_to_budget=state.lost_to_budget,
        lost_to_rank=state.lost_to_rank,
        observed_at=state.observed_at,
    )
