"""Performance figures, summed in SQL. Read only; every call names its scope.

Only rows of the campaign level without a breakdown are read, so that nothing is counted twice.
Money leaves as an exact ``Decimal``, a base metric that no row states leaves as None.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, not_, select
from sqlalchemy.orm import Session

from domain.metrics import BASES, Base
from domain.money import from_micros
from domain.scope import Scope
from store.in_use import account_in_use, campaign_in_use
from store.tables import Account, Campaign, DailyMetric, ImportRun

Key = Literal["campaign", "day"]
ADS = ("ads",)
"""The kinds of accounts whose figures may be added up: an analytics tool counts the same conversions again."""

COLUMNS: dict[Base, Any] = {
    "spend": DailyMetric.spend_micros,
    "impressions": DailyMetric.impressions,
    "clicks": DailyMetric.clicks,
    "conversions": DailyMetric.conversions,
    "revenue": DailyMetric.revenue,
    "sessions": DailyMetric.sessions,
}


@dataclass(frozen=True, slots=True)
class AccountDays:
    """An account and the days its data span, None where it has none."""

    id: int
    platform: str
    name: str
    currency: str
    timezone: str
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class CampaignName:
    """A campaign as imported, and where it belongs."""

    id: int
    name: str
    account_id: int
    account: str
    platform: str
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the rows of one account, and of one campaign or one day where that was asked.

    ``stated`` counts the rows that give each base metric: fewer than ``rows`` means that its sum is
    partial. ``runs`` are the first and last load that wrote these rows.
    """

    account_id: int
    campaign_id: int | None
    day: date | None
    sums: Mapping[Base, Decimal | None]
    stated: Mapping[Base, int]
    rows: int
    runs: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Which daily rows to read: days ``start`` to ``end``, both counted; None is every account or campaign in scope.

    ``days_left_out`` are (first, last) stretches inside it that are not read.
    """

    start: date
    end: date
    accounts: Collection[int] | None = None
    campaigns: Collection[int] | None = None
    without: Collection[int] = ()
    days_left_out: Collection[tuple[date, date]] = ()


def accounts(session: Session, scope: Scope, kinds: Collection[str] = ADS) -> list[AccountDays]:
    """The accounts in scope by platform and name, each with its first and last day of figures.

    Neither here nor among ``campaigns`` is what only loads that were taken back have left.
    """
    first, last = (
        select(edge(DailyMetric.day))
        .where(DailyMetric.account_id == Account.id, _one_level())
        .correlate(Account)
        .scalar_subquery()
        for edge in (func.min, func.max)
    )
    query = (
        select(Account.id, Account.platform, Account.name, Account.currency, Account.timezone, first, last)
        .where(Account.id.in_(scope.account_ids), Account.kind.in_(kinds), account_in_use())
        .order_by(Account.platform, Account.name)
    )
    return [AccountDays(*row) for row in session.execute(query)]


def day_range(session: Session, scope: Scope) -> dict[str, tuple[date, date]]:
    """First and last day with data per platform; a platform without data is absent."""
    spans: dict[str, tuple[date, date]] = {}
    for account in accounts(session, scope):
        if account.first_day is None or account.last_day is None:
            continue
        first, last = spans.get(account.platform, (account.first_day, account.last_day))
        spans[account.platform] = (min(first, account.first_day), max(last, account.last_day))
    return spans


def campaigns(session: Session, scope: Scope, among: Collection[int] | None = None) -> list[CampaignName]:
    """Every campaign of the ads accounts in scope, by name; only of the accounts ``among`` where they are given."""
    of = Account.kind.in_(ADS) if among is None else Account.id.in_(among)
    query = (
        select(Campaign.id, Campaign.name, Account.id, Account.name, Account.platform, Campaign.external_id)
        .join(Account, Account.id == Campaign.account_id)
        .where(Account.id.in_(scope.account_ids), of, account_in_use(), campaign_in_use())
        .order_by(Campaign.name, Campaign.id)
    )
    return [CampaignName(*row) for row in session.execute(query)]


def totals(session: Session, scope: Scope, rows: Rows, by: Collection[Key] = ()) -> list[Totals]:
    """Sums of every base metric per account and per key of ``by``, in one query."""
    keys: list[Any] = [DailyMetric.account_id]
    keys += [DailyMetric.campaign_id] if "campaign" in by else []
    keys += [DailyMetric.day] if "day" in by else []
    measures: list[ColumnElement[Any]] = [
        *(func.sum(column) for column in COLUMNS.values()),
        *(func.count(column) for column in COLUMNS.values()),
        func.count(),
        func.min(DailyMetric.run_id),
        func.max(DailyMetric.run_id),
    ]
    query: Select[Any] = select(*keys, *measures).where(_matches(scope, rows)).group_by(*keys).order_by(*keys)
    return [_totals(tuple(row), by) for row in session.execute(query)]


def days_with_data(session: Session, scope: Scope, rows: Rows) -> dict[int, set[date]]:
    """The days that have at least one row, per account.

    Each day is found by one index seek after the day before it: a distinct count would read every row.
    """
    wanted = [a for a in scope.account_ids if rows.accounts is None or a in rows.accounts]
    found = {account_id: set(session.scalars(_days_of(account_id, rows))) for account_id in wanted}
    return {account_id: days for account_id, days in found.items() if days}


def _days_of(account_id: int, rows: Rows) -> Select[Any]:
    def first_day(after: ColumnElement[bool]) -> ScalarSelect[date]:
        """One equality per column and one lower bound: SQLite seeks with these, and scans with more."""
        query = select(func.min(DailyMetric.day)).where(
            DailyMetric.account_id == account_id,
            _one_level(),
            after,
            DailyMetric.day <= rows.end,
            *_days(rows),
            *_campaigns(rows),
        )
        return query.scalar_subquery()

    seen = select(first_day(DailyMetric.day >= rows.start).label("day")).cte("seen", recursive=True)
    later = first_day(DailyMetric.day > seen.c.day)
    seen = seen.union_all(select(later.label("day")).where(seen.c.day.is_not(None)))
    return select(seen.c.day).where(seen.c.day.is_not(None))


def sources(session: Session, scope: Scope, run_ids: Iterable[int]) -> dict[int, str]:
    """What each load read: a file's name, or ``api``."""
    query = select(ImportRun.id, ImportRun.source).where(
        ImportRun.id.in_(set(run_ids)), ImportRun.account_id.in_(scope.account_ids)
    )
    return {row.id: row.source for row in session.execute(query)}


