"""``budgeteer stop-writes``: the kill switch. It touches no platform; it stops the next operation."""

from __future__ import annotations

import getpass
import json

import click
from sqlalchemy.orm import Session

from app import wiring
from domain.errors import BadInput
from store import accounts
from store.engine import read, write
from store.switches import GLOBAL, account_scope, platform_scope, set_kill_switch, switches_on


@click.group("stop-writes")
def command() -> None:
    """Stop every write to the platforms, or allow them again: everywhere, on one platform, in one account."""


@command.command("on", epilog="Example: budgeteer stop-writes on --account 'Acme EU' --reason 'site is down'")
@click.option("--platform", help="Only this platform.")
@click.option("--account", help="Only this account.")
@click.option("--reason", help="Shown to everybody whose click or batch it stops.")
def on(platform: str | None, account: str | None, reason: str | None) -> None:
    """Stop writes from the next operation on."""
    _switch(platform, account, on=True, reason=reason)


@command.command("off", epilog="Example: budgeteer stop-writes off")
@click.option("--platform", help="Only this platform.")
@click.option("--account", help="Only this account.")
def off(platform: str | None, account: str | None) -> None:
    """Allow writes again."""
    _switch(platform, account, on=False, reason=None)


@command.command("status", epilog="Example: budgeteer stop-writes status --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(as_json: bool) -> None:
    """Say what is stopped, by whom and since when."""
    with read(wiring.open_store(wiring.settings())) as session:
        switches = switches_on(session)
    if as_json:
        rows = [{"scope": s.scope, "by": s.by, "at": s.at.isoformat(), "reason": s.reason} for s in switches]
        click.echo(json.dumps({"stopped": rows}, indent=2))
        return
    click.echo("\n".join(f"Writes are stopped: {s}" for s in switches) or "Writes are allowed.")


def _switch(platform: str | None, account: str | None, *, on: bool, reason: str | None) -> None:
    if platform is not None and account is not None:
        raise click.UsageError("give --platform or --account, not both")
    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        scopes = [GLOBAL]
        if platform is not None:
            scopes = [_platform(session, platform)]
        if account is not None:
            scopes = [account_scope(a) for a in accounts.scope_for(session, account).account_ids]
        for scope in scopes:
            set_kill_switch(session, scope, on=on, by=f"cli:{getpass.getuser()}", now=now, reason=reason)
    click.echo(f"Writes are {'stopped' if on else 'allowed again'}: {', '.join(scopes)}.")


def _platform(session: Session, written: str) -> str:
    """The switch of a platform that is known; a mistyped one would stop nothing and say that it did."""
    slug = "_".join(written.lower().replace("-", " ").replace("_", " ").split())
    known = {a.platform for a in accounts.find(session)} | set(wiring.PLATFORMS)
    scope = platform_scope(slug)
    if slug not in known and scope not in [s.scope for s in switches_on(session)]:
        raise BadInput(f"no platform is called {written!r}; known platforms: {', '.join(sorted(known))}")
    return scope
