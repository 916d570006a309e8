"""Reading one export whole: every row is taken, named as skipped, or the file is refused.

A row's number is its physical line, as an editor shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from connectors.base import DailyRow
from connectors.files.adding import Adder, summed_note
from connectors.files.ads import Ads
from connectors.files.days import read_days
from connectors.files.decode import decode, read_file
from connectors.files.figures import MISSING, Mark, Numbers, check_currency, decimal_mark
from connectors.files.header import Header, check_header, find_header
from connectors.files.layouts import FIGURES, LAYOUTS, PEOPLE, Field
from connectors.files.people import People
from connectors.files.report import FileReport, SkippedRow, Totals
from connectors.files.sheet import Line, Sheet, clean_name, read_sheet, second_row
from connectors.files.stated import orders_left
from connectors.files.totals import matching_total
from connectors.files.whole import check_whole
from domain.errors import BadInput, UntrustedFile
from domain.money import MICROS, check_in_use

MAX_NAME = 500


def read_export(
    content: bytes | Path,
    *,
    platform: str,
    account: str,
    currency: str,
    dates: str | None = None,
    decimal: str | None = None,
    latest: date | None = None,
    daily: bool = False,
) -> FileReport:
    """Read a downloaded report with one row a campaign and day: a file, or its bytes.

    ``account`` names the rows of a file without a campaign column. ``dates`` (ymd, dmy, mdy) and
    ``decimal`` (point, comma) settle what a file itself cannot tell; ``daily`` says that rows seven days apart
    throughout are days, not weeks. No day after ``latest`` can have figures.

    Raises:
        UntrustedFile: anything in the file that would make a figure wrong or incomplete.
        UnknownCurrency: not the ISO 4217 code of money in use.
        BadInput: an unknown platform.
    """
    if platform not in LAYOUTS:
        raise BadInput(f"unknown platform {platform!r}; known: {', '.join(LAYOUTS)}")
    check_in_use(currency)
    layout = LAYOUTS[platform]
    source = decode(read_file(content) if isinstance(content, Path) else content)
    header = find_header(source.text, layout)
    check_header(header, currency)
    sheet = read_sheet(source.text, header, layout)
    check_whole(source.text, header, sheet)
    _check_one_account(sheet, header, currency)
    numbers = Numbers(_mark(sheet, currency, decimal), currency)
    if dates is None and len(left := orders_left(source.text, header, _distinct_days(sheet.data))) == 1:
        (dates,) = left
    read = _days(sheet, dates, latest)
    if not daily:
        _check_no_weeks(sheet, header, read)
    people = People(numbers)
    rows, totals, rounded, ads = _rows(sheet, header, numbers, account, read, people)
    checksum = matching_total(sheet, numbers, totals)
    days = {row.day for row in rows}
    summed = (summed_note(header, len(sheet.data), len(rows)),) if header.parts and len(rows) < len(sheet.data) else ()
    return FileReport(
        rows=tuple(rows),
        rows_read=len(sheet.data) + len(sheet.totals) + len(sheet.skipped),
        skipped=_skipped(sheet, checksum),
        totals=totals,
        first_day=min(days),
        last_day=max(days),
        checksum_row=checksum,
        columns={field: header.names[position].strip() for field, position in header.columns.items()},
        ignored=tuple(n for n in header.ignored if n not in ads.columns),
        notes=(*source.notes, *header.near_misses, *summed, *people.notes, *_notes(sheet, rounded)),
        rows_summed=len(sheet.data) - len(rows),
        ads=ads.rows(),
        sha256=source.sha256,
    )


def _mark(sheet: Sheet, currency: str, chosen: str | None) -> Mark:
    known = (*sheet.figures, *(field for field in PEOPLE if field in sheet.data[0].cells))
    columns = {field: [(line.row, line.cells[field]) for line in sheet.data] for field in known}
    return decimal_mark(columns, currency, chosen)


def _check_one_account(sheet: Sheet, header: Header, currency: str) -> None:
    seen: dict[str, int] = {}
    for line in sheet.data:
        if "currency" in header.columns and (code := line.cells["currency"]) not in MISSING:
            check_currency(code, currency, "the row", line.row)
        if "account" in header.columns:
            seen.setdefault(line.cells["account"], line.row)
    if len(seen) > 1:
        (one, _), (other, row) = list(seen.items())[:2]
        raise UntrustedFile(f"the rows belong to several accounts ({one!r}, {other!r}); export one a file", row=row)


def _rows(
    sheet: Sheet, header: Header, numbers: Numbers, account: str, days: Mapping[str, date], people: People
) -> tuple[list[DailyRow], Totals, int, Ads]:
    rows: list[DailyRow] = []
    known = header.layout.names
    sums: dict[Field, Decimal | None] = dict.fromkeys(f for f in FIGURES if f != "sessions" or f in known)
    first_row: dict[tuple[str, date], int] = {}
    adder = Adder() if header.parts else None
    ads = Ads(header)
    rounded, has_cost = 0, "spend" in sheet.figures
    for line in sheet.data:
        day, name = days[line.cells["day"]], _campaign(line, account)
        if adder is None and (earlier := first_row.setdefault((name, day), line.row)) != line.row:
            raise second_row(name, day.isoformat(), earlier, line.row, header)
        figures = {field: numbers.read(line.cells[field], field, line.row) for field in sheet.figures}
        if has_cost:
            rounded += _round_spend(figures, name, day, line.row)
        for field, value in figures.items():
            if value is not None:
                sums[field] = (sums[field] or Decimal(0)) + value
        if adder is None:
            rows.append(_daily_row(day, name, figures, people.read(line, figures)))
        else:
            adder.add(name, day, figures, line)
            ads.add(name, day, figures, line)
    if adder is not None:
        adder.check_levels(header)
        rows = [_daily_row(day, name, figures) for (name, day), figures in adder.sums.items()]
    return rows, sums, rounded, ads


def _round_spend(figures: dict[Field, Decimal | None], name: str, day: date, row: int) -> bool:
    """Bring the cost to whole millionths; True where that changed it."""
    spend = figures["spend"]
    if spend is None:
        raise UntrustedFile(f"no cost for {name!r} on {day}; every row needs one", row=row)
    scaled = spend * MICROS
    micros = int(scaled.to_integral_value())
    if micros == scaled:
        return False
    figures["spend"] = Decimal(micros) / MICROS
    return True


def _days(sheet: Sheet, dates: str | None, latest: date | None) -> dict[str, date]:
    cells = _distinct_days(sheet.data)
    days = read_days(cells, dates)
    for cell, day in days.items():
        if latest is not None and day > latest:
            raise UntrustedFile(f"day {cell!r} lies in the future (is day and month in order?)", row=cells[cell])
    return days


def _check_no_weeks(sheet: Sheet, header: Header, days: Mapping[str, date]) -> None:
    """Refuse days that stand a week apart throughout: an export by week dates each by its first day.

    A file whose rows state the end of their day has shown that they are days.
    """
    ordered = sorted(set(days.values()))
    if len(ordered) < 3 or {b - a for a, b in pairwise(ordered)} != {timedelta(days=7)}:
        return
    if "until" in header.columns and all(line.cells["until"] == line.cells["day"] for line in sheet.data):
        return
    raise UntrustedFile(
        f"all {len(ordered)} days, {ordered[0]} to {ordered[-1]}, are seven days apart: if the rows are weeks, export "
        "them by day",
        option="--daily, if they are days",
    )


def _distinct_days(data: Sequence[Line]) -> dict[str, int]:
    first: dict[str, int] = {}
    for line in data:
        first.setdefault(line.cells["day"], line.row)
    return first


def _campaign(line: Line, account: str) -> str:
    raw = line.cells.get("campaign")
    if raw is None:
        return account
    name = clean_name(raw)
    if len(name) > MAX_NAME:
        raise UntrustedFile(f"a campaign name of {len(name)} characters (a stray quote?)", row=line.row)
    if not name:
        raise UntrustedFile("no campaign name", row=line.row)
    return name


def _daily_row(day: date, name: str, figures: Mapping[Field, Decimal | None], reach: int | None = None) -> DailyRow:
    spend = figures.get("spend")
    impressions, clicks = figures.get("impressions"), figures.get("clicks")
    conversions, revenue = figures.get("conversions"), figures.get("revenue")
    sessions = figures.get("sessions")
    return DailyRow(
        day=day,
        campaign=name,
        campaign_id=None,
        spend_micros=None if spend is None else int(spend * MICROS),
        impressions=None if impressions is None else int(impressions),
        clicks=None if clicks is None else int(clicks),
        conversions=None if conversions is None else float(conversions),
        revenue=None if revenue is None else float(revenue),
        sessions=None if sessions is None else int(sessions),
        reach=reach,
    )


def _skipped(sheet: Sheet, checksum: int | None) -> tuple[SkippedRow, ...]:
    of_totals = [
        SkippedRow(
            line.row,
            f"totals row ({line.label or 'no campaign and no day'})"
            + (": the rows add up to it" if line.row == checksum else ""),
        )
        for line in sheet.totals
    ]
    return tuple(sorted([*sheet.skipped, *of_totals]))


def _notes(sheet: Sheet, rounded: int) -> list[str]:
    notes = []
    if rounded:
        notes.append(f"{rounded} costs had more than six decimals and were rounded to a millionth")
    if sheet.unterminated:
        notes.append(f"the file does not end with a line break: check that row {sheet.last_row} is whole")
    return notes
