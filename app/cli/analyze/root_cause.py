"""``budgeteer analyze root-cause``: which values of which dimension explain a change between two files."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.frames import Columns, printable, read_columns
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    from analytics.compare import RatioEffect
    from analytics.rootcause import Candidate, Dimension, Element, RootCause

BLANK = "(blank)"
OTHERS_SHOWN = 8
NOTHING: dict[str, Any] = {
    "dimension": None, "elements": [], "explanatory_power": None, "surprise": None, "spread": None, "values": [],
    "measure": None, "before": None, "after": None, "candidates": [], "not_explained": [], "refused": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    dimensions: tuple[str, ...]
    top: str
    per: str | None

    @property
    def measures(self) -> tuple[str, ...]:
        return (self.top,) if self.per is None else (self.top, self.per)

    @property
    def said(self) -> str:
        return " / ".join(self.measures)


@click.command(
    "root-cause",
    epilog="Example: budgeteer analyze root-cause --before may.csv --after june.csv --dimensions device,country "
    "--measure revenue",
)
@click.option("--before", required=True, type=click.Path(path_type=Path), help="The file of the usual period.")
@click.option("--after", required=True, type=click.Path(path_type=Path), help="The file of the period to explain.")
@click.option("--dimensions", required=True, metavar="A,B", help="The columns whose values may be the cause.")
@click.option("--measure", metavar="COLUMN", help="The column whose sum changed.")
@click.option("--ratio", metavar="NUM/DEN", help="Explain this ratio of two columns' sums instead of one sum.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(before: Path, after: Path, dimensions: str, measure: str | None, ratio: str | None, as_json: bool) -> None:
    """Say which values of which dimensions explain a change (Adtributor).

    JSON: dimension, elements, explanatory_power, surprise of the best explanation, ``values`` (before, after and
    expected of every value; of a ratio also rate, mix and net, which add up to its change), the others in
    ``candidates``, each with ``spread``: whether its values explain little more than their share of the total, so that
    everything moved rather than they; and ``not_explained``: dimensions without an answer, and why. Where nothing
    explains the change, dimension is null and elements is empty. ``refused``: why nothing can be explained, or null.
    """
    from analytics.errors import CannotEstimate
    from analytics.rootcause import adtributor

    asked = _asked(dimensions, measure, ratio)
    files = tuple(read_columns(f, [*asked.dimensions, *asked.measures]) for f in (before, after))
    split = [_dimension(name, asked, files) for name in asked.dimensions]
    try:
        found = adtributor(split)
    except CannotEstimate as error:
        if not as_json:
            raise CannotAnswer(str(error)) from None
        click.echo(json.dumps({**NOTHING, "measure": asked.said, "refused": str(error)}))
        return
    effects = {d.name: _effects(d) for d in split}
    if as_json:
        click.echo(json.dumps(_json(found, asked, effects)))
        return
    click.echo("\n".join(_lines(found, asked, effects)))


def _asked(dimensions: str, measure: str | None, ratio: str | None) -> _Asked:
    names = tuple(dict.fromkeys(d.strip() for d in dimensions.split(",") if d.strip()))
    if not names:
        raise BadInput("--dimensions names no column; write e.g. --dimensions device,country")
    if ratio is None:
        if not measure:
            raise BadInput("say what changed: --measure COLUMN, or --ratio NUM/DEN")
        return _Asked(names, _measured(measure, names), None)
    top, slash, per = (part.strip() for part in ratio.partition("/"))
    if not (top and slash and per) or top == per:
        raise BadInput(f"--ratio is {ratio!r}; write two different columns as NUM/DEN, e.g. spend/conversions")
    return _Asked(names, _measured(top, names), _measured(per, names))


def _measured(column: str, dimensions: tuple[str, ...]) -> str:
    if column in dimensions:
        raise BadInput(f"{column!r} cannot be a dimension and what is measured")
    return column


def _dimension(name: str, asked: _Asked, files: tuple[Columns, ...]) -> Dimension:
    import numpy as np

    from analytics.rootcause import Dimension

    sides = [[_sums(file, name, measure) for file in files] for measure in asked.measures]
    elements = tuple(sorted({element for side in sides for sums in side for element in sums}))
    arrays = [np.array([s.get(e, 0.0) for e in elements]) for side in sides for s in side]
    return Dimension(name, elements, *arrays)


def _sums(file: Columns, dimension: str, measure: str) -> dict[str, float]:
    """The measure by value of the dimension. A blank measure is refused: a missing figure is not 0."""
    parts: dict[str, list[float]] = {}
    for n, (element, value) in enumerate(zip(file.cells[dimension], file.numbers(measure), strict=True)):
        if math.isnan(value):
            raise BadInput(
                f"{file.file}, row {file.places[n]}: {measure} is blank; a missing figure is not 0: write it, or take "
                "the row out"
            )
        parts.setdefault(element.strip() or BLANK, []).append(value)
    return {element: math.fsum(values) for element, values in parts.items()}


def _effects(dimension: Dimension) -> dict[str, RatioEffect]:
    """Rate and mix of a ratio's elements; empty where it is a sum."""
    from decimal import Decimal

    from analytics.compare import Part, mix_and_rate

    if dimension.per_before is None or dimension.per_after is None:
        return {}

    def parts(top: Any, bottom: Any) -> dict[str, Part]:
        pairs = zip(dimension.elements, top.tolist(), bottom.tolist(), strict=True)
        return {name: Part(Decimal(repr(n)), Decimal(repr(d))) for name, n, d in pairs}

    change = mix_and_rate(parts(dimension.before, dimension.per_before), parts(dimension.after, dimension.per_after))
    return {e.entity: e for e in change.effects}


