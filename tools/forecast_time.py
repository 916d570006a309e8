"""A forecast by day, week or month: parts of the whole period that add up to it, each with a range of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.errors import CannotAnswer
from domain.metrics import Base, Metric
from domain.window import Window
from tools.buckets import buckets

if TYPE_CHECKING:
    from analytics.forecast import Forecast, Range

MOST = 62


def over_time(
    metric: Metric, found: Mapping[Base, Forecast], whole: Range, ahead: Window, by: str, first: int, week_start: int
) -> list[tuple[Window, Range]]:
    """The days, weeks or months of ``ahead``, the first and last clipped to it, of everything together.

    ``first`` is the step that the first day of ``ahead`` is. Sums add up to ``whole``, which the platforms have moved.

    Raises:
        CannotAnswer: there are too many to read.
    """
    cut = [window for window, _ in buckets(by, ahead, week_start)]
    if len(cut) > MOST:
        raise CannotAnswer(f"that is {len(cut)} {by}s; I show at most {MOST}: ask for fewer days, or by week or month")
    made = []
    for window in cut:
        start = first + (window.start - ahead.start).days
        made.append(_part(metric, found, start, start + window.days))
    summed = sum(float(part.mid[0]) for part in made)
    moved = float(whole.mid[-1]) / summed if metric.denominator is None and summed > 0 else 1.0
    return [
        (window, replace(part, mid=part.mid * moved, lo=part.lo * moved, hi=part.hi * moved))
        for window, part in zip(cut, made, strict=True)
    ]


def _part(metric: Metric, found: Mapping[Base, Forecast], start: int, end: int) -> Range:
    """The last series, of everything together, over some steps."""
    from analytics.forecast import ratio, total

    if metric.denominator is None:
        told, scale = total(found[metric.numerator], start, end), 1
    else:
        told, scale = ratio(found[metric.numerator], found[metric.denominator], start, end), metric.scale
    return replace(told, mid=told.mid[-1:] * scale, lo=told.lo[-1:] * scale, hi=told.hi[-1:] * scale)
