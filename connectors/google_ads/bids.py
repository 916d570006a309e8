"""Bid targets as they stand: of a campaign itself, or of a portfolio strategy that several campaigns share.

Source: developers.google.com/google-ads/api/docs/campaigns/bidding. A campaign in a portfolio carries the strategy's
name and no target of its own. A target of 0 in a strategy that maximises is "no target".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import BidState, ForeignChange, PlatformAccount
from connectors.errors import Invalid, Unsupported
from connectors.google_ads.accounts import Search
from connectors.google_ads.budgets import HISTORY, enum_name, learning
from connectors.google_ads.shares import LOST, Lost, lost_shares
from domain.money import Money
from domain.ratio import Amount, Ratio

PATHS = {
    ("TARGET_CPA", "target_cpa"): "target_cpa.target_cpa_micros",
    ("MAXIMIZE_CONVERSIONS", "target_cpa"): "maximize_conversions.target_cpa_micros",
    ("TARGET_ROAS", "target_roas"): "target_roas.target_roas",
    ("MAXIMIZE_CONVERSION_VALUE", "target_roas"): "maximize_conversion_value.target_roas",
}
"""Where each kind of strategy keeps which target, in a campaign and in a portfolio strategy alike."""
FIELDS = {path: field for (_, field), path in PATHS.items()}
ENTITY = re.compile(r"customers/(\d{10})/(campaigns|biddingStrategies)/\d+", re.ASCII)
_CAMPAIGN = (
    "campaign.resource_name, campaign.id, campaign.name, campaign.status, campaign.bidding_strategy, "
    "campaign.bidding_strategy_type, campaign.bidding_strategy_system_status, "
    + ", ".join(f"campaign.{path}" for path in FIELDS)
)
_STRATEGY = (
    "bidding_strategy.resource_name, bidding_strategy.name, bidding_strategy.status, bidding_strategy.type, "
    + (", ".join(f"bidding_strategy.{path}" for path in FIELDS))
)


@dataclass(frozen=True, slots=True)
class _Read:
    """What is the same for every state of one read."""

    account: PlatformAccount
    unit_micros: int
    now: datetime
    lost: dict[str, Lost]


def read(search: Search, account: PlatformAccount, unit_micros: int, now: datetime) -> tuple[BidState, ...]:
    """Everything of an account that bids: its campaigns with a strategy of their own, and its portfolio strategies."""
    customer = account.external_id
    running = "campaign.status IN ('ENABLED', 'PAUSED')"
    campaigns = [row.campaign for row in search(customer, f"SELECT {_CAMPAIGN} FROM campaign WHERE {running}")]
    kept = "bidding_strategy.status = 'ENABLED'"
    rows = search(customer, f"SELECT {_STRATEGY} FROM bidding_strategy WHERE {kept}")
    strategies = [row.bidding_strategy for row in rows]
    return _states(campaigns, strategies, _about(search, account, unit_micros, now))


def one(search: Search, account: PlatformAccount, unit_micros: int, now: datetime, entity: str) -> BidState:
    """The owner of one target in whatever state it is. Raises Invalid where there is none."""
    customer = account.external_id
    if "/biddingStrategies/" in entity:
        wanted = f"SELECT {_STRATEGY} FROM bidding_strategy WHERE bidding_strategy.resource_name = '{entity}'"
        strategies = [row.bidding_strategy for row in search(customer, wanted)]
        fed = f"campaign.bidding_strategy = '{entity}' AND campaign.status IN ('ENABLED', 'PAUSED')"
    else:
        strategies, fed = [], f"campaign.resource_name = '{entity}'"
    campaigns = [row.campaign for row in search(customer, f"SELECT {_CAMPAIGN} FROM campaign WHERE {fed}")]
    found = _states(campaigns, strategies, _about(search, account, unit_micros, now))
    for state in found:
        if state.entity == entity:
            return state
    raise Invalid(f"Google Ads has no bid target {entity!r} in account {customer}", field="entity")


def path_and_value(search: Search, account: PlatformAccount, entity: str, field: str) -> tuple[str | None, Amount]:
    """Where the owner of a target keeps it now (None where its strategy has no such target), and what it stands at.

    No target counts as 0, which is neither side of any change. One query. Raises Invalid where there is no owner.
    """
    kind, parts = ("bidding_strategy", _STRATEGY) if "/biddingStrategies/" in entity else ("campaign", _CAMPAIGN)
    rows = search(account.external_id, f"SELECT {parts} FROM {kind} WHERE {kind}.resource_name = '{entity}'")
    if not rows:
        raise Invalid(f"Google Ads has no bid target {entity!r} in account {account.external_id}", field="entity")
    owner = getattr(rows[0], kind)
    strategy = enum_name(owner, "type_" if kind == "bidding_strategy" else "bidding_strategy_type")
    nothing: Amount = Money.from_micros(0, account.currency) if field == "target_cpa" else Ratio.from_micros(0)
    pooled = kind == "campaign" and owner.bidding_strategy
    return None if pooled else PATHS.get((strategy, field)), target(owner, strategy, field, account.currency) or nothing


def changes(
    search: Search, account: PlatformAccount, entity: str, since: datetime, now: datetime
) -> tuple[ForeignChange, ...]:
    """Moves of one campaign's targets since then (30 days at most), oldest first, our own among them.

    Raises:
        Unsupported: a portfolio strategy; the platform's change events leave those out.
    """
    if "/biddingStrategies/" in entity:
        raise Unsupported("Google Ads keeps no history of portfolio bidding strategies")
    zone = ZoneInfo(account.timezone)
    start, end = max(since, now - HISTORY).astimezone(zone), now.astimezone(zone) + timedelta(days=1)
    rows = search(
        account.external_id,
        "SELECT change_event.change_date_time, change_event.client_type, change_event.user_email, "
        "change_event.change_resource_name, change_event.changed_fields, change_event.old_resource, "
        "change_event.new_resource FROM change_event "
        f"WHERE change_event.change_date_time >= '{start:%Y-%m-%d %H:%M:%S}' "
        f"AND change_event.change_date_time <= '{end:%Y-%m-%d %H:%M:%S}' "
        "AND change_event.change_resource_type = 'CAMPAIGN' "
        f"AND change_event.change_resource_name = '{entity}' ORDER BY change_event.change_date_time LIMIT 10000",
    )
    return tuple(c for row in rows for c in _moves(row.change_event, account.currency, zone))


def target(resource: Any, strategy: str, field: str, currency: str) -> Amount | None:
    """What a campaign or strategy of this kind aims at; None where it keeps no such target or none is set."""
    path = PATHS.get((strategy, field))
    if path is None:
        return None
    parent, leaf = path.split(".")
    set_to = getattr(getattr(resource, parent), leaf) if resource.HasField(parent) else 0
    if not set_to:
        return None
    return Money.from_micros(set_to, currency) if leaf.endswith("_micros") else as_ratio(set_to)


def as_ratio(value: float) -> Ratio:
    """A double of the platform as the decimal it stands for, to the millionth."""
    return Ratio(Decimal(repr(value)).quantize(Decimal("0.000001")).normalize() + 0)


def _about(search: Search, account: PlatformAccount, unit_micros: int, now: datetime) -> _Read:
    rows = search(
        account.external_id,
        f"SELECT campaign.resource_name, {LOST} FROM campaign WHERE segments.date DURING LAST_7_DAYS",
    )
    own = lost_shares((row.campaign.resource_name, row.metrics) for row in rows)
    return _Read(account, unit_micros, now, own)


def _states(campaigns: Sequence[Any], strategies: Sequence[Any], about: _Read) -> tuple[BidState, ...]:
    known = {s.resource_name: s for s in strategies}
    pooled: dict[str, list[Any]] = defaultdict(list)
    alone = []
    for campaign in campaigns:
        if campaign.bidding_strategy in known:
            pooled[campaign.bidding_strategy].append(campaign)
        else:
            alone.append(campaign)
    own = [_state(c, [c], enum_name(c, "bidding_strategy_type"), about) for c in alone]
    shared = [_state(s, pooled[name], enum_name(s, "type_"), about) for name, s in known.items()]
    return (*own, *shared)


def _state(owner: Any, campaigns: Sequence[Any], strategy: str, about: _Read) -> BidState:
    currency, portfolio = about.account.currency, "/biddingStrategies/" in owner.resource_name
    cpa, roas = (target(owner, strategy, field, currency) for field in ("target_cpa", "target_roas"))
    lost = Lost.together([about.lost[c.resource_name] for c in campaigns if c.resource_name in about.lost])
    return BidState(
        entity=owner.resource_name,
        name=owner.name,
        campaigns=tuple(sorted((str(c.id), c.name) for c in campaigns)),
        strategy=strategy,
        target_cpa=cpa if isinstance(cpa, Money) else None,
        target_roas=roas if isinstance(roas, Ratio) else None,
        shared=portfolio,
        enabled=enum_name(owner, "status") == "ENABLED",
        learning=learning(campaigns),
        unit_micros=about.unit_micros,
        observed_at=about.now,
        why_not=None if cpa is not None or roas is not None else _why_not(owner, strategy, portfolio),
        lost_to_budget=None if lost is None else lost.to_budget,
        lost_to_rank=None if lost is None else lost.to_rank,
    )


def _why_not(owner: Any, strategy: str, portfolio: bool) -> str:
    """Why there is no target to set, in words for a person."""
    if not portfolio and owner.bidding_strategy:
        if owner.bidding_strategy.split("/")[:2] == owner.resource_name.split("/")[:2]:
            return "it bids by a portfolio strategy, which has the target"
        return "it bids by a strategy that another account owns, which cannot be set from here"
    if any(kind == strategy for kind, _ in PATHS):
        return f"it bids by {words(strategy)} without a target"
    return f"it bids by {words(strategy)}, which has no target CPA or ROAS"


def words(strategy: str) -> str:
    """``target impression share``; a platform's abbreviations stay as they are written."""
    said = strategy.replace("_", " ").lower()
    return re.sub(r"\b(cpc|cpa|cpm|cpv|roas)\b", lambda found: found[0].upper(), said)


def _moves(event: Any, currency: str, zone: ZoneInfo) -> Iterable[ForeignChange]:
    at = datetime.fromisoformat(event.change_date_time).replace(tzinfo=zone)
    for path in event.changed_fields.paths:
        field = FIELDS.get(path)
        if field is None:
            continue
        before, after = (_side(side.campaign, path, currency) for side in (event.old_resource, event.new_resource))
        yield ForeignChange(
            at=at, by=event.user_email, client=enum_name(event, "client_type"), entity=event.change_resource_name,
            detail=f"{before} to {after}", before=before, after=after, field=field,
        )  # fmt: skip


def _side(campaign: Any, path: str, currency: str) -> Amount:
    """One side of a change event; a target that was not set counts as 0, as the platform writes it."""
    parent, leaf = path.split(".")
    value = getattr(getattr(campaign, parent), leaf)
    return Money.from_micros(value, currency) if leaf.endswith("_micros") else as_ratio(value)
