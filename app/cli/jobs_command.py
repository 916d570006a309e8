"""``budgeteer jobs``: what runs by the clock, when it last ran, what came of it, and running one by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from app import wiring

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.settings import Settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("jobs", invoke_without_command=True)
@_JSON
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Say what runs by the clock, when it last ran and what came of it; without a subcommand, all of it."""
    if context.invoked_subcommand is None:
        _list(as_json)


@command.command("list", epilog="Example: budgeteer jobs list --json")
@_JSON
def list_(as_json: bool) -> None:
    """Print every job: its last run, how long it took, what came of it, when it is due, and what runs now."""
    _list(as_json)


def _list(as_json: bool) -> None:
    from app import job_words
    from app.redact import secrets_of

    config = wiring.settings()
    engine = wiring.open_store(config)
    try:
        jobs, now = job_words.listed(engine, wiring.connected(config), config.timezone)
    finally:
        engine.dispose()
    secrets = secrets_of(config)
    if not as_json:
        click.echo("\n".join(job_words.lines(jobs, now, config.timezone, secrets)))
        return
    rows = [
        {
            "job": one.entry.name,
            "says": one.entry.says,
            "last": None if one.health is None else job_words.as_json(one.health.last, secrets),
            "running": None if one.health is None else job_words.as_json(one.health.running, secrets),
            "failed_in_row": 0 if one.health is None else one.health.failed_in_row,
            "next_due": None if one.due is None else one.due.isoformat(),
            "next_try": None if one.again is None else one.again.number,
        }
        for one in jobs
    ]
    click.echo(json.dumps({"timezone": config.timezone, "jobs": rows}, ensure_ascii=False, indent=2))


@command.command("show", epilog='Example: budgeteer jobs show "sync google_ads" --last 5')
@click.argument("name")
@click.option("--last", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many runs.")
@_JSON
def show(name: str, last: int, as_json: bool) -> None:
    """Print the last runs of job NAME."""
    from app import job_words
    from app.redact import secrets_of
    from scheduler.catalog import named
    from store.engine import read
    from store.job_health import runs
    from store.leases import current_time

    config = wiring.settings()
    job, secrets = named(name, wiring.connected(config)), secrets_of(config)
    engine = wiring.open_store(config)
    with read(engine) as session:
        now, found = current_time(session), runs(session, name, last)
    engine.dispose()
    if as_json:
        rows = [job_words.as_json(run, secrets) for run in found]
        click.echo(json.dumps({"job": name, "says": job.says, "runs": rows}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{name}: {job.says}. Times are of {config.timezone}.")
    for run in found:
        if run.running:
            click.echo(f"  {job_words.now_running(run, now, config.timezone)}")
            continue
        at, took = job_words.at_words(run.started_at, now, config.timezone), job_words.took_words(run.took)
        said = f", after: {run.said}" if run.failed and run.said else ""
        number = job_words.try_of(run)
        click.echo(f"  {at:<16}  {took:>9}  {number}{job_words.came_of(run, secrets)}{said}")
    if not found:
        click.echo("  It has never run.")


@command.command("run", epilog='Example: budgeteer jobs run "sync google_ads"')
@click.argument("name")
@_JSON
def run(name: str, as_json: bool) -> None:
    """Run job NAME now, by hand, under the same lease as the clock's: never beside another run of it."""
    from domain.errors import BadInput
    from scheduler.catalog import named

    config = wiring.settings()
    job = named(name, wiring.connected(config))
    if job.in_bot:
        raise BadInput(f"job {name!r} needs Slack, which only the running bot has: budgeteer run does it")
    refused, did = _run(config, name)
    if as_json:
        said = {"job": name, "ran": refused is None, "did": did, "refused": refused}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        click.echo(refused or f"{name}: {did or 'nothing to do'}")


def _run(config: Settings, name: str) -> tuple[str | None, str | None]:
    """Why it was refused, or what it did."""
    from datetime import UTC, datetime

    from app import bot
    from domain.errors import BadInput
    from scheduler.run import by_hand

    engine = wiring.open_store(config)
    try:
        platforms = wiring.connectors(config)
        activation = wiring.activation_deps(config, engine, platforms, wiring.checkpointer(config))
        made = bot.jobs_of(engine, activation, platforms, config.timezone, config.week_start_index)
        job = next((j for j in made if j.name == name), None)
        if job is None:
            raise BadInput(f"there is no job {name!r} here; there are {', '.join(sorted(j.name for j in made))}")
        if not by_hand(engine, job, datetime.now(UTC)):
            return _where(engine, name, config.timezone), None
        return None, _what(engine, name)
    finally:
        engine.dispose()


def _where(engine: Engine, name: str, timezone: str) -> str:
    from app import job_words
    from store.engine import read
    from store.job_health import runs
    from store.leases import current_time

    with read(engine) as session:
        now = current_time(session)
        running = next((r for r in runs(session, name, 5) if r.running), None)
    where = (
        f"{name} was running elsewhere a moment ago"
        if running is None
        else job_words.now_running(running, now, timezone)
    )
    return f"Not run, since it is running already. {where}"


def _what(engine: Engine, name: str) -> str | None:
    from store.engine import read
    from store.job_health import runs

    with read(engine) as session:
        return runs(session, name, 1)[0].said
