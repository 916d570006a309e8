"""``budgeteer experiments``: what experiments found, to calibrate response curves with."""

from __future__ import annotations

import getpass
import json
from datetime import date
from decimal import Decimal, InvalidOperation

import click
from sqlalchemy.orm import Session

from app import wiring
from domain.errors import BadInput, CannotAnswer
from domain.formatting import format_money
from domain.scope import Scope
from store import accounts, lift_changes, lift_results
from store.engine import read, write
from store.lift_changes import Entry
from store.lift_results import Found


@click.group("experiments")
def command() -> None:
    """Keep results of experiments (geo tests, holdouts, lift studies). They calibrate the response curves.

    A result counts with its own doubt, from the moment it is added until it is revoked.
    """


@command.command(
    "add",
    epilog="Example: budgeteer experiments add 'Geo test DE' --account 'Acme EU' --campaign 'Brand Search' "
    "--from 2026-05-01 --to 2026-05-28 --spend 9800 --incremental 14200 --low 9000 --high 19500 --source 'report 12'",
)
@click.argument("name")
@click.option("--account", required=True, help="Whose campaigns were tested.")
@click.option("--campaign", "campaigns", multiple=True, help="A campaign tested; several tested together: repeat.")
@click.option("--outcome", type=click.Choice(lift_changes.OUTCOMES), default="revenue", show_default=True)
@click.option("--method", default="geo test", show_default=True, help="How: geo test, holdout, lift study ...")
@click.option("--from", "first", required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", required=True, help="Last day, YYYY-MM-DD.")
@click.option("--spend", required=True, help="What the tested ads cost, in the account's currency.")
@click.option("--incremental", type=float, required=True, help="Revenue or conversions beyond what would have come.")
@click.option("--low", type=float, required=True, help="Lower end of its range.")
@click.option("--high", type=float, required=True, help="Upper end of its range.")
@click.option("--level", type=float, default=0.9, show_default=True, help="Probability of the range.")
@click.option("--source", required=True, help="Where the result comes from, for whoever asks later.")
def add(
    name: str, account: str, campaigns: tuple[str, ...], outcome: str, method: str, first: str, last: str, spend: str,
    incremental: float, low: float, high: float, level: float, source: str,
) -> None:  # fmt: skip
    """Add what an experiment found. Without --campaign it is of the whole account."""
    entry = Entry(
        name=name, campaigns=tuple(dict.fromkeys(campaigns)), outcome=outcome, method=method, first_day=_day(first),
        last_day=_day(last), spend=_amount(spend), incremental=incremental, low=low, high=high, level=level,
        source=source,
    )  # fmt: skip
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        ids = accounts.scope_for(session, account).account_ids
        if len(ids) != 1:
            raise BadInput(f"{len(ids)} accounts are named {account!r}; a result belongs to one")
        number = lift_changes.add(session, ids[0], entry, by=_who(), now=wiring.clock(config)())
        unused = _unused(session, ids[0], entry, wiring.clock(config)().date())
    if unused:
        click.echo(f"#{number} is kept, but calibrates no curve: {unused}.")
        return
    click.echo(f"#{number} is kept and calibrates {_of(entry.campaigns)} from now on.")


def _unused(session: Session, account_id: int, entry: Entry, today: date) -> str:
    """Why the curves as they are learned now do not use the result; "" where they do, or where there is none yet."""
    from tools import levers
    from tools.beside import why_unused

    account = accounts.get(session, account_id)
    try:
        known = levers.read(session, Scope((account_id,)), account, today)
    except CannotAnswer:
        return ""
    owners = [lever.campaigns for lever in known.levers]
    return why_unused(
        entry.campaigns, entry.outcome, entry.first_day, entry.last_day, owners, known.outcome, known.history
    )


@command.command("list", epilog="Example: budgeteer experiments list --all")
@click.option("--account", help="Only this account.")
@click.option("--all", "everything", is_flag=True, help="Revoked results too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(account: str | None, everything: bool, as_json: bool) -> None:
    """Print the results that count."""
    with read(wiring.open_store(wiring.settings())) as session:
        found = lift_results.results(session, accounts.scope_for(session, account), revoked=everything)
    if as_json:
        click.echo(json.dumps({"experiments": [_json(f) for f in found]}, indent=2, ensure_ascii=False))
        return
    click.echo("\n".join(_line(f) for f in found) or "No result of an experiment is kept.")


@command.command("revoke", epilog="Example: budgeteer experiments revoke 3")
@click.argument("result", type=int)
def revoke(result: int) -> None:
    """Let RESULT (its number in the list) count no more."""
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, None)
        gone = lift_changes.revoke(session, scope, result, by=_who(), now=wiring.clock(config)())
    click.echo(f"#{gone.id} '{gone.name}' counts no more.")


def _line(f: Found) -> str:
    per = f.incremental / float(f.spend)
    unit = "ROAS" if f.outcome == "revenue" else "conversions per unit"
    gone = f" · revoked by {f.revoked_by} on {f.revoked_at:%Y-%m-%d}" if f.revoked_at else ""
    return (
        f"#{f.id:<4}{f.first_day} to {f.last_day}  {f.account}: {_of(f.campaigns)} · {f.name} ({f.method}): "
        f"{f.incremental:,.6g} {f.outcome} ({f.low:,.6g} to {f.high:,.6g} at {f.level * 100:g} %) from "
        f"{format_money(f.spend, f.currency)}, {unit} {per:.3g} · {f.source}{gone}"
    )


def _json(f: Found) -> dict[str, object]:
    return {
        "id": f.id, "account": f.account, "name": f.name, "campaigns": list(f.campaigns), "outcome": f.outcome,
        "method": f.method, "from": f.first_day.isoformat(), "to": f.last_day.isoformat(), "spend": float(f.spend),
        "currency": f.currency, "incremental": f.incremental, "low": f.low, "high": f.high, "level": f.level,
        "source": f.source, "entered_by": f.entered_by, "entered_at": f.entered_at.isoformat(),
        "revoked_by": f.revoked_by, "revoked_at": f.revoked_at.isoformat() if f.revoked_at else None,
    }  # fmt: skip


def _of(campaigns: tuple[str, ...]) -> str:
    return ", ".join(campaigns) or "the whole account"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{text[:40]!r} is not a date; write YYYY-MM-DD, such as 2026-07-01") from None


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace("_", "?"))
    except InvalidOperation:
        raise BadInput(f"{text[:40]!r} is no amount; write a number such as 9800.50") from None


def _who() -> str:
    return f"cli:{getpass.getuser()}"
