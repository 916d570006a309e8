"""What reading a shop's orders gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from connectors.files.orders.layouts import OrderField
from connectors.files.report import SkippedRow


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order. None is "the file does not say", never 0; ``day`` is the local day in the shop's zone.

    ``gross_micros`` is what the customer paid, ``customer`` a hash.
    """

    order_id: str
    ordered_at: datetime
    day: date
    customer: str | None
    gross_micros: int
    refunds_micros: int | None
    tax_micros: int | None
    shipping_micros: int | None
    category: str | None
    country: str | None
    source: str | None
    consent: bool | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class OrdersReport:
    """Orders that can be trusted: ``rows_read`` = ``rows`` + ``skipped``, each a record of the file.

    ``totals`` are exact sums over the orders that count (cancelled ones do not), None where the file has no such
    column. ``cancelled`` are among ``rows``; ``unpaid``, ``tests`` and ``items`` (further lines of an order) among
    ``skipped``.
    """

    rows: tuple[OrderRow, ...]
    rows_read: int
    skipped: tuple[SkippedRow, ...]
    cancelled: int
    unpaid: int
    tests: int
    items: int
    totals: Mapping[OrderField, Decimal | None]
    first_day: date
    last_day: date
    checksum_row: int | None
    columns: Mapping[OrderField, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    sha256: str
