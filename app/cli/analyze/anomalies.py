"""``budgeteer analyze anomalies``: what is unusual in each series of a file, by the values before it only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.frames import Columns, panel_of, printable, read_columns
from app.cli.analyze.repeats import split
from domain.errors import CannotAnswer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analytics.anomaly import Detection, Settings
    from analytics.panel import Panel

SHOWN = 60
METRICS = (
    "spend", "impressions", "clicks", "ctr", "cpm", "cpc", "conversions", "conversion_rate", "cpa", "revenue", "roas",
    "aov",
)  # fmt: skip
HEAD = ("series", "time", "value", "expected", "ordinary", "score", "what")
WORDS = {"spike": "", "level_shift": ", a new level", "zero": ", nothing at all"}


@dataclass(frozen=True, slots=True)
class _Cell:
    """A row of the file where the grid has it, and what was said of it."""

    row: int
    series: int
    step: int
    said: Detection
    value: float


@dataclass(frozen=True, slots=True)
class _Found:
    """``kept``: the row of the file of each of the panel's rows. ``again``: rows whose time another row has taken."""

    times: list[str]
    panel: Panel
    said: Detection
    kept: list[int]
    again: list[_Cell]

    def cells(self, of: NDArray[np.bool_]) -> list[_Cell]:
        """The cells where ``of`` (S, T) is set and there is a row."""
        import numpy as np

        places = np.argwhere(of & (self.panel.rows >= 0)).tolist()
        values = self.panel.values
        return [_Cell(self.kept[int(self.panel.rows[s, t])], s, t, self.said, float(values[s, t])) for s, t in places]


@click.command("anomalies", epilog="Example: budgeteer analyze anomalies --data spend.csv --time day --value spend")
@click.option("--data", "file", required=True, type=click.Path(path_type=Path), help="CSV, CSV.gz or Parquet file.")
@click.option("--time", required=True, metavar="COLUMN", help="The column of times.")
@click.option("--value", required=True, metavar="COLUMN", help="The column to look at.")
@click.option("--series", metavar="COLUMN", help="The column that names each row's series; one series where absent.")
@click.option("--metric", type=click.Choice(METRICS), help="What the values are; sets which direction matters more.")
@click.option(
    "--period", type=click.IntRange(1, 5000), help="Steps after which the season repeats; else a day or week."
)
@click.option("--scores", is_flag=True, help="With --json: a score for every row, in the file's order.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path,
    time: str,
    value: str,
    series: str | None,
    metric: str | None,
    period: int | None,
    scores: bool,
    as_json: bool,
) -> None:
    """Find what is unusual in each series of a file, from minutes to weeks, looking back only.

    JSON: ``anomalies``: series, time, value, expected, low, high (the ordinary band), score, direction (up or down) and
    kind (spike, level_shift or zero); ``looked_at``: series, values, judged; ``not_judged``: reason, values, series;
    ``repeated``: rows whose time another row of their series has. With --scores ``scores``: series, time, score in
    [0, 1] (0.5 and more is flagged), and the reason where a row was not judged and scores 0.
    """
    if scores and not as_json:
        raise click.UsageError("--scores prints every row: add --json")
    columns = read_columns(file, [time, value, *([series] if series is not None else [])])
    found = _found(columns, time, value, series, metric, period)
    if as_json:
        click.echo(json.dumps(_json(found, with_scores=scores)))
        return
    click.echo("\n".join(_lines(found)))


def _found(
    columns: Columns, time: str, value: str, series: str | None, metric: str | None, period: int | None
) -> _Found:
    from analytics.anomaly import Settings

    firsts, kept, again = split(columns, time, series)
    panel = panel_of(firsts, time=time, value=value, series=series)
    settings = Settings() if metric is None else Settings.of(metric)
    said = _detected(panel.values, period or panel.period, settings)
    cells = _again(columns.numbers(value), panel, kept, again, period or panel.period, settings) if again else []
    return _Found(columns.cells[time], panel, said, kept, cells)


def _detected(values: NDArray[np.float64], period: int, settings: Settings) -> Detection:
    from analytics.anomaly import detect
    from analytics.errors import NotEnoughData

    try:
        return detect(values, period=period, settings=settings)
    except NotEnoughData as error:
        raise CannotAnswer(f"nothing can be judged: {error}") from None


def _again(
    values: list[float], panel: Panel, kept: list[int], again: list[tuple[int, int]], period: int, settings: Settings
) -> list[_Cell]:
    """Rows whose time is taken, each judged in its slot's place: by what came before, as the row that took it."""
    import numpy as np

    place = {kept[int(panel.rows[s, t])]: (int(s), int(t)) for s, t in np.argwhere(panel.rows >= 0)}
    cells: list[_Cell] = []
    turns: dict[int, int] = {}
    by_turn: dict[int, list[tuple[int, int]]] = {}
    for row, first in again:
        turns[first] = turns.get(first, 0) + 1
        by_turn.setdefault(turns[first], []).append((row, first))
    for pairs in by_turn.values():
        instead = panel.values.copy()
        for row, first in pairs:
            instead[place[first]] = values[row]
        said = _detected(instead, period, settings)
        cells += [_Cell(row, *place[first], said, values[row]) for row, first in pairs]
    return cells


