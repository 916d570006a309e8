"""``budgeteer plan``: load a plan, show it, and draft one to fill in. Its scenarios are in ``plan_scenarios``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli import plan_scenarios
from domain.errors import BadInput, UntrustedFile

if TYPE_CHECKING:
    from app.planning import PlanImported
    from store.plans import Line

MONTH = "YYYY-MM"
TEMPLATE = (
    "month", "pool", "account", "campaign or label", "currency", "budget", "target ROAS", "target CPA", "margin",
    "floor", "locked",
)  # fmt: skip
SHOWN_SKIPPED = 5


@click.group()
def command() -> None:
    """Load, show and draft the plan (budgets, targets and margins by month), and see what other budgets would do."""


for _more in plan_scenarios.COMMANDS:
    command.add_command(_more)


@command.command("import", epilog="Example: budgeteer plan import plan.csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--month", metavar=MONTH, help="The month of every line, where the file has no month column.")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Decimal separator, where a file is silent.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(file: Path, month: str | None, decimal: str | None, as_json: bool) -> None:
    """Load a plan (CSV or TSV): month, pool or purchase order, account or platform, campaign or label, budget,
    target ROAS or CPA, margin, floor, locked.

    A file that cannot be trusted loads nothing and says which row and why. A new file replaces the lines of the
    months and accounts that it names; the lines before come back with `budgeteer import undo RUN`.
    """
    from app import wiring
    from app.planning import PlanOptions, load

    config = wiring.settings()
    options = PlanOptions(month=_month(month), decimal=decimal)
    engine, now = wiring.open_store(config), wiring.clock(config)()
    done = load(engine, now, file.name, _content(file), options)
    engine.dispose()
    click.echo(json.dumps(_imported(done), ensure_ascii=False, allow_nan=False) if as_json else to_text(done))


@command.command()
@click.option("--month", metavar=MONTH, help="Only this month.")
@click.option("--account", metavar="NAME", help="Only this account.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(month: str | None, account: str | None, as_json: bool) -> None:
    """Show the plan as it is stored."""
    from app import wiring
    from store import accounts, plans
    from store.engine import read

    wanted = _month(month)
    engine = wiring.open_store(wiring.settings())
    with read(engine) as session:
        scope = accounts.scope_for(session, account)
        known = plans.lines(session, scope, wanted or date.min, wanted or date.max)
    if as_json:
        click.echo(json.dumps({"lines": [_json(line) for line in known]}, ensure_ascii=False, allow_nan=False))
        return
    if not known:
        which = f" for {wanted:%B %Y}" if wanted else ""
        click.echo(
            f"There is no plan{which}. Draft one with budgeteer plan template, load it with budgeteer plan import"
        )
        return
    click.echo("\n".join(_table(known)))


@command.command()
@click.option("--month", metavar=MONTH, help="The month to plan [default: this one].")
def template(month: str | None) -> None:
    """Print a plan to fill in, with one line an account.

    \b
    budgeteer plan template > plan.csv
    """
    from app import wiring
    from domain.errors import NotConfigured
    from store import accounts, performance
    from store.engine import read

    config = wiring.settings()
    engine = wiring.open_store(config)
    when = _month(month) or wiring.clock(config)().date().replace(day=1)
    try:
        with read(engine) as session:
            known = performance.accounts(session, accounts.scope_for(session, None))
    except NotConfigured:
        known = []
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(TEMPLATE)
    for account in known:
        sheet.writerow([f"{when:%Y-%m}", "", account.name, "", account.currency, *[""] * 6])
    if not known:
        sheet.writerow([f"{when:%Y-%m}", "", "YOUR ACCOUNT", "", "EUR", "10000", "3.0", "", "35%", "", "no"])
    click.echo(out.getvalue(), nl=False)


def _content(file: Path) -> bytes:
    from connectors.files.decode import read_file

    try:
        return read_file(file)
    except UntrustedFile as error:
        raise BadInput(f"{file.name}: {error}") from None


def to_text(done: PlanImported) -> str:
    """What a person reads after an import: what is planned now, what went, and what to ask next."""
    from app.planning import budgets, months_of

    lines, skipped = done.lines, done.plan.skipped
    months = months_of(lines)
    counts = [sum(getattr(a, name) for a in done.loaded) for name in ("new", "updated", "unchanged")]
    said = [
        f"Imported the plan {done.file}: {_months(months)}",
        f"  rows       {done.plan.rows_read} read: {counts[0]} new, {counts[1]} updated, {counts[2]} unchanged, "
        f"{len(skipped)} skipped",
    ]
    said += [f"  budget     {budgets(lines, month)}" for month in months]
    said += [f"  skipped    row {s.row}: {s.reason}" for s in skipped[:SHOWN_SKIPPED]]
    said += [f"             and {len(skipped) - SHOWN_SKIPPED} more"] if len(skipped) > SHOWN_SKIPPED else []
    said += [f"  not used   {', '.join(done.plan.ignored)}"] if done.plan.ignored else []
    said += [
        f"  removed    {a.removed} lines of {a.account} that the new plan does not have"
        for a in done.loaded
        if a.removed
    ]
    said += [f"  note       {note}" for note in done.notes]
    said += [
        f"  undo       budgeteer import undo {a.run_id}  (gives {a.account} back the plan it had)"
        for a in done.loaded
        if a.run_id is not None
    ]
    return "\n".join([*said, 'Next: budgeteer ask "are we on track"'])


def _imported(done: PlanImported) -> dict[str, Any]:
    return {
        "file": done.file,
        "rows_read": done.plan.rows_read,
        "rows_loaded": sum(a.new for a in done.loaded),
        "rows_updated": sum(a.updated for a in done.loaded),
        "rows_unchanged": sum(a.unchanged for a in done.loaded),
        "rows_skipped": [{"row": s.row, "reason": s.reason} for s in done.plan.skipped],
        "runs": [{"account": a.account, "run": a.run_id, "removed": a.removed} for a in done.loaded],
        "columns": dict(done.plan.columns),
        "columns_ignored": list(done.plan.ignored),
        "lines": [_json(line) for line in done.lines],
        "notes": list(done.notes),
    }


def _json(line: Line) -> dict[str, Any]:
    def number(value: Any) -> float | None:
        return None if value is None else float(getattr(value, "amount", value))

    return {
        "month": f"{line.month:%Y-%m}", "pool": line.pool or None, "platform": line.platform, "account": line.account,
        "campaign": line.campaign or None, "label": line.label or None, "currency": line.currency,
        "budget": number(line.budget), "target_roas": number(line.target_roas),
        "target_cpa": number(line.target_cpa), "margin": number(line.margin), "floor": number(line.floor),
        "locked": line.locked,
    }  # fmt: skip


def _months(months: Sequence[date]) -> str:
    return ", ".join(f"{m:%B %Y}" for m in months) if len(months) < 4 else f"{months[0]:%B %Y} to {months[-1]:%B %Y}"


def _table(lines: Sequence[Line]) -> list[str]:
    from domain.formatting import format_money

    heads = ("Month", "Pool", "Account", "For", "Budget", "Target", "Margin", "Floor", "Locked")
    rows = [heads]
    for line in lines:
        target = f"ROAS {line.target_roas:.2f}" if line.target_roas is not None else ""
        if line.target_cpa is not None:
            target = (f"{target}, " if target else "") + f"CPA {format_money(line.target_cpa.amount, line.currency)}"
        floor = "" if line.floor is None else f"{line.floor:.2f}"
        rows.append(
            (
                f"{line.month:%Y-%m}", line.pool or "-", line.account, line.campaign or line.label or "all the rest"
                if _finer(line, lines) else line.campaign or line.label or "whole account",
                "" if line.budget is None else format_money(line.budget.amount, line.currency), target,
                "" if line.margin is None else f"{(line.margin * 100).normalize():f} %", floor,
                "yes" if line.locked else "",
            )
        )  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    right = {4, 6, 7}
    text = [
        "  ".join(c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    return [line.rstrip() for line in (text[0], "  ".join("-" * w for w in widths), *text[1:])]


def _finer(line: Line, lines: Sequence[Line]) -> bool:
    """Whether other lines of the same month and account name a part of it."""
    return any((o.month, o.account_id) == (line.month, line.account_id) and (o.campaign or o.label) for o in lines)


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    from connectors.files.plan_cells import read_month

    try:
        return read_month(text, 0)
    except UntrustedFile:
        raise BadInput(f"--month {text!r} is not a month; write {MONTH}, such as 2024-06") from None
