"""Entries above or below a bound: the campaigns with a CPA over 50."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from domain.evidence import Fact
from domain.metrics import Metric
from tools.arguments import BreakdownArguments
from tools.figures import Books, Cited, Group, fact, why
from tools.grouping import Entry
from tools.labels import in_sentence, join_words, plural
from tools.ranking import NAMED_APART
from tools.spans import Span


def within(listed: Sequence[Entry], arguments: BreakdownArguments) -> list[Entry]:
    """Entries whose first metric lies strictly beyond every bound given; an unknown one lies nowhere."""
    above, below = arguments.above, arguments.below
    return [
        e
        for e in listed
        if e.value is not None
        and (above is None or e.value > Decimal(str(above)))
        and (below is None or e.value < Decimal(str(below)))
    ]


def heading(
    listed: Sequence[Entry], kept: Sequence[Entry], arguments: BreakdownArguments, metric: Metric, whole: Group,
    entity: str, days: Span, books: Books, cited: Cited,
) -> str:  # fmt: skip
    """How many lie beyond the bounds, of how many: the bounds and both counts are facts."""
    model = fact(metric, whole, entity, days, books)
    count = replace(model, unit="count", currency=None, basis=None, reason=None)
    known = [e for e in listed if e.value is not None]
    hits = replace(count, label=f"Number of {plural(arguments.by)} found", value=Decimal(len(kept)), how="counted")
    all_known = replace(hits, label=f"Number of {plural(arguments.by)} with a value", value=Decimal(len(known)))
    said = f"{cited.cite(hits)} of {cited.cite(all_known)} {plural(arguments.by)} with {in_sentence(metric.label)} "
    return said + " and ".join(
        f"{word} {cited.cite(_bound(model, value))}"
        for word, value in (("above", arguments.above), ("below", arguments.below))
        if value is not None
    )


def without_value(listed: Sequence[Entry], metric: Metric) -> str:
    """Names a few of the entries that no bound can be held to, and why."""
    unknown = [e for e in listed if e.value is None]
    if not unknown:
        return ""
    said = [f"{e.name} ({why(e.facts[0])})" for e in unknown[:NAMED_APART]]
    more = f" and {len(unknown) - NAMED_APART} more" if len(unknown) > NAMED_APART else ""
    return f"Without {in_sentence(metric.label)}: {join_words(said)}{more}."


def _bound(model: Fact, value: float) -> Fact:
    return replace(
        model, label=f"Bound for {model.label}", value=Decimal(str(value)), reason=None, basis=None,
        source="the question", how="as asked",
    )  # fmt: skip
