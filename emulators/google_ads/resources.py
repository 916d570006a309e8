"""The rows behind each resource, from the market. A field that exists but is not modelled is said to be so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from emulators.google_ads.failures import NotModelled, PlatformFailure
from emulators.google_ads.gaql import Condition, Query, matches
from emulators.market.bidding import PATHS, BidEvent, TargetSpec
from emulators.market.campaigns import CampaignSpec
from emulators.market.response import DayFigures
from emulators.market.world import BudgetEvent, Market, StatusEvent

Row = dict[str, Any]
CHANGE_HISTORY_DAYS = 30
_DURING = {
    "TODAY": (0, 0),
    "YESTERDAY": (1, 1),
    "LAST_7_DAYS": (7, 1),
    "LAST_14_DAYS": (14, 1),
    "LAST_30_DAYS": (30, 1),
}


def rows(
    market: Market, customer_id: str, query: Query, *, stale: bool = False, events: int | None = None
) -> list[Row]:
    """The rows that answer ``query``. ``stale``: values as before their last change; ``events``: a change history
    that shows only so many yet."""
    source = _SOURCES.get(query.resource)
    if source is None:
        raise NotModelled(f"the resource {query.resource}")
    if customer_id == market.manager_id and any(f.startswith("metrics.") for f in query.fields):
        raise _query_error("REQUESTED_METRICS_FOR_MANAGER", "Metrics cannot be requested for a manager account.")
    found = []
    for row in islice(source(market, customer_id, query, stale), events):
        missing = query.fields - row.keys() - {"segments.date"}
        if missing:
            raise NotModelled(f"{sorted(missing)} of {query.resource}")
        if all(matches(c, row[c.field]) for c in query.where if c.operator != "DURING" and c.field in row):
            found.append(row)
    for field, descending in reversed(query.order):
        found.sort(key=lambda row, by=field: row[by], reverse=descending)  # type: ignore[misc]
    return found[: query.limit]


def date_range(market: Market, conditions: tuple[Condition, ...]) -> tuple[date, date]:
    """The days that conditions on ``segments.date`` leave, all of history where there are none."""
    low, high = market.first_day, market.today
    for c in conditions:
        if c.operator == "DURING":
            if c.values[0] not in _DURING:
                raise NotModelled(f"DURING {c.values[0]}")
            first, last = _DURING[str(c.values[0])]
            low, high = market.today - timedelta(days=first), market.today - timedelta(days=last)
            continue
        days = [_day(v) for v in c.values]
        if c.operator in ("=", ">=", "BETWEEN"):
            low = max(low, days[0])
        if c.operator in ("=", "<=", "BETWEEN"):
            high = min(high, days[-1])
    return low, high


def _day(value: str | float) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _query_error("INVALID_DATE_FORMAT", f"'{value}' is not a date (yyyy-mm-dd).") from None


def _query_error(name: str, message: str) -> PlatformFailure:
    return PlatformFailure("query_error", name, message)


# --- Accounts ------------------------------------------------------------------------------------


def _customers(market: Market, customer_id: str, _query: Query, _stale: bool) -> Iterator[Row]:
    yield _customer(market, customer_id)


def _customer(market: Market, customer_id: str) -> Row:
    manager = customer_id == market.manager_id
    return {
        "customer.resource_name": f"customers/{customer_id}",
        "customer.id": int(customer_id),
        "customer.descriptive_name": "Acme Group" if manager else market.account_name,
        "customer.currency_code": market.currency,
        "customer.time_zone": market.timezone,
        "customer.manager": manager,
        "customer.status": "ENABLED",
        "customer.test_account": True,
    }


def _customer_clients(market: Market, customer_id: str, _query: Query, _stale: bool) -> Iterator[Row]:
    below = [market.manager_id, market.account_id] if customer_id == market.manager_id else [customer_id]
    for level, each in enumerate(below):
        about = {k.removeprefix("customer."): v for k, v in _customer(market, each).items()}
        row = {f"customer_client.{k}": v for k, v in about.items()}
        row["customer_client.resource_name"] = f"customers/{customer_id}/customerClients/{each}"
        row |= {"customer_client.client_customer": f"customers/{each}", "customer_client.level": level}
        yield row | {"customer_client.hidden": False} | _customer(market, customer_id)


def _currencies(market: Market, _customer_id: str, _query: Query, _stale: bool) -> Iterator[Row]:
    for code, unit in ((market.currency, market.billable_unit_micros), ("JPY", 1_000_000), ("USD", 10_000)):
        yield {
            "currency_constant.resource_name": f"currencyConstants/{code}",
            "currency_constant.code": code,
            "currency_constant.billable_unit_micros": unit,
        }


# --- Budgets and campaigns -----------------------------------------------------------------------


def budget_name(market: Market, budget_id: str) -> str:
    """A budget's resource name."""
    return f"customers/{market.account_id}/campaignBudgets/{budget_id}"


