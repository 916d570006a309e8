"""Pictures of evidence as PNG, by matplotlib's Agg canvas: no window, no global state, safe in a thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from domain.evidence import Unit
from domain.money import exponent

WIDTH_IN, HEIGHT_IN, DPI = 8.0, 4.0, 150  # 1200 x 600 pixels: sharp in Slack, under 100 kB
LINE, BEHIND, FAINT, TEXT = "#1f6feb", "#8c959f", "#d0d7de", "#24292f"
MARKED_AT_MOST, TICKS_AT_MOST = 62, 9


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line of several: its name, a value or None (a gap) per tick, and whether it only stands behind another."""

    label: str
    values: Sequence[float | None]
    faint: bool = False


def lines_chart(
    title: str,
    ticks: Sequence[str],
    drawn: Sequence[Drawn],
    *,
    x_label: str,
    y_label: str,
    unit: Unit,
    currency: str | None,
) -> bytes:
    """Lines over the same ticks, the first one in front; a legend names them, dashes tell them apart without colour."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    x = range(len(ticks))
    for line in reversed(drawn):
        y = [math.nan if value is None else value for value in line.values]
        colour, style = (BEHIND, "--") if line.faint else (LINE, "-")
        axes.plot(x, y, color=colour, linestyle=style, linewidth=1.8, marker="o", markersize=3, markevery=_marked(y),
                  label=line.label)  # fmt: skip
    dress(axes, title, x_label, y_label, [v for line in drawn for v in line.values if v is not None], unit, currency)
    step = max(1, math.ceil(len(ticks) / (TICKS_AT_MOST + 4)))
    axes.set_xticks(list(x)[::step], list(ticks)[::step])
    if len(drawn) > 1:
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[::-1], labels[::-1], frameon=False, fontsize=9, loc="best")
    png = BytesIO()
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]
    return png.getvalue()


def line_chart(
    title: str,
    points: Sequence[tuple[date, float | None, bool]],
    *,
    x_label: str,
    y_label: str,
    unit: Unit,
    currency: str | None,
) -> bytes:
    """One series over time. A point without a value is a gap in the line, never a zero.

    A point that is not whole (a week of which the window has some days) stands apart from the line, hollow.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    x = [day.toordinal() for day, _, _ in points]
    y = [math.nan if value is None or not whole else value for _, value, whole in points]
    cut = [(day.toordinal(), value) for day, value, whole in points if value is not None and not whole]
    axes.plot(x, y, color=LINE, linewidth=1.8, marker="o", markersize=3.5, markevery=_marked(y))
    axes.plot(
        [at for at, _ in cut], [value for _, value in cut], linestyle="", marker="o", markersize=6,
        markerfacecolor="white", markeredgecolor=LINE,
    )  # fmt: skip
    dress(axes, title, x_label, y_label, [value for _, value, _ in points if value is not None], unit, currency)
    shown = points[:: max(1, math.ceil(len(points) / TICKS_AT_MOST))]
    axes.set_xticks([day.toordinal() for day, _, _ in shown], [f"{day:%b} {day.day}" for day, _, _ in shown])
    png = BytesIO()
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]
    return png.getvalue()


def dress(
    axes: Any, title: str, x_label: str, y_label: str, values: Sequence[float], unit: Unit, currency: str | None
) -> None:
    """What every chart looks like around its lines."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_title(title, loc="left", fontsize=12, fontweight="bold", color=TEXT, pad=12)
    axes.set_ylabel(y_label, color=TEXT)
    axes.set_xlabel(x_label, color=TEXT)
    _from_zero(axes, values)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: tick(value, unit, currency)))
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=TEXT, length=0, labelsize=9)


def _marked(y: Sequence[float]) -> list[int]:
    """Every point of a short series; of a long one those between two gaps, which no line would show."""
    if len(y) <= MARKED_AT_MOST:
        return list(range(len(y)))
    padded = [math.nan, *y, math.nan]
    return [i for i in range(len(y)) if math.isnan(padded[i]) and math.isnan(padded[i + 2])]


def _from_zero(axes: Any, values: Sequence[float]) -> None:
    """The axis starts at zero, so that a small wobble does not look like a fall."""
    if values and min(values) >= 0:
        top = max(values)
        axes.set_ylim(0, top * 1.08 if top > 0 else 1)


def tick(value: float, unit: Unit, currency: str | None) -> str:
    """A figure as an axis shows it."""
    if unit == "percent":
        return f"{value * 100:.3g} %"
    if unit == "money" and currency is not None and value:
        from babel.numbers import get_currency_symbol

        digits = 0 if abs(value) >= 10 else min(2, exponent(currency))
        return f"{get_currency_symbol(currency, locale='en_US')}{value:,.{digits}f}"
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:,.2f}"
