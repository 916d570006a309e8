"""What the plan says of a figure that was asked for: one short clause behind the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from domain.evidence import Fact, Unit
from domain.metrics import Metric
from store import performance, plans
from store.labels import labels_of
from store.plan_cover import cover
from store.plans import Line
from tools.arguments import MetricArguments
from tools.figures import Cited
from tools.labels import join_words
from tools.months import month_of, month_words
from tools.reader import Reader
from tools.spans import Span

AIMED = ("spend", "roas", "cpa")


def name_aims(reader: Reader, metrics: Sequence[Metric], arguments: MetricArguments, days: Span, cited: Cited) -> str:
    """The budget, target ROAS or target CPA of the month asked for, or of the current month to date.

    "" where the plan's lines and the question are about different campaigns or days: a target of more or of less is
    none of this figure.
    """
    first = days.window.start
    month = month_of(first, days.window.timezone)
    until = min(month.end, reader.context.today - timedelta(days=1))
    wanted = [m for m in metrics if m.slug in AIMED]
    so_far = first.day == 1 and until <= arguments.period.end <= month.end
    if not wanted or not so_far or days.reason or days.left_out or arguments.per_day:
        return ""
    used = _lines(reader, month.start)
    said = [text for metric in wanted if (text := _aim(metric, used, days, cited))] if used else []
    return f" Planned for {month_words(first)}: {', '.join(said)}." if said else ""


def _lines(reader: Reader, first: date) -> list[Line]:
    """The lines that together cover the campaigns asked for and no other; none where none do."""
    scope, selection = reader.context.scope, reader.selection
    found = plans.lines(reader.session, scope, first, first)
    lines = [line for line in found if line.account_id in selection.account_ids]
    if not lines:
        return []
    names = performance.campaigns(reader.session, scope, selection.account_ids)
    laid = cover(lines, names, labels_of(reader.session, scope))
    asked = {
        c.id for c in names
        if (selection.chosen is None or c.id in selection.chosen) and c.id not in selection.without
    }  # fmt: skip
    owned = {id(line): line for c in asked if (line := laid.line_of.get(c)) is not None}
    covered = {c for c, line in laid.line_of.items() if id(line) in owned}
    return list(owned.values()) if covered == asked else []


def _aim(metric: Metric, used: Sequence[Line], days: Span, cited: Cited) -> str:
    """One clause; "" where a line has none of it, or where they differ, or are in two currencies."""
    money = metric.slug != "roas"
    if money and len({line.currency for line in used}) > 1:
        return ""
    value = _budget(used) if metric.slug == "spend" else _target(metric, used)
    if value is None:
        return ""
    label = "Budget" if metric.slug == "spend" else f"Target {metric.label}"
    unit: Unit = "money" if money else metric.unit
    fact = Fact(
        "new", label, value, unit, used[0].currency if money else None, join_words(sorted({x.covers for x in used})),
        month_of(days.window.start, days.window.timezone), "the plan", "from the plan",
    )  # fmt: skip
    return f"{label[:1].lower()}{label[1:]} {cited.cite(fact)}"


def _budget(used: Sequence[Line]) -> Decimal | None:
    budgets = [x.budget.amount for x in used if x.budget is not None]
    return sum(budgets, Decimal(0)) if len(budgets) == len(used) else None


def _target(metric: Metric, used: Sequence[Line]) -> Decimal | None:
    if metric.slug == "roas":
        aims = {line.target_roas for line in used}
    else:
        aims = {line.target_cpa.amount if line.target_cpa else None for line in used}
    return aims.pop() if len(aims) == 1 else None
