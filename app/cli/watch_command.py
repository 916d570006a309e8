"""``budgeteer watch``: look now and say what is open; list, show, acknowledge, snooze, call expected, close, rules."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from app import wiring
from app.cli import days
from app.cli.days import FORM

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from domain.scope import Scope
    from scheduler.watch import Looked
    from store.incident_actions import Acted
    from store.incidents import IncidentView
    from store.quiet_rules import Quiet

SHORT = 8  # characters of an id: enough to name one among the open ones
_ACCOUNT = click.option("--account", metavar="NAME", help="Only this account; all where it is not given.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
Do = Callable[["Session", "Scope", datetime, str], "Acted"]


@click.group("watch", invoke_without_command=True)
@_ACCOUNT
@click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
@_JSON
@click.pass_context
def command(context: click.Context, account: str | None, as_of: str | None, as_json: bool) -> None:
    """Look at every account for what is unusual now, and say what is open.

    What the running bot does each hour, with the same incidents: looking twice at the same data tells nothing twice.
    """
    if context.invoked_subcommand is not None:
        return
    from scheduler.watch import look_at
    from store import accounts
    from store.engine import read

    engine, now = _opened()
    with read(engine) as session:
        scope = accounts.scope_for(session, account)
    looked = look_at(engine, scope, now, today=days.as_of(as_of))
    _note_looks(engine, looked, now)
    kept = _open(engine, scope)
    if as_json:
        seen = [
            {"account": one.account, "error": one.error, "quieted": one.quieted, "moved": [m.what for m in one.moved],
             "through": None if one.judged is None else one.judged.isoformat(),
             "conversions_through": None if one.settled is None else one.settled.isoformat()}
            for one in looked
        ]  # fmt: skip
        click.echo(_dump({"looked": seen, "incidents": [_to_json(engine, scope, view) for view in kept]}))
        return
    for one in looked:
        quiet = f"; {one.quieted} unusual, kept quiet by a rule" if one.quieted else ""
        click.echo(f"{one.account}: {_saw(one)}{quiet}")
    if not looked:
        click.echo("There is no ads account with data to look at; load some with: budgeteer import FILE")
    _say(engine, scope, kept)


@command.command("list", epilog="Example: budgeteer watch list --account 'Acme EU'")
@_ACCOUNT
@click.option("--ended", is_flag=True, help="Also what ended in the last 14 days.")
@_JSON
def list_(account: str | None, ended: bool, as_json: bool) -> None:
    """Say what is open, without looking anew."""
    from datetime import timedelta

    from store import accounts, incidents
    from store.engine import read

    engine, now = _opened()
    with read(engine) as session:
        scope = accounts.scope_for(session, account)
        over = incidents.ended_since(session, scope, now - timedelta(days=14)) if ended else []
    kept = [*_open(engine, scope), *over]
    if as_json:
        click.echo(_dump({"incidents": [_to_json(engine, scope, view) for view in kept]}))
        return
    _say(engine, scope, kept)


@command.command("show", epilog="Example: budgeteer watch show 3f2a91c0")
@click.argument("incident")
@_JSON
def show(incident: str, as_json: bool) -> None:
    """Say everything about one incident: figures by day, cause, money at stake, and what was done."""
    from store import accounts, incidents
    from store.engine import read
    from tools import incident_words as words
    from tools import same_matter

    engine, _ = _opened()
    with read(engine) as session:
        scope = accounts.scope_for(session, None)
        view = incidents.incident(session, scope, incident)
        values, history = incidents.days(session, scope, view.id), incidents.events(session, scope, view.id)
        found = incidents.open_incidents(session, scope)
    if as_json:
        click.echo(_dump({"incident": _to_json(engine, scope, view, whole=True)}))
        return
    click.echo(f"{view.id[:SHORT]}  {words.SEVERE[view.severity]}: {words.title(view)} ({words.state(view)})")
    click.echo(words.headline(view, values))
    for label, text in words.told(view, None, same_matter.beside(view, found))[:-1]:
        click.echo(f"{label}: {text}")
    for line in view.cause.get("evidence", []):
        click.echo(f"  - {line['looked_at']}: {line['found']}")
    click.echo("Unusual:")
    for d in values:
        told = "not stated" if d.value is None else words.value_of(d.metric, d.value, view.currency)
        usual = "unknown" if d.expected is None else words.value_of(d.metric, d.expected, view.currency)
        click.echo(f"  {d.day}  {d.metric:<12} {d.campaign or 'whole account'}: {told} against {usual}")
    click.echo("What happened:")
    for e in history:
        until = f" until {str(e.details['until'])[:16].replace('T', ' ')} UTC" if e.details.get("until") else ""
        click.echo(f"  {e.at:%Y-%m-%d %H:%M} UTC  {e.kind}{until} by {e.by}")


@command.command("ack", epilog="Example: budgeteer watch ack 3f2a91c0")
@click.argument("incident")
def ack(incident: str) -> None:
    """Say that somebody looks at it: it is told again only if it gets worse."""
    from store import incident_actions as actions

    _act("acknowledged", lambda session, scope, now, by: actions.acknowledge(session, scope, incident, by=by, now=now))


@command.command("snooze", epilog="Example: budgeteer watch snooze 3f2a91c0 --for 3d")
@click.argument("incident")
@click.option("--for", "length", type=click.Choice(["1d", "3d", "1w"]), default="1d", show_default=True)
@click.option("--off", is_flag=True, help="Take the snooze back.")
def snooze(incident: str, length: str, off: bool) -> None:
    """Say nothing of it for a while from now, unless it gets graver; another length moves the end, either way."""
    from store import incident_actions as actions

    if off:
        _act("unsnoozed", lambda session, scope, now, by: actions.unsnooze(session, scope, incident, by=by, now=now))
        return
    _act("snoozed", lambda session, scope, now, by: actions.snooze(session, scope, incident, length, by=by, now=now))


@command.command(
    "expected", epilog="Example: budgeteer watch expected 3f2a91c0 --because promotion --note 'spring sale'"
)
@click.argument("incident")
@click.option("--because", type=click.Choice(["promotion", "seasonal", "tracking"]), required=True)
@click.option("--note", default="", help="What is kept with the quiet rules.")
def expected(incident: str, because: str, note: str) -> None:
    """Say that it was to be expected: it ends, and the same stays quiet for a time."""
    from store import incident_actions as actions

    _act("expected", lambda s, scope, now, by: actions.expect(s, scope, incident, because, by=by, now=now, note=note))


@command.command("close", epilog="Example: budgeteer watch close 3f2a91c0")
@click.argument("incident")
def close(incident: str) -> None:
    """End it by hand; it opens again only where it gets worse."""
    from store import incident_actions as actions

    _act("closed", lambda session, scope, now, by: actions.close(session, scope, incident, by=by, now=now))


@command.command("rules", epilog="Example: budgeteer watch rules --all")
@_ACCOUNT
@click.option("--all", "every", is_flag=True, help="Also those that ended or were revoked.")
@_JSON
def rules(account: str | None, every: bool, as_json: bool) -> None:
    """Say what is kept quiet, why, since whom, and until when."""
    from store import accounts, quiet_rules
    from store.engine import read

    engine, now = _opened()
    with read(engine) as session:
        found = quiet_rules.rules(session, accounts.scope_for(session, account), None if every else now)
    if as_json:
        click.echo(_dump({"rules": [_rule_json(rule, now) for rule in found]}))
        return
    for rule in found:
        click.echo(_rule(rule, now))
    click.echo(
        "To hear of one again: budgeteer watch revoke NUMBER"
        if found
        else "No quiet rule: every unusual matter is told. One is learned by: budgeteer watch expected INCIDENT"
    )


@command.command("revoke", epilog="Example: budgeteer watch revoke 4")
@click.argument("rule", type=int)
def revoke(rule: int) -> None:
    """Take quiet rule RULE back: what it kept quiet is told again, except for what another rule still covers."""
    from store import accounts, incident_actions, quiet_rules
    from store.engine import write
    from tools.quiet_words import left_quiet

    engine, now = _opened()
    with write(engine) as session:
        scope = accounts.scope_for(session, None)
        fresh = incident_actions.revoke(session, scope, rule, by=f"cli:{getpass.getuser()}", now=now)
        left = quiet_rules.still_quiet(session, scope, rule, now)
    click.echo(f"rule {rule} is revoked{'' if fresh else ' (as before)'}; {left_quiet(left)}")
    for one in left:
        click.echo(f"  {_rule(one, now)}")


def _saw(one: Looked) -> str:
    if one.error:
        return f"could not be looked at ({one.error})"
    if one.judged is None:
        return "nothing to look at, there are no figures of the last half year"
    young = "" if one.settled in (None, one.judged) else f", conversions and revenue through {one.settled}"
    return f"looked at, figures through {one.judged}{young}"


def _note_looks(engine: Engine, looked: Sequence[Looked], now: datetime) -> None:
    """Keep that somebody looked: what the clock's looks leave in their records, these leave in the audit."""
    from store import audit, watch_looks
    from store.engine import write

    with write(engine) as session:
        for one in looked:
            if one.error is None and one.judged is not None:
                through = {"through": one.judged.isoformat()}
                subject = watch_looks.subject(one.account_id)
                audit.append(session, f"cli:{getpass.getuser()}", watch_looks.BY_HAND, subject, through, now)


