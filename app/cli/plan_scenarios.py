"""``budgeteer plan scenarios|compare|saved|forget|propose``: plans side by side, kept under a name, proposed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli import days
from app.cli.days import FORM
from app.cli.tool_context import tool_context
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    from domain.evidence import ToolResult
    from store.scenarios import Saved
    from tools.base import ToolContext
    from tools.scenarios.asked import Asked
    from tools.scenarios.compare import Compared, Side
    from tools.scenarios.estimate import Scenario

AS_OF = click.option("--as-of", metavar=FORM, help="Pretend that today is this day in the account's time zone.")
ACCOUNT = click.option("--account", metavar="NAME", help="Only this account.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@ACCOUNT
@click.option("--move", "moves", multiple=True, metavar="TEXT", help="'10000 a month from NAME to NAME'.")
@click.option("--set", "sets", multiple=True, metavar="NAME=AMOUNT", help="A budget a day, or a change: 'NAME=-15%'.")
@click.option("--total", "totals", multiple=True, metavar="N|+10%|-15%", help="Another total a day; several compare.")
@click.option("--more", metavar="AMOUNT", help="Money on top, put where it returns most: '5000 a month'.")
@click.option("--save", "name", metavar="NAME", help="Keep the plan asked for (else the best split) under a name.")
@click.option(
    "--chart", "chart_file", metavar="FILE.png", type=click.Path(path_type=Path), help="Save the curves here."
)
@AS_OF
@JSON
def scenarios(
    account: str | None,
    moves: tuple[str, ...],
    sets: tuple[str, ...],
    totals: tuple[str, ...],
    more: str | None,
    name: str | None,
    chart_file: Path | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Show plans of the daily budgets side by side: today, the best split, 10 % more and less, or what you ask for.

    \b
    budgeteer plan scenarios
    budgeteer plan scenarios --move "10000 a month from Meta to Search"
    budgeteer plan scenarios --set "Brand=120" --save "Brand at 120"

    Nothing is drafted or changed. JSON: `accounts` (each with its `plans`: amounts, expected, net, chance_worse,
    average, next_unit, outside_tried, cannot_be_proposed, reason), `together`, `refused`, `answer`, `facts`, `tables`,
    `freshness`, `caveats`, `saved`.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # small arrays: threads only wait for each other
    from app.cli.scenario_words import asked_of
    from store.engine import read

    context = tool_context(account, days.as_of(as_of))
    with read(context.engine) as session:
        asked = asked_of(session, context, moves=moves, sets=sets, totals=totals, more=more)
    compared, result = _compared(context, asked)
    saved = _save(context, compared, name) if name is not None and compared is not None else []
    chart = _chart(compared, chart_file)
    if as_json:
        click.echo(json.dumps(_json(compared, result, saved, chart), ensure_ascii=False, allow_nan=False, indent=2))
        return
    click.echo("\n".join(_text(result)))
    for line in saved:
        click.echo(f"saved as {line.name!r}: {line.content['plan']['label']} of {line.content['account']}")
    if chart is not None:
        click.echo(f"chart saved to {chart}")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME NAME...")
@ACCOUNT
@AS_OF
@JSON
def compare(names: tuple[str, ...], account: str | None, as_of: str | None, as_json: bool) -> None:
    """Show saved plans side by side, and whether their figures changed since."""
    from app.cli.plan_saved import compared_json, compared_text
    from store import scenarios as kept
    from store.engine import read
    from tools.scenarios.content import changed_since

    context = tool_context(account, days.as_of(as_of))
    with read(context.engine) as session:
        found = [saved for name in dict.fromkeys(names) for saved in kept.get(session, context.scope, name)]
        since = {s.id: changed_since(session, context, s.account_id, s.as_of, s.content) for s in found}
    if as_json:
        click.echo(json.dumps(compared_json(found, since), ensure_ascii=False, allow_nan=False, indent=2))
    else:
        click.echo("\n".join(compared_text(found, since)))


@click.command()
@ACCOUNT
@JSON
def saved(account: str | None, as_json: bool) -> None:
    """List the saved plans."""
    from app.cli.plan_saved import listed_json, listed_text
    from store import scenarios as kept
    from store.engine import read

    context = tool_context(account, None)
    with read(context.engine) as session:
        found = kept.kept(session, context.scope)
    if as_json:
        click.echo(json.dumps({"saved": [listed_json(s) for s in found]}, ensure_ascii=False, allow_nan=False))
    else:
        click.echo("\n".join(listed_text(found)))


@click.command()
@click.argument("name")
@ACCOUNT
def forget(name: str, account: str | None) -> None:
    """Take a saved plan off the list. A recommendation that was made of it stays."""
    from store import scenarios as kept
    from store.engine import write

    context = tool_context(account, None)
    with write(context.engine) as session:
        gone = kept.forget(session, context.scope, name, by=context.asked_by, now=_now(context))
    for one in gone:
        click.echo(f"Forgotten: {one.name!r} of {one.content['account']}")


@click.command()
@click.argument("name")
@ACCOUNT
@AS_OF
@JSON
def propose(name: str, account: str | None, as_of: str | None, as_json: bool) -> None:
    """Turn a saved plan into a recommendation: figures read again, policy checked again, a person approves it.

    Nothing is written to a platform. The same plan twice is the same recommendation.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from app.cli import recommend_command
    from store import scenarios as kept
    from store.engine import read, write
    from tools.scenarios.propose import propose_plan

    context = tool_context(account, days.as_of(as_of))
    with read(context.engine) as session:
        found = kept.get(session, context.scope, name)
    drafts = []
    for one in found:
        amounts = {a["entity"]: Decimal(a["exact"]) for a in one.content["plan"]["amounts"] if a["now"] != a["amount"]}
        if not amounts:
            raise CannotAnswer(f"the plan {one.name!r} changes no budget, so there is nothing to propose")
        rec_id = hashlib.sha256(f"scenario:{one.id}".encode()).hexdigest()[:32]
        source = {"scenario": one.id, "scenario_name": one.name}
        made = propose_plan(context, one.account_id, amounts, rec_id=rec_id, source=source,
                            outcome=one.content["outcome"],
                            flattery=float(one.content["plan"].get("flattery_a_day", 0.0)))  # fmt: skip
        if made.result.recommendation_id is not None:
            with write(context.engine) as session:
                kept.proposed(session, context.scope, one, rec_id, by=context.asked_by, now=_now(context))
        drafts.append(made)
    if as_json:
        done = [recommend_command.to_json(made) for made in drafts]
        click.echo(json.dumps({"proposed": done}, ensure_ascii=False, allow_nan=False, indent=2))
        return
    click.echo("\n\n".join(recommend_command.to_text(made) for made in drafts))


