"""``budgeteer import``: load an export into the store whole or not at all, list the loads, take one back."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import imported, importing, wiring
from connectors.files.decode import read_file
from domain.errors import BadInput, UntrustedFile

if TYPE_CHECKING:
    from store.undo import Run


class _FileFirst(click.Group):
    """``budgeteer import FILE`` loads a file; ``list`` and ``undo`` are commands (a file so called is ``./list``)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else [_LOAD, *args])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Loading has no name of its own: a mistake is shown as ``budgeteer import``'s."""
        name, found, rest = super().resolve_command(ctx, args)
        return "" if name == _LOAD else name, found, rest

    def collect_usage_pieces(self, _ctx: click.Context) -> list[str]:
        return ["FILE", "[OPTIONS]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        load.format_options(ctx, formatter)
        shown = [(f"{name} {usage}".strip(), command.get_short_help_str(80)) for name, usage, command in
                 (("list", "", list_), ("undo", "RUN", undo))]  # fmt: skip
        with formatter.section("Commands"):
            formatter.write_dl(shown)


_LOAD = "load"


@click.group(
    "import",
    cls=_FileFirst,
    epilog="Example: budgeteer import report.csv --platform meta --account Shop --currency EUR",
)
def command() -> None:
    """Load a platform export (CSV or TSV, one row a campaign and day) into the store.

    A file that cannot be trusted loads nothing and says which row and why. Loading the same file again
    changes nothing; a newer file updates what it reports, and never deletes.
    """


@command.command(_LOAD, epilog="Example: budgeteer import report.csv --platform meta --account Shop --currency EUR")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--platform", type=click.Choice(importing.PLATFORMS), help="Whose export it is [default: what it shows].")
@click.option("--account", help="The account the figures belong to; created when it is new.")
@click.option("--currency", help="ISO 4217 code of the file's amounts [default: the one it names].")
@click.option("--timezone", help="IANA zone the file counts days in [default: the account's, else TIMEZONE].")
@click.option(
    "--dates", type=click.Choice(["ymd", "dmy", "mdy"]), help="Order of day and month, where a file is silent."
)
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Decimal separator, where a file is silent.")
@click.option("--daily", flag_value="days", help="Rows seven days apart throughout are days, not weeks.")
@click.option("--week-start", type=click.Choice(["monday", "sunday"]), help="The day this account's weeks begin.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def load(
    file: Path,
    platform: str | None,
    account: str | None,
    currency: str | None,
    timezone: str | None,
    dates: str | None,
    decimal: str | None,
    daily: str | None,
    week_start: str | None,
    as_json: bool,
) -> None:
    """Load a platform export (CSV or TSV, one row a campaign and day) into the store.

    A file that cannot be trusted loads nothing and says which row and why. Loading the same file again
    changes nothing; a newer file updates what it reports, and never deletes.
    """
    config = wiring.settings()
    options = importing.Options(platform, account, currency, timezone, dates, decimal, week_start, daily)
    content = read_file(file)
    engine = wiring.open_store(config)
    try:
        done = importing.load(engine, config, wiring.clock(config)(), file.name, content, options)
    except UntrustedFile as error:
        raise BadInput(f"{file.name}: {error}") from None
    engine.dispose()
    shown = imported.to_json(done) if as_json else None
    click.echo(json.dumps(shown, ensure_ascii=False, allow_nan=False) if shown else imported.to_text(done))


@command.command("list", epilog="Example: budgeteer import list --account Shop")
@click.option("--account", help="The account's name; all where it is not given.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many, newest first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(account: str | None, limit: int, as_json: bool) -> None:
    """See the loads: their number, file, rows, and which were taken back."""
    from store import accounts, undo
    from store.engine import read

    with read(wiring.open_store(wiring.settings())) as session:
        found = undo.runs(session, accounts.scope_for(session, account), limit)
    if as_json:
        click.echo(json.dumps({"loads": [_run_json(run) for run in found]}, ensure_ascii=False, allow_nan=False))
    else:
        click.echo(_run_table(found) if found else "No loads yet.")


@command.command("undo", epilog="Example: budgeteer import undo 12")
@click.argument("run", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def undo(run: int, as_json: bool) -> None:
    """Take load RUN back: its new rows go, rows that it changed become what they were.

    Refused where a later load built on it; the refusal names the load to take back first.
    """
    from store import accounts
    from store import undo as taking_back
    from store.engine import write

    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        done = taking_back.undo(session, accounts.scope_for(session, None), run, by=getpass.getuser(), now=now)
    if as_json:
        click.echo(json.dumps({**asdict(done), "at": done.at.isoformat()}, ensure_ascii=False, allow_nan=False))
        return
    when = f"{done.at:%Y-%m-%d %H:%M} UTC by {done.by}"
    before = f"Load {run} was taken back already, {when}" if done.already else f"Took load {run} back"
    click.echo(
        f"{before} ({done.source}, {done.account}): {done.removed:,} rows went, {done.restored:,} are as they were."
    )


def _run_json(run: Run) -> dict[str, Any]:
    undone = run.undone_at.isoformat() if run.undone_at else None
    return {**asdict(run), "at": run.at.isoformat(), "undone_at": undone, "summary": dict(run.summary)}


def _run_table(found: Sequence[Run]) -> str:
    rows = [("load", "when (UTC)", "account", "what", "rows", "file")]
    for run in found:
        counts = {word: run.summary.get(word) for word in ("loaded", "updated", "unchanged")}
        words = ("new", "updated", "unchanged")
        said = ", ".join(f"{n:,} {word}" for word, n in zip(words, counts.values(), strict=True) if n)
        undone = f" (taken back {run.undone_at:%Y-%m-%d} by {run.undone_by})" if run.undone_at else ""
        rows.append(
            (str(run.id), f"{run.at:%Y-%m-%d %H:%M}", f"{run.account} ({run.platform})", run.kind, said or "-",
             f"{run.source}{undone}")
        )  # fmt: skip
    widths = [max(len(row[n]) for row in rows) for n in range(5)]
    return "\n".join("  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[5]]) for row in rows)
