"""``budgeteer approvers``: who may approve changes of an account."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict

import click

from app import wiring
from store import accounts
from store.approvers import HIGHEST_TIER, add_approver, approvers, remove_approver
from store.engine import read, write

_ACCOUNT = click.option("--account", "account", required=True, help="The account's name.")


@click.group("approvers")
def command() -> None:
    """Name the people who may approve. Every change of this list is in the audit."""


@command.command("add", epilog="Example: budgeteer approvers add U012AB3CD --account 'Acme EU' --tier 2")
@click.argument("user")
@_ACCOUNT
@click.option("--tier", type=click.IntRange(1, HIGHEST_TIER), default=HIGHEST_TIER, show_default=True)
@click.option("--external", is_flag=True, help="USER is a guest or of another company, and may approve all the same.")
def add(user: str, account: str, tier: int, external: bool) -> None:
    """Let USER (a Slack member id) approve for an account, up to a tier."""
    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        for account_id in accounts.scope_for(session, account).account_ids:
            add_approver(session, account_id=account_id, user=user, tier=tier, external=external, by=_who(), now=now)
    outside = ", although from outside" if external else ""
    click.echo(f"{user} may approve for {account} up to tier {tier}{outside}.")


@command.command("remove", epilog="Example: budgeteer approvers remove U012AB3CD --account 'Acme EU'")
@click.argument("user")
@_ACCOUNT
def remove(user: str, account: str) -> None:
    """Take the right away. What USER approved and is not written yet is not written."""
    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account).account_ids
        removed = [remove_approver(session, account_id=a, user=user, by=_who(), now=now) for a in scope]
    click.echo(f"{user} {'may no longer approve' if any(removed) else 'was no approver'} for {account}.")


@command.command("list", epilog="Example: budgeteer approvers list --json")
@click.option("--account", help="The account's name; all where it is not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(account: str | None, as_json: bool) -> None:
    """Print who may approve."""
    with read(wiring.open_store(wiring.settings())) as session:
        scope = accounts.scope_for(session, account).account_ids
        named = {a: accounts.get(session, a).name for a in scope}
        people = [p for a in scope for p in approvers(session, a)]
    if as_json:
        rows = [{**asdict(p), "account": named[p.account_id], "added_at": p.added_at.isoformat()} for p in people]
        click.echo(json.dumps({"approvers": rows}, indent=2))
        return
    for p in people:
        click.echo(f"{named[p.account_id]}: {p.user}, up to tier {p.tier}{', from outside' if p.external else ''}")
    if not people:
        click.echo("Nobody may approve yet: budgeteer approvers add USER --account NAME")


def _who() -> str:
    return f"cli:{getpass.getuser()}"
