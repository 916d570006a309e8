"""Named kinds of damage, done to a valid file of every layout. Deterministic: a seed a file and kind.

Not here, because nothing in the file could show it: a digit altered, a row dropped or a cut at a row's end where the
file has neither a total nor a count (LinkedIn); a digit altered in Microsoft's, which counts rows only; a campaign's
name altered into another one; a day moved to one that has no row of that campaign; a day and month swapped that both
orders allow.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random

from tests.exports.written import FILES

Table = list[list[str]]
SEPARATORS = {"google_ads en": ",", "google_ads excel": "\t", "linkedin": "\t", "linkedin ads": "\t"}
UNCOUNTED = ("linkedin", "linkedin ads")  # neither a total nor a number of rows


class Sheet:
    """A file taken apart: its cells, the row of the header and those of the data; and how to write it again."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content
        self.platform, self.currency, _ = FILES[name]
        self.encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        self.text = content.decode(self.encoding)
        self.separator = SEPARATORS.get(name) or (";" if self.text.count(";") > self.text.count(",") else ",")
        self.table = list(csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator))
        self.header = next(n for n, row in enumerate(self.table) if len(row) > 4)
        width = len(self.table[self.header])
        self.rows = [
            n for n, row in enumerate(self.table[self.header + 1 :], self.header + 1)
            if len(row) == width and self._is_day(row[self.day])
        ]  # fmt: skip
        self.totals = [
            n for n, row in enumerate(self.table[self.header + 1 :], self.header + 1)
            if len(row) >= width and n not in self.rows
        ]  # fmt: skip

    @staticmethod
    def _is_day(cell: str) -> bool:
        return cell[:1].isdigit()

    def column(self, *names: str) -> int:
        """The first column whose header begins with one of the names."""
        header = self.table[self.header]
        return next(i for name in names for i, cell in enumerate(header) if cell.lower().startswith(name))

    @property
    def day(self) -> int:
        return self.column("by day", "day", "tag", "jour", "día", "giorno", "dag", "dia", "gregorian", "start date (in",
                           "date")  # fmt: skip

    @property
    def spend(self) -> int:
        return self.column(*_COSTS) if self.platform != "ga4" else self.column("purchase revenue")

    @property
    def campaign(self) -> int:
        return self.column(
            "campa", "kampagne", "nom de la c", "nombre de la c", "nome della c", "nome da c", "session c"
        )

    def cell(self, row: int, column: int, value: str) -> bytes:
        return self.written({**dict(enumerate(self.table)), row: _with(self.table[row], column, value)})

    def written(self, rows: dict[int, list[str]] | Table, separator: str | None = None) -> bytes:
        table = [rows[n] for n in sorted(rows)] if isinstance(rows, dict) else rows
        text = io.StringIO()
        csv.writer(text, delimiter=separator or self.separator, lineterminator="\r\n").writerows(table)
        return text.getvalue().encode(self.encoding)

    def raw(self, text: str) -> bytes:
        return text.encode(self.encoding)


_COSTS = ("cost", "kosten", "coût", "coste", "costo", "custo", "amount spent", "ausgegebener", "montant dépensé",
          "importe gastado", "importo speso", "besteed", "valor usado", "spend", "total spent")  # fmt: skip


def _with(row: list[str], column: int, value: str) -> list[str]:
    return [*row[:column], value, *row[column + 1 :]]


def _altered(number: str) -> str:
    """Another first digit: a difference that no rounding explains."""
    return ("7" if number[0] != "7" else "4") + number[1:]


Damage = Callable[[Sheet, Random], Iterator[tuple[str, bytes]]]


