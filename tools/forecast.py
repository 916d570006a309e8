"""The tool ``forecast``: what comes if all goes on as before, with a range and how often such ranges held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form, Table, ToolResult, Unit
from domain.metrics import METRICS, Base, Metric
from domain.window import Window
from tools.arguments import AdsMetrics, Filters, Period
from tools.base import Tool, ToolContext
from tools.buckets import TIME
from tools.figures import CLAIMED, Books, Cited, Group, refuse_mixed_money
from tools.forecast_landing import landing_line
from tools.forecast_series import by_campaign
from tools.forecast_time import over_time
from tools.forecast_whole import of_one_whole
from tools.forecasting import HISTORY_DAYS, Curves, History, history, marks
from tools.labels import join_words, platform_label, shown, window_label
from tools.levers import LAG_DAYS
from tools.maturity import learn
from tools.reader import Reader, answered, claims_caveats

if TYPE_CHECKING:
    from analytics.forecast import Forecast, Range
    from analytics.forecast.recipe import Recipe

LEVEL = 0.9
LEAST_DAYS = 56
FURTHEST = 92  # days ahead; a year where two years of days are known
DAY = timedelta(days=1)
HOW = "blend of exponential smoothing of daily values up to {last}; range from the errors of such forecasts before"


class ForecastArguments(Filters):
    """Figures of days to come."""

    metrics: AdsMetrics
    period: Period = Field(description="days to come; its days before today are not forecast")
    by: Literal["platform", "campaign", "account", "day", "week", "month"] | None = Field(
        default=None, description="a forecast for each, adding up to the whole"
    )
    so_far: bool = Field(
        default=False,
        description="what is known of the period is added: where the month lands; sums only, without 'by'",
    )

    @model_validator(mode="after")
    def _lands_in_total(self) -> ForecastArguments:
        if self.so_far and (self.by or any(METRICS[m].denominator is not None for m in self.metrics)):
            raise ValueError("'so_far' goes with sums only, and without 'by'")
        return self


def run(context: ToolContext, arguments: ForecastArguments) -> ToolResult:
    """Each metric's total over the days to come, in all, and by what was asked for."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: ForecastArguments) -> ToolResult:
    metrics = [METRICS[slug] for slug in dict.fromkeys(arguments.metrics)]
    past, whole, group, books, curves = _past(reader, arguments.by)
    refuse_mixed_money(metrics, group, books)
    ahead = _ahead(past, arguments.period, reader.context.today)
    first = (ahead.start - past.last).days - 1
    found, notes = _forecasts(reader, past, metrics, ahead)
    of_whole = found if whole is past else _forecasts(reader, whole, metrics, ahead)[0]
    cited = Cited()
    lines, entries = [], []
    for metric in metrics:
        told = _told(metric, found, first)
        if whole is not past:
            told = of_one_whole(told, _told(metric, of_whole, first), adds_up=metric.denominator is None)
        facts = [_facts(metric, told, n, past, ahead, group, books) for n in range(len(told.mid))]
        lands = arguments.so_far and arguments.period.start <= past.last
        said = (
            landing_line(metric, facts[-1], reader, arguments.period, past.last, cited)
            if lands
            else _line(metric, facts[-1], ahead, reader, cited)
        )
        lines.append(said + _held(metric, facts[-1], told, past, ahead, group, books, cited))
        if arguments.by in TIME:
            for window, part in over_time(metric, found, told, ahead, arguments.by, first, reader.context.week_start):
                entries.append((window_label(window), metric, _facts(metric, part, 0, past, window, group, books)))
            continue
        names = [platform_label(k) if arguments.by in (None, "platform") else k for k in past.keys]
        if arguments.by == "platform" and len(names) > 1:
            lines += [_part_line(name, of, cited) for name, of in zip(names, facts, strict=False)]
        entries += [(name, metric, of) for name, of in zip([*names, "All together"], facts, strict=False)]
        notes = (*notes, *_not_adding_up(metric, told, names))
    if arguments.by in ("platform", "campaign", "account") and len(past.keys) == 1:
        notes = (*notes, f"there is one {arguments.by} only: {shown(names[0])}")
    table = _table(entries, ahead, arguments.by) if len(entries) > len(metrics) else None
    return reader.result("\n".join(lines), cited, [], [*_caveats(metrics, past, group, books, curves), *notes], table)


def _table(entries: list[tuple[str, Metric, tuple[Fact, Fact, Fact]]], ahead: Window, by: str | None) -> Table:
    rows = [
        (name, m.label, *(None if f.value is None else float(f.value) for f in facts)) for name, m, facts in entries
    ]
    said = [(name, m.label, *(_shown(f) for f in facts)) for name, m, facts in entries]
    columns = ((by or "platform").capitalize(), "Figure", "Expected", "Low", "High")
    return Table(f"Forecast, {window_label(ahead)}", columns, tuple(rows), shown=tuple(said))