def _json(found: _Found, *, with_scores: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "anomalies": [_anomaly(found, cell) for cell in _flagged(found)],
        "looked_at": _looked_at(found),
        "not_judged": _not_judged(found),
        "repeated": [{"series": found.panel.names[c.series], "time": found.times[c.row]} for c in found.again],
    }
    if with_scores:
        answer["scores"] = _scores(found)
    return answer


def _looked_at(found: _Found) -> dict[str, int]:
    import numpy as np

    known = found.panel.rows >= 0
    judged = int(np.sum(known & (found.said.reason == 0)))
    return {
        "series": len(found.panel.names),
        "values": int(known.sum()) + len(found.again),
        "judged": judged + sum(int(c.said.reason[c.series, c.step]) == 0 for c in found.again),
    }


def _flagged(found: _Found) -> list[_Cell]:
    """By series, and in it by time."""
    again = [c for c in found.again if c.said.flag[c.series, c.step]]
    return sorted([*found.cells(found.said.flag), *again], key=lambda c: (c.series, c.step, c.row))


def _anomaly(found: _Found, cell: _Cell) -> dict[str, Any]:
    from analytics.anomaly import KINDS

    said, at = cell.said, (cell.series, cell.step)
    return {
        "series": found.panel.names[cell.series],
        "time": found.times[cell.row],
        "value": cell.value,
        "expected": float(said.expected[at]),
        "low": float(said.low[at]),
        "high": float(said.high[at]),
        "score": float(said.score[at]),
        "direction": "up" if said.z[at] > 0 else "down",
        "kind": KINDS[said.kind[at]],
    }


def _scores(found: _Found) -> list[dict[str, Any]]:
    """A row for each row of the file, in its order."""
    import numpy as np

    from analytics.anomaly import REASONS

    rows: list[dict[str, Any]] = [{} for _ in found.times]
    for cell in [*found.cells(np.ones(found.panel.rows.shape, dtype=bool)), *found.again]:
        at = (cell.series, cell.step)
        row = {
            "series": found.panel.names[cell.series],
            "time": found.times[cell.row],
            "score": float(cell.said.score[at]),
        }
        if cell.said.reason[at]:
            row["reason"] = REASONS[cell.said.reason[at]]
        rows[cell.row] = row
    return rows


def _not_judged(found: _Found) -> list[dict[str, Any]]:
    """Rows of the file by the reason for which they were not judged; slots without a row are not counted."""
    from analytics.anomaly import REASONS

    out = []
    for code, reason in enumerate(REASONS):
        of = (found.panel.rows >= 0) & (found.said.reason == code)
        if code and of.any():
            out.append({"reason": reason, "values": int(of.sum()), "series": int(of.any(axis=1).sum())})
    return out


def _lines(found: _Found) -> list[str]:
    """The readable form: a row an anomaly, the latest last; then what was looked at and what could not be judged."""
    flagged = sorted(_flagged(found), key=lambda c: (c.step, c.series, c.row))
    lines = []
    if flagged:
        lines = _aligned([list(HEAD), *(_row(_anomaly(found, cell)) for cell in flagged[-SHOWN:])])
        if len(flagged) > SHOWN:
            lines.insert(1, f"({len(flagged) - SHOWN:,} earlier ones are left out; --json has all)")
        lines.append("")
    looked = _looked_at(found)
    lines.append(
        f"{len(flagged):,} of {looked['judged']:,} values judged are unusual, in {looked['series']:,} series "
        f"with {_count(looked['values'], 'value')}."
    )
    if found.again:
        one = found.again[0]
        lines.append(
            f"{_count(len(found.again), 'row')} with a time that another row has, such as {found.times[one.row]}: "
            "judged like it, and not learned from."
        )
    if left := _not_judged(found):
        said = "; ".join(f"{_count(row['values'], 'value')} ({row['reason']})" for row in left)
        lines.append(f"Not judged: {said}.")
    unjudged = [printable(n) for s, n in enumerate(found.panel.names) if not (found.said.reason[s] == 0).any()]
    if unjudged:
        shown = ", ".join(name or "the series" for name in unjudged[:5])
        more = f" and {len(unjudged) - 5:,} more" if len(unjudged) > 5 else ""
        lines.append(f"Nothing of {shown}{more} could be judged.")
    return lines


def _row(one: dict[str, Any]) -> list[str]:
    what = ("above" if one["direction"] == "up" else "below") + WORDS[one["kind"]]
    band = f"{_figure(one['low'])} to {_figure(one['high'])}"
    return [
        printable(one["series"]) or "-", one["time"], _figure(one["value"]), _figure(one["expected"]), band,
        f"{one['score']:.2f}", what,
    ]  # fmt: skip


def _figure(x: float) -> str:
    """Two decimals, or three significant digits of what is smaller than one."""
    return f"{x:,.2f}" if abs(x) >= 1 or x == 0 else f"{x:.3g}"


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}" + ("" if n == 1 else "s")


def _aligned(rows: list[list[str]]) -> list[str]:
    last = len(rows[0]) - 1
    widths = [max(len(row[n][:40]) for row in rows) for n in range(last + 1)]
    return [
        "  ".join(_padded(c[:40], w, n in (0, last)) for n, (c, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def _padded(cell: str, width: int, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)
