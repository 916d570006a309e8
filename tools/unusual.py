"""The tool ``unusual``: whether a figure of a day, or of several, is out of the ordinary, how far and how rarely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from domain.metrics import METRICS, Base, Metric
from domain.scope import Scope
from domain.window import Window
from store import calendar
from store.performance import Key
from tools.arguments import AdsMetrics, Filters, Period
from tools.base import Tool, ToolContext
from tools.figures import Books, Cited, Group, fact, refuse_mixed_money
from tools.forecasting import history
from tools.labels import in_sentence, join_words, window_label
from tools.reader import Reader, answered
from tools.spans import Span, day_ranges
from tools.why import causes

if TYPE_CHECKING:
    from analytics.anomaly import Detection

DAY = timedelta(days=1)
HISTORY_DAYS = 280
MOST_DAYS = 35
NAMED = 3
NAMES = {"cvr": "conversion_rate"}  # as the detector's weights call them
VOLUMES: dict[str, Base] = {
    "clicks": "impressions", "conversions": "clicks", "ctr": "clicks", "cpc": "clicks", "cvr": "conversions",
    "cpa": "conversions", "roas": "conversions", "aov": "conversions",
}  # fmt: skip
"""What each figure rests on: with little of it, chance moves it far."""
RARE_DAYS = 3650
BY_DAY: tuple[Key, ...] = ("day",)
HOW = "ordinary for its weekday by the days before it; see docs/methods/anomalies.md"


class UnusualArguments(Filters):
    """Days to be judged by the days before them."""

    metrics: AdsMetrics
    period: Period = Field(description=f"the days to judge, {MOST_DAYS} at most")


@dataclass(frozen=True, slots=True)
class Judged:
    """One day of one metric. ``reason`` says why it was not judged; figures are then None."""

    day: date
    value: float
    expected: float
    low: float
    high: float
    z: float
    flag: bool
    reason: str | None


def run(context: ToolContext, arguments: UnusualArguments) -> ToolResult:
    """Each day against what was to be expected of it."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: UnusualArguments) -> ToolResult:
    asked = reader.span(arguments.period)
    if asked.reason:
        raise CannotAnswer(f"nothing can be judged: {asked.reason}")
    if asked.window.days > MOST_DAYS:
        raise CannotAnswer(
            f"I judge days one by one, {MOST_DAYS} at most, and {window_label(asked.window)} has {asked.window.days}; "
            "name a day, a week or a month"
        )
    metrics = [METRICS[slug] for slug in dict.fromkeys(arguments.metrics)]
    rows = reader.totals(replace(asked, window=_whole(asked.window)), BY_DAY)
    books = reader.books(rows)
    group = Group.of(rows)
    refuse_mixed_money(metrics, group, books)
    cited = Cited()
    lines, table = [], []
    for metric in metrics:
        found = _judged(reader, metric, rows, asked)
        told = _Told(reader, metric, group, books, cited)
        lines.append(_said(told, found, asked))
        table += [(f"{d.day:%a} {d.day}", metric.label, *_cells(d)) for d in found]
    columns = ("Day", "Figure", "Value", "Expected", "Low", "High", "Unusual")
    whole = Table(f"Against the ordinary, {window_label(asked.window)}", columns, tuple(table))
    return reader.result("\n".join(lines), cited, [asked], (), whole if len(table) > 1 else None)


def _whole(window: Window) -> Window:
    return Window(window.start - HISTORY_DAYS * DAY, window.end, window.timezone)


def _judged(reader: Reader, metric: Metric, rows: Sequence, asked: Span) -> list[Judged]:  # type: ignore[type-arg]
    import numpy as np

    from analytics.anomaly import REASONS, Settings, detect_last

    accounts = [a for a in reader.selection.accounts if a.first_day is not None and a.last_day is not None]
    yesterday = reader.context.today - DAY
    first = max(min(a.first_day for a in accounts if a.first_day), asked.window.start - HISTORY_DAYS * DAY)
    days = history(rows, accounts, first, yesterday, {})
    keep = (asked.window.end - first).days + 1
    base = {b: days.values[b].sum(axis=0)[:keep] for b in days.values}
    values = base[metric.numerator]
    if metric.denominator is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(base[metric.denominator] > 0, metric.scale * values / base[metric.denominator], np.nan)
    if np.isnan(values).all():
        raise CannotAnswer(f"{in_sentence(metric.label)} is not known for any day before these")
    volume = base[VOLUMES[metric.slug]][None] if metric.slug in VOLUMES else None
    settings = Settings.of(NAMES.get(metric.slug, metric.slug))
    known = np.array([first + n * DAY in _marked(reader, first, asked.window.end) for n in range(keep)])
    seen = detect_last(values[None], asked.window.days, known=known, volume=volume, settings=settings)
    at = [asked.window.start + n * DAY for n in range(asked.window.days)]
    return [_one(day, float(values[n - len(at)]), seen, n, REASONS) for n, day in enumerate(at)]


