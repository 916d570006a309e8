"""What the store holds, in yes and no: enough to say which questions it cannot answer yet. Reads no figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from domain.scope import Scope
from store import performance
from store.performance import AccountDays
from store.tables import Account, Approver, CalendarEvent, ChannelBinding, LabelRule, Order, PlanLine, Source
from store.tables import CampaignLabel as HandLabel


@dataclass(frozen=True, slots=True)
class Held:
    """What is there for the accounts in scope. ``plan_month`` is the last month with a plan."""

    accounts: tuple[AccountDays, ...]
    orders: bool
    plan_month: date | None
    margin: bool
    labels: bool
    labels_proposed: bool
    countries_missing: tuple[str, ...]
    promotions: bool
    failed_sources: tuple[str, ...]
    bound: bool
    without_approver: tuple[str, ...]  # connected accounts for which nobody may approve


def held(session: Session, scope: Scope) -> Held:
    """Look at everything once."""
    ids = scope.account_ids

    def some(query: Select[Any]) -> bool:
        return bool(session.scalar(select(exists(query))))

    rules = select(LabelRule.id).where(LabelRule.account_id.in_(ids))
    plan = select(PlanLine).where(PlanLine.account_id.in_(ids))
    events = select(CalendarEvent.id).where(
        CalendarEvent.removed_at.is_(None),
        CalendarEvent.kind == "promotion",
        CalendarEvent.account_id.in_(ids) | CalendarEvent.account_id.is_(None),
    )
    ads = select(Account).where(Account.id.in_(ids), Account.kind == "ads").order_by(Account.name)
    approved = select(Approver.account_id).where(Approver.account_id.in_(ids))
    named = set(session.scalars(approved))
    stored = list(session.scalars(ads))
    last = plan.with_only_columns(PlanLine.month).order_by(PlanLine.month.desc()).limit(1)
    return Held(
        accounts=tuple(performance.accounts(session, scope)),
        orders=some(select(Order.order_id).where(Order.account_id.in_(ids))),
        plan_month=session.scalar(last),
        margin=some(plan.where(PlanLine.margin.is_not(None))),
        labels=some(rules.where(LabelRule.status == "confirmed"))
        or some(select(HandLabel.campaign_id).where(HandLabel.account_id.in_(ids))),
        labels_proposed=some(rules.where(LabelRule.status == "proposed")),
        countries_missing=tuple(a.name for a in stored if a.country is None),
        promotions=some(events),
        failed_sources=tuple(
            session.scalars(select(Source.name).where(Source.error.is_not(None)).order_by(Source.name))
        ),
        bound=some(select(ChannelBinding.channel).where(ChannelBinding.account_id.in_(ids))),
        without_approver=tuple(a.name for a in stored if a.origin == "api" and a.id not in named),
    )