def _part_line(name: str, facts: tuple[Fact, Fact, Fact], cited: Cited) -> str:
    mid, low, high = facts
    if mid.value is None:
        return f"{name}: {cited.cite(mid)} ({mid.reason})."
    said = f"{name}: {cited.cite(mid)} expected"
    if low.value is None or high.value is None:
        return f"{said}, without a range: {low.reason}."
    return f"{said}, likely {cited.cite(low)} to {cited.cite(high)}."


def _not_adding_up(metric: Metric, told: Range, names: list[str]) -> tuple[str, ...]:
    """Said of a sum whose parts are not all forecast."""
    import math

    lacking = [shown(name) for name, mid in zip(names, told.mid, strict=False) if not math.isfinite(mid)]
    if metric.denominator is not None or not lacking or len(names) == 1:
        return ()
    return (f"{metric.label} does not add up: there is no forecast of {join_words(lacking)}",)


def _past(reader: Reader, by: str | None) -> tuple[History, History, Group, Books, Curves]:
    """The days known of what was selected by its parts, those that its total is made from (the same, where it is not
    asked for by campaign or account), and how late conversions come.

    Raises CannotAnswer where the days are too few.
    """
    accounts = [a for a in reader.selection.accounts if a.first_day is not None and a.last_day is not None]
    yesterday = reader.context.today - DAY
    lasts = [min(a.last_day, yesterday) for a in accounts if a.last_day is not None]
    firsts = [a.first_day for a in accounts if a.first_day is not None]
    if not lasts:
        raise CannotAnswer("there are no days to forecast from")
    last = min(lasts)
    first = max(min(firsts), last - (HISTORY_DAYS - 1) * DAY)
    if (last - first).days + 1 < LEAST_DAYS:
        raise CannotAnswer(
            f"a forecast needs {LEAST_DAYS} days of figures; there are {(last - first).days + 1}, {first} to {last}"
        )
    days = reader.span(Period(start=first, end=last))
    rows = reader.totals(days, {"day"})
    group, books = Group.of(rows), reader.books(rows)
    having = [a for a in accounts if a.id in group.runs]
    curves = {a.id: learn(reader.session, reader.context.scope, a.id, last + DAY) for a in having}
    whole = past = history(rows, having, first, last, curves)
    if by == "campaign":
        each = reader.totals(days, {"day", "campaign"})
        past = by_campaign(each, having, reader.campaign_names(), first, last, curves)
    elif by == "account":
        past = history(rows, having, first, last, curves, "account")
    return past, whole, group, books, curves


def _ahead(past: History, period: Period, today: date) -> Window:
    """The days of the period that are to come. Raises CannotAnswer where none is, or they are too far away."""
    start = max(period.start, past.last + DAY)
    if period.end < max(start, today):
        raise CannotAnswer(f"{period.start} to {period.end} is over: ask for the figure, not for a forecast")
    known = (past.last - past.first).days + 1
    furthest = 366 if known >= 730 else FURTHEST
    if (period.end - past.last).days > furthest:
        raise CannotAnswer(
            f"{period.end} is {(period.end - past.last).days} days after the last day known ({past.last}); with "
            f"{known} days of figures I forecast at most {furthest} days, to {past.last + furthest * DAY}"
        )
    return Window(start, period.end)


def _forecasts(
    reader: Reader, past: History, metrics: list[Metric], ahead: Window
) -> tuple[dict[Base, Forecast], tuple[str, ...]]:
    """A forecast of each base metric: a row for each key, then all together where there are several."""
    from analytics.forecast import forecast

    regressors, notes = marks(
        reader.session, reader.context.scope, reader.selection.accounts, past.first, past.last, ahead.end
    )
    horizon = (ahead.end - past.last).days
    found: dict[Base, Forecast] = {}
    for metric in metrics:
        for base in (metric.numerator, metric.denominator):
            if base is not None and base not in found:
                found[base] = forecast(past.values[base], horizon, period=7, level=LEVEL,
                                       regressors=regressors, year=365.25, recipe=_recipe(reader, base))  # fmt: skip
    return found, notes


def _recipe(reader: Reader, base: Base) -> Recipe:
    """The version in use for the figure, where the question is about one whole account; else the usual one."""
    from analytics.forecast.recipe import USUAL, Recipe
    from store import model_versions

    chosen = reader.selection
    if len(chosen.account_ids) != 1 or chosen.chosen is not None or chosen.without:
        return USUAL
    (account_id,) = chosen.account_ids
    version = model_versions.current(reader.session, reader.context.scope, account_id, model_versions.forecast_of(base))
    return USUAL if version is None else Recipe.from_json(version.params)


