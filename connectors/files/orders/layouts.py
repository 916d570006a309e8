"""What shops call the columns of their orders: a table. A new shop system is new data here, never a new branch.

Headers are compared whole, without regard to case, spacing and underscores. Of a field's names the first present wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OrderField = Literal[
    "order", "time", "gross", "refunds", "tax", "shipping", "customer", "status", "cancelled_at", "category",
    "country", "source", "consent", "currency", "payment", "tags", "attributes", "subtotal", "duties",
]  # fmt: skip
AMOUNTS: tuple[OrderField, ...] = ("gross", "refunds", "tax", "shipping")


@dataclass(frozen=True, slots=True)
class OrdersLayout:
    """One shop system's orders export. ``names`` are in lower case and in order of preference.

    ``local_times``: the offset beside a time is the shop's own zone. ``repeats``: a further line of an order may
    repeat the order's own cells, which is why an order's total is then not counted again.
    """

    platform: str
    names: Mapping[OrderField, tuple[str, ...]]
    needed: tuple[OrderField, ...]
    local_times: bool
    repeats: bool


LAYOUTS: dict[str, OrdersLayout] = {
    layout.platform: layout
    for layout in (
        OrdersLayout(
            "shopify",
            {
                "order": ("name",),
                "time": ("created at",),
                "gross": ("total",),
                "refunds": ("refunded amount",),
                "tax": ("taxes",),
                "shipping": ("shipping",),
                "customer": ("email",),
                "status": ("financial status",),
                "cancelled_at": ("cancelled at",),
                "country": ("billing country", "shipping country"),
                "source": ("source",),
                "currency": ("currency",),
                "payment": ("payment method",),
                "tags": ("tags",),
                "attributes": ("note attributes",),
                "subtotal": ("subtotal",),
                "duties": ("duties",),
            },
            needed=("order", "time", "gross", "status"),
            local_times=True,
            repeats=True,
        ),
        OrdersLayout(
            "orders",
            {
                "order": ("order id", "order", "order number", "order no.", "order no", "id", "bestellnummer",
                          "bestell-nr.", "auftragsnummer", "numéro de commande", "número de pedido"),
                "time": ("order time", "ordered at", "created at", "order date", "date created", "created", "time",
                         "date", "day", "bestelldatum", "datum", "date de commande", "fecha del pedido"),
                "gross": ("gross", "gross revenue", "gross sales", "total", "order total", "order value", "amount",
                          "total paid", "revenue", "brutto", "gesamtbetrag", "bruttoumsatz"),
                "refunds": ("refunds", "refunded amount", "refunded", "refund", "refund amount", "returns",
                            "erstattung", "erstattungen", "retouren"),
                "tax": ("tax", "taxes", "vat", "mwst", "mwst.", "steuer", "tva", "iva"),
                "shipping": ("shipping", "shipping cost", "shipping costs", "delivery", "versand", "versandkosten"),
                "customer": ("customer", "customer id", "customer email", "email", "e-mail", "buyer", "kunde",
                             "kundennummer", "client"),
                "status": ("status", "order status", "financial status", "payment status", "bestellstatus"),
                "cancelled_at": ("cancelled at", "canceled at", "cancelled", "canceled", "storniert"),
                "category": ("category", "product category", "kategorie", "produktkategorie", "catégorie"),
                "country": ("country", "billing country", "shipping country", "land", "pays", "país"),
                "source": ("source", "utm source", "traffic source", "channel", "referrer", "quelle", "kanal"),
                "consent": ("consent", "tracking consent", "cookie consent", "einwilligung"),
                "currency": ("currency", "currency code", "währung", "devise", "moneda"),
                "payment": ("payment method",),
                "tags": ("tags",),
            },
            needed=("order", "time", "gross"),
            local_times=False,
            repeats=False,
        ),
    )
}  # fmt: skip

PAID = frozenset(
    ("paid", "partially_refunded", "partially refunded", "refunded", "completed", "complete", "processing", "shipped",
     "delivered", "fulfilled", "closed", "captured", "success", "succeeded", "bezahlt", "abgeschlossen")
)  # fmt: skip
"""Paid for, whatever came back later."""

UNPAID = frozenset(
    ("pending", "pending payment", "authorized", "authorised", "unpaid", "partially_paid", "partially paid", "on-hold",
     "on hold", "failed", "draft", "checkout-draft", "open", "offen")
)  # fmt: skip
"""Placed and not paid (yet): not loaded. A later export shows it as paid, and then it is."""

CANCELLED = frozenset(("cancelled", "canceled", "voided", "void", "expired", "storniert"))
"""Kept with a mark and never counted as sold: a platform may well have claimed it."""

TEST_PAYMENTS = ("bogus",)
"""In the payment method of an order that nobody placed (Shopify's "Bogus Gateway (for testing)")."""

TEST_TAGS = frozenset(("test", "test order", "testorder"))