COMMANDS = (scenarios, compare, saved, forget, propose)
"""What ``budgeteer plan`` has beside the plan's own commands."""


def _compared(context: ToolContext, asked: Asked) -> tuple[Compared | None, ToolResult]:
    """The plans and how they are told; or the reason why there are none."""
    from domain.evidence import ToolResult
    from store.engine import read
    from tools.base import REASONS, refusal
    from tools.scenarios.compare import compare as side_by_side
    from tools.scenarios.tell import tell

    try:
        with read(context.engine) as session:
            found = side_by_side(session, context, asked)
    except REASONS as no:
        choices = no.choices if isinstance(no, CannotAnswer) else ()
        said = f" Say which, for example '10000 {choices[0]}'." if choices else ""
        return None, ToolResult(refused=f"{refusal(no)}{said}")
    return found, tell(found)


def _save(context: ToolContext, compared: Compared, name: str) -> list[Saved]:
    from store import scenarios as kept
    from store.engine import write
    from tools.scenarios.content import content_of

    chosen = [(side, plan) for side in compared.sides if (plan := _to_save(side)) is not None]
    if not chosen:
        raise CannotAnswer("there is no plan to save: none could be made of what was asked")
    with write(context.engine) as session:
        return [
            kept.save(
                session, context.scope, account_id=side.basis.account.id, name=name, as_of=context.today,
                content=content_of(side, plan), by=context.asked_by, now=_now(context),
            )
            for side, plan in chosen
        ]  # fmt: skip


def _to_save(side: Side) -> Scenario | None:
    """What was asked for; without a wish the best split."""
    from tools.scenarios.compare import BEST, OWN

    own = side.of(OWN)
    plan = own if own is not None else side.of(BEST)
    return plan if plan is not None and plan.amounts is not None else None


def _chart(compared: Compared | None, file: Path | None) -> Path | None:
    if file is None:
        return None
    from tools.scenarios.chart import chart_of

    drawn = None if compared is None else chart_of(compared)
    if drawn is None:
        click.echo("there is no curve to draw, so no chart was saved", err=True)
        return None
    try:
        file.write_bytes(drawn.png)
    except OSError as error:
        raise BadInput(f"--chart {file}: {error.strerror}") from None
    return file


def _json(compared: Compared | None, result: ToolResult, kept: Sequence[Saved], chart: Path | None) -> dict[str, Any]:
    from tools.scenarios.content import to_json
    from tools.scenarios.tell import filled

    none: dict[str, Any] = {"accounts": [], "together": None, "together_reason": None}
    return {
        **(none if compared is None else to_json(compared)),
        "refused": result.refused,
        "answer": filled(result),
        "facts": [f.to_json() for f in result.facts],
        "tables": [] if result.table is None else [result.table.to_json()],
        "freshness": {p: d.isoformat() for p, d in sorted(result.freshness.items())},
        "caveats": list(result.caveats),
        "saved": [{"id": s.id, "name": s.name, "account": s.content["account"]} for s in kept],
        "chart": None if chart is None else str(chart),
    }


def _text(result: ToolResult) -> list[str]:
    from app.cli.tables import table_lines
    from tools.labels import platform_label
    from tools.scenarios.tell import filled

    if result.refused is not None:
        return [f"No plans: {result.refused}"]
    table = [] if result.table is None else ["", *table_lines(result.table)]
    through = ", ".join(f"{platform_label(p)} {d}" for p, d in sorted(result.freshness.items()))
    return [filled(result), *table, "", *(f"! {note}" for note in result.caveats), "", f"data through {through}"]


def _now(context: ToolContext) -> Any:
    from datetime import UTC, datetime

    return context.now or datetime.now(UTC)
