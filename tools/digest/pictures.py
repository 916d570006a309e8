"""The picture of a digest: days, weeks beside last year's, or the month as it added up beside the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.evidence import Chart
from domain.formatting import format_value
from domain.metrics import METRICS
from domain.window import Window
from tools.charts import Drawn, line_chart, lines_chart
from tools.digest import figures
from tools.digest.days import YEAR
from tools.digest.figures import Ledger
from tools.months import month_words


def chart(books: Sequence[Ledger]) -> Chart | None:
    """Of the currency of most accounts; None where too little of it is known to show anything."""
    if not books:
        return None
    form = books[0].cover.form
    return _days(books[0]) if form == "daily" else _weeks(books[0]) if form == "weekly" else _month(books[0])


def _days(ledger: Ledger) -> Chart | None:
    """Spend a day of the last four weeks."""
    points = figures.daily_spend(ledger)
    known = [(day, value) for day, value, _ in points if value is not None]
    if len(known) < len(points) // 2:
        return None
    window = Window(points[0][0], points[-1][0], ledger.cover.window.timezone)
    title = f"Spend per day, {window.start} to {window.end}"
    png = line_chart(title, points, x_label="Day", y_label=_money(ledger), unit="money", currency=ledger.currency)
    first, last = (_said(ledger, Window(day, day)) for day, _ in (known[0], known[-1]))
    gaps = "; days without data are gaps" if len(known) < len(points) else ""
    return Chart(title, png, f"Line chart: {title}. From {first} on {known[0][0]} to {last} on {known[-1][0]}{gaps}.")


def _weeks(ledger: Ledger) -> Chart | None:
    """Spend a week of the last quarter, and of the same weeks of last year where there are any."""
    now, then = figures.weekly_spend(ledger), figures.weekly_spend(ledger, YEAR)
    known = [day for day, value in now if value is not None]
    if len(known) < len(now) // 2:
        return None
    title = f"Spend per week, weeks from {now[0][0]} to {now[-1][0]}"
    drawn = [Drawn("this year", [value for _, value in now])]
    has_year = any(value is not None for _, value in then)
    if has_year:
        drawn.append(Drawn("same weeks last year", [value for _, value in then], faint=True))
    ticks = [f"{day:%b} {day.day}" for day, _ in now]
    png = lines_chart(title, ticks, drawn, x_label="Week from", y_label=_money(ledger), unit="money",
                      currency=ledger.currency)  # fmt: skip
    first, last = (_said(ledger, Window(day, _week_end(day))) for day in (known[0], known[-1]))
    beside = "; a second line has the same weeks of last year" if has_year else ""
    gaps = "; weeks with days without data are gaps" if len(known) < len(now) else ""
    said = f"From {first} in the week from {known[0]} to {last} in the week from {known[-1]}"
    return Chart(title, png, f"Line chart: {title}. {said}{beside}{gaps}.")


def _month(ledger: Ledger) -> Chart | None:
    """Spend as the month added up, and as the month before did."""
    cover = ledger.cover
    now, then = figures.spend_so_far(ledger, cover.window), figures.spend_so_far(ledger, cover.before)
    if sum(value is not None for _, value in now) < len(now) // 2:
        return None
    days = max(len(now), len(then))
    drawn = [Drawn(month_words(cover.window.start), _stretched(now, days))]
    if any(value is not None for _, value in then):
        drawn.append(Drawn(month_words(cover.before.start), _stretched(then, days), faint=True))
    title = f"Spend since the first of the month, {month_words(cover.window.start)}"
    png = lines_chart(title, [str(n + 1) for n in range(days)], drawn, x_label="Day of the month",
                      y_label=_money(ledger), unit="money", currency=ledger.currency)  # fmt: skip
    ends = [f"{month_words(w.start)} ends at {_said(ledger, w)}" for w in (cover.window, cover.before)[: len(drawn)]]
    return Chart(title, png, f"Line chart: {title}. {'; '.join(ends)}.")


def _stretched(points: Sequence[tuple[int, float | None]], days: int) -> list[float | None]:
    return [*(value for _, value in points), *[None] * (days - len(points))]


def _week_end(day: date) -> date:
    return date.fromordinal(day.toordinal() + 6)


def _said(ledger: Ledger, window: Window) -> str:
    return format_value(ledger.figure(METRICS["spend"], window))


def _money(ledger: Ledger) -> str:
    return f"Spend ({ledger.currency})"
