"""Daily series per campaign, for methods that need every day apart. Read only; every call names its scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.money import from_micros
from domain.scope import Scope
from store.tables import Campaign, DailyMetric


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """One campaign on one day, as the platform states it; None is "it does not say"."""

    campaign_id: int
    external_id: str | None
    name: str
    day: date
    spend: Decimal | None
    conversions: float | None
    revenue: float | None


def campaign_days(session: Session, scope: Scope, account_id: int, start: date, end: date) -> list[CampaignDay]:
    """Every campaign of one account on every day that has a row, by campaign name and day."""
    query = (
        select(
            Campaign.id,
            Campaign.external_id,
            Campaign.name,
            DailyMetric.day,
            DailyMetric.spend_micros,
            DailyMetric.conversions,
            DailyMetric.revenue,
        )
        .join(Campaign, Campaign.id == DailyMetric.campaign_id)
        .where(
            DailyMetric.account_id.in_([a for a in scope.account_ids if a == account_id]),
            DailyMetric.level == "campaign",
            DailyMetric.breakdown == "",
            DailyMetric.day.between(start, end),
        )
        .order_by(Campaign.name, Campaign.id, DailyMetric.day)
    )
    return [
        CampaignDay(number, external, name, day, None if spend is None else from_micros(spend), conversions, revenue)
        for number, external, name, day, spend, conversions, revenue in session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class BaseDay:
    """One campaign on one day with every base figure; money in micros, None is "it does not say"."""

    campaign_id: int
    day: date
    spend_micros: int | None
    impressions: int | None
    clicks: int | None
    conversions: float | None
    revenue: float | None
    sessions: int | None


def base_days(session: Session, scope: Scope, account_id: int, start: date, end: date) -> list[BaseDay]:
    """Every campaign day of one account that has a row, in no order."""
    query = select(
        DailyMetric.campaign_id,
        DailyMetric.day,
        DailyMetric.spend_micros,
        DailyMetric.impressions,
        DailyMetric.clicks,
        DailyMetric.conversions,
        DailyMetric.revenue,
        DailyMetric.sessions,
    ).where(
        DailyMetric.account_id.in_([a for a in scope.account_ids if a == account_id]),
        DailyMetric.level == "campaign",
        DailyMetric.breakdown == "",
        DailyMetric.day.between(start, end),
    )
    return [BaseDay(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class ShownDay:
    """One campaign on one day: how often it was shown, and to how many people. None is "it does not say"."""

    campaign_id: int
    name: str
    day: date
    impressions: int | None
    reach: int | None


def shown_days(session: Session, scope: Scope, account_id: int, start: date, end: date) -> list[ShownDay]:
    """Every campaign of one account on every day that has a row, by campaign name and day."""
    query = (
        select(Campaign.id, Campaign.name, DailyMetric.day, DailyMetric.impressions, DailyMetric.reach)
        .join(Campaign, Campaign.id == DailyMetric.campaign_id)
        .where(
            DailyMetric.account_id.in_([a for a in scope.account_ids if a == account_id]),
            DailyMetric.level == "campaign",
            DailyMetric.breakdown == "",
            DailyMetric.day.between(start, end),
        )
        .order_by(Campaign.name, Campaign.id, DailyMetric.day)
    )
    return [ShownDay(*row) for row in session.execute(query)]
