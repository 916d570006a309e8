"""``budgeteer ask``: a question on the command line, answered as in Slack."""

from __future__ import annotations

import getpass
import json
import uuid
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app import wiring
from app.cli import days
from app.cli.days import FORM
from app.cli.tables import table_lines
from app.showing import worth_showing
from domain.errors import BadInput

if TYPE_CHECKING:
    from agent.state import Answer


@click.command("ask")
@click.argument("question")
@click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
@click.option("--account", metavar="NAME", help="Only this account; all accounts otherwise.")
@click.option(
    "--thread",
    metavar="ID",
    help="Name of the conversation: the next question in it may lean on the last ('and meta?', 'by week', 'why?').",
)
@click.option("--chart", "chart_file", metavar="FILE.png", type=click.Path(path_type=Path), help="Save the chart here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    question: str, as_of: str | None, account: str | None, thread: str | None, chart_file: Path | None, as_json: bool
) -> None:
    """Ask a question about campaign performance.

    \b
    budgeteer ask "What was ROAS on Google Ads in March 2024?"
    budgeteer ask "why did cpa change last week?" --json
    """
    today = days.as_of(as_of)
    answer, currencies, zones = _ask(question, today, account, thread)
    saved = _save_chart(answer, chart_file)
    if as_json:
        click.echo(json.dumps(answer.to_json(), ensure_ascii=False, indent=2))
        return
    click.echo("\n".join(_lines(answer, currencies, zones)))
    if saved:
        click.echo(f"chart saved to {saved}")
    elif answer.charts:
        click.echo("a chart goes with this answer; add --chart FILE.png to save it")


def _ask(
    question: str, today: date | None, account: str | None, thread: str | None
) -> tuple[Answer, list[str], list[str]]:
    from agent.graph import ask
    from store import accounts
    from store.engine import read

    config = wiring.settings()
    engine = wiring.open_store(config)
    with read(engine) as session:
        scope = accounts.scope_for(session, account)
        known = [accounts.get(session, account_id) for account_id in scope.account_ids]
        currencies, zones = sorted({a.currency for a in known}), sorted({a.timezone for a in known})
    deps = wiring.ask_deps(config, engine, wiring.clock(config))
    answer = ask(
        deps,
        f"cli:{thread or uuid.uuid4().hex}",
        question,
        scope=scope,
        asked_by=f"cli:{getpass.getuser()}",
        today=today,
    )
    return answer, currencies, zones


def _save_chart(answer: Answer, file: Path | None) -> Path | None:
    if file is None:
        return None
    if not answer.charts:
        click.echo("budgeteer: no chart goes with this answer, so none was saved", err=True)
        return None
    try:
        file.write_bytes(answer.charts[0].png)
    except OSError as error:
        raise BadInput(f"--chart {file}: {error.strerror}") from None
    return file


def _lines(answer: Answer, currencies: list[str], zones: list[str]) -> list[str]:
    lines = [answer.text]
    if answer.clarify is not None:
        lines += [f"  {n}. {choice}" for n, choice in enumerate(answer.clarify.choices, start=1)]
    for table in worth_showing(answer.tables):
        lines += ["", *table_lines(table)]
    lines += ["", *(f"! {caveat}" for caveat in answer.caveats)] if answer.caveats else []
    return [*lines, "", _context(answer, currencies, zones)]


def _context(answer: Answer, currencies: list[str], zones: list[str]) -> str:
    """Data through which day, currency, time zone, how it was answered."""
    from tools.labels import platform_label

    through = ", ".join(f"{platform_label(p)} {day}" for p, day in sorted(answer.freshness.items()))
    parts = [f"data through {through}" if through else "", *(", ".join(v) for v in (currencies, zones)), *answer.notes]
    return " · ".join(p for p in parts if p)
