"""Budgets that were changed lately, here or elsewhere, by the campaigns they feed: what a day spends from then on.

Read only; the changes stand in ``operations`` and in the platforms' own histories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.account_change import AMOUNT
from domain.lifecycle import OpState
from domain.scope import Scope
from store import platform_changes
from store.feeding import fed_by
from store.performance import CampaignName
from store.tables import Operation


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a daily budget by ``per_day``, in the account's currency."""

    campaigns: frozenset[int]
    at: datetime
    per_day: float


def steps(
    session: Session, scope: Scope, since: datetime, until: datetime, names: Sequence[CampaignName]
) -> list[Step]:
    """The changes from ``since`` to before ``until`` whose campaigns are all known, the oldest first."""
    found = [*_ours(session, scope, since, until, names), *_others(session, scope, since, until, names)]
    return sorted(found, key=lambda step: step.at)


def _ours(
    session: Session, scope: Scope, since: datetime, until: datetime, names: Sequence[CampaignName]
) -> list[Step]:
    query = select(Operation).where(
        Operation.account_id.in_(scope.account_ids), Operation.state == OpState.APPLIED, Operation.field == AMOUNT,
        Operation.settled_at >= since, Operation.settled_at < until,
    )  # fmt: skip
    made = []
    for o in session.scalars(query):
        fed = fed_by(session, o.account_id, o.entity, (o.entity_name,), names)
        if fed.gap is None and o.settled_at is not None:
            ids = frozenset(c.id for c in fed.campaigns)
            made.append(Step(ids, o.settled_at, (o.after_micros - o.before_micros) / 1e6))
    return made


def _others(
    session: Session, scope: Scope, since: datetime, until: datetime, names: Sequence[CampaignName]
) -> list[Step]:
    made = []
    for seen in platform_changes.between(session, scope, since, until, foreign_only=True):
        change = seen.change
        if change.before is None or change.after is None or change.before.currency != change.after.currency:
            continue
        fed = fed_by(session, seen.account_id, change.entity, (change.entity_name or "",), names)
        if fed.gap is None:
            ids = frozenset(c.id for c in fed.campaigns)
            made.append(Step(ids, change.at, (change.after.micros - change.before.micros) / 1e6))
    return made
