"""``budgeteer audit``: verify or read the audit chain."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from app import wiring
from domain.errors import BudgeteerError
from store import audit
from store.engine import read


class ChainBroken(BudgeteerError):
    """The audit was tampered with, or a part of it is lost."""

    exit_code = 1


@click.group("audit")
def command() -> None:
    """Verify or read the audit: who approved what, what was sent, what was read back, what was refused."""


@command.command("verify", epilog="Example: budgeteer audit verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(as_json: bool) -> None:
    """Walk the whole chain. Exit code 1 where it is broken, with the first place on stderr."""
    with read(wiring.open_store(wiring.settings())) as session:
        broken = audit.verify(session)
        last = next(audit.entries(session, limit=1), None)
    if broken is not None:
        raise ChainBroken(f"the audit chain is broken at {broken}")
    if as_json:
        click.echo(
            json.dumps({"intact": True, "entries": last.seq if last else 0, "head": last.hash if last else None})
        )
    elif last is None:
        click.echo("The audit is empty.")
    else:
        click.echo(f"The audit chain holds: {last.seq} entries, the last one {last.hash[:12]} at {last.at}.")


@command.command("list", epilog="Example: budgeteer audit list --limit 20 --json")
@click.option("--subject", help="Only entries about this approval, account or switch.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, counted from the end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(subject: str | None, limit: int, as_json: bool) -> None:
    """Print the last entries, oldest first."""
    with read(wiring.open_store(wiring.settings())) as session:
        entries = list(audit.entries(session, subject=subject, limit=limit))
    if as_json:
        click.echo(json.dumps({"entries": [{**asdict(e), "payload": dict(e.payload)} for e in entries]}, indent=2))
        return
    for e in entries:
        payload = json.dumps(dict(e.payload), sort_keys=True)
        click.echo(f"{e.seq:>6}  {e.at[:19]}  {e.actor}  {e.action}  {e.subject}  {payload}")
