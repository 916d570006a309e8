"""``budgeteer analyze bandit``: how to share the next impressions among creatives or audiences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.frames import Columns, printable, read_columns
from app.cli.shares import Number
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    from analytics.bandits import Matured, Shares

NOT_A_TEST = "Shares that follow the outcomes are not an A/B test: its rates are not a fair comparison."
WORN = 0.001


@dataclass(frozen=True, slots=True)
class _Read:
    arms: tuple[str, ...]
    matured: Matured
    last_day: date | None


@click.command(
    "bandit",
    epilog="Example: budgeteer analyze bandit --data ads.csv --arm ad --trials impressions --rewards clicks "
    "--time day --arrived 0.7,0.9,1",
)
@click.option("--data", required=True, type=click.Path(path_type=Path), help="A row an arm and day, or a row a trial.")
@click.option("--arm", required=True, metavar="COLUMN", help="The creative or audience.")
@click.option("--trials", metavar="COLUMN", help="How often it was shown or clicked.")
@click.option("--rewards", metavar="COLUMN", help="How many of these brought the reward.")
@click.option("--amount", metavar="COLUMN", help="Instead of both: the amount each row's one trial brought.")
@click.option("--time", metavar="COLUMN", help="The day, where rewards come late or old days should fade.")
@click.option("--arrived", metavar="SHARES", help="Share of rewards there by age 0, 1, 2 ... days, e.g. 0.6,0.8,1.")
@click.option("--half-life", type=Number(min=0, min_open=True), help="Days after which a day counts half.")
@click.option("--rule", type=click.Choice(["thompson", "ucb"]), default="thompson", show_default=True)
@click.option("--batch", type=Number(min=1), help="Trials to share out (ucb) [default: those of the data].")
@click.option("--floor", type=Number(0, 1), default=0.05, show_default=True, help="Least share of an arm.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    data: Path,
    arm: str,
    trials: str | None,
    rewards: str | None,
    amount: str | None,
    time: str | None,
    arrived: str | None,
    half_life: float | None,
    rule: str,
    batch: float | None,
    floor: float,
    as_json: bool,
) -> None:
    """Share the next impressions by how likely each arm is the best, with a floor for every arm.

    JSON: ``arms: [{arm, share, best, mean, low, high, loss, trials, matured_trials, rewards}]`` with the largest share
    first (``best``: the chance of being the best; ``mean``: a reward a trial with its 95 % interval; ``loss``: what
    choosing it costs against the best), ``rule``, ``floor``, ``caveats``, ``refused``: the reason, or null.
    """
    from analytics.bandits import thompson, ucb
    from analytics.errors import CannotEstimate

    try:
        if amount is not None:
            _only_amounts(trials, rewards, time, arrived, half_life)
            read = _amounts(read_columns(data, [arm, amount]), arm, amount)
        else:
            read = _counts(data, arm, trials, rewards, time, arrived, half_life)
        shares = (
            thompson(read.matured, floor=floor)
            if rule == "thompson"
            else ucb(read.matured, batch or float(read.matured.raw_trials.sum()), floor=floor)
        )
    except CannotEstimate as error:
        if not as_json:
            raise CannotAnswer(str(error)) from None
        refused = {"arms": [], "rule": rule, "floor": floor, "caveats": [], "refused": str(error)}
        click.echo(json.dumps(refused, ensure_ascii=False))
        return
    if as_json:
        click.echo(json.dumps(_json(read, shares), ensure_ascii=False, allow_nan=False))
        return
    click.echo("\n".join(_lines(read, shares)))


def _only_amounts(*others: object) -> None:
    if any(o is not None for o in others):
        raise BadInput("--amount is for one trial a row; leave out --trials, --rewards, --time, --arrived, --half-life")


def _amounts(columns: Columns, arm: str, amount: str) -> _Read:
    import numpy as np

    from analytics.bandits import means

    names, at = _arms(columns, arm)
    values = np.array(columns.stated(amount))
    count = np.bincount(at, minlength=len(names)).astype(np.float64)
    sums, squares = (np.bincount(at, v, minlength=len(names)).astype(np.float64) for v in (values, values**2))
    return _Read(names, means(count, sums, squares, names=names), None)


def _counts(
    data: Path,
    arm: str,
    trials: str | None,
    rewards: str | None,
    time: str | None,
    arrived: str | None,
    half_life: float | None,
) -> _Read:
    import numpy as np

    from analytics.bandits import mature

    if trials is None or rewards is None:
        raise BadInput("say what was counted: --trials COLUMN and --rewards COLUMN, or --amount COLUMN")
    if time is None and (arrived is not None or half_life is not None):
        raise BadInput("--arrived and --half-life need to know the day of each row: --time COLUMN")
    columns = read_columns(data, [arm, trials, rewards, *([] if time is None else [time])])
    names, at = _arms(columns, arm)
    day = [0] * len(at) if time is None else [_day(columns, time, n) for n in range(len(at))]
    last = max(day)
    shape = (len(names), last - min(day) + 1)
    if shape[1] > 3660:
        raise BadInput(f"{columns.file}: {time} spans {shape[1]} days; ten years at most")
    shown, brought = np.zeros(shape), np.zeros(shape)
    where = (np.array(at), np.array(day) - min(day))
    np.add.at(shown, where, columns.stated(trials))
    np.add.at(brought, where, columns.stated(rewards))
    shares = None if arrived is None else np.array(_shares(arrived))
    matured = mature(shown, brought, shares, half_life=half_life, names=names)
    return _Read(names, matured, None if time is None else date.fromordinal(last))


def _arms(columns: Columns, arm: str) -> tuple[tuple[str, ...], list[int]]:
    cells = [c.strip() for c in columns.cells[arm]]
    if "" in cells:
        raise BadInput(f"{columns.file}, row {columns.places[cells.index('')]}: {arm} is blank; name every row's arm")
    names = tuple(sorted(set(cells)))
    place = {name: n for n, name in enumerate(names)}
    return names, [place[c] for c in cells]


def _day(columns: Columns, time: str, at: int) -> int:
    text = columns.cells[time][at].strip()
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        raise BadInput(
            f"{columns.file}, row {columns.places[at]}: {time} is {text!r}, which is no day; write YYYY-MM-DD"
        ) from None


def _shares(arrived: str) -> list[float]:
    try:
        return [float(part) for part in arrived.split(",")]
    except ValueError:
        raise BadInput(f"--arrived is {arrived!r}; write shares by age in days, e.g. 0.6,0.8,0.95,1") from None


def _json(read: _Read, shares: Shares) -> dict[str, Any]:
    return {
        "arms": _rows(read, shares),
        "rule": shares.rule,
        "floor": shares.floor,
        "caveats": [NOT_A_TEST],
        "refused": None,
    }


def _rows(read: _Read, shares: Shares) -> list[dict[str, Any]]:
    known, matured = shares.posterior, read.matured
    rows: list[dict[str, Any]] = [
        {
            "arm": name,
            "share": float(shares.share[n]),
            "best": float(known.best[n]),
            "mean": float(known.mean[n]),
            "low": float(known.low[n]),
            "high": float(known.high[n]),
            "loss": float(known.loss[n]),
            "trials": float(matured.raw_trials[n]),
            "matured_trials": float(matured.trials[n]),
            "rewards": float(matured.rewards[n]),
        }
        for n, name in enumerate(read.arms)
    ]
    return sorted(rows, key=lambda row: (-row["share"], row["arm"]))


def _lines(read: _Read, shares: Shares) -> list[str]:
    rows = _rows(read, shares)
    first = rows[0]
    lost = first["loss"] / first["mean"] if first["mean"] else 0.0
    lines = [
        f"{printable(first['arm'])}: {first['share']:.0%} of the next impressions; the best with a chance of "
        f"{_chance(first['best'])}. Showing it alone would cost {max(lost, 0.0):.1%} of its rate in expectation.",
        "",
    ]
    kind = "a trial" if read.matured.square is None else "a trial (amount)"
    grid = [["arm", "share", "best", f"reward {kind}", "95 % interval", "trials", "matured", "rewards"]]
    grid += [
        [
            printable(r["arm"])[:40], f"{r['share']:.1%}", _chance(r["best"]), f"{r['mean']:.4g}",
            f"{r['low']:.4g} to {r['high']:.4g}", f"{r['trials']:,.0f}", f"{r['matured_trials']:,.0f}",
            f"{r['rewards']:,.6g}",
        ]
        for r in rows
    ]  # fmt: skip
    widths = [max(len(row[n]) for row in grid) for n in range(len(grid[0]))]
    lines += [
        "  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in grid
    ]
    if read.last_day is not None:
        lines += ["", f"Data through {read.last_day}."]
    return [*lines, "", NOT_A_TEST]


def _chance(value: float) -> str:
    return "under 0.1%" if value < WORN else "over 99.9%" if value > 1 - WORN else f"{value:.1%}"
