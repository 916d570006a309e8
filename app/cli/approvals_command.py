"""``budgeteer approvals``: what is under way, and the way out for a change that waits for a person."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict

import click

from app import wiring
from domain.lifecycle import OPEN, Status
from store.approvals import ApprovalView, find, view
from store.engine import read, write


@click.group("approvals")
def command() -> None:
    """See which changes are open, and settle one whose outcome only a person can tell."""


@command.command("list", epilog="Example: budgeteer approvals list --status quarantined --json")
@click.option("--status", type=click.Choice(sorted(Status)), help="Only these; where not given, all that are open.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(status: str | None, as_json: bool) -> None:
    """Print the approvals that are open, oldest first."""
    wanted = [Status(status)] if status else sorted(OPEN)
    with read(wiring.open_store(wiring.settings())) as session:
        shown = [view(session, approval_id) for approval_id in find(session, wanted)]
    if as_json:
        click.echo(json.dumps({"approvals": [_row(v) for v in shown]}, indent=2))
        return
    for each in shown:
        click.echo(_line(each))
        for o in each.operations:
            detail = f" ({o.detail})" if o.detail else ""
            click.echo(f"    {o.change.entity_name}: {o.change.moves}: {o.state}{detail}")
    if not shown:
        click.echo(f"No approval is {status}." if status else "No approval is open.")


@command.command("resolve", epilog="Example: budgeteer approvals resolve 3f0c9a... --as applied")
@click.argument("approval_id", metavar="ID")
@click.option("--as", "outcome", type=click.Choice(["applied", "failed"]), help="What the change came to.")
@click.option("--yes", "certain", is_flag=True, help="Settle it so although the platform does not show that.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def resolve_(approval_id: str, outcome: str | None, certain: bool, as_json: bool) -> None:
    """Settle an approval in quarantine, or one whose outcome stays unknown, after reading live what the platform shows.

    It writes nothing to the platform; it frees the budget for a fresh proposal.
    Without --as it only shows what it sees.
    """
    from agent.activation import look, resolve

    config = wiring.settings()
    deps = wiring.activation_deps(config, wiring.open_store(config))
    seen = look(deps, approval_id)
    if not as_json:
        click.echo("\n".join(str(s) for s in seen))
    with read(deps.engine) as session:
        status = view(session, approval_id).approval.status
    if outcome is not None:
        by = f"cli:{getpass.getuser()}"
        status = resolve(
            deps, approval_id, seen, "applied" if outcome == "applied" else "failed", by=by, certain=certain
        )
    if as_json:
        values = [{"entity": s.operation.change.entity, "sees": str(s)} for s in seen]
        click.echo(json.dumps({"approval": approval_id, "status": status, "seen": values}, indent=2))
    elif outcome is None:
        click.echo(f"Nothing was settled. To settle it: budgeteer approvals resolve {approval_id} --as applied|failed")
    else:
        click.echo(f"Approval {approval_id} is {status.replace('_', ' ')}.")


@command.command("suppressions", epilog="Example: budgeteer approvals suppressions --account 'Acme EU'")
@click.option("--account", help="The account's name; all where it is not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def suppressions_(account: str | None, as_json: bool) -> None:
    """Print what people rejected and is not proposed again for a while."""
    from store import accounts
    from store.barred import in_force

    config = wiring.settings()
    now = wiring.clock(config)()
    with read(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        bars = in_force(session, scope, now)
        named = {a: accounts.get(session, a).name for a in scope.account_ids}
    if as_json:
        rows = [
            {**asdict(b), "account": named[b.account_id], "at": b.at.isoformat(), "until": b.until.isoformat()}
            for b in bars
        ]
        click.echo(json.dumps({"suppressions": rows}, indent=2))
        return
    for b in bars:
        note = f' "{b.note}"' if b.note else ""
        click.echo(f"{b.id}  {named[b.account_id]}, budget {b.entity}: {b}{note}, by {b.by}")
    click.echo("To lift one: budgeteer approvals lift ID" if bars else "Nothing is left alone.")


@command.command("lift", epilog="Example: budgeteer approvals lift 3f0c9a...")
@click.argument("suppression_id", metavar="ID")
def lift_(suppression_id: str) -> None:
    """Let a budget be proposed again before its rejection has run out."""
    from store import accounts
    from store.suppressions import lift

    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, None)
        entity = lift(session, scope, suppression_id, by=f"cli:{getpass.getuser()}", now=now)
    click.echo(f"Budget {entity} may be proposed again.")


def _row(shown: ApprovalView) -> dict[str, object]:
    a = shown.approval
    return {
        "id": a.id,
        "status": a.status,
        "account": shown.account.name,
        "title": shown.recommendation.title,
        "created_at": a.created_at.isoformat(),
        "expires_at": a.expires_at.isoformat(),
        "decided_by": a.decided_by,
        "tampered": shown.tampered,
        "operations": [
            {
                "entity": o.change.entity,
                "name": o.change.entity_name,
                "field": o.change.field,
                "before": str(o.change.before),
                "after": str(o.change.after),
                "state": o.state,
                "detail": o.detail,
            }
            for o in shown.operations
        ],
    }


def _line(shown: ApprovalView) -> str:
    a = shown.approval
    return f"{a.id}  {a.status}  {shown.account.name}: {shown.recommendation.title}"
