"""``budgeteer analyze allocate``: one budget over response curves of one's own, with the proof that it is the best."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.allocating import Asked, Problem, next_unit, problem_of, solve, step
from app.cli.analyze.curves_file import read_curves
from app.cli.analyze.frames import printable
from app.cli.shares import percent
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    from analytics.optimizer import Allocation

SHOWN = 60
ROUNDED = 1e-12


@click.command("allocate", epilog="Example: budgeteer analyze allocate --curves curves.json --budget 1000")
@click.option("--curves", "file", required=True, type=click.Path(path_type=Path), help="JSON file of curves.")
@click.option("--budget", type=float, help="What to spend; a cap with --flexible or a target.")
@click.option(
    "--objective", type=click.Choice(["value", "profit"]), default="value", show_default=True,
    help="Profit is value less spend: the budget is then a cap.",
)  # fmt: skip
@click.option("--flexible", is_flag=True, help="Spend only while the next unit brings more than itself.")
@click.option("--target-cpa", type=float, help="The most spend at this cost per unit of value, on average.")
@click.option("--target-roas", type=float, help="The most spend that brings this value per unit, on average.")
@click.option("--max-change", metavar="30%", help="No campaign moves further than this from its current spend.")
@click.option("--freeze", multiple=True, metavar="NAME", help="This campaign keeps its current spend; repeatable.")
@click.option("--min-step", metavar="10%", help="A campaign moves by at least this (or an amount) or not at all.")
@click.option("--max-changes", type=click.IntRange(1), help="At most so many campaigns move.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path,
    budget: float | None,
    objective: str,
    flexible: bool,
    target_cpa: float | None,
    target_roas: float | None,
    max_change: str | None,
    freeze: tuple[str, ...],
    min_step: str | None,
    max_changes: int | None,
    as_json: bool,
) -> None:
    """Split a budget over response curves so that the summed value is greatest.

    The file is a list of ``{name, family, params, current, min, max, group}``, or an object with that list as
    ``curves`` and ``groups`` as ``{name, min, max}``. Families: power a*x^b, log a*ln(1+x/b), hill a*x^s/(k^s+x^s),
    linear a*x; params by letter, as ``{"a": 3, "b": 0.5}``. Only the bounds given apply.

    JSON: ``allocation``: name, spend, value, marginal (value of the next unit; null with a reason where it is not
    finite); ``value``, ``spend``, ``price`` (what the next unit of budget is worth; null as above), ``today`` (value
    now, where every current is given), ``certificate``: kkt_residual, duality_gap, budget_residual, all relative;
    ``refused`` and ``nearest_budget`` where the limits cannot be met together.
    """
    amount, share = (None, None) if min_step is None else step(min_step)
    asked = Asked(
        budget=_amount(budget, "--budget", least=0.0),
        pays=flexible or objective == "profit",
        target=_target(target_cpa, target_roas),
        max_change=None if max_change is None else percent(max_change, "--max-change"),
        freeze=freeze,
        min_step=amount,
        min_step_share=share,
        max_changes=max_changes,
    )
    _require_together(asked)
    said = _told(file, asked)
    click.echo(json.dumps(said, allow_nan=False) if as_json else "\n".join(_lines(said)))


def _told(file: Path, asked: Asked) -> dict[str, Any]:
    """The JSON form; a reasoned refusal is one too."""
    from analytics.errors import Infeasible

    curves = read_curves(file)
    try:
        problem = problem_of(curves, asked)
        return _json(problem, solve(problem))
    except CannotAnswer as reason:
        return {**NOTHING, "refused": str(reason)}
    except Infeasible as reason:
        nearest = reason.nearest if asked.target is None else None
        return {**NOTHING, "refused": f"{reason}{_sources(asked)}", "nearest_budget": nearest}


def _sources(asked: Asked) -> str:
    """Which options the bounds come from beside the file."""
    said = [] if asked.max_change is None else [f"--max-change {asked.max_change:.0%}"]
    said += [f"--freeze {printable(name)}" for name in asked.freeze]
    return f" (with {', '.join(said)})" if said else ""


NOTHING: dict[str, Any] = {
    "allocation": [], "value": None, "spend": None, "price": None, "today": None, "certificate": None,
    "refused": None, "nearest_budget": None,
}  # fmt: skip


def _json(problem: Problem, found: Allocation) -> dict[str, Any]:
    values, slopes = problem.curves.value(found.spend).tolist(), problem.curves.slope(found.spend).tolist()
    rows = [
        _row(entry.name, spend, value, marginal)
        for entry, spend, value, marginal in zip(
            problem.file.entries, found.spend.tolist(), values, slopes, strict=True
        )
    ]
    today = None
    if not any(math.isnan(x) for x in problem.today.tolist()):
        today = {"spend": float(problem.today.sum()), "value": float(problem.curves.value(problem.today).sum())}
    return {
        **NOTHING,
        "allocation": rows,
        "value": found.value,
        "spend": float(found.spend.sum()),
        "price": price if math.isfinite(price := next_unit(problem, found)) else None,
        "today": today,
        "certificate": {
            "kkt_residual": found.kkt_residual,
            "duality_gap": _gap(found.duality_gap),
            "budget_residual": found.budget_residual,
        },
    }


def _gap(found: float) -> float:
    """No gap is below 0 but by rounding, which is none; more than that would be a wrong bound and is shown."""
    return 0.0 if -ROUNDED < found < 0 else found


def _row(name: str, spend: float, value: float, marginal: float) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "spend": spend, "value": value, "marginal": marginal}
    if not math.isfinite(marginal):
        row |= {"marginal": None, "reason": "the curve rises without bound from a spend of 0"}
    return row


def _lines(said: dict[str, Any]) -> list[str]:
    if said["refused"] is not None:
        nearest = said["nearest_budget"]
        could = "" if nearest is None else f" The nearest budget that can be met is {nearest:,.2f}."
        return [f"No allocation: {said['refused']}.{could}"]
    rows = [["campaign", "spend", "value", "next unit"]]
    for r in said["allocation"][:SHOWN]:
        next_unit = "-" if r["marginal"] is None else f"{r['marginal']:.4g}"
        rows.append([printable(r["name"])[:40], f"{r['spend']:,.2f}", f"{r['value']:,.4g}", next_unit])
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    table = [
        "  ".join(c.rjust(w) if n else c.ljust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    hidden = len(said["allocation"]) - SHOWN
    more = [f"... and {hidden} more campaigns; --json has them all"] if hidden > 0 else []
    return [*table, *more, "", *_summary(said)]


def _summary(said: dict[str, Any]) -> list[str]:
    proof, today = said["certificate"], said["today"]
    worth = "more than any number" if said["price"] is None else f"{said['price']:.4g}"
    against = "" if today is None else f" (now {today['value']:,.6g} for {today['spend']:,.2f})"
    return [
        f"Value {said['value']:,.6g} for {said['spend']:,.2f}{against}; the next unit of budget is worth {worth}.",
        f"Proof: duality gap {proof['duality_gap']:.1e}, optimality residual {proof['kkt_residual']:.1e}, "
        f"budget residual {proof['budget_residual']:.1e} (all relative).",
    ]


def _amount(value: float | None, option: str, least: float | None = None) -> float | None:
    """A finite amount: at least ``least``, or above 0 where that is None."""
    if value is not None and not (math.isfinite(value) and (value > 0 if least is None else value >= least)):
        raise BadInput(f"{option} {value:g}: give a number {'above 0' if least is None else f'of {least:g} or more'}")
    return value


def _target(cpa: float | None, roas: float | None) -> float | None:
    """The value that a unit of spend must bring."""
    cpa, roas = _amount(cpa, "--target-cpa"), _amount(roas, "--target-roas")
    if cpa is not None and roas is not None:
        raise BadInput("give --target-cpa or --target-roas, not both")
    return roas if cpa is None else 1 / cpa


def _require_together(asked: Asked) -> None:
    if asked.target is not None and asked.pays:
        raise BadInput("a target and --flexible (or --objective profit) each settle what is spent: give one")
    if asked.budget is None and asked.target is None and not asked.pays:
        raise BadInput("give --budget; only --flexible and a target settle by themselves how much is spent")
    if asked.stepped and (asked.target is not None or asked.pays):
        raise BadInput("--min-step and --max-changes go with a fixed --budget")
