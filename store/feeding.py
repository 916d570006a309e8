"""Which stored campaigns a budget feeds: by the platform's id, by name only where the stored campaign has none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.recommendation import Change
from domain.scope import Scope
from store.performance import CampaignName
from store.tables import Account, BidTarget, Budget


@dataclass(frozen=True, slots=True)
class Fed:
    """The campaigns of one budget. ``unknown`` names those that the store does not have: their pool cannot be told."""

    campaigns: tuple[CampaignName, ...]
    unknown: tuple[str, ...] = ()

    @property
    def gap(self) -> str | None:
        """What is not known of the budget's campaigns, in words; None where all are."""
        if self.unknown:
            return f"the store does not know {', '.join(repr(name) for name in self.unknown)}, which it feeds"
        return None if self.campaigns else "no campaign that it feeds is known"


def fed_by(session: Session, account_id: int, entity: str, said: Collection[str], names: Sequence[CampaignName]) -> Fed:
    """The campaigns that a budget feeds or a bid target steers: as last read from the platform, else (never read) those
    ``said`` by name.

    Names change on the platform and two campaigns may share one; the platform's id does neither.
    """
    here = [c for c in names if c.account_id == account_id]
    by_name = {c.name: c for c in here}
    owner = session.get(Budget, (account_id, entity)) or session.get(BidTarget, (account_id, entity))
    if owner is None:
        return _fed([(name, by_name.get(name)) for name in said])
    by_id = {c.external_id: c for c in here if c.external_id is not None}
    without = {c.name: c for c in here if c.external_id is None}
    return _fed([(str(c[1]), by_id.get(str(c[0])) or without.get(str(c[1]))) for c in owner.campaigns])


def fed_by_change(session: Session, scope: Scope, change: Change, names: Sequence[CampaignName]) -> Fed:
    """The campaigns that a change touches, its account found by the platform's id."""
    query = select(Account.id).where(Account.platform == change.platform, Account.external_id == change.account)
    account_id = session.scalar(query.where(Account.id.in_(scope.account_ids)))
    said = change.affects or (change.entity_name,)
    if account_id is None:  # from a file: advice only, its campaigns are named as they are stored
        return Fed(tuple(c for c in names if c.platform == change.platform and c.name in said))
    return fed_by(session, account_id, change.entity, said, names)


def _fed(found: Sequence[tuple[str, CampaignName | None]]) -> Fed:
    known = {c.id: c for _, c in found if c is not None}
    return Fed(tuple(known.values()), tuple(sorted({name for name, c in found if c is None})))