def cut(sheet: Sheet, rng: Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(4):
        at = rng.randrange(3, len(sheet.content) - 3)
        if not (sheet.name in UNCOUNTED and sheet.content[:at].rstrip(b"\x00").endswith(b"\n")):
            yield f"cut at byte {at}", sheet.content[:at]


def columns(sheet: Sheet, _rng: Random) -> Iterator[tuple[str, bytes]]:
    for what, column in (("day", sheet.day), ("campaign", sheet.campaign), ("spend", sheet.spend)):
        yield f"{what} column dropped", sheet.written([_short(row, column) for row in sheet.table])
        yield f"{what} column twice", sheet.written([[*row, *row[column : column + 1]] for row in sheet.table])
    if sheet.platform != "ga4":  # its total hangs behind the last column
        yield "columns reversed", sheet.written([row[::-1] if len(row) > 1 else row for row in sheet.table])
    yield "the cost's header misspelt", sheet.cell(sheet.header, sheet.spend, "Csot")


def _short(row: list[str], column: int) -> list[str]:
    return [*row[:column], *row[column + 1 :]] if len(row) > 1 else row


def marks(sheet: Sheet, rng: Random) -> Iterator[tuple[str, bytes]]:
    swap = str.maketrans(",.", ".,")
    yield "separators replaced, quotes or not", sheet.raw(sheet.text.replace(sheet.separator, "|"))
    swapped = [
        [c.translate(swap) if i > max(sheet.day, sheet.campaign) else c for i, c in enumerate(row)]
        if n in sheet.rows + sheet.totals
        else row
        for n, row in enumerate(sheet.table)
    ]
    yield "points and commas swapped in every figure", sheet.written(swapped)
    if sheet.platform != "ga4":
        row = rng.choice(sheet.rows)
        cell = sheet.table[row][sheet.spend].replace("\u202f", ".").translate(swap)
        yield "one cost in the other style", sheet.cell(row, sheet.spend, cell)


def days(sheet: Sheet, _rng: Random) -> Iterator[tuple[str, bytes]]:
    one, other = sheet.rows[0], sheet.rows[1]
    first, second = _with(sheet.table[one], sheet.day, "28/03/2024"), _with(sheet.table[other], sheet.day, "03/28/2024")
    yield "days in two orders", sheet.written({**dict(enumerate(sheet.table)), one: first, other: second})
    for what, value in (
        ("a week", "2024-03-25 - 2024-03-31"),
        ("a month", "2024-03"),
        ("a day number", "45379"),
        ("an hour", "2024-03-28 13:00"),
        ("the future", "2090-03-28"),
        ("no day", "2024-02-31"),
    ):
        yield f"{what} for a day", sheet.cell(one, sheet.day, value)
    yield "a week's header", sheet.cell(sheet.header, sheet.day, "Week")
    weeks = {n: _with(sheet.table[n], sheet.day, _week(sheet, k)) for k, n in enumerate(sheet.rows)}
    yield "rows of weeks", sheet.written({**dict(enumerate(sheet.table)), **weeks})


def _week(sheet: Sheet, number: int) -> str:
    per_day = (
        6 if "ad" in sheet.name.split(" ", 1)[-1].split() or sheet.name.endswith(("sets", "groups", " ads")) else 3
    )
    day = date(2024, 1, 1) + timedelta(days=7 * (number // per_day))
    return f"{day:%Y%m%d}" if sheet.platform == "ga4" else day.isoformat()


def encodings(sheet: Sheet, rng: Random) -> Iterator[tuple[str, bytes]]:
    yield "mojibake", sheet.raw(sheet.text.encode().decode("cp1252", errors="replace"))
    yield "letters lost", sheet.raw(sheet.text.replace("É", "\ufffd"))
    for encoding in ("cp1252", "mac_roman", "cp437", "utf-16-le", "utf-16-be", "utf-32"):
        yield f"saved as {encoding}", sheet.text.encode(encoding, errors="replace")
    at = rng.randrange(len(sheet.content) // 2, len(sheet.content) - 1)
    yield "a zero byte", sheet.content[:at] + b"\x00" + sheet.content[at:]


def totals(sheet: Sheet, _rng: Random) -> Iterator[tuple[str, bytes]]:
    for row in sheet.totals:
        yield "no total", sheet.written([r for n, r in enumerate(sheet.table) if n != row])
        yield "another total", sheet.cell(row, sheet.spend, _altered(sheet.table[row][sheet.spend]))
    if sheet.totals:
        row = sheet.rows[len(sheet.rows) // 2]
        for column, cell in enumerate(sheet.table[row]):
            if (
                column > max(sheet.day, sheet.campaign)
                and cell[:1].isdigit()
                and not (sheet.platform == "ga4" and sheet.table[sheet.header][column] == "Sessions")
            ):
                yield f"column {column} altered under a total", sheet.cell(row, column, _altered(cell))


def rows(sheet: Sheet, rng: Random) -> Iterator[tuple[str, bytes]]:
    row = rng.choice(sheet.rows[1:-1])
    cells = sheet.table[row]
    yield "a row twice", sheet.written([*sheet.table[: row + 1], *sheet.table[row:]])
    yield "a row shifted right", sheet.written({**dict(enumerate(sheet.table)), row: [cells[-1], *cells[:-1]]})
    yield "a row shifted left", sheet.written({**dict(enumerate(sheet.table)), row: [*cells[1:], ""]})
    yield (
        "a line break lost",
        sheet.written([*sheet.table[:row], cells + sheet.table[row + 1], *sheet.table[row + 2 :]]),
    )
    yield "a line break too many", sheet.written([*sheet.table[:row], cells[:3], cells[3:], *sheet.table[row + 1 :]])
    yield (
        "the file twice",
        sheet.content + sheet.raw(sheet.text).removeprefix(b"\xff\xfe").removeprefix(b"\xef\xbb\xbf"),
    )
    yield "no campaign's name", sheet.cell(row, sheet.campaign, "")
    if sheet.name not in UNCOUNTED:
        yield "a row lost", sheet.written([*sheet.table[:row], *sheet.table[row + 1 :]])


def cells(sheet: Sheet, rng: Random) -> Iterator[tuple[str, bytes]]:
    row = rng.choice(sheet.rows)
    cost = sheet.table[row][sheet.spend]
    for what, value in (
        ("a negative", f"-{cost}"),
        ("no number in", "lots"),
        ("NaN in", "NaN"),
        ("a scientific", "1.2E+04"),
        ("another currency in", f"£{cost}"),
        ("an absurd", "9" * 30),
    ):
        yield f"{what} cost", sheet.cell(row, sheet.spend, value)
    if sheet.platform != "ga4":
        yield "no cost", sheet.cell(row, sheet.spend, "--")
        yield "another currency throughout", sheet.raw(sheet.text.replace(sheet.currency, "GBP"))
    line = sheet.text.index("Brand")
    yield "a stray quote", sheet.raw(sheet.text[:line] + '"' + sheet.text[line:])
    yield "a stray quote inside a name", sheet.raw(sheet.text[: line + 2] + '"' + sheet.text[line + 2 :])


def other_things(sheet: Sheet, _rng: Random) -> Iterator[tuple[str, bytes]]:
    yield "a web page", b"<!DOCTYPE html><html><body>" + sheet.content + b"</body></html>"
    yield "a zip archive", b"PK\x03\x04" + sheet.content
    yield "JSON", b'[{"a": 1}]'
    yield "nothing", b""
    yield "the header alone", sheet.written(sheet.table[: sheet.header + 1])


KINDS: tuple[Damage, ...] = (cut, columns, marks, days, encodings, totals, rows, cells, other_things)


def damaged(name: str) -> Iterator[tuple[str, bytes]]:
    """Every damage that this layout's file can take: (what was done, the file)."""
    content = FILES[name][2]()
    for number, kind in enumerate(KINDS):
        yield from kind(Sheet(name, content), Random(f"{name} {number}"))