def _opened() -> tuple[Engine, datetime]:
    config = wiring.settings()
    return wiring.open_store(config), wiring.clock(config)()


def _open(engine: Engine, scope: Scope) -> list[IncidentView]:
    from store import incidents
    from store.engine import read

    with read(engine) as session:
        return incidents.open_incidents(session, scope)


def _act(done: str, do: Do) -> None:
    """Do it with its news for the channels; say what came of it."""
    from store import accounts, incident_news
    from store.engine import write
    from store.incident_settling import Moved
    from tools import incident_words as words

    engine, now = _opened()
    with write(engine) as session:
        acted = do(session, accounts.scope_for(session, None), now, f"cli:{getpass.getuser()}")
        if acted.changed and acted.event_id is not None:
            incident_news.announce(session, [Moved(acted.incident.id, done, acted.event_id, tell=False)], now)
    what = f"{acted.incident.id[:SHORT]} {words.title(acted.incident)}"
    until = f" until {acted.until:%Y-%m-%d %H:%M} UTC" if acted.until else ""
    if acted.changed:
        learned = f"; quiet rules {', '.join(map(str, acted.rules))}: budgeteer watch rules" if acted.rules else ""
        was = f" (it was until {acted.was:%Y-%m-%d %H:%M} UTC)" if acted.was else ""
        click.echo(f"{what}: {done}{until}{was}{learned}")
    elif acted.by and acted.at:
        click.echo(f"{what}: already {done}{until} by {acted.by}, {acted.at:%Y-%m-%d %H:%M} UTC")
    else:
        click.echo(f"{what}: nothing to do, it is {words.state(acted.incident)}")


