"""``budgeteer sync``: read the connected platforms into the store."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from app import wiring
from domain.errors import NotConfigured
from scheduler.sync import DAYS, AccountSync, SyncReport, sync


@click.command("sync", epilog="Example: budgeteer sync --days 90")
@click.option(
    "--days", type=click.IntRange(1, 1126), default=DAYS, show_default=True, help="Days to read again, up to yesterday."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(days: int, as_json: bool) -> None:
    """Read accounts, daily figures and budgets from the connected platforms.

    The first read of an account goes back 400 days. Exit code 1 where an account could not be
    read; what was stored of it stays as it was.
    """
    config = wiring.settings()
    platforms = wiring.connectors(config)
    if not platforms:
        raise NotConfigured("no ads platform is connected; set GOOGLE_ADS_DEVELOPER_TOKEN and the login beside it")
    now = wiring.clock(config)()
    engine = wiring.open_store(config)
    reports = [sync(engine, connector, now=now, days=days) for connector in platforms.values()]
    click.echo(_as_json(reports) if as_json else "\n".join(_line(a) for r in reports for a in r.accounts))
    if not all(r.complete for r in reports):
        sys.exit(1)


def _as_json(reports: list[SyncReport]) -> str:
    synced = [asdict(account) for report in reports for account in report.accounts]
    return json.dumps({"synced": synced}, default=str, indent=2)


def _line(done: AccountSync) -> str:
    name = f"{done.account} ({done.platform}, {done.currency})"
    if done.error is not None:
        return f"{name}: nothing was kept. {done.error}"
    changes = f"{done.changes} new in the change history"
    if done.history_error is not None:
        changes = f"the change history was not read ({done.history_error})"
    return (
        f"{name}: {done.first_day} to {done.last_day}, {done.rows_loaded} new, {done.rows_updated} changed, "
        f"{done.rows_unchanged} unchanged, {done.rows_removed} removed, {done.budgets} budgets, {changes}"
    )
