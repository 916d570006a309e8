"""``budgeteer digest``: what the last complete days were, what moved, and what needs a person."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from app import wiring
from app.cli import days
from app.cli.days import FORM
from app.cli.tables import table_lines

if TYPE_CHECKING:
    from domain.evidence import Table
    from tools.digest import Digest
    from tools.digest.days import Form


@click.command("digest")
@click.option("--account", "names", metavar="NAME", multiple=True, help="Only this account; repeat for several.")
@click.option("--channel", metavar="ID", help="What this Slack channel is posted: its accounts, sections and language.")
@click.option("--weekly", is_flag=True, help="Of the last whole week, against the week before.")
@click.option("--monthly", is_flag=True, help="Of the last whole month.")
@click.option("--language", help="What it is written in: en or de [default: the channel's, else en].")
@click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
@click.option("--post", is_flag=True, help="Queue it for the channel too, once a day; the running bot delivers it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    names: tuple[str, ...],
    channel: str | None,
    weekly: bool,
    monthly: bool,
    language: str | None,
    as_of: str | None,
    post: bool,
    as_json: bool,
) -> None:
    """Say what the last complete days were, what moved, and what needs a person.

    Yesterday against the same weekday a week before; on a Monday Friday to Sunday.

    \b
    budgeteer digest
    budgeteer digest --account "Acme EU" --as-of 2024-07-01
    budgeteer digest --weekly
    """
    from agent.digest import in_words, to_json
    from domain.errors import BadInput

    if names and channel:
        raise BadInput("--account and --channel both say which accounts; give one of them")
    if weekly and monthly:
        raise BadInput("--weekly and --monthly are two digests; ask for one of them")
    form: Form = "weekly" if weekly else "monthly" if monthly else "daily"
    if post and not channel:
        raise BadInput("--post needs the --channel that the digest goes to")
    if post and channel:
        click.echo(_post(channel, days.as_of(as_of), form), err=as_json)
    made, hidden = _build(names, channel, days.as_of(as_of), form, language)
    if as_json:
        click.echo(json.dumps(to_json(made), ensure_ascii=False, indent=2))
        return
    board = None if "board" in hidden else made.board
    click.echo("\n".join(_lines(in_words(made, hidden), board)))
    last = max(made.freshness.values(), default=made.window.end)
    if as_of is None and last < made.window.start:
        click.echo(f"To see it as of then: budgeteer digest --as-of {last + timedelta(days=1)}")


def _post(channel: str, today: date | None, form: Form) -> str:
    from zoneinfo import ZoneInfo

    from scheduler import digests
    from store import accounts, bindings, channels
    from store.engine import read

    config = wiring.settings()
    engine = wiring.open_store(config)
    with read(engine) as session:
        zone = channels.digest_time(session, channels.checked_channel(channel)).timezone or config.timezone
        scope = bindings.scope_for_channel(session, channel)
        starts = accounts.week_start_of(session, scope, config.week_start_index)
    now = wiring.clock(config)()
    day = digests.own_day(form, today or now.astimezone(ZoneInfo(zone)).date(), starts)
    fresh = digests.post(
        engine, channel, day, now=now, timezone=config.timezone, week_start=config.week_start_index, today=today,
        form=form,
    )  # fmt: skip
    return f"queued for {channel}: budgeteer run delivers it" if fresh else f"{channel} has its digest of {day} already"


def _build(
    names: tuple[str, ...], channel: str | None, today: date | None, form: Form, language: str | None
) -> tuple[Digest, Collection[str]]:
    """The digest, and the sections that the channel leaves out."""
    from agent.digest import make
    from domain.scope import Scope
    from store import accounts, bindings, channels
    from store.engine import read

    config = wiring.settings()
    engine = wiring.open_store(config)
    hidden: Collection[str] = ()
    with read(engine) as session:
        if channel is not None:
            scope = bindings.scope_for_channel(session, channel)
            settings = channels.digest_time(session, channel)
            language, hidden = language or settings.language, settings.hidden
        else:
            wanted = [accounts.scope_for(session, name) for name in names or (None,)]
            scope = Scope(tuple(sorted({i for found in wanted for i in found.account_ids})))
    now = wiring.clock(config)()
    made = make(
        engine, scope, now=now, timezone=config.timezone, week_start=config.week_start_index, today=today,
        form=form, language=language, picture=False,
    )  # fmt: skip
    return made, hidden


def _lines(said: dict[str, Any], board: Table | None) -> list[str]:
    """The verdict, the figures below each other, then what there is of everything else."""
    width = max((len(label) for label, _ in said["figures"]), default=0)
    lines = [said["verdict"], "", *(f"  {label:<{width}}  {words}" for label, words in said["figures"])]
    lines += ["", *table_lines(board)] if board is not None else []
    decisions = [[said["headings"]["decide"], [d["said"] for d in said["decisions"]]]] if said["decisions"] else []
    for heading, words in [*decisions, *said["sections"]]:
        lines += ["", heading, *(f"  {line}" for line in words)]
    lines += ["", *(f"! {caveat}" for caveat in said["caveats"])] if said["caveats"] else []
    return [*lines, "", said["small_print"]]
