"""``budgeteer labels``: brand, country, category and funnel of campaigns, proposed from their names."""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import click
from sqlalchemy.orm import Session

from app import wiring
from domain.errors import BadInput
from domain.labels import SURENESS, described, parse
from domain.scope import Scope
from store import accounts, labels
from store.engine import read, write
from store.labels import RuleView

NAMES_SHOWN = 4
_ACCOUNT = click.option("--account", help="The account's name; all where it is not given.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("labels")
def command() -> None:
    """Say what campaigns are: brand or not, which country, category, funnel. Asked as "without brand", "DE vs AT".

    Rules are proposed from the campaign names and count once they are confirmed; new campaigns then get
    their labels by themselves. A label set by hand stands above the rules.
    """


@command.command("propose", epilog="Example: budgeteer labels propose --channel C012AB3CD")
@_ACCOUNT
@click.option("--channel", help="Post the proposals in this Slack channel, with a button for each key.")
@_JSON
def propose(account: str | None, channel: str | None, as_json: bool) -> None:
    """Read the campaign names and propose labels."""
    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        found = [view for a in scope.account_ids for view in labels.propose_rules(session, a, now)]
        names = _accounts(session, scope)
        if channel is not None and found:
            from app.slack.label_cards import post

            for account_id in dict.fromkeys(view.account_id for view in found):
                post(session, account_id, channel, now)
    if as_json:
        click.echo(json.dumps({"proposed": _json(found, names)}, indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo(
            "Nothing to propose: the campaign names say nothing new. Label one by hand: "
            "budgeteer labels set CAMPAIGN brand=non-brand"
        )
        return
    click.echo("\n".join([*_told(found, names), f"Next: budgeteer labels confirm {found[0].rule.key}"]))


@command.command("confirm", epilog="Example: budgeteer labels confirm brand --account 'Acme EU'")
@click.argument("key")
@click.option("--value", help="Only the rules for this value.")
@_ACCOUNT
def confirm(key: str, value: str | None, account: str | None) -> None:
    """Let the proposed rules of KEY count, for today's campaigns and for new ones."""
    _decide(key, value, account, "confirmed")


@command.command("reject", epilog="Example: budgeteer labels reject category")
@click.argument("key")
@click.option("--value", help="Only the rules for this value.")
@_ACCOUNT
def reject(key: str, value: str | None, account: str | None) -> None:
    """Drop the proposed rules of KEY; they are not proposed again."""
    _decide(key, value, account, "rejected")


@command.command("list", epilog="Example: budgeteer labels list --json")
@_ACCOUNT
@_JSON
def list_(account: str | None, as_json: bool) -> None:
    """Print the rules, the labels set by hand, and what carries no label."""
    with read(wiring.open_store(wiring.settings())) as session:
        scope = accounts.scope_for(session, account)
        names = _accounts(session, scope)
        found = labels.rules(session, scope)
        by_hand = labels.hand_set(session, scope)
        lacking = {a: labels.unlabelled(session, a) for a in scope.account_ids}
    if as_json:
        hand = [{"account": names[h.account_id], "campaign": h.campaign, "key": h.key, "value": h.value,
                 "set_by": h.set_by} for h in by_hand]  # fmt: skip
        none = [{"account": names[a], "key": k, "campaigns": list(c)} for a, keys in lacking.items()
                for k, c in keys.items()]  # fmt: skip
        said = {"rules": _json(found, names), "by_hand": hand, "without": none}
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    lines = _told(found, names)
    lines += [f"{names[h.account_id]}: {h.campaign} is {h.key}={h.value}, set by {h.set_by}" for h in by_hand]
    lines += [f"{names[a]}: no {key} label: {_some(campaigns)}" for a, keys in lacking.items()
              for key, campaigns in keys.items()]  # fmt: skip
    click.echo("\n".join(lines) or "No labels yet: budgeteer labels propose")


@command.command("set", epilog="Example: budgeteer labels set 'Search Network' brand=non-brand")
@click.argument("campaign")
@click.argument("label", metavar="KEY=VALUE")
@_ACCOUNT
def set_(campaign: str, label: str, account: str | None) -> None:
    """Label CAMPAIGN by hand; this stands above every rule."""
    key, value = parse(label)
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        count = labels.set_label(session, scope, campaign, key, value, by=_who(), now=wiring.clock(config)())
    click.echo(f"{campaign} is {key}={value} now{'' if count == 1 else f' ({count} campaigns have this name)'}.")


@command.command("unset", epilog="Example: budgeteer labels unset 'Search Network' brand")
@click.argument("campaign")
@click.argument("key")
@_ACCOUNT
def unset(campaign: str, key: str, account: str | None) -> None:
    """Take back a label set by hand; the rules speak again."""
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        count = labels.unset_label(session, scope, campaign, key, by=_who(), now=wiring.clock(config)())
    click.echo(f"{campaign}: {'no longer set by hand' if count else f'no {key} label was set by hand'}.")


def _decide(key: str, value: str | None, account: str | None, decision: labels.Decision) -> None:
    config = wiring.settings()
    with write(wiring.open_store(config)) as session:
        scope = accounts.scope_for(session, account)
        count = labels.decide(
            session, scope, key, decision, by=_who(), now=wiring.clock(config)(), value=value
        )  # fmt: skip
        waiting = sorted({view.rule.key for view in labels.rules(session, scope, ("proposed",))})
        carried = labels.labels_of(session, scope)
    if not count:
        what = f"{key}={value}" if value else key
        there = f"waiting: {', '.join(waiting)}" if waiting else "nothing waits; see budgeteer labels list"
        raise BadInput(f"no proposed rule for {what}; {there}")
    rules = f"{count} rule{'' if count == 1 else 's'} for {key}"
    reached = sum(key in found for found in carried.values())
    click.echo(f"{rules} {decision}; {reached} campaigns carry a {key} label." if decision == "confirmed"
               else f"{rules} rejected.")  # fmt: skip


def _told(found: Sequence[RuleView], names: dict[int, str]) -> list[str]:
    lines = []
    for (account_id, key, status), group in groupby(
        sorted(found, key=lambda v: (v.account_id, v.status, v.rule.key)),
        lambda v: (v.account_id, v.rule.key, v.status),
    ):
        lines.append(f"{names[account_id]}: {key} ({status})")
        lines += [
            f"  {view.rule.value:<14} {_some(view.campaigns) or 'no campaign today'}; "
            f"{described(view.rule.pattern)} ({SURENESS.get(view.rule.priority, 'sure')})"
            for view in group
        ]
    return lines


def _some(campaigns: Sequence[str]) -> str:
    more = f" and {len(campaigns) - NAMES_SHOWN} more" if len(campaigns) > NAMES_SHOWN else ""
    return ", ".join(campaigns[:NAMES_SHOWN]) + more


def _json(found: Sequence[RuleView], names: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {"account": names[v.account_id], "key": v.rule.key, "value": v.rule.value, "pattern": v.rule.pattern,
         "how_sure": SURENESS.get(v.rule.priority, "sure"), "status": v.status, "campaigns": list(v.campaigns),
         "decided_by": v.decided_by}
        for v in found
    ]  # fmt: skip


def _accounts(session: Session, scope: Scope) -> dict[int, str]:
    return {a: accounts.get(session, a).name for a in scope.account_ids}


def _who() -> str:
    return f"cli:{getpass.getuser()}"
