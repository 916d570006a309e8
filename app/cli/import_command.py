"""``budgeteer import``: load a platform export into the store, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app import imported, importing, wiring
from connectors.files.decode import read_file
from domain.errors import BadInput, UntrustedFile


@click.command("import", epilog="Example: budgeteer import report.csv --platform meta --account Shop --currency EUR")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--platform", type=click.Choice(importing.PLATFORMS), help="Whose export it is [default: what it shows].")
@click.option("--account", help="The account the figures belong to; created when it is new.")
@click.option("--currency", help="ISO 4217 code of the file's amounts [default: the one it names].")
@click.option("--timezone", help="IANA zone the file counts days in [default: the account's, else TIMEZONE].")
@click.option(
    "--dates", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month, where a file is silent."
)
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Decimal separator, where a file is silent.")
@click.option("--week-start", type=click.Choice(["monday", "sunday"]), help="The day this account's weeks begin.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path,
    platform: str | None,
    account: str | None,
    currency: str | None,
    timezone: str | None,
    dates: str | None,
    decimal: str | None,
    week_start: str | None,
    as_json: bool,
) -> None:
    """Load a platform export (CSV or TSV, one row a campaign and day) into the store.

    A file that cannot be trusted loads nothing and says which row and why. Loading the same file again
    changes nothing; a newer file updates what it reports, and never deletes.
    """
    config = wiring.settings()
    options = importing.Options(platform, account, currency, timezone, dates, decimal, week_start)
    try:
        content = read_file(file)
        engine = wiring.open_store(config)
        done = importing.load(engine, config, wiring.clock(config)(), file.name, content, options)
    except UntrustedFile as error:
        raise BadInput(f"{file.name}: {error}") from None
    engine.dispose()
    shown = imported.to_json(done) if as_json else None
    click.echo(json.dumps(shown, ensure_ascii=False, allow_nan=False) if shown else imported.to_text(done))
