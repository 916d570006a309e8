"""From sums to facts: one value, where it comes from, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form
from domain.metrics import BASES, Base, Metric
from store.performance import AccountDays, Totals
from tools.labels import join_words, left_out_label, shown
from tools.spans import Span

MONEY: frozenset[Base] = frozenset({"spend", "revenue"})
CLAIMED: frozenset[Base] = frozenset({"conversions", "revenue"})
SOURCES_SHOWN = 3
MAY_DOUBLE = "platform claims, may double-count"
PLATFORM_CLAIMS = f"{{what}} of several platforms: {MAY_DOUBLE}"


@dataclass(frozen=True, slots=True)
class Group:
    """Sums over some rows. A base metric is None where no row states it, ``partial`` where some do not."""

    sums: Mapping[Base, Decimal | None] = field(default_factory=dict)
    partial: frozenset[Base] = frozenset()
    runs: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # account id -> first and last load

    @classmethod
    def of(cls, rows: Iterable[Totals]) -> Group:
        """Add ``rows`` up. A base metric that no row knows stays None; one that only some rows know is ``partial``."""
        rows = list(rows)
        if len(rows) == 1:  # of thousands of campaigns, most
            (row,) = rows
            lacking = frozenset(b for b in BASES if 0 < row.stated[b] < row.rows)
            return cls(sums=row.sums, partial=lacking, runs={row.account_id: row.runs})
        runs: dict[int, tuple[int, int]] = {}
        for row in rows:
            first, last = runs.get(row.account_id, row.runs)
            runs[row.account_id] = (min(first, row.runs[0]), max(last, row.runs[1]))
        stated = {base: [v for r in rows if (v := r.sums[base]) is not None] for base in BASES}
        return cls(
            sums={base: sum(values, Decimal(0)) if values else None for base, values in stated.items()},
            partial=frozenset(b for b in BASES if stated[b] and any(r.stated[b] < r.rows for r in rows)),
            runs=runs,
        )


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts a question reads, and what each load was."""

    accounts: Mapping[int, AccountDays]
    sources: Mapping[int, str]

    def currencies(self, group: Group) -> list[str]:
        """Of the accounts that have rows; of all where none has."""
        return sorted({self.accounts[i].currency for i in group.runs or self.accounts})

    def platforms(self, group: Group) -> list[str]:
        return sorted({self.accounts[i].platform for i in group.runs})

    def source(self, group: Group) -> str:
        """``google_ads, Acme: export.csv (load 3)``, for at most three accounts."""
        said = [self._source(account_id, runs) for account_id, runs in sorted(group.runs.items())]
        more = ["more accounts"] if len(said) > SOURCES_SHOWN else []
        return "; ".join(said[:SOURCES_SHOWN] + more) or "the store"

    def _source(self, account_id: int, runs: tuple[int, int]) -> str:
        account = self.accounts[account_id]
        first, last = runs
        names = dict.fromkeys(self.sources.get(run, "unknown") for run in runs)
        loads = f"load {first}" if first == last else f"loads {first} to {last}"
        return f"{account.platform}, {account.name}: {join_words(list(names))} ({loads})"


def uses_money(metric: Metric) -> bool:
    """Whether an amount of money enters the metric, as a ratio's part too."""
    return bool({metric.numerator, metric.denominator} & MONEY)


def refuse_mixed_money(metrics: Iterable[Metric], group: Group, books: Books) -> None:
    """Raises CannotAnswer where amounts of several currencies would be added or ranked."""
    currencies = books.currencies(group)
    mixed = [m.label for m in metrics if uses_money(m)]
    if mixed and len(currencies) > 1:
        raise CannotAnswer(
            f"{join_words(mixed)} would add {join_words(currencies)} without a rate; "
            "ask for one account or platform at a time"
        )


def measured(metric: Metric, group: Group, entity: str) -> tuple[Decimal | None, str | None]:
    """The metric's value over a group, or None and the reason."""
    if not group.runs:
        return None, f"no data for {shown(entity)} in this period"
    value, reason = metric.value(group.sums)
    lacking = [b for b in (metric.numerator, metric.denominator) if b in group.partial]
    if value is not None and metric.denominator is not None and lacking:
        return None, f"{join_words([str(b) for b in lacking])} is missing on some rows of this period"
    return value, reason


LOW_VOLUME: Mapping[Base, int] = {"conversions": 10, "clicks": 100, "impressions": 1000}


