"""``budgeteer analyze allocate-periods``: budgets over several periods, with seasons and carry-over."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.curves_file import CurvesFile, read_curves
from app.cli.analyze.frames import printable
from app.cli.shares import finite
from domain.errors import BadInput

if TYPE_CHECKING:
    from analytics.optimizer.horizon import Plan

MOST_PERIODS = 104
NOTHING: dict[str, Any] = {"periods": [], "value": None, "spend": None, "certificate": None, "refused": None}


@dataclass(frozen=True, slots=True)
class _Asked:
    """``seasons`` multiply a period's value; ``budgets`` are the periods' own, ``total`` is over all of them."""

    seasons: tuple[float, ...]
    total: float | None
    budgets: tuple[float, ...] | None
    carry: float
    after: int

    @property
    def whole(self) -> float:
        return math.fsum(self.budgets) if self.budgets is not None else self.total or 0.0


@click.command(
    "allocate-periods",
    epilog="Example: budgeteer analyze allocate-periods --curves curves.json --seasons 1,1,1.4,0.8 --budget 4000",
)
@click.option("--curves", "file", required=True, type=click.Path(path_type=Path), help="JSON file of curves.")
@click.option("--seasons", required=True, metavar="A,B,...", help="One multiplier of value a period, e.g. 1,1.4,0.8.")
@click.option("--budget", metavar="AMOUNT", help="What to spend over all periods.")
@click.option("--budgets", metavar="A,B,...", help="Instead: what to spend in each period.")
@click.option("--carryover", metavar="SHARE", default="0", help="Share of the effect that lasts into the next period.")
@click.option("--after", type=click.IntRange(0, 52), default=0, help="Periods after the last whose value counts too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path, seasons: str, budget: str | None, budgets: str | None, carryover: str, after: int, as_json: bool
) -> None:
    """Split a budget over campaigns and periods so that the summed value is greatest.

    The file is that of `analyze allocate`; its min and max hold in every period, and its current spend is what ran
    before the first period and runs after the last where effects carry over (0 where none is given). With carry-over
    curves are of (1 - share) * spend + share * what came before, which at a constant spend is that spend.

    JSON: ``periods: [{period, season, spend, allocation: [{name, spend}]}]``, ``value``, ``spend``,
    ``certificate: {duality_gap, budget_residual, exact}`` (relative), ``refused``: the reason, or null.
    """
    asked = _asked(seasons, budget, budgets, carryover, after)
    said = _told(read_curves(file), asked)
    click.echo(json.dumps(said, allow_nan=False, ensure_ascii=False) if as_json else "\n".join(_lines(said)))


def _asked(seasons: str, budget: str | None, budgets: str | None, carryover: str, after: int) -> _Asked:
    found = _numbers(seasons, "--seasons")
    if len(found) > MOST_PERIODS:
        raise BadInput(f"--seasons has {len(found)} periods; {MOST_PERIODS} at most")
    if not any(found):
        raise BadInput("--seasons are all 0: no period brings anything")
    if (budget is None) == (budgets is None):
        raise BadInput("give --budget over all periods, or --budgets of each, and not both")
    each = None if budgets is None else _numbers(budgets, "--budgets")
    if each is not None and len(each) != len(found):
        raise BadInput(f"--budgets has {len(each)} periods and --seasons {len(found)}")
    total = None if budget is None else _numbers(budget, "--budget")
    if total is not None and len(total) != 1:
        raise BadInput(f"--budget {budget}: give one amount; of each period: --budgets")
    carry = finite(carryover)
    if carry is None or not 0 <= carry < 1:
        raise BadInput(f"--carryover {carryover}: give a share from 0 to below 1, such as 0.3")
    return _Asked(found, total[0] if total else None, each, carry, after)


def _numbers(text: str, option: str) -> tuple[float, ...]:
    found = [finite(part) for part in text.split(",")]
    numbers = tuple(number for number in found if number is not None and number >= 0)
    if len(numbers) != len(found):
        raise BadInput(f"{option} {text}: give numbers of 0 or more, with commas between them")
    return numbers


def _told(file: CurvesFile, asked: _Asked) -> dict[str, Any]:
    """The JSON form; a reasoned refusal is one too."""
    from analytics.errors import Infeasible

    curves = file.curves()
    if steep := [e.name for e, at in zip(file.entries, curves.inflection, strict=True) if at > 0]:
        return {**NOTHING, "refused": f'periods need concave curves, and "{steep[0]}" is an S-curve'}
    if file.groups:
        return {**NOTHING, "refused": "bounds of groups are not offered over periods; leave the groups out"}
    try:
        return _json(file, asked, _solved(file, asked))
    except Infeasible as reason:
        return {**NOTHING, "refused": str(reason)}


def _solved(file: CurvesFile, asked: _Asked) -> Plan:
    import numpy as np

    from analytics.optimizer.horizon import Horizon, allocate_over_time

    shape = (len(asked.seasons), len(file.entries))
    today = np.array([e.current or 0.0 for e in file.entries])
    low = np.tile([e.low or 0.0 for e in file.entries], (shape[0], 1))
    high = np.tile([asked.whole if e.high is None else e.high for e in file.entries], (shape[0], 1))
    horizon = Horizon(
        season=np.repeat(np.array(asked.seasons)[:, None], shape[1], axis=1),
        decay=np.full(shape[1], asked.carry),
        before=today,
        after=today,
        after_periods=asked.after,
    )
    each = None if asked.budgets is None else np.array(asked.budgets)
    return allocate_over_time(file.curves(), low, high, horizon, total=asked.total, each=each)


def _json(file: CurvesFile, asked: _Asked, plan: Plan) -> dict[str, Any]:
    names = [e.name for e in file.entries]
    periods = [
        {
            "period": number,
            "season": season,
            "spend": math.fsum(row),
            "allocation": [{"name": name, "spend": spend} for name, spend in zip(names, row, strict=True)],
        }
        for number, (season, row) in enumerate(zip(asked.seasons, plan.spend.tolist(), strict=True), 1)
    ]
    proof = {
        "duality_gap": max(plan.duality_gap, 0.0),
        "budget_residual": plan.budget_residual,
        "exact": plan.exact,
    }
    spent = float(plan.spend.sum())
    return {**NOTHING, "periods": periods, "value": plan.value, "spend": spent, "certificate": proof}


def _lines(said: dict[str, Any]) -> list[str]:
    if said["refused"] is not None:
        return [f"No allocation: {said['refused']}."]
    periods = said["periods"]
    grid = [["campaign", *(f"period {p['period']}" for p in periods)]]
    for n, first in enumerate(periods[0]["allocation"]):
        row = [f"{p['allocation'][n]['spend']:,.2f}" for p in periods]
        grid.append([printable(first["name"])[:40], *row])
    grid.append(["all", *(f"{p['spend']:,.2f}" for p in periods)])
    grid.append(["season", *(f"{p['season']:g}" for p in periods)])
    widths = [max(len(row[n]) for row in grid) for n in range(len(grid[0]))]
    table = [
        "  ".join(c.rjust(w) if n else c.ljust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in grid
    ]
    proof = said["certificate"]
    how = "proved to the last digits" if proof["exact"] else f"at most {proof['duality_gap']:.1e} below the best"
    return [*table, "", f"Value {said['value']:,.6g} for {said['spend']:,.2f}, {how}."]
