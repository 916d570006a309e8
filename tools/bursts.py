"""A few days that a period's figure is really about, named unasked: which they are, what they hold, and the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from analytics import bursts
from domain.evidence import Fact
from domain.metrics import METRICS, Base, Metric
from domain.window import Window
from store.performance import Key, Totals
from tools.figures import Books, Cited, Group, fact
from tools.grouping import KEYS
from tools.labels import in_sentence, window_label
from tools.reader import Reader
from tools.spans import DAY, Span

LONGEST_PERIOD = 400  # days; over a longer one ten days hold no third of it
WORTH_NAMING_FRAC = Decimal("0.2")  # how far a ratio moves without the days


@dataclass(frozen=True, slots=True)
class Found:
    """The days, the base metric that bursts there and its parts, and the figure without them."""

    window: Window
    base: Base
    inside: Group
    whole: Group
    without: Fact
    moved_frac: Decimal


def daily(days: Span) -> tuple[Key, ...]:
    """The keys to read a period's sums by where it may hold a burst: one query serves the sum and its days."""
    return KEYS["day"] if _watched(days) else ()


def name_bursts(
    reader: Reader, metrics: Sequence[Metric], read: Iterable[tuple[Span, Sequence[Totals]]], books: Books,
    cited: Cited, *, per_day: bool = False,
) -> str:  # fmt: skip
    """A line per period that a burst dominates, empty where none does; its figures are added to ``cited``.

    ``read`` are the periods with their rows; rows that do not say their day are read again by day. Where a person
    leaves days out, what is ordinary is already theirs to say: none is named then.
    """
    lines = []
    for days, rows_read in dict(read).items():
        if not _watched(days):
            continue
        told = rows_read if all(row.day is not None for row in rows_read) else reader.totals(days, KEYS["day"])
        rows = _by_day(told)
        found = [f for m in metrics if (f := _of(reader, m, days, rows, books, per_day=per_day)) is not None]
        if found:
            lines.append(_line(max(found, key=lambda f: f.moved_frac), days, cited))
    return "".join(f"\n{line}" for line in lines)


def _watched(days: Span) -> bool:
    whole = not (days.reason or days.left_out)
    return whole and days.days >= bursts.FEWEST and days.window.days <= LONGEST_PERIOD


def _by_day(rows: Iterable[Totals]) -> dict[date, list[Totals]]:
    found: dict[date, list[Totals]] = defaultdict(list)
    for row in rows:
        if row.day is not None:
            found[row.day].append(row)
    return found


def _of(
    reader: Reader, metric: Metric, days: Span, rows: dict[date, list[Totals]], books: Books, *, per_day: bool
) -> Found | None:
    """The burst of the metric's numerator or denominator that moves the metric most."""
    dates = [days.window.start + n * DAY for n in range(days.window.days)]
    groups = [Group.of(rows[day]) if day in rows else Group() for day in dates]
    whole = Group.of([row for found in rows.values() for row in found])
    entity = reader.selection.entity
    total = fact(metric, whole, entity, days, books, per_day=per_day)
    best: Found | None = None
    for base in (metric.numerator, metric.denominator):
        burst = bursts.find([_amount(g, base) for g in groups]) if base and total.value else None
        if base is None or burst is None or not total.value:
            continue
        window = Window(dates[burst.first], dates[burst.last], days.window.timezone)
        rest = replace(days, left_out=days.window.without([*days.left_out, window]))
        outside = Group.of([row for day, found in rows.items() if day not in window for row in found])
        without = fact(metric, outside, entity, rest, books, per_day=per_day)
        if without.value is None:
            continue
        moved = abs(without.value / total.value - 1)
        if moved >= WORTH_NAMING_FRAC and (best is None or moved > best.moved_frac):
            inside = Group.of([row for day, found in rows.items() if day in window for row in found])
            best = Found(window, base, inside, whole, without, moved)
    return best


def _amount(group: Group, base: Base) -> float | None:
    value = group.sums.get(base)
    return None if value is None else float(value)


def _line(found: Found, days: Span, cited: Cited) -> str:
    of = in_sentence(METRICS[found.base].label)
    inside, whole = found.inside.sums[found.base], found.whole.sums[found.base]
    held = replace(
        found.without, label=f"Share of {of}", value=(inside or Decimal(0)) / (whole or Decimal(1)), unit="percent",
        currency=None, window=found.window, how=f"{of} of these days / {of} of {days.label}", left_out=(),
    )  # fmt: skip
    in_days = replace(
        held, label="Share of the days", value=Decimal(found.window.days) / Decimal(days.days), basis=None,
        how=f"these days / days of {days.label}",
    )  # fmt: skip
    hold, them = ("holds", "it") if found.window.days == 1 else ("hold", "them")
    return (
        f"{window_label(found.window)} {hold} {cited.cite(held)} of the {of} of {days.label} in {cited.cite(in_days)} "
        f"of its days; without {them}: {in_sentence(found.without.label)} {cited.cite(found.without)}."
    )
