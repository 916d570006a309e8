"""The picture of an alert: a series, what was expected of it, its ordinary band and the days that left it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from domain.evidence import Chart, Unit
from tools.charts import BEHIND, DPI, HEIGHT_IN, LINE, TEXT, TICKS_AT_MOST, WIDTH_IN, dress, tick

BAND, FLAG = "#ddf4ff", "#cf222e"
TALLEST = 2.5  # times the highest value shown: a band that reaches further is cut, so that the values stay readable


@dataclass(frozen=True, slots=True)
class Judged:
    """A day as the detector saw it. None is unknown: a gap, never a zero. ``explained``: the calendar says why."""

    day: date
    value: float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    flagged: bool = False
    explained: bool = False


def watch_chart(
    title: str, days: Sequence[Judged], *, y_label: str, unit: Unit, currency: str | None, x_label: str = "Day"
) -> Chart:
    """A PNG and its alternative text. Flagged days are filled diamonds, so that they are told without colour.

    Raises:
        ValueError: no day has a value.
    """
    known = [d for d in days if d.value is not None]
    if not known:
        raise ValueError(f"no day of {title!r} has a value; a chart needs one at least")
    return Chart(title, _png(title, days, x_label, y_label, unit, currency), _said(title, known, days, unit, currency))


def _png(title: str, days: Sequence[Judged], x_label: str, y_label: str, unit: Unit, currency: str | None) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    x = [d.day.toordinal() for d in days]
    shown = [v for d in days for v in (d.value, d.expected) if v is not None]
    reach = [d.high for d in days if d.high is not None and d.high <= TALLEST * max(map(abs, shown))]
    axes.fill_between(x, _gaps([d.low for d in days]), _gaps([d.high for d in days]), color=BAND, linewidth=0,
                      label="ordinary")  # fmt: skip
    axes.plot(x, _gaps([d.expected for d in days]), color=BEHIND, linestyle="--", linewidth=1.4, label="expected")
    axes.plot(
        x,
        _gaps([d.value for d in days]),
        color=LINE,
        linewidth=1.8,
        marker="o",
        markersize=3,
        clip_on=False,
        zorder=3,
        label="actual",
    )
    _marks(axes, days)
    dress(axes, title, x_label, y_label, [*shown, *reach], unit, currency)
    ticks = days[:: max(1, math.ceil(len(days) / TICKS_AT_MOST))]
    axes.set_xticks([d.day.toordinal() for d in ticks], [f"{d.day:%b} {d.day.day}" for d in ticks])
    axes.margins(x=0.02)
    figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=9, labelcolor=TEXT)
    png = BytesIO()
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]
    return png.getvalue()


def _marks(axes: Any, days: Sequence[Judged]) -> None:
    flagged = [(d.day.toordinal(), d.value) for d in days if d.flagged and d.value is not None]
    explained = [(d.day.toordinal(), d.value) for d in days if d.explained and d.value is not None]
    if explained:
        axes.plot(*zip(*explained, strict=True), linestyle="", marker="s", markersize=6, markerfacecolor="white",
                  markeredgecolor=LINE, clip_on=False, zorder=4, label="explained by the calendar")  # fmt: skip
    if flagged:
        axes.plot(*zip(*flagged, strict=True), linestyle="", marker="D", markersize=7.5, markerfacecolor=FLAG,
                  markeredgecolor="white", clip_on=False, zorder=5, label="unusual")  # fmt: skip


def _gaps(values: Sequence[float | None]) -> list[float]:
    return [math.nan if v is None else v for v in values]


def _said(title: str, known: Sequence[Judged], days: Sequence[Judged], unit: Unit, currency: str | None) -> str:
    """What the picture shows, for who cannot see it."""
    last = known[-1]
    flagged = [d for d in known if d.flagged]
    parts = [f"Line chart: {title}, {days[0].day} to {days[-1].day}."]
    for d in flagged[-3:]:
        against = f", {tick(d.expected, unit, currency)} expected" if d.expected is not None else ""
        parts.append(f"Unusual on {d.day}: {tick(d.value or 0.0, unit, currency)}{against}.")
    if len(flagged) > 3:
        parts.insert(1, f"{len(flagged)} unusual days, of which the last three:")
    if last not in flagged and last.value is not None:
        parts.append(f"The last day, {last.day}, has {tick(last.value, unit, currency)}.")
    if len(known) < len(days):
        parts.append("Days without data are gaps.")
    return " ".join(parts)
