"""A plan as a team keeps it in a sheet: one line a month and account, or finer. Read whole, or refused with the row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from connectors.files.figures import MISSING, Mark, decimal_mark
from connectors.files.header import HEADER_LINES, plain
from connectors.files.layouts import TOTAL_LABELS
from connectors.files.plan_cells import read_amount, read_locked, read_margin, read_month, read_ratio
from connectors.files.recognise import Recognised
from connectors.files.report import SkippedRow
from connectors.files.sheet import clean_name
from domain.errors import UntrustedFile

Column = Literal[
    "month", "pool", "platform", "account", "campaign", "label", "campaign_or_label", "budget", "target_roas",
    "target_cpa", "margin", "floor", "locked", "currency",
]  # fmt: skip

COLUMNS: Mapping[Column, tuple[str, ...]] = {
    "month": ("month", "monat", "mois", "mes", "mese", "period", "periode", "date", "start", "start date"),
    "pool": ("pool", "purchase order", "po", "po number", "pool or purchase order", "pool / po", "fund", "entity",
             "client entity", "cost center", "cost centre", "kostenstelle", "bestellung", "bestellnummer", "topf"),
    "platform": ("platform", "channel", "plattform", "kanal", "network", "plateforme", "plataforma"),
    "account": ("account", "account name", "ad account", "konto", "kontoname", "compte", "cuenta"),
    "campaign": ("campaign", "campaign name", "kampagne", "kampagnenname", "campagne", "campaña"),
    "label": ("label", "labels", "tag", "etikett"),
    "campaign_or_label": ("campaign or label", "campaign / label", "kampagne oder label", "line", "line item"),
    "budget": ("budget", "planned spend", "spend plan", "plan", "media budget", "monthly budget", "planned budget",
               "amount", "betrag", "planbudget", "presupuesto"),
    "target_roas": ("target roas", "roas target", "roas goal", "troas", "ziel-roas", "ziel roas", "roas"),
    "target_cpa": ("target cpa", "cpa target", "cpa goal", "tcpa", "ziel-cpa", "ziel cpa", "cpa"),
    "margin": ("margin", "gross margin", "contribution margin", "marge", "rohmarge", "bruttomarge"),
    "floor": ("floor", "minimum", "min roas", "max cpa", "worst acceptable", "untergrenze"),
    "locked": ("locked", "fixed", "lock", "gesperrt", "fix", "fest"),
    "currency": ("currency", "currency code", "währung", "devise", "moneda"),
}  # fmt: skip

PLATFORMS: Mapping[str, tuple[str, ...]] = {
    "google_ads": ("google", "google ads", "adwords", "google adwords"),
    "meta": ("meta", "meta ads", "facebook", "facebook ads", "fb", "instagram"),
    "microsoft": ("microsoft", "microsoft ads", "bing", "bing ads"),
    "linkedin": ("linkedin", "linkedin ads"),
    "tiktok": ("tiktok", "tiktok ads"),
}
FIGURES: tuple[Column, ...] = ("budget", "target_roas", "target_cpa", "margin")
_ANY_MONTH = date(2000, 1, 1)  # only whether there is a header is asked
_SEPARATORS = (",", ";", "\t", "|")
_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*(?:\((?P<sign>[^()]{1,4})\)|(?P<percent>%))$")
_LABEL = re.compile(r"^[^=\s][^=]{0,39}=[^=]{1,100}$")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line as written. Amounts wait for the account's currency: they are kept as cells."""

    row: int
    month: date
    pool: str
    platform: str  # a slug, "" where the line names none
    account: str
    campaign: str
    label: str
    currency: str  # "" where neither the line nor the header says one
    cells: Mapping[Column, str]


@dataclass(frozen=True, slots=True)
class Amounts:
    """The figures of one line. ``target_cpa`` and a floor beside it are money, ``margin`` a fraction of revenue."""

    budget: Decimal | None
    target_roas: Decimal | None
    target_cpa: Decimal | None
    margin: Decimal | None
    floor: Decimal | None
    locked: bool


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan file read. ``columns`` gives each column's own header, ``percent`` those whose header has a % sign."""

    rows: tuple[PlanRow, ...]
    skipped: tuple[SkippedRow, ...]
    columns: Mapping[Column, str]
    percent: frozenset[Column]
    ignored: tuple[str, ...]
    rows_read: int
    mark: Mark


