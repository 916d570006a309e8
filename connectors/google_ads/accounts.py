"""The accounts a login can reach, with currency, time zone and the currency's smallest step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from connectors.base import PlatformAccount
from connectors.errors import SchemaDrift

Search = Callable[[str, str], list[Any]]  # customer id, GAQL -> rows

_ABOUT = "descriptive_name", "currency_code", "time_zone", "manager"


def reachable(search: Search, roots: Iterable[str]) -> tuple[PlatformAccount, ...]:
    """Every open account at or below ``roots``, managers left out, by id."""
    fields = ", ".join(f"customer_client.{f}" for f in ("id", *_ABOUT))
    query = f"SELECT {fields} FROM customer_client WHERE customer_client.status = 'ENABLED'"
    clients = [row.customer_client for root in roots for row in search(root, query)]
    found = {str(c.id): _account(c, str(c.id)) for c in clients if not c.manager}
    return tuple(found[key] for key in sorted(found))


def named(search: Search, customer_ids: Iterable[str]) -> tuple[PlatformAccount, ...]:
    """The given accounts. Raises SchemaDrift where the platform answers without one of them."""
    return tuple(_named(search, customer_id) for customer_id in customer_ids)


def billable_unit(search: Search, account: PlatformAccount) -> int:
    """Micros of which every amount must be a multiple. Raises SchemaDrift where the currency is not listed."""
    rows = search(
        account.external_id,
        "SELECT currency_constant.code, currency_constant.billable_unit_micros FROM currency_constant "
        f"WHERE currency_constant.code = '{account.currency}'",
    )
    if not rows or rows[0].currency_constant.billable_unit_micros <= 0:
        raise SchemaDrift(f"Google Ads names no billable unit for {account.currency}")
    return int(rows[0].currency_constant.billable_unit_micros)


def _named(search: Search, customer_id: str) -> PlatformAccount:
    fields = ", ".join(f"customer.{f}" for f in ("id", *_ABOUT))
    rows = search(customer_id, f"SELECT {fields} FROM customer")
    if not rows:
        raise SchemaDrift(f"Google Ads answered without the account {customer_id}")
    return _account(rows[0].customer, customer_id)


def _account(about: Any, customer_id: str) -> PlatformAccount:
    return PlatformAccount(customer_id, about.descriptive_name or customer_id, about.currency_code, about.time_zone)