def _matches(scope: Scope, rows: Rows) -> ColumnElement[bool]:
    allowed = scope.account_ids if rows.accounts is None else [a for a in scope.account_ids if a in rows.accounts]
    in_days = DailyMetric.day.between(rows.start, rows.end)
    return and_(DailyMetric.account_id.in_(allowed), _one_level(), in_days, *_days(rows), *_campaigns(rows))


def _days(rows: Rows) -> list[ColumnElement[bool]]:
    return [not_(DailyMetric.day.between(first, last)) for first, last in rows.days_left_out]


def _campaigns(rows: Rows) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if rows.campaigns is not None:
        conditions.append(DailyMetric.campaign_id.in_(rows.campaigns))
    if rows.without:
        conditions.append(DailyMetric.campaign_id.not_in(rows.without))
    return conditions


def _one_level() -> ColumnElement[bool]:
    return and_(DailyMetric.level == "campaign", DailyMetric.breakdown == "")


def _totals(row: tuple[Any, ...], by: Collection[Key]) -> Totals:
    account_id, *rest = row
    campaign_id = rest.pop(0) if "campaign" in by else None
    day = rest.pop(0) if "day" in by else None
    size = len(BASES)
    summed, counted, (count, first_run, last_run) = rest[:size], rest[size : 2 * size], rest[2 * size :]
    return Totals(
        account_id=account_id,
        campaign_id=campaign_id,
        day=day,
        sums={base: _decimal(base, value) for base, value in zip(COLUMNS, summed, strict=True)},
        stated=dict(zip(COLUMNS, counted, strict=True)),
        rows=count,
        runs=(first_run, last_run),
    )


def _decimal(base: Base, value: Any) -> Decimal | None:
    if value is None:
        return None
    return from_micros(int(value)) if base == "spend" else Decimal(str(value))