def _say(engine: Engine, scope: Scope, kept: list[IncidentView]) -> None:
    from store import incidents, quiet_rules, watch_looks
    from store.engine import read
    from tools import incident_words as words
    from tools import same_matter

    if not kept:
        with read(engine) as session:
            unseen = set(scope.account_ids) - set(watch_looks.last_looks(session, scope))
            quiet = bool(quiet_rules.rules(session, scope, datetime.now(UTC)))
        beyond = " beyond what quiet rules cover (budgeteer watch rules)" if quiet else ""
        said = (
            "Not every account was looked at yet: budgeteer watch" if unseen else f"Nothing unusual was found{beyond}."
        )
        click.echo(f"Nothing is open. {said}")
        return
    with read(engine) as session:
        values = {view.id: incidents.days(session, scope, view.id) for view in kept}
    for view in kept:
        click.echo("")
        click.echo(f"{view.id[:SHORT]}  {words.SEVERE[view.severity]}: {words.title(view)} ({words.state(view)})")
        click.echo(f"  {words.headline(view, values[view.id])}")
        for label, text in words.told(view, None, same_matter.beside(view, [v for v in kept if v.open]))[:-1]:
            click.echo(f"  {label}: {text}")
    first = kept[0].id[:SHORT]
    click.echo("")
    click.echo(f"More: budgeteer watch show {first}; also ack, snooze, expected, close")


def _to_json(engine: Engine, scope: Scope, view: IncidentView, *, whole: bool = False) -> dict[str, Any]:
    from store import incidents
    from store.engine import read
    from tools import incident_words as words

    with read(engine) as session:
        values = incidents.days(session, scope, view.id)
        history = incidents.events(session, scope, view.id) if whole else []
    found = words.figure(view, values)
    said: dict[str, Any] = {
        "id": view.id, "account": view.account, "platform": view.platform, "kind": view.kind, "metric": view.metric,
        "direction": view.direction, "reach": view.reach, "severity": view.severity, "status": view.status,
        "first_day": view.first_day.isoformat(), "last_day": view.last_day.isoformat(),
        "value": None if found is None else float(found.value),
        "expected": None if found is None else float(found.expected),
        "money": None if view.money is None else float(view.money), "currency": view.currency,
        "money_how": view.money_how, "campaigns": list(view.campaigns), "symptoms": list(view.symptoms),
        "cause": {"kind": view.cause.get("kind"), "said": view.said},
        "snoozed_until": None if view.snoozed_until is None else view.snoozed_until.isoformat(),
        "said": words.headline(view, values),
    }  # fmt: skip
    if whole:
        said["days"] = [
            {"campaign": d.campaign, "metric": d.metric, "day": d.day.isoformat(), "value": d.value,
             "expected": d.expected, "low": d.low, "high": d.high, "score": d.score}
            for d in values
        ]  # fmt: skip
        said["events"] = [{"kind": e.kind, "by": e.by, "at": e.at.isoformat(), **e.details} for e in history]
    return said


def _rule(rule: Quiet, now: datetime) -> str:
    from tools.quiet_words import size_of

    state = f"revoked by {rule.revoked_by}" if rule.revoked_at else "ended" if not rule.active(now) else "holds"
    until = f" until {rule.until:%Y-%m-%d}" if rule.until and not rule.revoked_at else ""
    what = f"{rule.metric} {rule.direction}{size_of(rule)}"
    return f"{rule.id}: {rule.account}, {rule.where}: {what}; {rule.reason}; {state}{until}; made by {rule.created_by}"


def _rule_json(rule: Quiet, now: datetime) -> dict[str, Any]:
    return {
        "id": rule.id, "account": rule.account, "campaign": rule.campaign, "whole_account_only": rule.own_line,
        "metric": rule.metric,
        "direction": rule.direction, "largest": rule.largest, "why": rule.why, "reason": rule.reason,
        "until": None if rule.until is None else rule.until.isoformat(), "created_by": rule.created_by,
        "learned_from": rule.learned_from, "active": rule.active(now), "revoked_by": rule.revoked_by,
    }  # fmt: skip


def _dump(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2)
