"""``budgeteer channel``: which accounts a Slack channel sees, and when its digest comes."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from app import wiring
from app.channel_words import when_words
from domain.errors import BadInput
from store import accounts, bindings, channels, incident_news
from store.channels import Channel, DigestTime
from store.engine import read, write

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("channel")
def command() -> None:
    """Say which accounts a Slack channel sees, and when its digest comes."""


@command.command("bind", epilog="Example: budgeteer channel bind C024BE91L --account 'Acme EU'")
@click.argument("channel")
@click.option("--account", "names", multiple=True, required=True, help="An account's name; repeat for several.")
def bind(channel: str, names: tuple[str, ...]) -> None:
    """Let CHANNEL (its id in Slack, or a person's for direct messages) see exactly these accounts."""
    channels.checked_channel(channel)
    with write(wiring.open_store(wiring.settings())) as session:
        ids = list(dict.fromkeys(i for name in names for i in accounts.scope_for(session, name).account_ids))
        bindings.bind(session, channel, ids)
        named = list(dict.fromkeys(accounts.get(session, i).name for i in ids))
    click.echo(f"{channel} sees {', '.join(named)} and nothing else")


@command.command("unbind", epilog="Example: budgeteer channel unbind C024BE91L")
@click.argument("channel")
def unbind(channel: str) -> None:
    """Let CHANNEL see nothing again; its digest ends too."""
    with write(wiring.open_store(wiring.settings())) as session:
        was = channels.unbind(session, channel)
    click.echo(f"{channel} {'is no longer bound: it sees nothing' if was else 'was not bound'}")


@command.command("list", epilog="Example: budgeteer channel list --json")
@_JSON
def list_(as_json: bool) -> None:
    """Print every channel with the accounts it sees and its digest."""
    config = wiring.settings()
    with read(wiring.open_store(config)) as session:
        found = channels.channels(session)
        named = {c.id: [accounts.get(session, i).name for i in c.account_ids] for c in found}
        unreached = incident_news.unreached(session)
    if as_json:
        rows = [_as_json(c, named[c.id], config.timezone) | {"alerts_refused": unreached.get(c.id)} for c in found]
        click.echo(json.dumps({"channels": rows}, ensure_ascii=False, indent=2))
        return
    for c in found:
        sees = ", ".join(dict.fromkeys(named[c.id])) or "nothing"
        click.echo(f"{c.id}: sees {sees}; {when_words(c.digest, config.timezone)}")
        if (why := unreached.get(c.id)) is not None:
            click.echo(f"  !! Slack did not take its last alert: {why}")
    if not found:
        click.echo("No channel is bound yet: budgeteer channel bind CHANNEL --account NAME")


@command.command(
    "digest", epilog="Example: budgeteer channel digest C024BE91L --at 08:00 --timezone Europe/Berlin --weekly"
)
@click.argument("channel")
@click.option("--at", "at", metavar="HH:00", help="The hour at which they come [default: 08:00].")
@click.option("--timezone", help="IANA zone of that hour [default: TIMEZONE].")
@click.option("--weekdays-only/--every-day", default=None, help="Monday to Friday, or each day [default: weekdays].")
@click.option("--daily/--no-daily", default=None, help="The day [default: on, unless only another form is asked for].")
@click.option("--weekly/--no-weekly", default=None, help="The week, on the first day of the next.")
@click.option("--monthly/--no-monthly", default=None, help="The month, on the second of the next.")
@click.option("--language", help="What it is written in: a code such as en.")
@click.option("--hide", "hide", multiple=True, metavar="SECTION", help=f"Leave it out: {', '.join(channels.SECTIONS)}.")
@click.option("--show", "show", multiple=True, metavar="SECTION", help="Put it back.")
@click.option("--alerts", help="The least severity of an alert that is posted: info, warning, critical, or off.")
@click.option("--off", is_flag=True, help="No digest any more.")
def digest(channel: str, off: bool, **said: Any) -> None:
    """Post digests to CHANNEL; what is not given stays as it was. See: budgeteer digest --channel.

    Without an option the daily one comes at 08:00, Monday to Friday.
    """
    config = wiring.settings()
    now = wiring.clock(config)()
    with write(wiring.open_store(config)) as session:
        kept = channels.digest_time(session, channels.checked_channel(channel))
        when = replace(kept, on=False, weekly=False, monthly=False) if off else _changed(kept, said)
        if not off:
            bindings.scope_for_channel(session, channel, channel if channel[:1] in "UW" else None)
        fresh = channels.set_digest(session, channel, when, by=f"cli:{getpass.getuser()}", now=now)
    click.echo(f"{channel}: {when_words(when, config.timezone)}{'' if fresh else ' (as before)'}")


def _changed(kept: DigestTime, said: Mapping[str, Any]) -> DigestTime:
    """What was kept, with what was said. The daily one goes on unless only something else was asked for."""
    asked = {key for key, value in said.items() if value not in (None, ())}
    daily = said["daily"]
    if daily is None:
        timed = not asked or bool(asked & {"at", "timezone", "weekdays_only"})
        daily = kept.on or (timed and not kept.any and not asked & {"weekly", "monthly"})
    hidden = (set(kept.hidden) | set(said["hide"])) - set(said["show"])
    if unknown := sorted(set(said["show"]) - set(channels.SECTIONS)):
        raise BadInput(f"unknown section of a digest {unknown[0]!r}; there are {', '.join(channels.SECTIONS)}")
    plain = ("timezone", "weekdays_only", "weekly", "monthly", "language", "alerts")
    new: dict[str, Any] = {str(key): said[key] for key in plain if key in asked}
    if "at" in asked:
        new["hour"] = hour_of(said["at"])
    return replace(kept, on=daily, hidden=tuple(sorted(hidden)), **new)


def hour_of(text: str) -> int:
    """The hour of ``08:00`` or ``8``. Raises BadInput for anything else: a digest comes at a full hour."""
    match = re.fullmatch(r"(\d{1,2})(?::00)?", text.strip(), re.ASCII)
    if match is None or int(match[1]) > 23:
        raise BadInput(f"{text!r} is not a full hour of the day; write it as 08:00")
    return int(match[1])


def _as_json(channel: Channel, names: Sequence[str], timezone: str) -> dict[str, object]:
    when = channel.digest
    return {
        "channel": channel.id,
        "accounts": list(names),
        "alerts": when.alerts,
        "digest": None
        if not when.any
        else {
            "hour": when.hour,
            "timezone": when.timezone or timezone,
            "weekdays_only": when.weekdays_only,
            "daily": when.on,
            "weekly": when.weekly,
            "monthly": when.monthly,
            "language": when.language,
            "hidden": list(when.hidden),
        },
    }
