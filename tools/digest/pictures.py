"""The picture of a digest: days, weeks beside last year's, or the month as it added up beside the one before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.evidence import Chart
from domain.metrics import METRICS
from domain.window import Window
from tools.charts import Drawn, line_chart, lines_chart
from tools.digest import figures, words
from tools.digest.days import YEAR
from tools.digest.figures import Ledger
from tools.digest.words import w
from tools.digest.words.figures import written


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
    title = w("per day", days=words.days(window))
    png = line_chart(title, points, x_label=w("day"), y_label=_money(ledger), unit="money", currency=ledger.currency)
    first, last = (_said(ledger, Window(day, day)) for day, _ in (known[0], known[-1]))
    gaps = w("gaps of days") if len(known) < len(points) else ""
    ends = {"day": words.day(known[0][0]), "end": words.day(known[-1][0])}
    return Chart(title, png, w("alt", title=title, said=w("alt days", first=first, last=last, gaps=gaps, **ends)))


def _weeks(ledger: Ledger) -> Chart | None:
    """Spend a week of the last quarter, and of the same weeks of last year where there are any."""
    now, then = figures.weekly_spend(ledger), figures.weekly_spend(ledger, YEAR)
    known = [day for day, value in now if value is not None]
    if len(known) < len(now) // 2:
        return None
    title = w("per week", first=words.day(now[0][0]), last=words.day(now[-1][0]))
    drawn = [Drawn(w("this year"), [value for _, value in now])]
    has_year = any(value is not None for _, value in then)
    if has_year:
        drawn.append(Drawn(w("same weeks"), [value for _, value in then], faint=True))
    ticks = [words.short_day(day) for day, _ in now]
    png = lines_chart(title, ticks, drawn, x_label=w("week from"), y_label=_money(ledger), unit="money",
                      currency=ledger.currency)  # fmt: skip
    first, last = (_said(ledger, Window(day, _week_end(day))) for day in (known[0], known[-1]))
    beside = w("alt beside") if has_year else ""
    gaps = w("gaps of weeks") if len(known) < len(now) else ""
    ends = {"day": words.day(known[0]), "end": words.day(known[-1])}
    said = w("alt weeks", first=first, last=last, beside=beside, gaps=gaps, **ends)
    return Chart(title, png, w("alt", title=title, said=said))


def _month(ledger: Ledger) -> Chart | None:
    """Spend as the month added up, and as the month before did."""
    cover = ledger.cover
    now, then = figures.spend_so_far(ledger, cover.window), figures.spend_so_far(ledger, cover.before)
    if sum(value is not None for _, value in now) < len(now) // 2:
        return None
    days = max(len(now), len(then))
    drawn = [Drawn(words.month(cover.window.start), _stretched(now, days))]
    if any(value is not None for _, value in then):
        drawn.append(Drawn(words.month(cover.before.start), _stretched(then, days), faint=True))
    title = w("since the first", month=words.month(cover.window.start))
    png = lines_chart(title, [str(n + 1) for n in range(days)], drawn, x_label=w("day of the month"),
                      y_label=_money(ledger), unit="money", currency=ledger.currency)  # fmt: skip
    ends = [
        w("alt month", month=words.month(one.start), figure=_said(ledger, one))
        for one in (cover.window, cover.before)[: len(drawn)]
    ]
    return Chart(title, png, w("alt", title=title, said="; ".join(ends)))


def _stretched(points: Sequence[tuple[int, float | None]], days: int) -> list[float | None]:
    return [*(value for _, value in points), *[None] * (days - len(points))]


def _week_end(day: date) -> date:
    return date.fromordinal(day.toordinal() + 6)


def _said(ledger: Ledger, window: Window) -> str:
    return written(ledger.figure(METRICS["spend"], window))


def _money(ledger: Ledger) -> str:
    return w("spend in", currency=ledger.currency)
