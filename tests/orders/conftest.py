# ruff: noqa: SIM905 - eighty columns read best as the header they are
"""Orders files written to the facts of Shopify's export, and a way to read text as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from connectors.files.orders import OrdersReport, read_orders

# The columns of Shopify's "Export orders" as it is downloaded today, in its order.
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem "
    "price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment "
    "status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note "
    "Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,"
    "Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province "
    "Name,Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
).split(",")

PAID = {
    "Email": "ann@example.com", "Financial Status": "paid", "Paid at": "2024-06-01 12:03:15 -0400",
    "Fulfillment Status": "fulfilled", "Accepts Marketing": "no", "Currency": "USD", "Subtotal": "29.98",
    "Shipping": "5.00", "Taxes": "2.40", "Total": "37.38", "Discount Amount": "0.00",
    "Created at": "2024-06-01 12:03:11 -0400", "Lineitem quantity": "2", "Lineitem name": "Crew Tee - Black / S",
    "Lineitem price": "9.99", "Billing Name": "Ann Example", "Billing Zip": "'12345", "Billing Country": "US",
    "Shipping Country": "US", "Payment Method": "Shopify Payments", "Refunded Amount": "0.00", "Vendor": "Acme",
    "Outstanding Balance": "0.00", "Risk Level": "Low", "Source": "web",
}  # fmt: skip


def order(name: str, **cells: str) -> dict[str, str]:
    """An order's first row; what is not given is as in PAID. Spaces of a column's name are underscores."""
    return {"Name": name, **PAID, **{key.replace("_", " "): value for key, value in cells.items()}}


def item(name: str, **cells: str) -> dict[str, str]:
    """A further line item: the order's own cells are blank."""
    said = {key.replace("_", " "): value for key, value in cells.items()}
    return {"Name": name, "Email": "ann@example.com", "Lineitem quantity": "1", "Lineitem name": "Mug",
            "Lineitem price": "10.00", "Vendor": "Acme", **said}  # fmt: skip


def shopify(*rows: dict[str, str]) -> str:
    """The file: quoted where a cell needs it, as Shopify does."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SHOPIFY)
    writer.writerows([row.get(name, "") for name in SHOPIFY] for row in rows)
    return text.getvalue()


Read = Callable[..., OrdersReport]


@pytest.fixture
def read() -> Read:
    def _read(content: str | bytes, platform: str = "shopify", **options: Any) -> OrdersReport:
        raw = content.encode() if isinstance(content, str) else content
        how = {"account": "Acme Shop", "currency": "USD", "timezone": "America/New_York", **options}
        return read_orders(raw, platform=platform, **how)

    return _read


@pytest.fixture
def shopify_file() -> Callable[..., str]:
    return shopify


@pytest.fixture
def make_order() -> Callable[..., dict[str, str]]:
    return order


@pytest.fixture
def make_item() -> Callable[..., dict[str, str]]:
    return item
