"""``budgeteer init``: set a team up, by questions or from one YAML file. Running it again changes nothing."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.setting_up import Step
    from app.team import Team


@click.command(
    "init", epilog="Example: budgeteer init --example > team.yaml; budgeteer init --file team.yaml --dry-run"
)
@click.option("--file", "file", type=click.Path(path_type=Path), help="Read the answers from this YAML file.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--example", is_flag=True, help="Print such a YAML file with comments.")
def command(file: Path | None, dry_run: bool, example: bool) -> None:
    """Set a team up: accounts, approvers, targets, exports, channels.

    Asks one question at a time, or reads one YAML file. What is there already stays; an account's currency and time
    zone cannot change, and an approver is removed only where the file says so. Writes to the store, never a secret.
    """
    if example:
        from app.team_file import EXAMPLE

        click.echo(EXAMPLE, nl=False)
        return
    from app import wiring
    from app.setting_up import set_up

    config = wiring.settings()
    now = wiring.clock(config)()
    team, folder = _from(file) if file else (_asked(config.timezone, f"{now:%Y-%m}"), Path())
    engine = wiring.open_store(config)
    steps = set_up(engine, config, now, team, folder=folder, by=f"cli:{getpass.getuser()}", dry_run=dry_run)
    click.echo("\n".join(_lines(steps, dry_run)))
    if not dry_run:
        click.echo(_next(engine, now.date()))
    engine.dispose()


def _from(file: Path) -> tuple[Team, Path]:
    from app.team_file import read_team
    from domain.errors import BadInput

    try:
        return read_team(file.name, file.read_bytes()), file.parent
    except OSError as error:
        raise BadInput(f"--file {file}: {error.strerror}") from None


def _asked(timezone: str, month: str) -> Team:
    from app.cli.init_questions import ask_team

    return ask_team(timezone, month)


def _next(engine: Engine, today: date) -> str:
    from app.readiness import next_hint
    from store import accounts
    from store.engine import read
    from store.readiness import held

    with read(engine) as session:
        return next_hint(held(session, accounts.scope_for(session, None)), today)


def _lines(steps: Sequence[Step], dry_run: bool) -> list[str]:
    changed = any(step.mark != "=" for step in steps)
    heading = "This would change:" if dry_run and changed else ""
    lines = [*([heading] if heading else []), *(f"{step.mark} {step.said}" for step in steps)]
    if not changed:
        lines.append("Nothing to change: everything is set up like this already.")
    elif dry_run:
        lines.append("Nothing was changed: this was a dry run.")
    return lines
