"""Rows of totals gathered per platform, account, campaign or time bucket, with one fact per metric each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from domain.evidence import Fact, Table
from domain.formatting import format_value
from domain.metrics import Metric
from store.performance import Key, Totals
from tools import labelled
from tools.buckets import TIME, buckets, start_of
from tools.figures import Books, Group, fact
from tools.filters import Selection
from tools.labels import bucket_label, dimension, platform_label, shown
from tools.reader import Reader
from tools.spans import Span

TABLE_ROWS = 500
KEYS: dict[str, tuple[Key, ...]] = {
    "platform": (),
    "account": (),
    "campaign": ("campaign",),
    "day": ("day",),
    "week": ("day",),
    "month": ("day",),
    "weekday": ("day",),
}


def keys(by: str | None) -> tuple[Key, ...]:
    """What a grouping needs its rows by; a label is one of campaigns."""
    if by is None:
        return ()
    return ("campaign",) if labelled.key_of(by) is not None else KEYS[by]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a breakdown: its name as a person reads it, its sums, and a fact per metric."""

    name: str
    group: Group
    facts: tuple[Fact, ...]
    whole: bool = True  # False: a week or month of which the window has a part only, or days are left out
    left_out: bool = False  # a bucket of which every day is left out

    @property
    def value(self) -> Decimal | None:
        """Of the first metric, which decides the order."""
        return self.facts[0].value


def entries(
    reader: Reader, by: str, rows: Sequence[Totals], days: Span, books: Books, metrics: Sequence[Metric]
) -> list[Entry]:
    """Of entities the largest first and unknown last; of time in its order, with the days that have no data."""
    if by in TIME:
        return _time_entries(reader, by, rows, days, books, metrics)
    found = []
    for entity, group in grouped(reader, by, rows).items():
        facts = tuple(fact(m, group, reader.selection.within(by, entity), days, books) for m in metrics)
        found.append(Entry(shown(entity), group, facts))
    if by == "weekday":
        return found
    return sorted(found, key=lambda e: (e.value is None, -(e.value or 0), e.name))


def grouped(reader: Reader, by: str, rows: Sequence[Totals]) -> dict[str, Group]:
    """Sums per entity as imported; an entity that was named or selected is there without rows too."""
    names = _Names(reader.selection, reader.campaign_names() if by == "campaign" else {})
    gathered: dict[str, list[Totals]] = {name: [] for name in names.expected(by)}
    for row in sorted(rows, key=lambda r: r.day.weekday() if by == "weekday" and r.day else 0):
        gathered.setdefault(names.of(by, row), []).append(row)
    return {name: Group.of(found) for name, found in gathered.items()}


def table(title: str, by: str, metrics: Sequence[Metric], listed: Sequence[Entry], currency: str | None) -> Table:
    """All entries; money columns say their currency."""
    labels = [f.label for f in listed[0].facts] if listed else [m.label for m in metrics]
    heads = [
        f"{label} ({currency})" if m.unit == "money" and currency else label
        for label, m in zip(labels, metrics, strict=True)
    ]
    kept = listed[:TABLE_ROWS]
    rows = tuple((named(e, by), *(None if f.value is None else float(f.value) for f in e.facts)) for e in kept)
    as_read = tuple((named(e, by), *(format_value(f) for f in e.facts)) for e in kept)
    return Table(title, (dimension(by).title(), *heads), rows, truncated=len(listed) > TABLE_ROWS, shown=as_read)


def named(entry: Entry, by: str) -> str:
    """The entry's name; of a bucket that the window cuts with a word that it is not whole."""
    return entry.name if entry.whole else f"{entry.name} (part of the {by})"


class _Names:
    def __init__(self, selection: Selection, campaigns: Mapping[int, str]) -> None:
        self._selection, self._campaigns = selection, campaigns
        self._accounts = {a.id: a for a in selection.accounts}
        self._account_names = account_names(selection)

    def expected(self, by: str) -> list[str]:
        """Entities that must be in the answer even where they have no rows."""
        if by == "platform":
            return list(self._selection.platforms)
        if by == "account":
            return list(self._account_names.values())
        if by == "campaign" and self._selection.chosen is not None:
            return [self._campaigns[i] for i in sorted(self._selection.chosen)]
        return []

    def of(self, by: str, row: Totals) -> str:
        match by:
            case "platform":
                return self._accounts[row.account_id].platform
            case "account":
                return self._account_names[row.account_id]
            case "campaign":
                return self._campaigns[row.campaign_id] if row.campaign_id is not None else ""
            case _ if (key := labelled.key_of(by)) is not None:
                return labelled.value_of(self._selection.labels, row.campaign_id, key)
            case _:
                return bucket_label(by, start_of(by, row.day, 0)) if row.day else ""


def account_names(selection: Selection) -> Mapping[int, str]:
    """Each account's name; with its platform where two platforms have one of that name."""
    ids: dict[str, list[int]] = defaultdict(list)
    for account in selection.accounts:
        ids[account.name].append(account.id)
    return {
        a.id: f"{a.name} ({platform_label(a.platform)})" if len(ids[a.name]) > 1 else a.name for a in selection.accounts
    }


def _time_entries(
    reader: Reader, by: str, rows: Sequence[Totals], days: Span, books: Books, metrics: Sequence[Metric]
) -> list[Entry]:
    def start(row: Totals) -> date:
        return start_of(by, row.day or days.window.start, reader.context.week_start)

    ordered = sorted(rows, key=start)
    by_start = {key: Group.of(found) for key, found in groupby(ordered, key=start)}
    found = []
    for window, whole in buckets(by, days.window, reader.context.week_start):
        first = start_of(by, window.start, reader.context.week_start)
        group = by_start.get(first, Group())
        part = days.part(window)
        facts = tuple(fact(m, group, reader.selection.entity, part, books) for m in metrics)
        name = bucket_label(by, first)
        found.append(Entry(name, group, facts, whole and not part.left_out, left_out=not part.days))
    return found
