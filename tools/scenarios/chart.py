"""Response curves, a panel a budget: today and the plan marked, the spend tried shaded, an interval as a band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

import numpy as np

from domain.evidence import Chart, Unit
from tools.budget import Movable
from tools.charts import BEHIND, DPI, FAINT, LINE, TEXT, WIDTH_IN, tick
from tools.effect import LEVEL
from tools.labels import join_words
from tools.scenarios.compare import BEST, NEAREST, OWN, Compared, Side
from tools.scenarios.estimate import Scenario

PANELS, ACROSS, PANEL_HEIGHT_IN, HEAD_IN = 6, 3, 2.4, 1.0
POINTS = 80
BAND, TRIED, PLAN = "#b6e3ff", "#f0f2f4", "#1a7f37"
NAME = 34  # characters of a budget's name above its panel


@dataclass(frozen=True, slots=True)
class Panel:
    """One budget: its curve by the mean of the draws, and where today and the plan are on it.

    The band is the interval of the change from today, laid around the curve: that is what a plan rests on. The level
    itself is known far less well, and the same in every plan.
    """

    name: str
    at: tuple[float, ...]
    low: tuple[float, ...]
    mid: tuple[float, ...]
    high: tuple[float, ...]
    tried: tuple[float, float]
    today: tuple[float, float]
    plan: tuple[float, float]


def chart_of(compared: Compared) -> Chart | None:
    """A picture of the plan that was asked for (else of the best split); None where no curve is known."""
    drawn = [(side, plan) for side in compared.sides if (plan := _drawn(side)) is not None]
    panels = [panel for side, plan in drawn for panel in _panels(side, plan)]
    if not panels:
        return None
    side, plan = drawn[0]
    more = len(panels) - PANELS
    title = f"{join_words([s.basis.account.name for s, _ in drawn])}: {side.basis.levers.outcome} a day by budget a day"
    shown = panels[:PANELS]
    unit: Unit = "money" if side.basis.levers.outcome == "revenue" else "count"
    png = _png(title, plan.label, shown, unit, side.basis.account.currency)
    return Chart(title, png, _said(title, plan.label, shown, unit, side.basis.account.currency, more))


def _drawn(side: Side) -> Scenario | None:
    found = (side.of(key) for key in (OWN, NEAREST, BEST))
    known = next((p for p in found if p is not None and p.amounts is not None and p.estimate is not None), None)
    return known or (side.scenarios[0] if side.basis.today.movable else None)


def _panels(side: Side, plan: Scenario) -> list[Panel]:
    """The budgets that the plan moves most come first."""
    amounts = plan.amounts or side.basis.amounts
    order = sorted(side.basis.today.movable, key=lambda m: (-abs(amounts[m.lever.entity] - m.lever.now), m.lever.name))
    return [_panel(m, amounts[m.lever.entity]) for m in order]


def _panel(m: Movable, planned: Decimal) -> Panel:
    now, then = float(m.lever.now), float(planned)
    share = m.lever.share_spent
    tried = (m.response.spend_low / share, m.response.spend_high / share)
    at = np.linspace(0.0, 1.15 * max(now, then, tried[1]), POINTS)
    drawn = np.array([m.response.value(float(x) * share) for x in at])
    here = m.response.value(now * share)
    low, high = here.mean() + np.quantile(drawn - here, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    mid = drawn.mean(axis=1)

    def on(amount: float) -> tuple[float, float]:
        return amount, float(m.response.value(amount * share).mean())

    return Panel(
        m.lever.name, tuple(map(float, at)), tuple(map(float, low)), tuple(map(float, mid)), tuple(map(float, high)),
        tried, on(now), on(then),
    )  # fmt: skip


def _png(title: str, label: str, panels: Sequence[Panel], unit: Unit, currency: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = 2 if len(panels) == 4 else min(ACROSS, len(panels))
    down = math.ceil(len(panels) / across)
    figure = Figure(figsize=(WIDTH_IN, HEAD_IN + PANEL_HEIGHT_IN * down), dpi=DPI, layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for number, axes in enumerate(grid.flat):
        if number < len(panels):
            _draw(axes, panels[number], label, unit, currency)
        else:
            axes.set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=TEXT)
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False, fontsize=9, labelcolor=TEXT)
    png = BytesIO()
    FigureCanvasAgg(figure).print_png(png)  # type: ignore[no-untyped-call]
    return png.getvalue()


def _draw(axes: Any, panel: Panel, label: str, unit: Unit, currency: str) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.axvspan(*panel.tried, color=TRIED, linewidth=0, zorder=0, label="spend tried so far")
    axes.fill_between(panel.at, panel.low, panel.high, color=BAND, linewidth=0, zorder=1,
                      label=f"{LEVEL * 100:.0f} % interval of the change")  # fmt: skip
    axes.plot(panel.at, panel.mid, color=LINE, linewidth=1.8, zorder=2, label="expected")
    axes.plot(*panel.today, linestyle="", marker="o", markersize=7, markerfacecolor="white", markeredgecolor=TEXT,
              markeredgewidth=1.4, zorder=4, label="today")  # fmt: skip
    axes.plot(*panel.plan, linestyle="", marker="D", markersize=6, markerfacecolor=PLAN, markeredgecolor="white",
              zorder=3 if panel.plan == panel.today else 5, label=label)  # fmt: skip
    name = panel.name if len(panel.name) <= NAME else f"{panel.name[: NAME - 1]}…"
    axes.set_title(name.replace("$", r"\$"), loc="left", fontsize=9.5, color=TEXT)
    axes.set_xlim(0, panel.at[-1])
    axes.set_ylim(0, max(panel.high) * 1.05 or 1.0)
    for axis, what, where in ((axes.xaxis, "money", currency), (axes.yaxis, unit, currency)):
        axis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda v, _at, u=what, c=where: tick(v, u, c)))
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(BEHIND)
    axes.tick_params(colors=TEXT, length=0, labelsize=8)


def _said(title: str, label: str, panels: Sequence[Panel], unit: Unit, currency: str, more: int) -> str:
    """What the picture shows, for who cannot see it."""
    parts = [f"Response curves: {title}."]
    for panel in panels:
        now, then = (tick(point[0], "money", currency) for point in (panel.today, panel.plan))
        brings = [tick(point[1], unit, currency) for point in (panel.today, panel.plan)]
        moved = f"{now} a day brings {brings[0]} today"
        moved += f", {then} by {label} would bring {brings[1]}" if panel.plan != panel.today else ", and stays"
        outside = panel.plan[0] > panel.tried[1] or panel.plan[0] < panel.tried[0]
        parts.append(f"{panel.name}: {moved}{', outside the spend tried so far' if outside else ''}.")
    return " ".join([*parts, *([f"{more} more budgets are not drawn."] if more > 0 else [])])
