"""The market as the files that a person would download: from Google Ads, and from the shop."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, datetime

from emulators.market.campaigns import MICROS
from emulators.market.response import DayFigures
from emulators.market.shop import ShopOrder, shop_orders
from emulators.market.world import Market

_HEADER = ("Day", "Campaign", "Currency code", "Cost", "Impr.", "Clicks", "Conversions", "Conv. value")
# The columns of "Export orders", in the order in which Shopify writes them.
SHOPIFY_COLUMNS = [
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Fulfillment Status",
    "Fulfilled at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Shipping Method",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem compare at price",
    "Lineitem sku",
    "Lineitem requires shipping",
    "Lineitem taxable",
    "Lineitem fulfillment status",
    "Billing Name",
    "Billing Street",
    "Billing Address1",
    "Billing Address2",
    "Billing Company",
    "Billing City",
    "Billing Zip",
    "Billing Province",
    "Billing Country",
    "Billing Phone",
    "Shipping Name",
    "Shipping Street",
    "Shipping Address1",
    "Shipping Address2",
    "Shipping Company",
    "Shipping City",
    "Shipping Zip",
    "Shipping Province",
    "Shipping Country",
    "Shipping Phone",
    "Notes",
    "Note Attributes",
    "Cancelled at",
    "Payment Method",
    "Payment Reference",
    "Refunded Amount",
    "Vendor",
    "Outstanding Balance",
    "Employee",
    "Location",
    "Device ID",
    "Id",
    "Tags",
    "Risk Level",
    "Source",
    "Lineitem discount",
    "Tax 1 Name",
    "Tax 1 Value",
    "Tax 2 Name",
    "Tax 2 Value",
    "Tax 3 Name",
    "Tax 3 Value",
    "Tax 4 Name",
    "Tax 4 Value",
    "Tax 5 Name",
    "Tax 5 Value",
    "Phone",
    "Receipt Number",
    "Duties",
    "Billing Province Name",
    "Shipping Province Name",
    "Payment ID",
    "Payment Terms Name",
    "Next Payment Due At",
    "Payment References",
]


def google_ads_csv(market: Market, start: date, end: date) -> str:
    """A campaign report by day: two preamble lines, the header, the rows, a totals row."""
    rows = market.rows(start, end)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Campaign report"])
    writer.writerow([f"{start:%B %d, %Y} - {end:%B %d, %Y}"])
    writer.writerow(_HEADER)
    for r in rows:
        figures = (
            f"{r.spend_micros / MICROS:.2f}",
            r.impressions,
            r.clicks,
            f"{r.conversions:.2f}",
            f"{r.revenue:.2f}",
        )
        writer.writerow([r.day.isoformat(), r.campaign.name, market.currency, *figures])
    spend = sum(r.spend_micros for r in rows) / MICROS
    counts = sum(r.impressions for r in rows), sum(r.clicks for r in rows)
    values = sum(r.conversions for r in rows), sum(r.revenue for r in rows)
    total = (f"{spend:.2f}", *counts, *(f"{v:.2f}" for v in values))
    writer.writerow(["Total: Account", " --", market.currency, *total])
    return text.getvalue()


def shopify_csv(market: Market, start: date, end: date) -> str:
    """The shop's orders as Shopify's "Export orders" writes them: one row a line item, the newest order first.

    Columns and formats were read from exports that shops publish; what the product does not read is left blank.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, SHOPIFY_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for order in reversed(shop_orders(market, start, end)):
        writer.writerow(_shopify_row(market, order))
        if order.number % 4 == 0:
            writer.writerow({"Name": f"#{order.number}", "Email": _email(order), "Created at": _moment(order.at),
                             "Lineitem quantity": 1, "Lineitem name": "Gift wrap", "Lineitem price": "0.00",
                             "Vendor": "Acme"})  # fmt: skip
    return text.getvalue()