def read_plan(text: str, *, decimal: str | None = None, month: date | None = None) -> PlanFile:
    """Every line of a plan, with what it is for. ``month`` stands in for a file without a month column.

    Raises:
        UntrustedFile: no header, a line that is cut off, a month or a label that cannot be read, nothing planned.
    """
    line, separator, names = _header(text, month)
    columns, percent, currency = _columns(names, line)
    if "month" not in columns and month is None:
        raise UntrustedFile(f"no month column among: {_listed(names)}", row=line, option="--month 2024-06")
    rows, skipped, count = [], [], 0
    for at, cells in _records(text, line, separator):
        count += 1
        why = _passed_over(cells, names, columns)
        if why:
            skipped.append(SkippedRow(at, why))
            continue
        if len(cells) != len(names):
            raise UntrustedFile(f"{len(cells)} cells where the header has {len(names)}", row=at)
        rows.append(_row(at, {c: cells[i].strip() for c, i in columns.items()}, month, currency))
    if not rows:
        raise UntrustedFile("the file has a header but no line of a plan", row=line)
    used = set(columns.values())
    return PlanFile(
        rows=tuple(rows),
        skipped=tuple(skipped),
        columns={c: names[i].strip() for c, i in columns.items()},
        percent=percent,
        ignored=tuple(n.strip() for i, n in enumerate(names) if n.strip() and i not in used),
        rows_read=count,
        mark=_mark(rows, decimal),
    )


def recognise(text: str, _name: str) -> Recognised | None:
    """A plan by its header. One without a month column is a plan only where nothing else stands in it: a report may
    have a column of budgets too.
    """
    try:
        line, _, names = _header(text, _ANY_MONTH)
        columns, _, _ = _columns(names, line)
    except UntrustedFile:
        return None
    others = {i for i, name in enumerate(names) if name.strip()} - set(columns.values())
    return Recognised("plan") if "month" in columns or not others else None


def amounts(line: PlanRow, plan: PlanFile, currency: str) -> Amounts:
    """The figures of a line whose account keeps money in ``currency``.

    Raises:
        UntrustedFile: a figure cannot be read, contradicts the currency, or the line plans nothing.
    """
    get, row, mark = line.cells.get, line.row, plan.mark
    found = Amounts(
        budget=read_amount(get("budget", ""), "budget", currency, mark, row),
        target_roas=read_ratio(get("target_roas", ""), "target ROAS", mark, row, percent="target_roas" in plan.percent),
        target_cpa=read_amount(get("target_cpa", ""), "target CPA", currency, mark, row),
        margin=read_margin(get("margin", ""), mark, row, percent="margin" in plan.percent),
        floor=_floor(line, plan, currency),
        locked=read_locked(get("locked", ""), row),
    )
    if found.target_cpa is not None and found.target_cpa <= 0:
        raise UntrustedFile("target CPA is 0; leave the cell empty where there is none", row=row)
    if all(getattr(found, field) is None for field in FIGURES) and not found.locked:
        raise UntrustedFile("the line has no budget, no target and no margin", row=row)
    return found


def _floor(line: PlanRow, plan: PlanFile, currency: str) -> Decimal | None:
    """The worst acceptable value of the target's metric: a ROAS as a ratio, a CPA as money."""
    cell = line.cells.get("floor", "")
    if cell in MISSING:
        return None
    has = [c for c in ("target_roas", "target_cpa") if line.cells.get(c, "") not in MISSING]
    if len(has) != 1:
        why = "without a target ROAS or CPA" if not has else "beside two targets"
        raise UntrustedFile(f"floor {cell!r} stands {why}; give the line exactly one target", row=line.row)
    if has == ["target_roas"]:
        return read_ratio(cell, "floor", plan.mark, line.row, percent="floor" in plan.percent)
    return read_amount(cell, "floor", currency, plan.mark, line.row)


def _header(text: str, month: date | None) -> tuple[int, str, list[str]]:
    """The first of the first lines that names a month (or none, where it was given) and something planned."""
    best: list[str] = []
    for separator in _SEPARATORS:
        reader = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=separator)
        line = 1
        try:
            for cells in reader:
                if line > HEADER_LINES:
                    break
                known = {column for column, _ in map(_column, cells) if column}
                if known & set(FIGURES) and (known & {"month"} or month) and known & {"account", "platform"}:
                    return line, separator, cells
                best = cells if len(known) > len({c for c, _ in map(_column, best) if c}) else best
                line = reader.line_num + 1
        except csv.Error:
            continue
    known = {column for column, _ in map(_column, best) if column}
    lacking = [
        what
        for what, columns in (
            ("month", {"month"} if month is None else known or {"month"}),
            ("account or platform", {"account", "platform"}),
            ("budget, target ROAS, target CPA or margin", set(FIGURES)),
        )
        if not known & columns
    ]
    option = "--month 2024-06" if lacking == ["month"] else None
    raise UntrustedFile(
        f"no plan in the first {HEADER_LINES} lines: no column for {' and '.join(lacking) or 'a plan'}"
        f"{f' among {_listed(best)}' if best else ''}; see budgeteer plan template",
        option=option,
    )


def _column(name: str) -> tuple[Column | None, str]:
    """What a header names, and the sign in it: ``Budget (EUR)`` is ("budget", "EUR"), ``Margin %`` ("margin", "%")."""
    said = plain(name)
    bracketed = _IN_BRACKETS.match(said)
    sign = (bracketed["sign"] or bracketed["percent"] or "") if bracketed else ""
    bare = bracketed["name"].strip() if bracketed else said
    for column, aliases in COLUMNS.items():
        if bare in aliases:
            return column, sign
    return None, ""


