"""What a file says of itself besides its figures: how many rows it has, where it ends, how long a row's period is."""

from __future__ import annotations

from connectors.files.figures import MISSING
from connectors.files.header import Header, plain, preamble
from connectors.files.sheet import Sheet
from domain.errors import UntrustedFile


def check_whole(text: str, header: Header, sheet: Sheet) -> None:
    """Hold the rows against the platform's own count, its last line and the end of each row's period.

    Raises:
        UntrustedFile: rows are missing, the end is cut off, or a row covers more than its day.
    """
    _check_end(text, header, sheet)
    if "until" in header.columns:
        _check_single_days(sheet)


def _check_end(text: str, header: Header, sheet: Sheet) -> None:
    layout = header.layout
    if not layout.footer:
        return
    above = [plain(line.strip('"')) for line in preamble(text, header)]
    counts = [line.removeprefix(layout.row_count).strip() for line in above if line.startswith(layout.row_count)]
    if counts and counts[0].replace(",", "").isdecimal():
        stated, have = int(counts[0].replace(",", "")), len(sheet.data)
        if stated not in (have, have + len(sheet.totals)):
            raise UntrustedFile(f"the file says that it has {stated:,} rows, but {have:,} are there")
    elif any(line.startswith(layout.preamble) for line in above) and not sheet.footed:
        raise UntrustedFile(
            f"the file begins as {layout.platform} writes it, but its last line, which names {layout.footer}, is not "
            "there: export it again, or delete the lines above the header if the end was left out on purpose",
            row=sheet.last_row,
        )


def _check_single_days(sheet: Sheet) -> None:
    for line in sheet.data:
        day, until = line.cells["day"], line.cells["until"]
        if until not in MISSING and until != day:
            raise UntrustedFile(
                f"the row covers {day} to {until}, which is more than a day; segment the export by day", row=line.row
            )