def few(metric: Metric, group: Group) -> Base | None:
    """The events that are too few to read this ratio closely (under 10 conversions, 100 clicks, 1,000 impressions)."""
    if metric.denominator is None:
        return None
    used = {metric.numerator, metric.denominator}
    counted: Base = "conversions" if used & CLAIMED else "clicks" if "clicks" in used else "impressions"
    count = group.sums.get(counted)
    return counted if count is not None and count < LOW_VOLUME[counted] else None


def fact(metric: Metric, group: Group, entity: str, days: Span, books: Books, *, per_day: bool = False) -> Fact:
    """One metric of one entity over one span, not yet numbered."""
    value, reason = (None, days.reason) if days.reason else measured(metric, group, entity)
    label, how = metric.label, metric.formula
    if per_day and metric.denominator is None:
        label, how = f"{metric.label} per day", f"{metric.formula} / days in the window ({days.days})"
        value = None if value is None else value / days.days
    if days.left_out:
        how = f"{how}, without {left_out_label(days.left_out)}"
    return Fact(
        id="new",
        label=label,
        value=value,
        unit=metric.unit,
        currency=_currency(metric, group, books),
        entity=entity,
        window=days.window,
        source=books.source(group),
        how=how,
        reason=reason,
        basis=_basis(metric),
        left_out=days.left_out,
    )


def _currency(metric: Metric, group: Group, books: Books) -> str | None:
    return books.currencies(group)[0] if metric.unit == "money" else None


def _basis(metric: Metric) -> str | None:
    claimed = {metric.numerator, metric.denominator} & CLAIMED
    return "as each platform attributes conversions, by its own rules" if claimed else None


def change(now: Fact, before: Fact) -> Fact:
    """``now`` minus ``before``, unknown where one of them is."""
    form: Form = "points" if now.unit == "percent" else "signed"
    value, reason = None, _why_no_change(now, before)
    if now.value is not None and before.value is not None:
        value = now.value - before.value
    how = f"{now.how}, {_dates(now)} minus {_dates(before)}"
    return _derived(now, before, f"{now.label} change", value, reason, how, form, relative=False)


def relative_change(now: Fact, before: Fact) -> Fact:
    """The change as a fraction of ``before``; undefined over a baseline of 0."""
    value, reason = None, _why_no_change(now, before)
    if now.value is not None and before.value is not None:
        if before.value == 0:
            reason = f"undefined: the baseline is 0 ({_dates(before)})"
        else:
            value = (now.value - before.value) / before.value
    how = f"{now.how}, {_dates(now)} against {_dates(before)}, over the latter"
    return _derived(now, before, f"{now.label} change, relative", value, reason, how, "signed", relative=True)


def _why_no_change(now: Fact, before: Fact) -> str | None:
    for side in (before, now):
        if side.value is None:
            return f"{side.reason} ({_dates(side)})"
    return None


def _dates(side: Fact) -> str:
    start, end = side.window.start, side.window.end
    dates = f"{start} to {end}" if start != end else f"{start}"
    return f"{dates} without {left_out_label(side.left_out)}" if side.left_out else dates


def _derived(
    now: Fact, before: Fact, label: str, value: Decimal | None, reason: str | None, how: str, form: Form, *,
    relative: bool,
) -> Fact:  # fmt: skip
    sources = dict.fromkeys((now.source, before.source))
    return Fact(
        id="new",
        label=label,
        value=value,
        unit="percent" if relative else now.unit,
        currency=None if relative else now.currency,
        entity=now.entity,
        window=now.window,
        source="; ".join(sources),
        how=how,
        reason=reason if value is None else None,
        basis=now.basis,
        form=form,
        left_out=now.left_out,
    )


class Cited:
    """Facts in the order in which a text cites them."""

    def __init__(self) -> None:
        self._facts: list[Fact] = []

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._facts)

    def cite(self, found: Fact) -> str:
        """Number the fact and return its reference."""
        numbered = found.renamed(f"f{len(self._facts) + 1}")
        self._facts.append(numbered)
        return "{{" + numbered.id + "}}"

    def cite_with_reason(self, found: Fact) -> str:
        """The reference, with the reason behind it where there is no value."""
        reference = self.cite(found)
        return reference if found.value is not None else f"{reference} ({why(found)})"


def why(found: Fact) -> str:
    """A fact's reason without the word that its formatted value already says."""
    return (found.reason or "").removeprefix("undefined: ")
