"""The metrics per platform, campaign, account or time bucket; listed, or ranked."""

from __future__ import annotations

from collections.abc import Sequence

from domain.evidence import Fact, ToolResult
from domain.metrics import METRICS, Metric
from tools.arguments import BreakdownArguments
from tools.base import Tool, ToolContext
from tools.buckets import TIME
from tools.figures import Books, Cited, Group, fact, refuse_mixed_money, why
from tools.grouping import KEYS, Entry, entries, table
from tools.labels import in_sentence, join_words, window_label
from tools.ranking import NAMED_APART, Ranking, rank, rank_caveats
from tools.reader import Reader, answered, claims_caveats, partial_caveats
from tools.spans import Span

RANKED_BY_DEFAULT = 3
LISTED_AT_MOST = 10
BUCKETS_LISTED_AT_MOST = 12
IN_ONE_LINE = 4
RATIO_SUPERLATIVES = {"top": "Best", "worst": "Worst", "largest": "Highest", "smallest": "Lowest"}
SUM_SUPERLATIVES = {"top": "Most", "worst": "Least", "largest": "Most", "smallest": "Least"}


def run(context: ToolContext, arguments: BreakdownArguments) -> ToolResult:
    """One entry per entity or bucket; each listed entry's figures are facts, the table holds all."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: BreakdownArguments) -> ToolResult:
    metrics = [METRICS[slug] for slug in dict.fromkeys(arguments.metrics)]
    days = reader.span(arguments.period)
    rows = reader.totals(days, KEYS[arguments.by])
    books = reader.books(rows)
    if days.reason:
        return _nothing(reader, metrics, days, books)
    listed = entries(reader, arguments.by, rows, days, books, metrics)
    groups = [e.group for e in listed]
    for group in [Group.of(rows)] if arguments.order else groups:
        refuse_mixed_money(metrics, group, books)
    cited = Cited()
    where = _where(reader, arguments)
    head = f"{in_sentence(metrics[0].label)}{where}, {window_label(days.window)}"
    caveats = claims_caveats(metrics, groups, books) + partial_caveats(metrics, groups)
    if arguments.order:
        ranking = rank(listed, arguments.order, metrics[0], arguments.limit or RANKED_BY_DEFAULT)
        text = _ranked(ranking, arguments, head, cited)
        caveats += rank_caveats(ranking, metrics[0])
        listed = [*rank(listed, arguments.order, metrics[0], len(listed)).first, *ranking.apart]
    else:
        text = _listed(listed, arguments, metrics, f"{where}, {window_label(days.window)}", cited)
    currencies = books.currencies(Group.of(rows))
    title = f"{join_words([m.label for m in metrics])} by {arguments.by}, {window_label(days.window)}"
    full = table(title, arguments.by, metrics, listed, currencies[0] if len(currencies) == 1 else None)
    one_asked = arguments.order is not None and arguments.limit == 1
    return reader.result(text, cited, [days], caveats, table=full if len(listed) > 1 and not one_asked else None)


def _where(reader: Reader, arguments: BreakdownArguments) -> str:
    """Platforms need not be named before a list of platforms."""
    only_platforms = not (arguments.campaigns or arguments.accounts or arguments.exclude_campaigns)
    return "" if arguments.by == "platform" and only_platforms else reader.selection.where


def _nothing(reader: Reader, metrics: Sequence[Metric], days: Span, books: Books) -> ToolResult:
    cited = Cited()
    found = [fact(m, Group(), reader.selection.entity, days, books) for m in metrics]
    names = join_words([f"{in_sentence(f.label)} {cited.cite(f)}" for f in found])
    text = f"{names[:1].upper()}{names[1:]}{reader.selection.where}, {window_label(days.window)}: {days.reason}."
    return reader.result(text, cited, [days])


def _ranked(ranking: Ranking, arguments: BreakdownArguments, head: str, cited: Cited) -> str:
    order = arguments.order or "top"
    lines = []
    if ranking.first:
        lines.append(f"{_superlative(order, METRICS[arguments.metrics[0]])} {head}: {_in_order(ranking.first, cited)}.")
    else:
        lines.append(f"No {arguments.by} can be ranked by {head}.")
    if ranking.apart:
        lines.append(_apart(ranking.apart))
    return "\n".join(lines)


def _superlative(order: str, metric: Metric) -> str:
    said = (RATIO_SUPERLATIVES if metric.denominator else SUM_SUPERLATIVES)[order]
    return "Fewest" if said == "Least" and metric.unit == "count" else said


def _in_order(first: Sequence[Entry], cited: Cited) -> str:
    said = [f"{e.name} {_figures(e, cited)}" for e in first]
    return said[0] if len(said) == 1 else f"{said[0]}, then {', '.join(said[1:])}"


def _apart(apart: Sequence[Entry]) -> str:
    """Entries without a value, those that spent most first."""
    spenders = sorted(apart, key=lambda e: -(e.group.sums.get("spend") or 0))
    said = [f"{entry.name} ({why(entry.facts[0])})" for entry in spenders[:NAMED_APART]]
    more = f" and {len(apart) - NAMED_APART} more" if len(apart) > NAMED_APART else ""
    return f"Not ranked: {join_words(said)}{more}."


def _listed(
    listed: Sequence[Entry], arguments: BreakdownArguments, metrics: Sequence[Metric], tail: str, cited: Cited
) -> str:
    title = in_sentence(join_words([in_sentence(m.label) for m in metrics]))
    title = f"{title[:1].upper()}{title[1:]} by {arguments.by}{tail}"
    if arguments.by in TIME and arguments.limit is None and len(listed) > BUCKETS_LISTED_AT_MOST:
        return _extremes(listed, title, arguments.by, cited)
    most = arguments.limit or (BUCKETS_LISTED_AT_MOST if arguments.by in TIME else LISTED_AT_MOST)
    kept = listed[:most]
    said = [f"{_named(e, arguments.by)} {_figures(e, cited)}" for e in kept]
    rest = " The others are in the table." if len(listed) > most else ""
    if len(kept) <= IN_ONE_LINE and len(metrics) == 1:
        return f"{title}: {', '.join(said)}.{rest}"
    return "\n".join([f"{title}:", *(f"• {line}" for line in said), *([rest.strip()] if rest else [])])


def _extremes(listed: Sequence[Entry], title: str, by: str, cited: Cited) -> str:
    """Too many buckets to read: the highest and the lowest whole one; the rest is in the table."""
    known = [e for e in listed if e.value is not None and e.whole]
    if not known:
        return f"{title}: no complete {by} has a value; see the table."
    high = max(known, key=lambda e: e.value or 0)
    low = min(known, key=lambda e: e.value or 0)
    return (
        f"{title}: highest {cited.cite(high.facts[0])} ({high.name}), lowest {cited.cite(low.facts[0])} ({low.name}). "
        "Every one is in the table."
    )


def _named(entry: Entry, by: str) -> str:
    return entry.name if entry.whole else f"{entry.name} (part of the {by})"


def _figures(entry: Entry, cited: Cited) -> str:
    if len(entry.facts) == 1:
        return cited.cite_with_reason(entry.facts[0])
    return ", ".join(_labelled(f, cited) for f in entry.facts)


def _labelled(found: Fact, cited: Cited) -> str:
    return f"{in_sentence(found.label)} {cited.cite_with_reason(found)}"


TOOL = Tool(
    "breakdown",
    "The metrics per platform, campaign, account, day, week, month or weekday; ranked by the first metric when "
    "an order is given. Use it to compare platforms or campaigns within one period.",
    BreakdownArguments,
    run,
)
