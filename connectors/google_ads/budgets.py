"""Budgets as they stand: amount, owner, who spends from it, whether bidding is learning, who changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import BudgetState, ForeignChange, PlatformAccount, Serving
from connectors.errors import Invalid
from connectors.google_ads.accounts import Search
from connectors.google_ads.shares import LOST, Lost, lost_shares
from domain.money import Money

_BUDGET = (
    "campaign_budget.resource_name, campaign_budget.name, campaign_budget.amount_micros, campaign_budget.status, "
    "campaign_budget.period, campaign_budget.explicitly_shared, campaign_budget.reference_count"
)
_CAMPAIGN = (
    "campaign.id, campaign.name, campaign.campaign_budget, campaign.bidding_strategy_type, "
    "campaign.bidding_strategy_system_status, campaign.primary_status, campaign.primary_status_reasons"
)
HISTORY = timedelta(days=29)  # the platform keeps change events for 30 days and refuses older starts
_LEARNING = {"MULTIPLE_LEARNING"}


def read(
    search: Search, account: PlatformAccount, unit_micros: int, now: datetime, entity: str | None = None
) -> tuple[BudgetState, ...]:
    """Every open budget of an account, or the one named ``entity`` in whatever state it is."""
    customer = account.external_id
    only_budget = f"campaign_budget.resource_name = '{entity}'" if entity else "campaign_budget.status = 'ENABLED'"
    only_campaign = f" AND campaign.campaign_budget = '{entity}'" if entity else ""
    budgets = search(customer, f"SELECT {_BUDGET} FROM campaign_budget WHERE {only_budget}")
    running = f"campaign.status IN ('ENABLED', 'PAUSED'){only_campaign}"
    spenders = defaultdict(list)
    for row in search(customer, f"SELECT {_CAMPAIGN} FROM campaign WHERE {running}"):
        spenders[row.campaign.campaign_budget].append(row.campaign)
    recent = f"segments.date DURING LAST_7_DAYS{only_campaign}"
    rows = search(customer, f"SELECT campaign.campaign_budget, {LOST} FROM campaign WHERE {recent}")
    lost = lost_shares((row.campaign.campaign_budget, row.metrics) for row in rows)
    return tuple(
        _state(b, spenders[b.resource_name], lost.get(b.resource_name), account.currency, unit_micros, now)
        for b in (row.campaign_budget for row in budgets)
    )


def amount(search: Search, account: PlatformAccount, entity: str) -> Money:
    """What a budget stands at now. Raises Invalid where there is no such budget."""
    query = (
        f"SELECT campaign_budget.amount_micros FROM campaign_budget WHERE campaign_budget.resource_name = '{entity}'"
    )
    rows = search(account.external_id, query)
    if not rows:
        raise Invalid(f"Google Ads has no budget {entity!r} in account {account.external_id}", field="entity")
    return Money.from_micros(rows[0].campaign_budget.amount_micros, account.currency)


def changes(
    search: Search, account: PlatformAccount, entity: str, since: datetime, now: datetime
) -> tuple[ForeignChange, ...]:
    """Changes of one budget since then (30 days at most), oldest first, our own among them."""
    zone = ZoneInfo(account.timezone)
    start = max(since, now - HISTORY).astimezone(zone)
    end = now.astimezone(zone) + timedelta(days=1)
    rows = search(
        account.external_id,
        "SELECT change_event.change_date_time, change_event.client_type, change_event.user_email, "
        "change_event.change_resource_name, change_event.old_resource, change_event.new_resource FROM change_event "
        f"WHERE change_event.change_date_time >= '{start:%Y-%m-%d %H:%M:%S}' "
        f"AND change_event.change_date_time <= '{end:%Y-%m-%d %H:%M:%S}' "
        f"AND change_event.change_resource_name = '{entity}' ORDER BY change_event.change_date_time LIMIT 10000",
    )
    return tuple(_change(row.change_event, account.currency, zone) for row in rows)


def enum_name(message: Any, field: str) -> str:
    """The name of an enum field's value; a value this build does not know is ``UNKNOWN_<number>``."""
    number = getattr(message, field)
    known = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(number)
    return known.name if known is not None else f"UNKNOWN_{number}"


def learning(campaigns: Sequence[Any]) -> bool | None:
    """Whether the bidding of any of them is learning; None where the platform says nothing of it."""
    statuses = [enum_name(c, "bidding_strategy_system_status") for c in campaigns]
    known = [s for s in statuses if s not in ("UNSPECIFIED", "UNKNOWN", "UNAVAILABLE")]
    return any(s.startswith("LEARNING") or s in _LEARNING for s in known) if known else None


def _state(
    budget: Any, campaigns: list[Any], lost: Lost | None, currency: str, unit_micros: int, now: datetime
) -> BudgetState:
    period = enum_name(budget, "period")
    strategies = sorted({enum_name(c, "bidding_strategy_type") for c in campaigns})
    return BudgetState(
        entity=budget.resource_name,
        name=budget.name,
        campaigns=tuple(sorted((str(c.id), c.name) for c in campaigns)),
        daily_amount=Money.from_micros(budget.amount_micros, currency) if period == "DAILY" else None,
        period=period,
        shared=budget.explicitly_shared or budget.reference_count > 1,
        enabled=enum_name(budget, "status") == "ENABLED",
        learning=learning(campaigns),
        billable_unit_micros=unit_micros,
        observed_at=now,
        lost_impression_share_budget=None if lost is None else lost.to_budget,
        lost_impression_share_rank=None if lost is None else lost.to_rank,
        bid_strategy=", ".join(strategies) or None,
        serving=tuple(s for c in campaigns if (s := _serving(c)) is not None),
    )


def _serving(campaign: Any) -> Serving | None:
    """What the platform says of a campaign; None where it says nothing."""
    status = enum_name(campaign, "primary_status")
    if status in ("UNSPECIFIED", "UNKNOWN"):
        return None
    known = campaign.DESCRIPTOR.fields_by_name["primary_status_reasons"].enum_type.values_by_number
    numbers = list(campaign.primary_status_reasons)
    reasons = [known[n].name if n in known else f"UNKNOWN_{n}" for n in numbers]
    return Serving(str(campaign.id), campaign.name, status, tuple(sorted(reasons)))


def _change(event: Any, currency: str, zone: ZoneInfo) -> ForeignChange:
    at = datetime.fromisoformat(event.change_date_time).replace(tzinfo=zone)
    old, new = event.old_resource.campaign_budget, event.new_resource.campaign_budget
    moved = old.HasField("amount_micros") and new.HasField("amount_micros")
    before, after = (Money.from_micros(b.amount_micros, currency) if moved else None for b in (old, new))
    return ForeignChange(
        at=at,
        by=event.user_email,
        client=enum_name(event, "client_type"),
        entity=event.change_resource_name,
        detail=f"{before} to {after}" if moved else "something other than the amount",
        before=before,
        after=after,
    )
