"""Which entries come first, and which cannot be ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.metrics import Metric
from tools.figures import few
from tools.grouping import Entry
from tools.labels import join_words

NAMED_APART = 2


@dataclass(frozen=True, slots=True)
class Ranking:
    """``first`` are the entries asked for; ``apart`` have an undefined or unknown metric; ``tied`` equal the last of
    ``first`` but stand behind it."""

    first: tuple[Entry, ...]
    apart: tuple[Entry, ...]
    tied: tuple[Entry, ...]


def descending(order: str, metric: Metric) -> bool:
    """Whether the highest value comes first. Where neither is better (spend), top is the most."""
    return {"largest": True, "smallest": False, "top": metric.better >= 0, "worst": metric.better < 0}[order]


def rank(listed: Sequence[Entry], order: str, metric: Metric, limit: int) -> Ranking:
    """Entries by the first metric; equal values by name."""
    sign = -1 if descending(order, metric) else 1
    defined = sorted((e for e in listed if e.value is not None), key=lambda e: (sign * (e.value or 0), e.name))
    first = tuple(defined[:limit])
    tied = tuple(e for e in defined[limit:] if e.value == first[-1].value)
    return Ranking(first, tuple(e for e in listed if e.value is None), tied)


def by_spend_share(listed: Sequence[Entry], least: float | None) -> tuple[list[Entry], list[Entry]]:
    """(entries with at least that share of all spend, those with less); without a bound all are ranked."""
    total = sum((e.group.sums.get("spend") or Decimal(0) for e in listed), Decimal(0))
    if least is None or not total:
        return list(listed), []
    bound = total * Decimal(str(least))
    small = [e for e in listed if (e.group.sums.get("spend") or Decimal(0)) < bound]
    return [e for e in listed if e not in small], small


def rank_caveats(ranking: Ranking, metric: Metric) -> list[str]:
    """Said about ties and about entries with too few events."""
    said = []
    if ranking.tied:
        said.append(f"equal to the last one listed: {join_words([e.name for e in ranking.tied[: NAMED_APART + 1]])}")
    low = [f"{e.name} (few {counted})" for e in ranking.first if (counted := few(metric, e.group))]
    if low:
        said.append(f"low volume, read with care: {join_words(low)}")
    return said
