"""``budgeteer import``: load a platform export into the store, whole or not at all."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from app import wiring
from connectors.base import DailyRow
from connectors.files import FileReport, read_export
from connectors.files.layouts import LAYOUTS, MONEY
from domain.errors import BadInput, UntrustedFile
from domain.money import Money
from domain.window import checked_zone
from store import accounts, ingest
from store.engine import write

SHOWN_SKIPPED = 5
SHOWN_CAMPAIGNS = 6


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that was loaded: what it holds and what the store made of it."""

    file: str
    platform: str
    account: str
    currency: str
    timezone: str
    report: FileReport
    counts: ingest.LoadCounts


@click.command("import", epilog="Example: budgeteer import report.csv --platform meta --account Shop --currency EUR")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--platform", required=True, type=click.Choice(sorted(LAYOUTS)), help="Whose export it is.")
@click.option("--account", required=True, help="The account the figures belong to; created when it is new.")
@click.option("--currency", required=True, help="ISO 4217 code of the file's amounts, such as USD.")
@click.option("--timezone", help="IANA zone the file counts days in [default: the account's, else TIMEZONE].")
@click.option(
    "--dates", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month, where a file is silent."
)
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Decimal separator, where a file is silent.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path,
    platform: str,
    account: str,
    currency: str,
    timezone: str | None,
    dates: str | None,
    decimal: str | None,
    as_json: bool,
) -> None:
    """Load a platform export (CSV or TSV, one row a campaign and day) into the store.

    A file that cannot be trusted loads nothing and says which row and why. Loading the same file again
    changes nothing; a newer file updates what it reports, and never deletes.
    """
    currency = currency.strip().upper()
    if timezone is not None:
        checked_zone(timezone)
    tomorrow = wiring.clock(wiring.settings())().date() + timedelta(days=1)  # somewhere it has begun
    try:
        report = read_export(
            file, platform=platform, account=account.strip(), currency=currency, dates=dates, decimal=decimal,
            latest=tomorrow,
        )  # fmt: skip
    except UntrustedFile as error:
        raise BadInput(f"{file.name}: {error}") from None
    done = _load(file.name, report, platform, account, currency, timezone)
    click.echo(json.dumps(to_json(done), ensure_ascii=False, allow_nan=False) if as_json else to_text(done))


def _load(file: str, report: FileReport, platform: str, account: str, currency: str, timezone: str | None) -> Imported:
    config = wiring.settings()
    now = wiring.clock(config)()
    engine = wiring.open_store(config)
    with write(engine) as session:
        known = accounts.find(session, account, platform)
        zone = timezone or (known[0].timezone if known else config.timezone)
        stored = accounts.ensure(
            session, platform=platform, name=account, currency=currency, timezone=zone, origin="file", now=now
        )
        counts = ingest.load(
            session,
            stored,
            _named(report, stored.name),
            source=file[:500],
            content_sha256=report.sha256,
            complete=True,
            now=now,
            summary={"rows_read": report.rows_read, "rows_skipped": len(report.skipped)},
        )
        name = stored.name
    engine.dispose()
    return Imported(file, platform, name, currency, zone, report, counts)


def _named(report: FileReport, account: str) -> tuple[DailyRow, ...]:
    """The rows; those of a file without campaigns carry the account's name as it is stored, however it was typed."""
    if "campaign" in report.columns:
        return report.rows
    return tuple(replace(row, campaign=account) for row in report.rows)


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
        "rows_skipped": [{"row": s.row, "reason": s.reason} for s in report.skipped],
        "first_day": report.first_day.isoformat(),
        "last_day": report.last_day.isoformat(),
        "totals": {field: _number(value) for field, value in report.totals.items()},
        "matches_total_row": report.checksum_row,
        "columns": dict(report.columns),
        "columns_ignored": list(report.ignored),
        "notes": list(report.notes),
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
        f"{counts.unchanged:,} unchanged, {len(report.skipped):,} skipped",
        f"  days       {report.first_day} to {report.last_day} ({days:,} days)",
        f"  campaigns  {_campaigns(done)}",
        f"  totals     {_totals(done)}",
    ]
    if report.checksum_row is not None:
        lines.append(f"  checked    the rows match the file's own total (row {report.checksum_row})")
    lines += [f"  skipped    row {s.row}: {s.reason}" for s in report.skipped[:SHOWN_SKIPPED]]
    if len(report.skipped) > SHOWN_SKIPPED:
        lines.append(f"             and {len(report.skipped) - SHOWN_SKIPPED} more (all of them with --json)")
    if report.ignored:
        lines.append(f"  not used   {', '.join(report.ignored)}")
    lines += [f"  note       {note}" for note in report.notes]
    return "\n".join([*lines, f"Next: {_sample(done)}"])


def _campaigns(done: Imported) -> str:
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
        elif field in MONEY:
            shown = str(Money(value.quantize(Decimal("0.000001")), done.currency))
            parts.append(f"{field} {shown}")
        else:
            parts.append(f"{field} {value.normalize():,f}")
    return ", ".join(parts)


def _sample(done: Imported) -> str:
    metric = "ROAS" if done.report.totals["revenue"] is not None else "spend"
    split = "by campaign " if "campaign" in done.report.columns else ""
    question = f"{metric} {split}in {done.report.last_day:%B %Y}"
    as_of = done.report.last_day + timedelta(days=1)
    return f"budgeteer ask {shlex.quote(question)} --account {shlex.quote(done.account)} --as-of {as_of}"