def _budget(market: Market, budget_id: str, stale: bool) -> Row:
    spec = market.budget_spec(budget_id)
    assert spec is not None
    changes = [e for e in market.events() if e.budget_id == budget_id]
    amount = changes[-1].old_micros if stale and changes else market.budget_micros(budget_id)
    removed = budget_id in market.removed
    return {
        "campaign_budget.resource_name": budget_name(market, budget_id),
        "campaign_budget.id": int(budget_id),
        "campaign_budget.name": spec.name,
        "campaign_budget.amount_micros": amount,
        "campaign_budget.total_amount_micros": 0,
        "campaign_budget.status": "REMOVED" if removed else "ENABLED",
        "campaign_budget.period": "DAILY",
        "campaign_budget.explicitly_shared": spec.shared,
        "campaign_budget.reference_count": 0 if removed else len(market.spenders(budget_id)),
    }


def _budgets(market: Market, customer_id: str, _query: Query, stale: bool) -> Iterator[Row]:
    mine = {c.budget_id for c in _campaigns_here(market)}
    for spec in (b for b in market.budgets if b.id in mine) if customer_id == market.account_id else ():
        yield _budget(market, spec.id, stale) | _customer(market, customer_id)


def _campaigns_here(market: Market) -> list[CampaignSpec]:
    """The market's campaigns on this platform."""
    return [c for c in market.campaigns if c.platform == "google_ads"]


def _campaigns(market: Market, customer_id: str, query: Query, stale: bool) -> Iterator[Row]:
    if customer_id != market.account_id:
        return
    about = {c.id: _campaign(market, c, stale) | _customer(market, customer_id) for c in _campaigns_here(market)}
    if any(f.startswith("campaign.primary_status") for f in query.fields):
        for spec in _campaigns_here(market):
            about[spec.id] |= _primary(market, spec, str(about[spec.id]["campaign.bidding_strategy_system_status"]))
    if not any(f.startswith(("metrics.", "segments.")) for f in query.fields):
        yield from about.values()
        return
    days = market.rows(*date_range(market, query.conditions("segments.date")))
    groups: dict[tuple[str, date | None], list[DayFigures]] = defaultdict(list)
    for each in (d for d in days if d.campaign.id in about):
        groups[each.campaign.id, each.day if "segments.date" in query.select else None].append(each)
    for (campaign_id, day), figures in groups.items():
        row = about[campaign_id] | _metrics(figures)
        yield row | {"segments.date": day.isoformat()} if day else row


def _campaign(market: Market, spec: CampaignSpec, stale: bool) -> Row:
    target = market.target_of(spec)
    pooled = target is not None and target.owner.startswith("biddingStrategies/")
    own = None if target is None or pooled else target
    return {
        "campaign.resource_name": f"customers/{market.account_id}/campaigns/{spec.id}",
        "campaign.id": int(spec.id),
        "campaign.name": spec.name,
        "campaign.status": "PAUSED" if market.paused(spec) else "ENABLED",
        "campaign.advertising_channel_type": spec.channel,
        "campaign.bidding_strategy": f"customers/{market.account_id}/{target.owner}" if target and pooled else None,
        "campaign.bidding_strategy_type": spec.bid_strategy if target is None else target.strategy,
        "campaign.bidding_strategy_system_status": _system_status(market, spec, target),
        **_targets("campaign", market, own, stale),
        "campaign.campaign_budget": budget_name(market, spec.budget_id),
    } | _budget(market, spec.budget_id, stale)


