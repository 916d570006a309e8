"""What was changed in an account and by whom, from the platform's change events: budgets, statuses, bids and targets.

Policy decisions (a disapproved ad) are no change events: nobody made them.
Source: developers.google.com/google-ads/api/docs/change-event. It keeps 30 days and answers at most 10,000 rows; old
and new resource hold the changed fields only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.base import PlatformAccount
from connectors.errors import SchemaDrift
from connectors.google_ads.accounts import Search
from connectors.google_ads.bids import FIELDS
from connectors.google_ads.budgets import HISTORY, enum_name
from domain.account_change import AMOUNT, STATUS, AccountChange, amounts
from domain.money import Money

MOST_ROWS = 10_000
KINDS = {
    "CAMPAIGN": "campaign",
    "CAMPAIGN_BUDGET": "budget",
    "AD_GROUP": "ad group",
    "AD_GROUP_AD": "ad",
    "AD_GROUP_CRITERION": "keyword or audience",
}
TOLD_APART = ("bid", "budget", "target", "status", "amount")
"""What a changed field's name holds, where it gets a row of its own; the others of an event are one row together."""
_EVENT = (
    "resource_name, change_date_time, change_resource_type, change_resource_name, resource_change_operation, "
    "changed_fields, client_type, user_email, campaign, old_resource, new_resource"
)
_FIELDS = ", ".join(f"change_event.{field.strip()}" for field in _EVENT.split(","))
_MOST_FIELD = 100


@dataclass(frozen=True, slots=True)
class _Names:
    """Campaigns by resource name, as (id, name), and budgets, as (name, ids of their campaigns)."""

    campaigns: dict[str, tuple[str, str]]
    budgets: dict[str, tuple[str, tuple[str, ...]]]


def read(search: Search, account: PlatformAccount, since: datetime, now: datetime) -> tuple[AccountChange, ...]:
    """Every change of the account since then (29 days at most), oldest first, our own among them.

    Raises:
        SchemaDrift: more changes carry one and the same time than the platform answers at once.
    """
    zone = ZoneInfo(account.timezone)
    end = now.astimezone(zone) + timedelta(days=1)
    start = f"{max(since, now - HISTORY).astimezone(zone):%Y-%m-%d %H:%M:%S}"
    events: dict[str, Any] = {}
    while True:
        rows = search(account.external_id, _query(start, end))
        events |= {row.change_event.resource_name: row.change_event for row in rows}
        if len(rows) < MOST_ROWS:
            break
        last = rows[-1].change_event.change_date_time
        if last == start:
            raise SchemaDrift(f"Google Ads has {MOST_ROWS} or more changes at {last} in account {account.external_id}")
        start = last
    if not events:
        return ()
    names = _names(search, account.external_id)
    found = [c for event in events.values() for c in _changes(event, names, account.currency, zone)]
    return tuple(sorted(found, key=lambda c: (c.at, c.source_id)))


def _query(start: str, end: datetime) -> str:
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    return (
        f"SELECT {_FIELDS} FROM change_event WHERE change_event.change_date_time >= '{start}' "
        f"AND change_event.change_date_time <= '{end:%Y-%m-%d %H:%M:%S}' "
        f"AND change_event.change_resource_type IN ({kinds}) "
        f"ORDER BY change_event.change_date_time LIMIT {MOST_ROWS}"
    )


def _names(search: Search, customer: str) -> _Names:
    query = (
        "SELECT campaign.resource_name, campaign.id, campaign.name, campaign.campaign_budget, campaign_budget.name "
        "FROM campaign"
    )
    campaigns, spenders, called = {}, defaultdict(list), {}
    for row in search(customer, query):
        campaigns[row.campaign.resource_name] = (str(row.campaign.id), row.campaign.name)
        spenders[row.campaign.campaign_budget].append(str(row.campaign.id))
        called[row.campaign.campaign_budget] = row.campaign_budget.name
    return _Names(campaigns, {b: (called[b], tuple(sorted(ids))) for b, ids in spenders.items()})


def _changes(event: Any, names: _Names, currency: str, zone: ZoneInfo) -> list[AccountChange]:
    """One change a field that is told apart, and one for all others of the event."""
    at = datetime.fromisoformat(event.change_date_time).replace(tzinfo=zone)
    kind = enum_name(event, "change_resource_type")
    name, campaigns = _about(event, kind, names)

    def change(field: str, old: dict[str, Any], new: dict[str, Any]) -> AccountChange:
        return AccountChange(
            source_id=f"{event.resource_name}:{field}", at=at, entity=event.change_resource_name, entity_name=name,
            campaigns=campaigns, field=field, old=old, new=new, by=event.user_email or None,
            client=enum_name(event, "client_type"),
        )  # fmt: skip

    operation = enum_name(event, "resource_change_operation")
    if operation != "UPDATE":
        return [change({"CREATE": "created", "REMOVE": "removed"}.get(operation, operation.lower()), {}, {})]
    apart = [path for path in event.changed_fields.paths if any(word in path for word in TOLD_APART)]
    others = [path for path in event.changed_fields.paths if path not in apart]
    old, new = (getattr(side, kind.lower()) for side in (event.old_resource, event.new_resource))
    found = [change(_called(path, kind), _value(old, path, currency), _value(new, path, currency)) for path in apart]
    return [*found, *([change(", ".join(others)[:_MOST_FIELD], {}, {})] if others or not apart else [])]


def _about(event: Any, kind: str, names: _Names) -> tuple[str | None, tuple[str, ...]]:
    """What changed, in words, and the campaigns it reaches."""
    if kind == "CAMPAIGN_BUDGET":
        return names.budgets.get(event.change_resource_name, (None, ()))
    owner = event.change_resource_name if kind == "CAMPAIGN" else event.campaign
    number, name = names.campaigns.get(owner, (owner.rpartition("/")[2], None))
    if kind != "CAMPAIGN" and name is not None:
        name = f"{KINDS.get(kind, 'part')} of {name}"
    return name, (number,) if number else ()


def _called(path: str, kind: str) -> str:
    if kind == "CAMPAIGN_BUDGET" and path == "amount_micros":
        return AMOUNT
    if kind == "CAMPAIGN" and path in FIELDS:
        return FIELDS[path]
    return STATUS if path == "status" else path[:_MOST_FIELD]


def _value(resource: Any, path: str, currency: str) -> dict[str, Any]:
    """The field's value as JSON; empty where the platform left it out or it is no single value."""
    *parents, last = path.split(".")
    for parent in parents:
        described = resource.DESCRIPTOR.fields_by_name.get(parent)
        if described is None or described.message_type is None or not resource.HasField(parent):
            return {}
        resource = getattr(resource, parent)
    described = resource.DESCRIPTOR.fields_by_name.get(last)
    if described is None or described.message_type is not None or described.is_repeated:
        return {}
    if described.has_presence and not resource.HasField(last):
        return {}
    if described.enum_type is not None:
        return {"value": enum_name(resource, last)}
    value = getattr(resource, last)
    return amounts(Money.from_micros(value, currency)) if last.endswith("_micros") else {"value": value}
