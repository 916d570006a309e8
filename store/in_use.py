"""What loads that were taken back left behind: kept with its history, and named nowhere."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from store.tables import Account, Campaign, CampaignLabel, DailyMetric, ImportRun, MetricRevision


def account_in_use() -> ColumnElement[bool]:
    """Whether more than loads that were taken back made this account: the platform, a load that stands, a person."""
    loads = exists().where(ImportRun.account_id == Account.id).correlate(Account)
    return or_(Account.origin == "api", not_(loads), loads.where(ImportRun.undone_at.is_(None)))


def campaign_in_use() -> ColumnElement[bool]:
    """False for a campaign that only revisions still name: its figures were revised, and every load taken back."""

    def named(table: type[DailyMetric] | type[MetricRevision] | type[CampaignLabel]) -> ColumnElement[bool]:
        return exists().where(table.campaign_id == Campaign.id).correlate(Campaign)

    left = and_(Campaign.external_id.is_(None), named(MetricRevision), not_(named(DailyMetric)))
    return not_(and_(left, not_(named(CampaignLabel))))
