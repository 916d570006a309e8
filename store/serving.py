"""Whether campaigns are shown, in the platform's own words, as the last complete read of an account had it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import Account, Campaign

MOST_REASONS, LONGEST = 20, 40


class ServingLike(Protocol):
    """What ``save`` reads; ``connectors.base.Serving`` has it."""

    @property
    def campaign_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Stands:
    """A campaign's status and reasons. ``since`` is when a sync first read them; None: as long as it has been read."""

    status: str
    reasons: tuple[str, ...]
    since: datetime | None


def save(session: Session, account: Account, found: Iterable[ServingLike], now: datetime) -> None:
    """Keep what a complete read says; a campaign that it does not name is not known any more."""
    said = {s.campaign_id: s for s in found}
    for campaign in session.scalars(select(Campaign).where(Campaign.account_id == account.id)):
        one = said.get(campaign.external_id or "")
        status = None if one is None else one.status[:LONGEST]
        reasons = None if one is None else [r[:LONGEST] for r in one.reasons[:MOST_REASONS]]
        if (status, reasons) == (campaign.serving, campaign.serving_reasons):
            continue
        known = campaign.serving is not None and status is not None
        campaign.serving, campaign.serving_reasons = status, reasons
        campaign.serving_at = now if known else None
    session.flush()


def of_account(session: Session, scope: Scope, account_id: int) -> dict[int, Stands]:
    """By campaign; those of which the platform says nothing are absent."""
    query = select(Campaign).where(
        Campaign.account_id == account_id, Campaign.account_id.in_(scope.account_ids), Campaign.serving.is_not(None)
    )
    return {
        c.id: Stands(c.serving, tuple(c.serving_reasons or ()), c.serving_at)
        for c in session.scalars(query)
        if c.serving is not None
    }
