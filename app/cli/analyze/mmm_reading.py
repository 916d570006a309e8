"""The files of ``budgeteer analyze mmm``: figures by period, and results of experiments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.analyze.frames import MISSING, Columns, printable, read_columns, shown, times
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    from analytics.mediamix import Lift, Series

DAY_SECONDS = 86_400
LONGEST_ROW_NUMBER = 6
MOST_VALUES = 12
LIFT_COLUMNS = ("name", "channels", "first_day", "last_day", "spend", "incremental", "low", "high", "level")


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns that were named."""

    date: str
    target: str
    channels: tuple[str, ...]
    controls: tuple[str, ...] = ()


def names(text: str, option: str) -> tuple[str, ...]:
    """Names separated by commas. Raises BadInput where one is blank or stands twice."""
    found = tuple(part.strip() for part in text.split(","))
    if not all(found) or len(set(found)) < len(found):
        raise BadInput(f"{option} {text[:80]!r}: give each column once, separated by commas")
    return found


def require_one_use(asked: Asked) -> None:
    """Refuse a column with two uses: what explains itself tells nothing of media."""
    uses = [("--date", asked.date), ("--target", asked.target), *(("--channels", c) for c in asked.channels)]
    seen: dict[str, str] = {}
    for option, column in (*uses, *(("--controls", c) for c in asked.controls)):
        if column in seen:
            raise BadInput(f"{option}: {column[:80]!r} is {seen[column]} too; give each column one use")
        seen[column] = option


def read_series(file: Path, asked: Asked, country: str | None) -> tuple[Series, list[str]]:
    """The figures in time order, and notes on how controls were read.

    Raises:
        BadInput: a column, a cell or a date that cannot be used; figures without one step between them.
        CannotAnswer: too few periods.
    """
    import numpy as np

    from analytics.errors import BadSeries, NotEnoughData
    from analytics.mediamix import Series

    columns = read_columns(file, [asked.date, asked.target, *asked.channels, *asked.controls])
    day, grain = _periods(columns, asked.date)
    order = np.argsort(np.array(day), kind="stable")
    controls, control_names, notes = _controls(columns, asked.controls)
    if country is not None:
        if grain == "period":
            raise BadInput(f"--holidays {country}: {asked.date} holds no dates")
        controls.append(_holidays(country, [day[n] for n in order], order.tolist()))
        control_names.append(f"public holidays of {country}")
    try:
        series = Series(
            grain=grain,  # type: ignore[arg-type]
            day=np.array(day, dtype=np.int64)[order],
            outcome=np.array(_known(columns, asked.target))[order],
            spend=np.column_stack([_known(columns, c) for c in asked.channels])[order],
            channels=asked.channels,
            controls=np.column_stack([*controls, np.empty((len(day), 0))])[order],
            control_names=tuple(control_names),
        )
    except BadSeries as error:
        raise BadInput(f"{file.name}: {error}") from None
    except NotEnoughData as error:
        raise CannotAnswer(f"{file.name}: {error}") from None
    return series, notes


def read_lifts(file: Path) -> list[Lift]:
    """Results of experiments, a row each. Raises BadInput with the row and the value."""
    from analytics.errors import BadSeries
    from analytics.mediamix import Lift

    columns = read_columns(file, LIFT_COLUMNS)
    figures = {name: _known(columns, name) for name in LIFT_COLUMNS[4:]}
    found = []
    for n, place in enumerate(columns.places):
        try:
            found.append(
                Lift(
                    name=printable(columns.cells["name"][n].strip())[:100],
                    channels=tuple(c.strip() for c in columns.cells["channels"][n].split("+")),
                    first_day=date.fromisoformat(columns.cells["first_day"][n].strip()).toordinal(),
                    last_day=date.fromisoformat(columns.cells["last_day"][n].strip()).toordinal(),
                    **{name: values[n] for name, values in figures.items()},
                )
            )
        except (BadSeries, ValueError) as error:
            raise BadInput(f"{file.name}, row {place}: {error}") from None
    return found


