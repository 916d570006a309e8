"""Where a period lands: what is known of it so far, and a forecast of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact
from domain.metrics import Metric
from domain.window import Window
from tools.arguments import Period
from tools.figures import Cited, Group, fact
from tools.labels import window_label
from tools.reader import Reader


def landing_line(
    metric: Metric, rest: tuple[Fact, Fact, Fact], reader: Reader, period: Period, last: date, cited: Cited
) -> str:
    """One sentence. ``rest``: expected, low and high of the days after ``last``.

    Raises:
        CannotAnswer: nothing is known of the period so far, or the rest cannot be forecast.
    """
    days = reader.span(Period(start=period.start, end=last))
    rows = reader.totals(days)
    so_far = fact(metric, Group.of(rows), reader.selection.entity, days, reader.books(rows))
    if so_far.value is None:
        raise CannotAnswer(f"{metric.label} so far is unknown: {so_far.reason}")
    if rest[0].value is None:
        raise CannotAnswer(f"the rest of the period cannot be forecast: {rest[0].reason}")
    whole = Window(period.start, period.end)
    lands = _lands(rest[0], so_far.value, f"{metric.label}, lands at", whole)
    said = f"{metric.label}{reader.selection.where}, {window_label(whole)}, lands at {cited.cite(lands)}"
    low, high = rest[1].value, rest[2].value
    if low is None or high is None:
        said += f", without a range ({rest[1].reason})"
    else:
        ends = [_lands(f, so_far.value, f"{metric.label}, lands at{word}", whole)
                for f, word in ((rest[1], ", low"), (rest[2], ", high"))]  # fmt: skip
        said += f", likely {cited.cite(ends[0])} to {cited.cite(ends[1])} (90 %)"
    known, coming = cited.cite(replace(so_far, label=f"{metric.label} so far")), cited.cite(rest[0])
    return f"{said}: {known} through {last}, and {coming} expected of the days since."


def _lands(rest: Fact, so_far: Decimal, label: str, whole: Window) -> Fact:
    value = None if rest.value is None else rest.value + so_far
    return replace(rest, label=label, value=value, window=whole, how=f"so far + {rest.how}")