def _told(metric: Metric, found: dict[Base, Forecast], first: int) -> Range:
    """The metric's totals, made to add up over platforms where it is a sum."""
    import numpy as np

    from analytics.forecast import ratio, reconcile, total

    if metric.denominator is not None:
        told = ratio(found[metric.numerator], found[metric.denominator], first)
        return replace(told, mid=told.mid * metric.scale, lo=told.lo * metric.scale, hi=told.hi * metric.scale)
    told = total(found[metric.numerator], first)
    if len(told.mid) == 1 or not np.isfinite(told.mid).all():
        return told
    spread = np.where(np.isfinite(told.hi), told.hi - told.lo, told.mid)
    parents = [*[len(told.mid) - 1] * (len(told.mid) - 1), -1]
    mid = reconcile(told.mid[:, None], np.maximum(spread, 1e-9), parents)[:, 0]
    moved = mid - told.mid
    return replace(told, mid=mid, lo=np.minimum(np.maximum(told.lo + moved, 0), mid), hi=told.hi + moved)


def _facts(
    metric: Metric, told: Range, n: int, past: History, ahead: Window, group: Group, books: Books
) -> tuple[Fact, Fact, Fact]:
    entity = past.keys[n] if n < len(past.keys) else "all"
    why = f"too few days of {metric.label.lower()} are known to forecast it"
    no_range = "too few earlier stretches of that length for a range"
    mid, low, high = (
        _fact(metric.label + word, float(part[n]), metric.unit, reason, entity, past, ahead, group, books)
        for word, part, reason in (
            (", expected", told.mid, why), (", low", told.lo, no_range), (", high", told.hi, no_range),
        )
    )  # fmt: skip
    return mid, low, high


def _fact(
    label: str, value: float, unit: Unit, reason: str, entity: str, past: History, ahead: Window, group: Group,
    books: Books, form: Form = "level",
) -> Fact:  # fmt: skip
    known = value == value and abs(value) != float("inf")
    return Fact(
        id="new", label=label, value=Decimal(repr(value)) if known else None, unit=unit,
        currency=books.currencies(group)[0] if unit == "money" else None, entity=entity, window=ahead,
        source=books.source(group), how=HOW.format(last=past.last), reason=None if known else reason, form=form,
    )  # fmt: skip


def _line(metric: Metric, facts: tuple[Fact, Fact, Fact], ahead: Window, reader: Reader, cited: Cited) -> str:
    mid, low, high = facts
    name = f"{metric.label}{reader.selection.where}, {window_label(ahead)}"
    if mid.value is None:
        return f"{name}, cannot be forecast: {cited.cite(mid)} ({mid.reason})."
    said = f"{name}: {cited.cite(mid)} expected"
    if low.value is None or high.value is None:
        return f"{said}, without a range: {low.reason}."
    return f"{said}, likely {cited.cite(low)} to {cited.cite(high)} ({LEVEL:.0%}).".replace("%)", " %)")


def _held(
    metric: Metric, facts: tuple[Fact, Fact, Fact], told: Range, past: History, ahead: Window, group: Group,
    books: Books, cited: Cited,
) -> str:  # fmt: skip
    """How often such ranges held, behind a line that has one."""
    mid, low, high = facts
    if mid.value is None or low.value is None or high.value is None:
        return ""
    if told.coverage is None:
        return " How often such ranges held could not be measured yet."
    held = _fact(f"{metric.label}: earlier ranges that held", told.coverage, "percent", "", mid.entity, past, ahead,
                 group, books, form="plain")  # fmt: skip
    count = _fact(f"{metric.label}: earlier stretches", float(told.stretches), "count", "", mid.entity, past, ahead,
                  group, books, form="plain")  # fmt: skip
    return f" Such ranges held in {cited.cite(held)} of {cited.cite(count)} earlier, overlapping stretches."


def _shown(found: Fact) -> str:
    from domain.formatting import format_value

    return format_value(found)


def _caveats(metrics: list[Metric], past: History, group: Group, books: Books, curves: Curves) -> list[str]:
    said = [f"the data go through {past.last}; it is what comes if budgets, prices and demand go on as before"]
    if any({m.numerator, m.denominator} & CLAIMED for m in metrics):
        said.append(_lateness(curves))
    return said + claims_caveats(metrics, [group], books)


def _lateness(curves: Curves) -> str:
    """How young conversions were dealt with."""
    learned = [all(c.learned for c in by_base.values()) for by_base in curves.values()]
    withheld = (
        f"conversions still arrive for {LAG_DAYS} days: the last {LAG_DAYS} days of conversions and revenue "
        "are not forecast from"
    )
    if not any(learned):
        return withheld
    matured = (
        "conversions of young days are brought to what usually becomes of them, learned from the account's own "
        "restatements; days with less than 90 % in are left out"
    )
    return matured if all(learned) else f"{matured}; where none were seen, {withheld}"


TOOL = Tool(
    "forecast",
    "What comes if all goes on as before: a metric's total over days to come, with a 90 % range and how often such "
    "ranges held before. For 'forecast spend for next month', 'what will we spend next week', 'expected CPA in "
    "december', 'expected conversions by platform'. Not for what a decision would bring.",
    ForecastArguments,
    run,
)
