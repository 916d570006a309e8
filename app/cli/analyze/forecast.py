"""``budgeteer analyze forecast``: each series ahead, with a range and how well that did before."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.frames import panel_of, printable, read_columns, zoned
from app.cli.analyze.repeats import split
from app.cli.shares import Number
from domain.errors import CannotAnswer

if TYPE_CHECKING:
    import numpy as np

    from analytics.forecast import Backtest, Forecast
    from analytics.panel import Panel
    from app.cli.analyze.frames import Columns

ORIGINS = 3
EMPTY: dict[str, Any] = {
    "forecast": [], "backtest": None, "backtest_reason": None, "notes": [], "left_out": [], "refused": None,
    "repeated": [],
}  # fmt: skip
SHOWN = 60
MOST_REASONS = 10
DAY_SECONDS = 86_400


@click.command("forecast", epilog="Example: budgeteer analyze forecast --data spend.csv --time day --value spend")
@click.option("--data", "file", required=True, type=click.Path(path_type=Path), help="CSV, CSV.gz or Parquet file.")
@click.option("--time", required=True, metavar="COLUMN", help="The column of times.")
@click.option("--value", required=True, metavar="COLUMN", help="The column to forecast.")
@click.option("--series", metavar="COLUMN", help="The column that names each row's series; one series where absent.")
@click.option("--horizon", type=click.IntRange(1, 1000), default=28, show_default=True, help="Steps ahead.")
@click.option("--level", type=Number(0.5, 0.99), default=0.9, show_default=True, help="Probability of the range.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, time: str, value: str, series: str | None, horizon: int, level: float, as_json: bool) -> None:
    """Forecast each series of a file, from minutes to weeks.

    JSON: ``forecast``: series, time, value, lo, hi for each step; ``backtest``: mase, smape, coverage, naive_mase (the
    seasonal naive on the same days), origins, horizon, level, or null with ``backtest_reason``; ``notes``: series whose
    forecast is not estimated, and why; ``left_out``: series without a forecast, and why; ``refused``: why there is no
    forecast at all, or null; ``repeated``: rows whose time an earlier row of their series has, which are left out.
    """
    columns = read_columns(file, [time, value, *([series] if series is not None else [])])
    columns, repeated = _once(columns, time, series)
    panel = panel_of(columns, time=time, value=value, series=series)
    try:
        made, tested, why = _made(panel, horizon, level)
    except CannotAnswer as no:
        if not as_json:
            raise
        click.echo(json.dumps({**EMPTY, "refused": str(no), "repeated": repeated}))
        return
    times = _times(panel, horizon, utc=zoned(columns, time))
    if as_json:
        click.echo(json.dumps({**_json(panel, made, tested, why, times), "repeated": repeated}))
        return
    click.echo("\n".join([*_lines(panel, made, tested, why, times), *_repeated(repeated)]))


def _once(columns: Columns, time: str, series: str | None) -> tuple[Columns, list[dict[str, str]]]:
    """The rows, each time of a series once (an hour comes twice where clocks are set back), and those left out."""
    firsts, _, again = split(columns, time, series)
    names = columns.cells[series] if series is not None else [""] * len(columns.places)
    return firsts, [{"series": names[row], "time": columns.cells[time][row].strip()} for row, _ in again]


def _repeated(rows: list[dict[str, str]]) -> list[str]:
    if not rows:
        return []
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return [f"{count} with a time that an earlier row has, such as {printable(rows[0]['time'])}; the first counts."]


def _made(panel: Panel, horizon: int, level: float) -> tuple[Forecast, Backtest | None, str | None]:
    """The forecast and its backtest, or why there is none. Raises CannotAnswer where no series can be forecast."""
    from analytics.errors import NotEnoughData
    from analytics.forecast import backtest, forecast, last_origins

    year = 365.25 * DAY_SECONDS / int(panel.step.astype(int))
    known = {"period": panel.period, "level": level, "year": year if year <= 400 else None}
    try:
        made = forecast(panel.values, horizon, **known)  # type: ignore[arg-type]
    except NotEnoughData as error:
        raise CannotAnswer(f"no series can be forecast: {error}") from None
    origins = last_origins(len(panel.times), horizon, ORIGINS)
    if not origins:
        need = 2 * horizon
        return made, None, f"{len(panel.times)} times are too few to test {horizon} steps ahead; {need} are needed"
    try:
        return made, backtest(panel.values, horizon, origins, **known), None  # type: ignore[arg-type]
    except NotEnoughData as error:
        return made, None, str(error)


def _times(panel: Panel, horizon: int, *, utc: bool) -> list[str]:
    """The times ahead; a date where all of the file's are; with UTC's offset where the file's had one."""
    import numpy as np

    ahead = panel.times[-1] + panel.step * np.arange(1, horizon + 1)
    daily = bool((panel.times.astype(int) % DAY_SECONDS == 0).all()) and int(panel.step.astype(int)) % DAY_SECONDS == 0
    return [str(t.astype("datetime64[D]")) if daily else f"{t}{'+00:00' if utc else ''}" for t in ahead]


