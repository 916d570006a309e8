"""Reading one file of orders whole: every row is an order, a further line of one, or skipped with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.files.decode import decode
from connectors.files.figures import MISSING, Numbers, check_currency
from connectors.files.orders import cells
from connectors.files.orders.layouts import AMOUNTS, LAYOUTS, OrderField, OrdersLayout
from connectors.files.orders.lines import OrderLine, OrderLines, OrdersHeader, find_header, gather
from connectors.files.orders.report import OrderRow, OrdersReport
from connectors.files.orders.times import Moments, read_moments
from connectors.files.report import SkippedRow
from domain.errors import BadInput, UntrustedFile
from domain.money import check_in_use

WHY_SKIPPED: Mapping[cells.Standing, str] = {
    "unpaid": "not paid (status {status!r}): loaded once a later file shows it as paid",
    "test": "a test order",
}


def read_orders(
    content: bytes,
    *,
    platform: str,
    account: str,
    currency: str,
    timezone: str,
    dates: str | None = None,
    decimal: str | None = None,
    latest: date | None = None,
) -> OrdersReport:
    """Read a shop's orders: Shopify's export (``shopify``) or one row an order (``orders``).

    ``timezone`` is the shop's own. ``dates`` (ymd, dmy, mdy) and ``decimal`` (point, comma) settle what a file itself
    cannot tell. No order can be from a day after ``latest``. Customers leave this function as a hash only.

    Raises:
        UntrustedFile: anything in the file that would make a figure wrong or incomplete.
        UnknownCurrency: not the ISO 4217 code of money in use.
        BadInput: an unknown platform.
    """
    if platform not in LAYOUTS:
        raise BadInput(f"unknown kind of orders file {platform!r}; known: {', '.join(LAYOUTS)}")
    check_in_use(currency)
    layout = LAYOUTS[platform]
    source = decode(content)
    header = find_header(source.text, layout)
    lines = gather(source.text, header, layout)
    _check_currencies(lines, currency)
    moments = _moments(lines, layout, timezone, dates, latest)
    taken = _take(lines, moments, _Reading(currency, decimal, f"{platform}/{account}"))
    checksum = _matching_total(lines, taken)
    if not taken.rows:
        raise UntrustedFile(f"none of the {len(lines.orders)} orders counts: {_said(taken)}", row=header.line)
    days = [row.day for row in taken.rows]
    return OrdersReport(
        rows=tuple(taken.rows),
        rows_read=lines.rows_read,
        skipped=tuple(sorted([*lines.skipped, *taken.skipped, *_totals_rows(lines, checksum)])),
        cancelled=sum(row.cancelled for row in taken.rows),
        unpaid=taken.unpaid,
        tests=taken.tests,
        items=lines.items,
        totals={name: _sum(taken.rows, name) for name in AMOUNTS},
        first_day=min(days),
        last_day=max(days),
        checksum_row=checksum,
        columns={name: header.names[position].strip() for name, position in header.columns.items()},
        ignored=header.ignored,
        notes=(*source.notes, *_notes(taken, moments, header, timezone, source.text, lines)),
        sha256=hashlib.sha256(content).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    currency: str
    decimal: str | None
    shop: str


@dataclass(slots=True)
class _Taken:
    """``in_file`` is the gross of every order of the file, whether or not it counts: what a total row states."""

    rows: list[OrderRow]
    skipped: list[SkippedRow]
    in_file: Decimal
    numbers: Numbers
    unpaid: int = 0
    tests: int = 0
    refunded_whole: int = 0
    odd_sums: int = 0
    over_refunded: int = 0
    unknown_countries: int = 0


def _check_currencies(lines: OrderLines, currency: str) -> None:
    for line in lines.orders:
        if (code := line.cells.get("currency", "")) not in MISSING:
            check_currency(code, currency, f"order {line.cells['order'][:40]!r}", line.row)


def _moments(lines: OrderLines, layout: OrdersLayout, timezone: str, dates: str | None, latest: date | None) -> Moments:
    first: dict[str, int] = {}
    for line in lines.orders:
        if line.cells["time"] in MISSING:
            raise UntrustedFile(f"order {line.cells['order'][:40]!r} has no time", row=line.row)
        first.setdefault(line.cells["time"], line.row)
    moments = read_moments(first, timezone, dates, local=layout.local_times)
    for cell, moment in moments.of.items():
        if latest is not None and moment.day > latest:
            raise UntrustedFile(f"time {cell!r} lies in the future (are day and month in order?)", row=first[cell])
    return moments


def _take(lines: OrderLines, moments: Moments, how: _Reading) -> _Taken:
    upright = cells.refunds_as_positive(lines.orders)
    orders = [upright(line) for line in lines.orders]
    numbers = Numbers(cells.mark_of(orders, how.currency, how.decimal), how.currency)
    taken = _Taken([], [], Decimal(0), numbers)
    for line in orders:
        amounts = {name: cells.amount(line, name, numbers) for name in AMOUNTS}
        gross = amounts["gross"]
        if gross is None:
            raise UntrustedFile(f"order {line.cells['order'][:40]!r} has no total", row=line.row)
        taken.in_file += gross
        match standing := cells.standing(line):
            case "unpaid" | "test":
                taken.unpaid += standing == "unpaid"
                taken.tests += standing == "test"
                status = line.cells.get("status", "")
                taken.skipped.append(SkippedRow(line.row, WHY_SKIPPED[standing].format(status=status)))
            case _:
                taken.rows.append(_row(line, amounts, moments, how, taken, cancelled=standing == "cancelled"))
    return taken


def _row(
    line: OrderLine,
    amounts: Mapping[OrderField, Decimal | None],
    moments: Moments,
    how: _Reading,
    taken: _Taken,
    *,
    cancelled: bool,
) -> OrderRow:
    gross, refunds = amounts["gross"] or Decimal(0), amounts["refunds"]
    if refunds is None and cells.was_refunded_whole(line):
        refunds, taken.refunded_whole = gross, taken.refunded_whole + 1
    taken.over_refunded += refunds is not None and refunds > gross
    for name in ("tax", "shipping"):
        if (part := amounts[name]) is not None and part > gross:
            raise UntrustedFile(f"{name} of {part} is more than the order's {gross}", row=line.row)
    taken.odd_sums += _is_odd(line, gross, amounts, taken.numbers)
    where = cells.country(line)
    taken.unknown_countries += where is None and line.cells.get("country", "") not in MISSING
    moment = moments.of[line.cells["time"]]
    exact = {name: None if value is None else cells.micros(value, line) for name, value in amounts.items()}
    return OrderRow(
        order_id=cells.order_id(line),
        ordered_at=moment.at,
        day=moment.day,
        customer=cells.customer_hash(line, how.shop),
        gross_micros=cells.micros(gross, line),
        refunds_micros=None if refunds is None else cells.micros(refunds, line),
        tax_micros=exact["tax"],
        shipping_micros=exact["shipping"],
        category=cells.text(line.cells.get("category", "")),
        country=where,
        source=cells.source(line),
        consent=cells.consent(line),
        cancelled=cancelled,
    )


def _is_odd(line: OrderLine, gross: Decimal, amounts: Mapping[OrderField, Decimal | None], numbers: Numbers) -> bool:
    """Whether a total is not its own parts: subtotal and shipping, with tax and duties inside or on top."""
    if "subtotal" not in line.cells:
        return False
    subtotal = cells.amount(line, "subtotal", numbers)
    duties = cells.amount(line, "duties", numbers) or Decimal(0)
    if subtotal is None:
        return False
    inside = subtotal + (amounts["shipping"] or Decimal(0))
    return gross not in {inside + tax + d for tax in (Decimal(0), amounts["tax"] or Decimal(0)) for d in (0, duties)}


def _matching_total(lines: OrderLines, taken: _Taken) -> int | None:
    """The totals row that every order of the file adds up to. Raises UntrustedFile where one states another sum."""
    for line in lines.totals:
        stated = cells.amount(line, "gross", taken.numbers)
        if stated is None:
            continue
        if stated != taken.in_file:
            raise UntrustedFile(
                f"the file's own total is {stated}, but its orders add up to {taken.in_file}: rows are missing or were "
                "edited",
                row=line.row,
            )
        return line.row
    return None


def _totals_rows(lines: OrderLines, checksum: int | None) -> list[SkippedRow]:
    matched = ": the orders add up to it"
    return [
        SkippedRow(line.row, f"totals row ({line.cells['order']}){matched if line.row == checksum else ''}")
        for line in lines.totals
    ]


def _sum(rows: Sequence[OrderRow], name: OrderField) -> Decimal | None:
    values = [getattr(row, f"{name}_micros") for row in rows if not row.cancelled]
    stated = [value for value in values if value is not None]
    return Decimal(sum(stated)) / 1_000_000 if stated else None


def _said(taken: _Taken) -> str:
    return f"{taken.unpaid} are not paid, {taken.tests} are tests"


def _notes(
    taken: _Taken, moments: Moments, header: OrdersHeader, timezone: str, text: str, lines: OrderLines
) -> list[str]:
    notes = []
    if moments.untimed:
        notes.append("days without a time of day: how the day's boundary shifts orders cannot be told")
    if moments.naive:
        notes.append(f"times without an offset were read in {timezone}")
    if "status" not in header.columns:
        notes.append("no status column: every order counts as sold")
    if taken.refunded_whole:
        notes.append(f"{taken.refunded_whole} orders are refunded by their status alone: all of each counts as refund")
    if taken.odd_sums:
        notes.append(
            f"{taken.odd_sums} totals are not subtotal, shipping and tax added up (tips, gift cards or edits?); the "
            "total counts"
        )
    if taken.over_refunded:
        notes.append(
            f"{taken.over_refunded} orders have more refunds than their total (edited later?); both count as said"
        )
    if taken.unknown_countries:
        notes.append(f"{taken.unknown_countries} countries are neither a code nor an English name: kept as unknown")
    if not text.endswith(("\n", "\r")):
        notes.append(f"the file does not end with a line break: check that row {lines.last_row} is whole")
    return notes