LIMITED_FROM = 0.1  # of the eligible impressions lost to the budget; assumed, the platform does not say from where on


def _primary(market: Market, spec: CampaignSpec, bidding: str) -> Row:
    """The most grave first, as the platform aggregates its reasons. Assumed: with every ad disapproved a campaign is
    NOT_ELIGIBLE, with HAS_ADS_DISAPPROVED as its reason."""
    yesterday = market.today - timedelta(days=1)
    lost = [r.lost_to_budget for r in market.rows(yesterday, yesterday) if r.campaign.id == spec.id]
    status, reasons = "ELIGIBLE", []
    if market.paused(spec):
        status, reasons = "PAUSED", ["CAMPAIGN_PAUSED"]
    elif market.disapproved(spec):
        status, reasons = "NOT_ELIGIBLE", ["HAS_ADS_DISAPPROVED"]
    elif lost and lost[0] >= LIMITED_FROM:
        status, reasons = "LIMITED", ["BUDGET_CONSTRAINED"]
    elif bidding.startswith("LEARNING"):
        status, reasons = "LEARNING", ["BIDDING_STRATEGY_LEARNING"]
    return {"campaign.primary_status": status, "campaign.primary_status_reasons": reasons}


def _system_status(market: Market, spec: CampaignSpec, target: TargetSpec | None) -> str:
    if target is not None and market.relearning(target.owner):
        return "LEARNING_SETTING_CHANGE"
    learning = market.learning(spec.budget_id) and spec.bid_strategy != "MANUAL_CPC"
    return "LEARNING_BUDGET_CHANGE" if learning else "ENABLED"


def _targets(resource: str, market: Market, target: TargetSpec | None, stale: bool) -> Row:
    """Every place for a target, and the one where it stands; the others are not set."""
    row: Row = {f"{resource}.{path}": None for path in PATHS.values()}
    if target is None:
        return row
    changes = [e for e in market.bid_events() if e.owner == target.owner]
    micros = changes[-1].old_micros if stale and changes else market.target_micros(target.owner)
    row[f"{resource}.{target.path}"] = micros / 1_000_000 if target.of_roas else micros
    return row


def _strategies(market: Market, customer_id: str, _query: Query, stale: bool) -> Iterator[Row]:
    portfolios = [t for t in market.targets if t.owner.startswith("biddingStrategies/")]
    for target in portfolios if customer_id == market.account_id else ():
        yield {
            "bidding_strategy.resource_name": f"customers/{market.account_id}/{target.owner}",
            "bidding_strategy.id": int(target.owner.partition("/")[2]),
            "bidding_strategy.name": target.name,
            "bidding_strategy.status": "ENABLED",
            "bidding_strategy.type": target.strategy,
            "bidding_strategy.campaign_count": len(target.campaigns),
            **_targets("bidding_strategy", market, target, stale),
        } | _customer(market, customer_id)


def _metrics(days: list[DayFigures]) -> Row:
    seen = sum(d.impressions for d in days)
    row: Row = {
        "metrics.cost_micros": sum(d.spend_micros for d in days),
        "metrics.impressions": seen,
        "metrics.clicks": sum(d.clicks for d in days),
        "metrics.conversions": float(sum(d.conversions for d in days)),
        "metrics.conversions_value": float(sum(d.revenue for d in days)),
    }
    shown = [d for d in days if d.impressions]
    eligible = [d.impressions / (1 - d.lost_to_budget - d.lost_to_rank) for d in shown]
    own = "content" if days[0].campaign.channel == "DISPLAY" else "search"
    for network in ("search", "content"):
        for kind in ("budget", "rank"):
            lost = sum(e * float(getattr(d, f"lost_to_{kind}")) for e, d in zip(eligible, shown, strict=True))
            share = round(lost / sum(eligible), 4) if network == own and eligible else None
            row[f"metrics.{network}_{kind}_lost_impression_share"] = share
    return row


