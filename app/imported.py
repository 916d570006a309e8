"""What a load did, in words for a person and as one JSON object."""

from __future__ import annotations

import shlex
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.importing import Imported
from connectors.files import FileReport
from connectors.files.layouts import LAYOUTS, MONEY
from connectors.files.orders import OrdersReport
from domain.money import Money

SHOWN_SKIPPED = 5
SHOWN_CAMPAIGNS = 6
FURTHER = "a further line of order"  # counted with the orders, not named one by one


def to_json(done: Imported) -> dict[str, Any]:
    """The ``--json`` object: unrounded numbers, null for a figure the file does not have."""
    report, counts = done.report, done.counts
    return {
        "run": counts.run_id,
        "platform": done.platform,
        "account": done.account,
        "currency": done.currency,
        "timezone": done.timezone,
        "rows_read": report.rows_read,
        "rows_loaded": counts.loaded,
        "rows_updated": counts.updated,
        "rows_unchanged": counts.unchanged,
        "rows_summed": _rows_summed(report),
        "rows_skipped": [{"row": s.row, "reason": s.reason} for s in report.skipped],
        "first_day": report.first_day.isoformat(),
        "last_day": report.last_day.isoformat(),
        "totals": {field: _number(value) for field, value in report.totals.items()},
        "matches_total_row": report.checksum_row,
        "columns": dict(report.columns),
        "columns_ignored": list(report.ignored),
        "notes": list(report.notes),
        **_orders_json(report),
        "unlabelled": {key: list(names) for key, names in done.unlabelled.items()},
    }


def _orders_json(report: FileReport | OrdersReport) -> dict[str, Any]:
    if not isinstance(report, OrdersReport):
        return {}
    sold = len(report.rows) - report.cancelled
    return {
        "orders": {"sold": sold, "cancelled": report.cancelled, "unpaid": report.unpaid, "tests": report.tests},
        "further_lines": report.items,
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def to_text(done: Imported) -> str:
    """What a person reads: what came in, what did not, and what to do next."""
    report, counts = done.report, done.counts
    days = (report.last_day - report.first_day).days + 1
    lines = [
        f"Imported {done.file} into {done.account} ({done.platform}, {done.currency}, {done.timezone})",
        f"  rows       {report.rows_read:,} read: {counts.loaded:,} new, {counts.updated:,} updated, "
        f"{counts.unchanged:,} unchanged, {len(report.skipped):,} skipped{_summed(report)}",
        f"  days       {report.first_day} to {report.last_day} ({days:,} days)",
        f"  {_what(done)}",
        f"  totals     {_totals(done)}",
    ]
    if report.checksum_row is not None:
        lines.append(f"  checked    the rows match the file's own total (row {report.checksum_row})")
    elif done.platform in LAYOUTS and not LAYOUTS[done.platform].row_count:
        lines.append("  checked    against nothing: the file has no total of its own")
    told = [s for s in report.skipped if not s.reason.startswith(FURTHER)]
    lines += [f"  skipped    row {s.row}: {s.reason}" for s in told[:SHOWN_SKIPPED]]
    if len(told) > SHOWN_SKIPPED:
        lines.append(f"             and {len(told) - SHOWN_SKIPPED} more (all of them with --json)")
    if report.ignored and not isinstance(report, OrdersReport):
        lines.append(f"  not used   {', '.join(report.ignored)}")
    lines += [f"  note       {note}" for note in report.notes]
    lines += [f"  labels     {line}" for line in unlabelled(done)]
    return "\n".join([*lines, f"Next: {_sample(done)}"])


def unlabelled(done: Imported) -> list[str]:
    """Which campaigns of the file answers by label will not find under any value; empty where there are none."""
    lines = []
    for key, names in done.unlabelled.items():
        more = f" and {len(names) - SHOWN_CAMPAIGNS} more" if len(names) > SHOWN_CAMPAIGNS else ""
        lines.append(f"no {key} label fits {', '.join(names[:SHOWN_CAMPAIGNS])}{more}")
    if lines:
        lines.append(
            f"give them one with budgeteer labels propose --account {shlex.quote(done.account)}, or labels set"
        )
    return lines


def _what(done: Imported) -> str:
    """What the rows are: campaigns, or orders and which of them count."""
    if not isinstance(done.report, OrdersReport):
        return f"campaigns  {_campaigns(done)}"
    r = done.report
    sold = len(r.rows) - r.cancelled
    apart = [(r.cancelled, "cancelled (kept, not counted as sold)"), (r.unpaid, "not paid (skipped)"),
             (r.tests, "tests (skipped)"), (r.items, "further lines of orders")]  # fmt: skip
    return f"orders     {', '.join([f'{sold:,} sold', *(f'{n:,} {what}' for n, what in apart if n)])}"


def _rows_summed(report: FileReport | OrdersReport) -> int:
    """Rows of ad sets or ads that went into their campaign's row."""
    return 0 if isinstance(report, OrdersReport) else report.rows_summed


def _summed(report: FileReport | OrdersReport) -> str:
    rows = _rows_summed(report)
    return f", {rows:,} added to others" if rows else ""


def _campaigns(done: Imported) -> str:
    if isinstance(done.report, OrdersReport):
        raise TypeError("orders name no campaigns")
    if "campaign" not in done.report.columns:
        return f"none named in the file; its rows are kept as {done.account}"
    names = sorted({row.campaign for row in done.report.rows})
    shown = ", ".join(names[:SHOWN_CAMPAIGNS])
    more = f" and {len(names) - SHOWN_CAMPAIGNS} more" if len(names) > SHOWN_CAMPAIGNS else ""
    return f"{len(names)} ({shown}{more}), from the column {done.report.columns['campaign']}"


def _totals(done: Imported) -> str:
    parts = []
    for field, value in done.report.totals.items():
        if value is None:
            parts.append(f"no {field}")
        elif field in MONEY or isinstance(done.report, OrdersReport):
            shown = str(Money(value.quantize(Decimal("0.000001")), done.currency))
            parts.append(f"{field} {shown}")
        else:
            parts.append(f"{field} {value.normalize():,f}")
    return ", ".join(parts)


def _sample(done: Imported) -> str:
    as_of = done.report.last_day + timedelta(days=1)
    if isinstance(done.report, OrdersReport):
        return f"budgeteer ask {shlex.quote(f'net revenue in {done.report.last_day:%B %Y}')} --as-of {as_of}"
    totals = done.report.totals
    if LAYOUTS[done.platform].kind == "analytics":  # read only where a question names it, and without spend
        stated = [field for field, value in totals.items() if value is not None]
        metric = f"{done.platform} {stated[0]}"
    else:
        metric = "ROAS" if totals["revenue"] is not None else "spend"
    split = "by campaign " if "campaign" in done.report.columns else ""
    question = f"{metric} {split}in {done.report.last_day:%B %Y}"
    return f"budgeteer ask {shlex.quote(question)} --account {shlex.quote(done.account)} --as-of {as_of}"