def _json(panel: Panel, made: Forecast, tested: Backtest | None, why: str | None, times: list[str]) -> dict[str, Any]:
    found = [
        {
            "series": name,
            "time": at,
            "value": _number(made.mid[n, h]),
            "lo": _number(made.lo[n, h]),
            "hi": _number(made.hi[n, h]),
        }
        for n, name in enumerate(panel.names)
        if math.isfinite(made.mid[n, 0])
        for h, at in enumerate(times)
    ]
    return {
        **EMPTY,
        "forecast": found,
        "backtest": None if tested is None else _tested(tested, panel),
        "backtest_reason": why,
        "notes": _why(panel, made, exact=True),
        "left_out": _why(panel, made, exact=False),
    }


def _tested(tested: Backtest, panel: Panel) -> dict[str, Any]:
    ends = [str(panel.times[origin - 1]) for origin in tested.origins]
    return {
        "mase": tested.mase, "smape": tested.smape, "coverage": tested.coverage, "naive_mase": tested.naive_mase,
        "level": tested.level, "horizon": tested.horizon, "known_until": ends,
        "series": [
            {"series": name, "mase": _number(tested.mase_of[n]), "smape": _number(tested.smape_of[n]),
             "coverage": _number(tested.coverage_of[n])}
            for n, name in enumerate(panel.names)
        ],
    }  # fmt: skip


def _why(panel: Panel, made: Forecast, *, exact: bool) -> list[dict[str, str]]:
    return [
        {"series": panel.names[n], "reason": reason}
        for n, reason in enumerate(made.reasons)
        if reason is not None and bool(made.exact[n]) is exact
    ]


def _number(value: np.float64) -> float | None:
    return float(value) if math.isfinite(value) else None


def _lines(panel: Panel, made: Forecast, tested: Backtest | None, why: str | None, times: list[str]) -> list[str]:
    """The readable form: a row a step for a few series, else a row a series with its sum."""
    many = len(panel.names) * len(times) > SHOWN
    rows = _sums(panel, made) if many else _steps(panel, made, times)
    head = ["series", f"sum of {len(times)}" if many else "time", *(() if many else ("value",)), "low", "high"]
    lines = [*_aligned([head, *rows[:SHOWN]])]
    if len(rows) > SHOWN:
        lines.append(f"... and {len(rows) - SHOWN} more series; --json has every step of all")
    lines.append("")
    lines.append(_said(tested, why))
    said = [f"{printable(panel.names[n]) or 'the series'}: {reason}" for n, reason in enumerate(made.reasons) if reason]
    more = [f"... and {len(said) - MOST_REASONS} more with a reason; see --json"] if len(said) > MOST_REASONS else []
    return [*lines, *said[:MOST_REASONS], *more]


def _steps(panel: Panel, made: Forecast, times: list[str]) -> list[list[str]]:
    return [
        [printable(name) or "-", at, *(f"{part[n, h]:,.2f}" for part in (made.mid, made.lo, made.hi))]
        for n, name in enumerate(panel.names)
        if math.isfinite(made.mid[n, 0])
        for h, at in enumerate(times)
    ]


def _sums(panel: Panel, made: Forecast) -> list[list[str]]:
    from analytics.forecast import total

    found = total(made)
    return [
        [
            printable(name) or "-",
            *(f"{part[n]:,.2f}" if math.isfinite(part[n]) else "unknown" for part in (found.mid, found.lo, found.hi)),
        ]
        for n, name in enumerate(panel.names)
        if math.isfinite(found.mid[n])
    ]


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[n][:40]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(
            c[:40].ljust(w) if n == 0 else c[:40].rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _said(tested: Backtest | None, why: str | None) -> str:
    if tested is None:
        return f"How good this is has not been measured: {why}."
    against = "" if tested.naive_mase is None else f" (the season before, repeated: {tested.naive_mase:.2f})"
    scaled = "no error in that scale" if tested.mase is None else f"MASE {tested.mase:.2f}{against}"
    return (
        f"Tested on {len(tested.origins)} earlier stretches of {tested.horizon}: {scaled}, "
        f"sMAPE {tested.smape or 0:.1f} %, {(tested.coverage or 0) * 100:.0f} % of values "
        f"inside a range meant for {tested.level * 100:.0f} %."
    )
