"""From tool results to one text: facts renumbered across calls, references filled in by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agent.grounding import REFERENCE
from domain.evidence import Chart, Fact, Offer, Table, ToolResult
from domain.formatting import format_value
from tools.labels import quoted, shown, when_label


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the calls of one question found. ``text`` is the tools' own wording with references."""

    text: str = ""
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    caveats: tuple[str, ...] = ()
    freshness: Mapping[str, date] | None = None
    refused: str | None = None
    recommendation_ids: tuple[str, ...] = ()
    row_count: int = 0
    offers: tuple[Offer, ...] = ()


def join(results: Sequence[ToolResult]) -> Evidence:
    """One body of evidence. ``refused`` is set where every call refused; else a refusal is part of the text."""
    texts: list[str] = []
    facts: list[Fact] = []
    for result in results:
        ids = {f.id: f"f{len(facts) + n}" for n, f in enumerate(result.facts, start=1)}
        facts += [f.renamed(ids[f.id]) for f in result.facts]
        texts.append(_renumbered(result.refused or result.text, ids))
    refusals = [r.refused for r in results if r.refused]
    return Evidence(
        text="\n".join(t for t in texts if t),
        facts=tuple(facts),
        tables=tuple(r.table for r in results if r.table is not None),
        charts=tuple(r.chart for r in results if r.chart is not None),
        caveats=tuple(dict.fromkeys(c for r in results for c in r.caveats)),
        freshness=_freshness(results),
        refused="\n".join(refusals) if results and len(refusals) == len(results) else None,
        recommendation_ids=tuple(r.recommendation_id for r in results if r.recommendation_id),
        row_count=sum(r.row_count for r in results),
        offers=tuple(offer for r in results for offer in r.offers),
    )


def fill(text: str, facts: Sequence[Fact], written: Callable[[Fact], str] = format_value) -> str:
    """The tools' wording with each reference replaced by its figure; entity and dates are in the wording."""
    return _filled(text, facts, written)


def fill_model_text(text: str, facts: Sequence[Fact]) -> tuple[str, tuple[Fact, ...]]:
    """A model's wording with its figures, and the facts it used in their order.

    Each figure prints what it is, whose and when, so that a reference put in the wrong place shows.
    """
    by_id = {f.id: f for f in facts}
    used = tuple(by_id[i] for i in dict.fromkeys(REFERENCE.findall(text)))
    return _filled(text, facts, _with_provenance), used


def _with_provenance(fact: Fact) -> str:
    reason = f"; {fact.reason}" if fact.reason else ""
    return (
        f"{format_value(fact)} [{fact.label}, {shown(fact.entity)}, {when_label(fact.window, fact.left_out)}{reason}]"
    )


def _filled(text: str, facts: Sequence[Fact], written: Callable[[Fact], str]) -> str:
    by_id = {f.id: f for f in facts}
    return REFERENCE.sub(lambda match: written(by_id[match[1]]), text)


def _renumbered(text: str, ids: Mapping[str, str]) -> str:
    """References by their new ids; what only looks like one (a name from the data) is broken up."""
    return REFERENCE.sub(lambda match: f"{{{{{ids[match[1]]}}}}}" if match[1] in ids else quoted(match[0]), text)


def _freshness(results: Sequence[ToolResult]) -> dict[str, date]:
    """Per platform the earliest last day that a call saw."""
    last: dict[str, date] = {}
    for result in results:
        for platform, day in result.freshness.items():
            last[platform] = min(day, last.get(platform, day))
    return last
