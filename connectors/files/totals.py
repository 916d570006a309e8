"""A file's own totals row is its checksum: rows that do not add up to it are incomplete or edited."""

from __future__ import annotations

from decimal import Decimal

from connectors.files.figures import Numbers
from connectors.files.layouts import COUNTS, Field
from connectors.files.report import Totals
from connectors.files.sheet import Line, Sheet
from domain.errors import UntrustedFile
from domain.money import exponent

SESSIONS_SLACK = Decimal("0.05")
"""Of sessions, which GA4 estimates (HyperLogLog++ with precision 12: 1.6 % standard error, so three of them) and counts
on both days of a midnight: its own total is not the sum of its own rows.
Source: https://developers.google.com/analytics/blog/2022/hll
"""


def matching_total(sheet: Sheet, numbers: Numbers, sums: Totals) -> int | None:
    """The line of a totals row that the rows add up to; None where the file has no totals.

    A Google export has several (campaigns, account, network): one of them has to match.

    Raises:
        UntrustedFile: totals rows with a cost, and none equals the sum of the rows.
    """
    slack = {field: _slack(sheet, numbers, field) for field in sheet.figures}
    first_miss: tuple[Line, str] | None = None
    for line in sheet.totals:
        stated = {field: _stated(line, field, numbers) for field in sheet.figures}
        if stated[sheet.figures[0]] is None:  # the cost, or what stands in its place: a total that says nothing
            continue
        slack["sessions"] = (stated.get("sessions") or Decimal(0)) * SESSIONS_SLACK
        miss = next((f for f in sheet.figures if _differs(stated[f], sums[f], slack[f])), None)
        if miss is None:
            return line.row
        first_miss = first_miss or (line, f"{miss} {stated[miss]}, but the rows add up to {sums[miss]}")
    if first_miss is None:
        return None
    line, what = first_miss
    raise UntrustedFile(f"the file's own total says {what}: rows are missing or were edited", row=line.row)


def _stated(line: Line, field: Field, numbers: Numbers) -> Decimal | None:
    return numbers.read(line.cells[field], field, line.row)


def _differs(stated: Decimal | None, summed: Decimal | None, slack: Decimal) -> bool:
    return stated is not None and abs(stated - (summed or Decimal(0))) > slack


def _slack(sheet: Sheet, numbers: Numbers, field: Field) -> Decimal:
    """How far a sum of rounded cells may lie from a rounded total: half a unit of the last place for each.

    Costs shown to the currency's own minor unit are not rounded, and neither are counts.
    """
    places = max((_places(line.cells[field], numbers.mark) for line in sheet.data), default=0)
    if field in COUNTS or (field == "spend" and places >= exponent(numbers.currency)):
        return Decimal(0)
    return Decimal(5).scaleb(-places - 1) * (len(sheet.data) + 1)


def _places(cell: str, mark: str) -> int:
    return sum(c.isdigit() for c in cell.rpartition(mark)[2]) if mark in cell else 0