def _marked(reader: Reader, first: date, last: date) -> set[date]:
    scope = Scope(tuple(sorted(reader.selection.account_ids)))
    return calendar.days_of(calendar.events(reader.session, scope, first, last, ("promotion", "holiday", "event")))


def _one(day: date, value: float, seen: Detection, n: int, reasons: Sequence[str]) -> Judged:
    code = int(seen.reason[0, n])
    return Judged(
        day, value, float(seen.expected[0, n]), float(seen.low[0, n]), float(seen.high[0, n]), float(seen.z[0, n]),
        bool(seen.flag[0, n]), reasons[code] if code else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """How a metric's figures become facts."""

    reader: Reader
    metric: Metric
    group: Group
    books: Books
    cited: Cited

    def figure(self, day: date, value: float, what: str = "") -> str:
        days = Span(Window(day, day, self.reader.context.timezone), None, ())
        found = fact(self.metric, self.group, self.reader.selection.entity, days, self.books)
        how = f"{what.strip(', ')}, {HOW}" if what else found.how
        return self.cited.cite(
            replace(found, label=f"{found.label}{what}", value=Decimal(str(round(value, 6))), reason=None, how=how)
        )

    def day(self, d: Judged) -> str:
        """``€2,104.00, where €1,050.00 was to be expected (€900.00 to €1,220.00 is ordinary)``."""
        low, high = self.figure(d.day, d.low, ", ordinary from"), self.figure(d.day, d.high, ", ordinary to")
        return f"{self.figure(d.day, d.value)}, where {self.figure(d.day, d.expected, ', expected')} was to be " \
               f"expected ({low} to {high} is ordinary)"  # fmt: skip

    def rare(self, d: Judged) -> str:
        """How rarely a day is so far off by chance, if days scatter as they have."""
        from scipy.special import ndtr

        every = 1 / max(2 * float(ndtr(-abs(d.z))), 1e-300)
        if every >= RARE_DAYS:
            return "chance alone would bring such a day less than once in ten years"
        found = Fact("new", "Days between two such days", Decimal(str(round(every))), "days", None,
                     self.reader.selection.entity, Window(d.day, d.day, self.reader.context.timezone), "the store",
                     f"two-sided normal tail of z; {HOW}", form="level")  # fmt: skip
        return f"chance alone would bring such a day about once in {self.cited.cite(found)}"


def _said(told: _Told, found: Sequence[Judged], asked: Span) -> str:
    label = f"{told.metric.label}{told.reader.selection.where}"
    judged = [d for d in found if d.reason is None]
    if not judged:
        reasons = join_words(list(dict.fromkeys(_reason(d, told.metric) for d in found if d.reason)))
        return f"{label} ({window_label(asked.window)}) cannot be judged: {reasons}."
    off = [d for d in judged if d.flag]
    if len(found) == 1:
        d = found[0]
        word = "is unusual" if d.flag else "is not unusual"
        side = f", {told.rare(d)}" if d.flag or abs(d.z) >= 1 else ""
        return f"{label} on {d.day} {word}: {told.day(d)}{side}.{_why(told, off)}"
    if not off:
        far = max(judged, key=lambda d: abs(d.z))
        none = f"{label}: no day of {window_label(asked.window)} is unusual"
        return f"{none}. The furthest off is {far.day}: {told.day(far)}."
    shown = "; ".join(f"{d.day}: {told.day(d)}" for d in sorted(off, key=lambda d: -abs(d.z))[:NAMED])
    which = day_ranges([d.day for d in off])
    return f"{label} is unusual on {which}, of {window_label(asked.window)}. {shown}.{_why(told, off)}"


def _reason(d: Judged, metric: Metric) -> str:
    if d.reason == "no value" and {metric.numerator, metric.denominator} & {"conversions", "revenue"}:
        return "conversions of the last days still arrive, or no figure is there"
    return d.reason or ""


def _why(told: _Told, off: Sequence[Judged]) -> str:
    """The cause of the last stretch of unusual days."""
    if not off:
        return ""
    last = first = off[-1]
    for d in off[-2::-1]:
        if (first.day - d.day).days > 1:
            break
        first = d
    days = Span(Window(first.day, last.day, told.reader.context.timezone), None, ())
    return causes(told.reader, told.metric, days, Decimal(str(last.value - last.expected)), told.cited)


def _cells(d: Judged) -> tuple[float | str | None, ...]:
    if d.reason is not None:
        return (None, None, None, None, d.reason)
    return (*(round(x, 4) for x in (d.value, d.expected, d.low, d.high)), "yes" if d.flag else "no")


TOOL = Tool(
    "unusual",
    "Whether figures of a day or of several days are out of the ordinary: value, expected, ordinary range, how rare, "
    "and the likely cause. For 'is yesterday's spend unusual?'.",
    UnusualArguments,
    run,
)