def _known(columns: Columns, name: str) -> list[float]:
    values = columns.numbers(name)
    for n, value in enumerate(values):
        if value != value:
            raise BadInput(
                f"{columns.file}, row {columns.places[n]}: {name} is blank, which is not 0; write 0 where nothing was "
                "spent or earned"
            )
    return values


def _periods(columns: Columns, name: str) -> tuple[list[int], str]:
    """The day each period begins on, as an ordinal, and the step between them."""
    cells = [cell.strip() for cell in columns.cells[name]]
    if all(cell.isdigit() and len(cell) < LONGEST_ROW_NUMBER for cell in cells):
        day = [int(cell) for cell in cells]
        _require_step(columns, name, day, {1}, str)
        return day, "period"
    seconds = times(columns, name)
    for n, second in enumerate(seconds):
        if second % DAY_SECONDS:
            raise BadInput(f"{columns.file}, row {columns.places[n]}: {name} is {shown(cells[n])}; give dates only")
    day = [datetime.fromtimestamp(s, UTC).date().toordinal() for s in seconds]
    ordered = sorted(day)
    gaps = {b - a for a, b in pairwise(ordered)}
    same_day = len({date.fromordinal(d).day for d in day}) == 1
    if same_day and gaps and gaps <= {28, 29, 30, 31}:
        return day, "month"
    step = 1 if 1 in gaps else 7
    _require_step(columns, name, day, {step}, lambda d: str(date.fromordinal(d)))
    return day, "day" if step == 1 else "week"


def _require_step(columns: Columns, name: str, day: Sequence[int], steps: set[int], show) -> None:  # type: ignore[no-untyped-def]
    twice = [d for d, count in Counter(day).items() if count > 1]
    if twice:
        raise BadInput(f"{columns.file}: {name} has {show(twice[0])} in {day.count(twice[0])} rows; give one a period")
    ordered = sorted(day)
    for a, b in pairwise(ordered):
        if b - a not in steps:
            raise BadInput(
                f"{columns.file}: {name} goes from {show(a)} to {show(b)}; give every day, every week or every month, "
                "with 0 where nothing was spent"
            )


def _controls(columns: Columns, asked: Sequence[str]) -> tuple[list[list[float]], list[str], list[str]]:
    """A column for each control of numbers, and one for each value but the commonest of a control of words."""
    found: list[list[float]] = []
    named: list[str] = []
    notes: list[str] = []
    for name in asked:
        cells = [cell.strip() for cell in columns.cells[name]]
        if any(_is_number(cell) for cell in cells) or all(cell.lower() in MISSING for cell in cells):
            found.append(_known(columns, name))
            named.append(name)
            continue
        values = Counter(cells)
        if len(values) > MOST_VALUES:
            raise BadInput(f"{columns.file}: {name} has {len(values)} different words; {MOST_VALUES} are the most")
        usual = values.most_common(1)[0][0]
        others = [value for value in sorted(values) if value != usual]
        found.extend([float(cell == value) for cell in cells] for value in others)
        named.extend(printable(f"{name} {value or '(blank)'}") for value in others)
        notes.append(printable(f"{name} is read as words: {', '.join(o or '(blank)' for o in others)} against {usual}"))
    return found, named, notes


def _is_number(cell: str) -> bool:
    try:
        return float(cell) == float(cell)
    except ValueError:
        return False


def _holidays(country: str, ordered: Sequence[int], order: Sequence[int]) -> list[float]:
    """Public holidays in each period, in the file's order."""
    from domain.calendar import checked_country, public_holidays

    starts = list(ordered)
    ends = [*starts[1:], starts[-1] + (starts[-1] - starts[-2])]
    first, last = date.fromordinal(starts[0]), date.fromordinal(ends[-1])
    days = sorted(day.toordinal() for day, _ in public_holidays(checked_country(country), first, last))
    counts = [float(sum(a <= day < b for day in days)) for a, b in zip(starts, ends, strict=True)]
    back = [0.0] * len(starts)
    for count, at in zip(counts, order, strict=True):
        back[at] = count
    return back