def _columns(names: Sequence[str], line: int) -> tuple[dict[Column, int], frozenset[Column], str]:
    found: dict[Column, int] = {}
    percent: set[Column] = set()
    currencies: set[str] = set()
    for position, name in enumerate(names):
        column, sign = _column(name)
        if column is None:
            continue
        if column in found:
            raise UntrustedFile(f"two columns are a {column.replace('_', ' ')}: {_listed(names)}; keep one", row=line)
        found[column] = position
        if sign == "%":
            percent.add(column)
        elif sign:
            currencies.add(sign.upper())
    if len(currencies) > 1:
        raise UntrustedFile(f"the header names {' and '.join(sorted(currencies))}; one currency a file", row=line)
    return found, frozenset(percent), next(iter(currencies), "")


def _records(text: str, line: int, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, at = [], 1
    try:
        for cells in reader:
            if at > line and cells:
                found.append((at, cells))
            at = reader.line_num + 1
    except csv.Error as error:
        raise UntrustedFile(f"the quotes or the line are broken or cut off ({error})", row=at) from None
    return found


def _passed_over(cells: Sequence[str], names: Sequence[str], columns: Mapping[Column, int]) -> str:
    """Why a row is no line of the plan, "" where it is one."""
    if not any(cell.strip() for cell in cells):
        return "empty row"
    if list(cells) == list(names):
        return "the header again"
    first = next(cell for cell in cells if cell.strip())
    named = [columns[c] for c in ("month", "account", "platform") if c in columns]
    others = [cells[i].strip() for i in named if i < len(cells)]
    if plain(first.partition(":")[0]) in TOTAL_LABELS and all(o in MISSING or o == first.strip() for o in others):
        return "totals row"
    return ""


def _row(at: int, cells: dict[Column, str], month: date | None, currency: str) -> PlanRow:
    campaign, label = (_name(cells.get(c, ""), c, at) for c in ("campaign", "label"))
    either = _name(cells.get("campaign_or_label", ""), "campaign_or_label", at)
    if either and (campaign or label):
        raise UntrustedFile("the line names a campaign or label twice", row=at)
    if either:
        campaign, label = ("", either) if _LABEL.match(either) else (either, "")
    if campaign and label:
        raise UntrustedFile(f"the line names the campaign {campaign!r} and the label {label!r}; keep one", row=at)
    if label and not _LABEL.match(label):
        raise UntrustedFile(f"label {label!r} is not key=value, such as brand=yes", row=at)
    own = cells.get("currency", "").upper()
    if own and currency and own != currency:
        raise UntrustedFile(f"the line says {own}, the header {currency}", row=at)
    when = month if month is not None and "month" not in cells else read_month(cells.get("month", ""), at)
    return PlanRow(
        at, when, _name(cells.get("pool", ""), "pool", at), _platform(cells.get("platform", ""), at),
        _name(cells.get("account", ""), "account", at), campaign, label, own or currency, cells,
    )  # fmt: skip


def _name(cell: str, what: str, row: int) -> str:
    name = clean_name(cell)
    name = "" if name in MISSING or name.casefold() in ("all", "alle", "(all)", "*") else name
    if len(name) > (500 if what.startswith("campaign") else 200):
        raise UntrustedFile(f"a {what.replace('_', ' ')} of {len(name)} characters (a stray quote?)", row=row)
    return name


def _platform(cell: str, row: int) -> str:
    said = plain(cell)
    if said in MISSING:
        return ""
    for slug, names in PLATFORMS.items():
        if said in names or said == plain(slug):
            return slug
    known = ", ".join(names[0] for names in PLATFORMS.values())
    raise UntrustedFile(f"platform {cell[:60]!r} is not known; known: {known}", row=row)


def _mark(rows: Sequence[PlanRow], decimal: str | None) -> Mark:
    """The decimal separator. A budget has no third decimal, so three digits behind a separator are thousands there."""
    cells: dict[str, list[tuple[int, str]]] = {"ratios": [], "money": []}
    for row in rows:
        for column, kind in (
            ("target_roas", "ratios"),
            ("margin", "ratios"),
            ("budget", "money"),
            ("target_cpa", "money"),
        ):
            if (cell := row.cells.get(column, "")) not in MISSING:  # type: ignore[call-overload]
                cells[kind].append((row.row, re.sub(r"[\s%a-zA-Z]+$", "", cell)))
    try:
        return decimal_mark({"revenue": cells["ratios"], "impressions": cells["money"]}, "USD", decimal)
    except UntrustedFile as error:
        raise UntrustedFile(error.reason, row=error.row, option="--decimal point or --decimal comma") from None


def _listed(names: Sequence[str]) -> str:
    said = ", ".join(name.strip() for name in names if name.strip())
    return said if len(said) <= 150 else said[:150] + " ..."