# --- Who changed what ----------------------------------------------------------------------------


def _change_events(market: Market, customer_id: str, query: Query, _stale: bool) -> Iterator[Row]:
    if query.limit is None or query.limit > 10_000:
        raise PlatformFailure(
            "change_event_error", "LIMIT_NOT_SPECIFIED", "The LIMIT clause (up to 10000) is required."
        )
    conditions = query.conditions("change_event.change_date_time")
    starts = [c for c in conditions if c.operator in (">", ">=", "BETWEEN", "DURING", "=")]
    ends = [c for c in conditions if c.operator in ("<", "<=", "BETWEEN", "DURING", "=")]
    if not starts or not ends:
        raise PlatformFailure(
            "change_event_error", "CHANGE_DATE_RANGE_INFINITE", "A finite change date range is required."
        )
    oldest = market.today - timedelta(days=CHANGE_HISTORY_DAYS)
    if any(c.operator != "DURING" and date.fromisoformat(str(c.values[0])[:10]) < oldest for c in starts):
        raise PlatformFailure("change_event_error", "START_DATE_TOO_OLD", "The start date is over 30 days ago.")
    if customer_id != market.account_id:
        return
    for number, event in enumerate(market.events()):
        yield _change_event(
            market, number, event, "CAMPAIGN_BUDGET", budget_name(market, event.budget_id), "amount_micros",
            (event.old_micros, event.new_micros),
        )  # fmt: skip
    for number, moved in enumerate(e for e in market.bid_events() if e.owner.startswith("campaigns/")):
        yield _target_event(market, 5_000 + number, moved)
    here = {c.id for c in _campaigns_here(market)}
    for number, stopped in enumerate(e for e in market.status_events() if e.campaign_id in here):
        name = f"customers/{market.account_id}/campaigns/{stopped.campaign_id}"
        sides = (stopped.old, stopped.new)
        yield _change_event(market, 10_000 + number, stopped, "CAMPAIGN", name, "status", sides)


def _target_event(market: Market, number: int, event: BidEvent) -> Row:
    """The move of a campaign's own target. ChangeEventResourceType has no portfolio strategies."""
    target = market.target_spec(event.owner)
    assert target is not None
    old, new = event.old_micros, event.new_micros
    sides = (old / 1_000_000, new / 1_000_000) if target.of_roas else (old, new)
    name = f"customers/{market.account_id}/{event.owner}"
    return _change_event(market, number, event, "CAMPAIGN", name, target.path, sides)


def _change_event(
    market: Market, number: int, event: BudgetEvent | StatusEvent | BidEvent, kind: str, name: str, field: str,
    sides: tuple[float, float] | tuple[str, str],
) -> Row:  # fmt: skip
    """Old and new resource hold the changed field only. Assumed: a budget's event names no campaign."""
    at = int(event.at.timestamp())
    return {
        "change_event.resource_name": f"customers/{market.account_id}/changeEvents/{at}~{number}",
        "change_event.change_date_time": _local(event.at, market.timezone),
        "change_event.change_resource_type": kind,
        "change_event.change_resource_name": name,
        "change_event.resource_change_operation": "UPDATE",
        "change_event.changed_fields": {"paths": [field]},
        "change_event.client_type": event.client,
        "change_event.user_email": event.by,
        "change_event.campaign": name if kind == "CAMPAIGN" else "",
        "change_event.old_resource": {f"{kind.lower()}.{field}": sides[0]},
        "change_event.new_resource": {f"{kind.lower()}.{field}": sides[1]},
    }


def _local(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S.%f")


_SOURCES: dict[str, Callable[[Market, str, Query, bool], Iterator[Row]]] = {
    "customer": _customers,
    "customer_client": _customer_clients,
    "currency_constant": _currencies,
    "campaign_budget": _budgets,
    "campaign": _campaigns,
    "bidding_strategy": _strategies,
    "change_event": _change_events,
}