def _json(found: RootCause, asked: _Asked, effects: dict[str, dict[str, RatioEffect]]) -> dict[str, Any]:
    candidates = [_candidate(c, effects[c.dimension]) for c in found.candidates]
    best = candidates[0] if candidates else {}
    return {
        **NOTHING,
        **best,
        "measure": asked.said,
        "before": found.before,
        "after": found.after,
        "candidates": candidates,
        "not_explained": [{"dimension": name, "reason": why} for name, why in found.not_explained],
    }


def _candidate(candidate: Candidate, effects: dict[str, RatioEffect]) -> dict[str, Any]:
    return {
        "dimension": candidate.dimension,
        "elements": list(candidate.names),
        "explanatory_power": candidate.explanatory_power,
        "surprise": candidate.surprise,
        "spread": candidate.spread,
        "values": [_value(e, effects.get(e.name)) for e in (*candidate.elements, *candidate.others)],
    }


def _value(element: Element, effect: RatioEffect | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "element": element.name, "before": element.before, "after": element.after, "expected": element.expected,
        "explanatory_power": element.explanatory_power, "surprise": element.surprise,
    }  # fmt: skip
    if effect is not None:
        said |= {part: None if (v := getattr(effect, part)) is None else float(v) for part in ("rate", "mix", "net")}
    return said


def _lines(found: RootCause, asked: _Asked, effects: dict[str, dict[str, RatioEffect]]) -> list[str]:
    moved = f" ({(found.after - found.before) / abs(found.before):+.1%})" if found.before else ""
    lines = [f"{asked.said}: {_number(found.before)} before, {_number(found.after)} after{moved}.", ""]
    standing = [c for c in found.candidates if not c.spread]
    if not standing:
        lines.append("Nothing looked at explains it: no few values stand out.")
    for number, candidate in enumerate(standing):
        lead = "Best explanation" if number == 0 else "Also"
        lines.append(
            f"{lead}: {candidate.dimension} = {', '.join(printable(name) for name in candidate.names)} "
            f"({candidate.explanatory_power:.1%} of the change, surprise {candidate.surprise:.4f})"
        )
        lines += [f"  {line}" for line in _table(candidate, effects[candidate.dimension])]
        lines.append("")
    spread = [
        (c.dimension, "its values moved with the total, none of them apart") for c in found.candidates if c.spread
    ]
    lines += [f"{name}: {why}." for name, why in (*found.not_explained, *spread)]
    return lines


def _table(candidate: Candidate, effects: dict[str, RatioEffect]) -> list[str]:
    shown = (*candidate.elements, *candidate.others[:OTHERS_SHOWN])
    head = [candidate.dimension, "before", "after", "expected", "explains", "surprise"]
    head += ["rate", "mix"] if effects else []
    rows = [
        [
            printable(e.name)[:40], *(_number(v) for v in (e.before, e.after, e.expected)),
            _share(e.explanatory_power), f"{e.surprise:.4f}",
            *((_number(effects[e.name].rate), _number(effects[e.name].mix)) if effects else ()),
        ]
        for e in shown
    ]  # fmt: skip
    more = len(candidate.others) - OTHERS_SHOWN
    return [*_aligned([head, *rows]), *([f"... and {more} more values; --json has them all"] if more > 0 else [])]


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{float(value) + 0.0:,.4g}" if abs(value) < 1000 else f"{float(value):,.0f}"


def _share(value: float) -> str:
    return f"{round(value, 3) + 0.0:.1%}"  # a sum's last digit must not show as -0.0%


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