def _shopify_row(market: Market, order: ShopOrder) -> dict[str, object]:
    cancelled = order.status == "cancelled"
    return {
        "Name": f"#{order.number}",
        "Email": _email(order),
        "Financial Status": "voided" if cancelled else order.status,
        "Paid at": "" if order.status in ("pending", "cancelled") else _moment(order.at),
        "Accepts Marketing": "no",
        "Currency": market.currency,
        "Subtotal": _cents(order.gross - order.shipping),
        "Shipping": _cents(order.shipping),
        "Taxes": _cents(order.tax),
        "Total": _cents(order.gross),
        "Created at": _moment(order.at),
        "Lineitem quantity": 1,
        "Lineitem name": "Jacket, blue",
        "Lineitem price": _cents(order.gross - order.shipping),
        "Billing Country": "DE",
        "Note Attributes": "landing: /sale\nutm_source: google" if order.tagged else "",
        "Cancelled at": _moment(order.at) if cancelled else "",
        "Payment Method": "Shopify Payments",
        "Refunded Amount": _cents(order.refunded),
        "Vendor": "Acme",
        "Id": 5_000_000_000_000 + order.number,
        "Source": "web",
    }


def _email(order: ShopOrder) -> str:
    return f"customer{order.customer}@example.com"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %z}"


def _cents(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


_META = ("Day", "Campaign name", "Amount spent (EUR)", "Impressions", "Clicks (all)", "Purchases",
         "Purchases conversion value")  # fmt: skip
_ON_META = {"Display Retargeting": "Retargeting_Visitors", "Search BE": "Prospecting_Broad"}
"""Campaigns of another seed's market that stand in for the shop's two on Meta."""


def meta_csv(market: Market, start: date, end: date) -> str:
    """A Meta export by day and campaign, with its totals row first: dates and names are empty there."""
    rows = [r for r in market.rows(start, end) if r.campaign.name in _ON_META]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_META)
    writer.writerow(["", "", *_sums(rows)])
    for r in rows:
        figures = (f"{r.spend_micros / MICROS:.2f}", r.impressions, r.clicks, round(r.conversions), f"{r.revenue:.2f}")
        writer.writerow([r.day.isoformat(), _ON_META[r.campaign.name], *figures])
    return text.getvalue()


_ORDERS = ("Order ID", "Order time", "Customer", "Gross", "Refunds", "Category", "Country", "Source", "Currency")
_SHOP_SHARE = 0.7  # of what Google claims, the shop has seen: claims overlap, and some people refuse to be counted
_SOURCES = ("google / cpc", "facebook / paid", "direct", "newsletter")


def orders_csv(market: Market, start: date, end: date, seed: int = 5) -> str:
    """A shop's orders: fewer than the platforms claim, some returned, about half by people who bought before."""
    rng = random.Random(seed)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_ORDERS)
    number, customers = 1000, 0
    for day in sorted({r.day for r in market.rows(start, end)}):
        claimed = sum(r.conversions for r in market.rows(day, day))
        for _ in range(round(claimed * _SHOP_SHARE)):
            number += 1
            again = customers > 0 and rng.random() < 0.5
            customer = rng.randint(1, customers) if again else customers + 1
            customers = max(customers, customer)
            gross = round(rng.lognormvariate(4.35, 0.4), 2)
            refunds = gross if rng.random() < 0.08 else 0
            at = f"{day.isoformat()} {rng.randint(7, 22):02}:{rng.randint(0, 59):02}"
            writer.writerow(
                [f"#{number}", at, f"c{customer}@example.com", f"{gross:.2f}", f"{refunds:.2f}",
                 rng.choice(("Bags", "Shoes")), rng.choice(("DE", "AT", "NL")), rng.choice(_SOURCES), market.currency]
            )  # fmt: skip
    return text.getvalue()


def _sums(rows: Sequence[DayFigures]) -> list[str]:
    spend = sum(r.spend_micros for r in rows) / MICROS
    counts = (sum(r.impressions for r in rows), sum(r.clicks for r in rows), sum(round(r.conversions) for r in rows))
    return [f"{spend:.2f}", *(str(c) for c in counts), f"{sum(round(r.revenue, 2) for r in rows):.2f}"]
