"""Quiet rules: what a person said was expected, until when. Read only; ``store.incident_actions`` makes them.

A rule quiets one metric in one direction, of one campaign or of all, up to the deviation that was called expected: what
goes further than that is told all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store.tables import Account, Campaign, QuietRule


@dataclass(frozen=True, slots=True)
class Quiet:
    """One rule. ``campaign_id`` None is every campaign, or with ``own_line`` the account's own sum and no campaign:
    what was expected of one campaign moves that sum, and must not keep the others quiet. ``largest`` is the deviation,
    as a fraction of what was expected, up to which it is quiet (None: any); ``weekdays`` the days it is about (empty:
    all; 0 is Monday).
    """

    id: int
    account_id: int
    account: str
    campaign_id: int | None
    campaign: str | None
    metric: str
    direction: str
    why: str
    reason: str
    largest: float | None
    weekdays: tuple[int, ...]
    learned_from: str | None
    created_by: str
    created_at: datetime
    until: datetime | None
    revoked_by: str | None
    revoked_at: datetime | None
    own_line: bool = False

    @property
    def where(self) -> str:
        """What it keeps quiet, in words."""
        whole = "the sum of the whole account" if self.own_line else "every campaign and the whole account"
        return self.campaign or whole

    def active(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.until is None or self.until > now)

    def quiets(self, campaign_id: int | None, metric: str, direction: str, day: date, deviation: float | None) -> bool:
        """Whether one unusual value is expected by this rule. ``deviation`` is |value / expected - 1|; None unknown."""
        if (self.metric, self.direction) != (metric, direction):
            return False
        if self.campaign_id is not None and self.campaign_id != campaign_id:
            return False
        if self.own_line and campaign_id is not None:
            return False
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        return self.largest is None or deviation is None or deviation <= self.largest


def rules(session: Session, scope: Scope, now: datetime | None = None) -> list[Quiet]:
    """Every rule of the scope, newest first; with ``now`` only those that hold then."""
    query = (
        select(QuietRule, Account.name, Campaign.name)
        .join(Account, Account.id == QuietRule.account_id)
        .outerjoin(Campaign, Campaign.id == QuietRule.campaign_id)
        .where(QuietRule.account_id.in_(scope.account_ids))
        .order_by(QuietRule.created_at.desc(), QuietRule.id.desc())
        .execution_options(populate_existing=True)
    )
    if now is not None:
        query = query.where(QuietRule.revoked_at.is_(None), or_(QuietRule.until.is_(None), QuietRule.until > now))
    return [_view(row, account, campaign) for row, account, campaign in session.execute(query)]


def still_quiet(session: Session, scope: Scope, rule_id: int, now: datetime) -> list[Quiet]:
    """What keeps quiet, all the same, something of what rule ``rule_id`` kept quiet: rules for the same metric and
    direction of the same campaign or sum, and those learned from the same incident, which would open it again.
    """
    known = {rule.id: rule for rule in rules(session, scope)}
    gone = known.get(rule_id)
    if gone is None:
        return []
    return [r for r in known.values() if r.id != rule_id and r.active(now) and _touches(gone, r)]


def _touches(gone: Quiet, other: Quiet) -> bool:
    if gone.account_id != other.account_id:
        return False
    if gone.learned_from is not None and gone.learned_from == other.learned_from:
        return True
    if (gone.metric, gone.direction) != (other.metric, other.direction):
        return False
    lines = [{r.campaign_id} if r.campaign_id is not None or r.own_line else None for r in (gone, other)]  # None: all
    return None in lines or bool(lines[0] & lines[1])  # type: ignore[operator]  # both are sets here


def _view(row: QuietRule, account: str, campaign: str | None) -> Quiet:
    said = row.condition
    return Quiet(
        id=row.id, account_id=row.account_id, account=account, campaign_id=row.campaign_id, campaign=campaign,
        metric=row.metric, direction=row.direction, why=str(said.get("why", "")), reason=row.reason,
        largest=said.get("largest"), weekdays=tuple(said.get("weekdays", ())), learned_from=row.learned_from,
        created_by=row.created_by, created_at=row.created_at, until=row.until, revoked_by=row.revoked_by,
        revoked_at=row.revoked_at, own_line=bool(said.get("own_line", False)),
    )  # fmt: skip
