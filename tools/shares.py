"""Entries as per cents of their total: the share of spend by campaign."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact
from domain.metrics import Metric
from tools import labelled
from tools.arguments import BreakdownArguments
from tools.figures import Books, Group, fact
from tools.grouping import Entry
from tools.labels import dimension, in_sentence, join_words, platform_label
from tools.spans import Span

# The filter that names entries of a dimension; with a share it picks entries and leaves the total whole.
OWN_FILTER = {"platform": "platforms", "campaign": "campaigns", "account": "accounts"}


def own_filter(by: str) -> str | None:
    """The filter that names entries of a grouping."""
    return "labels" if labelled.key_of(by) is not None else OWN_FILTER.get(by)


def widened(arguments: BreakdownArguments) -> BreakdownArguments:
    """The arguments without the filter that would narrow the total to the entries asked for."""
    own = own_filter(arguments.by)
    return arguments.model_copy(update={own: ()}) if arguments.share and own else arguments


def refuse_shares_of_ratios(metrics: Sequence[Metric]) -> None:
    """Raises CannotAnswer: campaigns' CPAs do not add up to anything."""
    ratios = [m.label for m in metrics if m.denominator is not None]
    if ratios:
        raise CannotAnswer(
            f"a share is a part of a sum, and {join_words(ratios)} of several campaigns or days have no sum; "
            "ask for the share of spend, impressions, clicks, conversions or revenue"
        )


def shares(
    listed: Sequence[Entry], metrics: Sequence[Metric], whole: Group, entity: str, days: Span, books: Books
) -> tuple[list[Entry], list[Fact]]:
    """(each entry with its share of each metric's total, the totals)."""
    totals = [fact(m, whole, entity, days, books) for m in metrics]
    found = [
        replace(e, facts=tuple(_share(part, total) for part, total in zip(e.facts, totals, strict=True)))
        for e in listed
    ]
    return found, totals


def picked(listed: Sequence[Entry], arguments: BreakdownArguments) -> list[Entry]:
    """The entries named, of all that were read. Raises CannotAnswer for a name that is not among them."""
    own = own_filter(arguments.by)
    names: Collection[str] = getattr(arguments, own) if own else ()
    if own == "labels":
        names = [value for _, value in labelled.wanted(names)]
    if not names:
        return list(listed)
    wanted = {(platform_label(n) if arguments.by == "platform" else n).casefold() for n in names}
    # Two campaigns of one name are told apart by a bracket behind it.
    found = [e for e in listed if e.name.casefold() in wanted or e.name.rpartition(" (")[0].casefold() in wanted]
    if not found:
        raise CannotAnswer(f"there is no {dimension(arguments.by)} {join_words(list(names))} in this period")
    return found


def _share(part: Fact, total: Fact) -> Fact:
    value: Decimal | None = None
    reason = part.reason or total.reason
    if part.value is not None and total.value is not None:
        value = part.value / total.value if total.value else None
        reason = None if total.value else "undefined: the total is 0"
    return replace(
        part,
        label=f"Share of {in_sentence(part.label)}",
        value=value,
        reason=reason,
        unit="percent",
        currency=None,
        how=f"{part.how} / {total.how} of {total.entity}",
    )
