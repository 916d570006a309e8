"""``budgeteer source``: sheets published as CSV that are read again and again."""

from __future__ import annotations

import getpass
import json
import re
from typing import Any

import click

from domain.errors import BadInput


@click.group()
def command() -> None:
    """Read sheets published as CSV at their interval: exports, orders of a shop."""


@command.command(epilog='Example: budgeteer source add shop https://... --account "Acme Shop" --every 6h')
@click.argument("name")
@click.argument("url")
@click.option("--platform", help="Whose export it is [default: what it shows].")
@click.option("--account", help="The account the figures belong to; created when it is new.")
@click.option("--currency", help="ISO 4217 code of the amounts [default: the one it names].")
@click.option("--timezone", help="IANA zone the sheet counts days in [default: the account's, else TIMEZONE].")
@click.option("--dates", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month.")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Decimal separator.")
@click.option("--daily", flag_value="days", help="Rows seven days apart throughout are days, not weeks.")
@click.option("--every", default="6h", show_default=True, help="How often, in hours or days: 1h to 7d.")
def add(name: str, url: str, every: str, **said: str | None) -> None:
    """Read URL once, load it, and then again at its interval. What cannot be loaded is not added.

    In Google Sheets: File, Share, Publish to web, the sheet, CSV. Whoever has that address can read the sheet.
    """
    from app import sheets, wiring
    from app.importing import Options
    from store import sources
    from store.engine import read

    config, hours = wiring.settings(), _hours(every)
    engine, now = wiring.open_store(config), wiring.clock(wiring.settings())()
    try:
        with read(engine) as session:
            sources.check_new(session, name)
        options = Options(**said)
        done = sheets.add(engine, config, now, name, url, options, hours, by=f"cli:{getpass.getuser()}")
    finally:
        engine.dispose()
    click.echo(f"Added {name.strip()}: load {done.counts.run_id} into {done.account}, read again every {every}")
    click.echo(f"  rows       {done.report.rows_read:,} read, {done.report.first_day} to {done.report.last_day}")
    for note in done.report.notes:
        click.echo(f"  note       {note}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> None:
    """Show every source, when it was looked at, and what went wrong."""
    from app import sheets, wiring

    engine = wiring.open_store(wiring.settings())
    try:
        found = sheets.listed(engine)
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps({"sources": found}, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("No source yet. Add one: budgeteer source add NAME URL --platform ... --account ...")
    for source in found:
        click.echo("\n".join(_lines(source)))


@command.command()
@click.argument("name")
def remove(name: str) -> None:
    """Stop reading NAME; what was loaded stays (budgeteer import undo takes a load back)."""
    from app import wiring
    from store import sources
    from store.engine import write

    engine = wiring.open_store(wiring.settings())
    try:
        with write(engine) as session:
            removed = sources.remove(session, name).name
    finally:
        engine.dispose()
    click.echo(f"{removed} is not read any more; what was loaded from it stays")


@command.command()
@click.argument("name")
def check(name: str) -> None:
    """Read NAME now. Exits 2 where it cannot be loaded; what was loaded before stays."""
    from app import sheets, wiring
    from scheduler.sources import look

    config = wiring.settings()
    engine, now = wiring.open_store(config), wiring.clock(config)()
    try:
        done = look(engine, name, now, sheets.fetcher(config), sheets.loader(engine, config, now))
    finally:
        engine.dispose()
    if done.error is not None:
        raise BadInput(f"{done.name}: {done.error}")
    click.echo(f"{done.name}: {'nothing new' if done.run_id is None else f'load {done.run_id}'}")


def _hours(every: str) -> int:
    found = re.fullmatch(r"(\d{1,3})([hd])", every.strip().lower())
    if found is None or not 1 <= (hours := int(found[1]) * (24 if found[2] == "d" else 1)) <= 24 * 7:
        raise BadInput(f"--every {every!r}: write hours or days, from 1h to 7d")
    return hours


def _lines(source: dict[str, Any]) -> list[str]:
    state = "never read" if source["checked_at"] is None else f"read {source['checked_at']}"
    last = f", load {source['run']}" if source["run"] else ""
    lines = [f"{source['name']}  every {source['every_hours']}h  {source['url']}", f"    {state}{last}"]
    options = ", ".join(f"{key} {value}" for key, value in source["options"].items() if value)
    return [*lines, f"    {options}", *([f"    !! {source['error']}"] if source["error"] else [])]
