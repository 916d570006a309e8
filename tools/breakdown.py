"""The metrics per platform, campaign, account or time bucket; listed, or ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.evidence import Fact, Table, ToolResult
from domain.metrics import METRICS, Metric
from store.performance import Totals
from tools.arguments import BreakdownArguments
from tools.base import Tool, ToolContext
from tools.bounds import heading, within, without_value
from tools.buckets import TIME
from tools.figures import Books, Cited, Group, fact, refuse_mixed_money, why
from tools.grouping import Entry, entries, keys, named, table
from tools.labelled import key_of, nothing_of
from tools.labels import dimension, in_sentence, join_words
from tools.ranking import NAMED_APART, Ranking, by_spend_share, descending, rank, rank_caveats
from tools.reader import Reader, answered, claims_caveats, partial_caveats
from tools.shares import picked, refuse_shares_of_ratios, shares, widened
from tools.spans import Span

RANKED_BY_DEFAULT = 3
LISTED_AT_MOST = 10
BUCKETS_LISTED_AT_MOST = 12
IN_ONE_LINE = 4
RATIO_SUPERLATIVES = {"top": "Best", "worst": "Worst", "largest": "Highest", "smallest": "Lowest"}
SUM_SUPERLATIVES = {"top": "Most", "worst": "Least", "largest": "Most", "smallest": "Least"}


def run(context: ToolContext, arguments: BreakdownArguments) -> ToolResult:
    """One entry per entity or bucket; each listed entry's figures are facts, the table holds all."""
    return answered(context, widened(arguments), lambda reader, _: _answer(reader, arguments))


@dataclass(frozen=True, slots=True)
class Found:
    """What was read for one breakdown; ``title`` names its metrics and dimension, ``tail`` where and when."""

    reader: Reader
    arguments: BreakdownArguments
    metrics: tuple[Metric, ...]
    days: Span
    books: Books
    whole: Group
    listed: list[Entry]
    title: str
    where: str

    @property
    def tail(self) -> str:
        return f"{self.where}, {self.days.label}"


def _answer(reader: Reader, arguments: BreakdownArguments) -> ToolResult:
    metrics = tuple(METRICS[slug] for slug in dict.fromkeys(arguments.metrics))
    days = reader.span(arguments.period)
    rows = reader.totals(days, keys(arguments.by))
    books = reader.books(rows)
    if days.reason:
        return _nothing(reader, metrics, days, books)
    listed = [e for e in entries(reader, arguments.by, rows, days, books, metrics) if not e.left_out]
    whole = Group.of(rows)
    one_scale = arguments.order or arguments.share or arguments.above is not None or arguments.below is not None
    for group in [whole] if one_scale else [e.group for e in listed if e.group.runs]:
        refuse_mixed_money(metrics, group, books)
    labels = [f"share of {in_sentence(m.label)}" if arguments.share else in_sentence(m.label) for m in metrics]
    title = join_words(labels)
    title = f"{title[:1].upper()}{title[1:]}"
    where = _where(reader, arguments, rows)
    found = Found(reader, arguments, metrics, days, books, whole, listed, title, where)
    cited = Cited()
    text, in_table, caveats = _told(found, cited)
    caveats += claims_caveats(metrics, [e.group for e in listed], books)
    caveats += partial_caveats(metrics, [e.group for e in listed])
    return reader.result(text, cited, [days], caveats, table=_table(found, in_table, cited))


def _told(found: Found, cited: Cited) -> tuple[str, list[Entry], list[str]]:
    """(the text, the entries of the table, caveats)."""
    arguments = found.arguments
    listed = found.listed
    totals = ""
    if arguments.share:
        refuse_shares_of_ratios(found.metrics)
        entity = found.reader.selection.entity
        listed, sums = shares(listed, found.metrics, found.whole, entity, found.days, found.books)
        listed = picked(listed, arguments)
        said = [cited.cite_with_reason(f) if len(sums) == 1 else _labelled(f, cited) for f in sums]
        totals = f", of {join_words(said)} in total"
    if arguments.order:
        return _ranked(found, listed, totals, cited)
    if arguments.above is not None or arguments.below is not None:
        return _bounded(found, cited)
    return _listed(listed, found, f"{found.title} by {dimension(arguments.by)}{found.tail}{totals}", cited), listed, []


def _table(found: Found, listed: Sequence[Entry], cited: Cited) -> Table | None:
    """All entries asked for; marked where the text says each of them."""
    arguments = found.arguments
    if len(listed) < 2 or (arguments.order is not None and arguments.limit == 1):
        return None
    currencies = [] if arguments.share else found.books.currencies(found.whole)
    title = f"{found.title} by {dimension(arguments.by)}, {found.days.label}"
    made = table(title, arguments.by, found.metrics, listed, currencies[0] if len(currencies) == 1 else None)
    known = {f.renamed("") for f in cited.facts}
    figures = [f for e in listed for f in e.facts]
    unsaid = [f for f in figures if f.renamed("") not in known]
    return replace(made, said=all(f.value is None for f in unsaid) and len(unsaid) <= NAMED_APART)


def _where(reader: Reader, arguments: BreakdownArguments, rows: Sequence[Totals]) -> str:
    """Platforms need not be named before a list of platforms."""
    narrower = (arguments.campaigns, arguments.accounts, arguments.exclude_campaigns, arguments.labels,
                arguments.exclude_labels)  # fmt: skip
    only_platforms = not any(narrower)
    return "" if arguments.by == "platform" and only_platforms else reader.where(rows)


def _nothing(reader: Reader, metrics: Sequence[Metric], days: Span, books: Books) -> ToolResult:
    cited = Cited()
    found = [fact(m, Group(), reader.selection.entity, days, books) for m in metrics]
    names = join_words([f"{in_sentence(f.label)} {cited.cite(f)}" for f in found])
    text = f"{names[:1].upper()}{names[1:]}{reader.selection.where}, {days.label}: {days.reason}."
    return reader.result(text, cited, [days])


def _ranked(
    found: Found, listed: list[Entry], totals: str, cited: Cited
) -> tuple[str, list[Entry], list[str]]:  # fmt: skip
    arguments, metric = found.arguments, found.metrics[0]
    order = arguments.order or "top"
    unlabelled = [e for e in listed if e.name == nothing_of(key_of(arguments.by) or "")]
    ranked = [e for e in listed if e not in unlabelled]
    big, small = by_spend_share(ranked, arguments.min_spend_share)
    ranking = rank(big, order, metric, arguments.limit or RANKED_BY_DEFAULT)
    name = f"share of {in_sentence(metric.label)}" if arguments.share else in_sentence(metric.label)
    head = f"{name}{found.tail}{totals}"
    lines = [f"No {dimension(arguments.by)} can be ranked by {head}."]
    if ranking.first:
        lines = [f"{_superlative(order, metric, arguments.share)} {head}: {_in_order(ranking.first, cited)}."]
    if ranking.apart:
        lines.append(_apart(ranking.apart))
    lines += [f"Apart: {e.name} {_figures(e, cited)}." for e in unlabelled]
    if small:
        lines.append(_too_small(small, found, cited))
    in_table = [*ranking.first, *ranking.apart, *unlabelled, *small]
    return "\n".join(lines), in_table, rank_caveats(ranking, metric)


def _too_small(small: Sequence[Entry], found: Found, cited: Cited) -> str:
    """Entries that spend next to nothing, with what they spent."""
    gate = replace(
        small[0].facts[0], label="Least share of spend to be ranked",
        value=Decimal(str(found.arguments.min_spend_share)), unit="percent", currency=None, reason=None, basis=None,
        entity=found.reader.selection.entity, source="the rule of this ranking", how="share of spend",
    )  # fmt: skip
    said = [f"{e.name} {_figures(e, cited)}" for e in small[:NAMED_APART]]
    more = f" and {len(small) - NAMED_APART} more" if len(small) > NAMED_APART else ""
    return f"Too small to rank, each under {cited.cite(gate)} of spend: {'; '.join(said)}{more}."


def _bounded(found: Found, cited: Cited) -> tuple[str, list[Entry], list[str]]:
    kept = within(found.listed, found.arguments)
    metric = found.metrics[0]
    head = heading(
        found.listed, kept, found.arguments, metric, found.whole, found.reader.selection.entity, found.days,
        found.books, cited,
    ) + found.tail  # fmt: skip
    lines = [_listed(kept, found, head, cited) if kept else f"{head}."]
    if found.arguments.by not in TIME and (unknown := without_value(found.listed, metric)):
        lines.append(unknown)
    return "\n".join(lines), kept, rank_caveats(Ranking(tuple(kept), (), ()), metric)


def _superlative(order: str, metric: Metric, share: bool) -> str:
    if share:
        return "Largest" if descending(order, metric) else "Smallest"
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


def _listed(listed: Sequence[Entry], found: Found, title: str, cited: Cited) -> str:
    """Entries after their heading: on its line where they are few, else one a line."""
    arguments, by = found.arguments, found.arguments.by
    title = f"{title[:1].upper()}{title[1:]}"
    if by in TIME and arguments.limit is None and len(listed) > BUCKETS_LISTED_AT_MOST:
        return _extremes(listed, title, by, cited)
    most = arguments.limit or (BUCKETS_LISTED_AT_MOST if by in TIME else LISTED_AT_MOST)
    kept = listed[:most]
    said = [f"{named(e, by)} {_figures(e, cited)}" for e in kept]
    rest = " The others are in the table." if len(listed) > most else ""
    if len(kept) <= IN_ONE_LINE and len(found.metrics) == 1:
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


def _figures(entry: Entry, cited: Cited) -> str:
    if len(entry.facts) == 1:
        return cited.cite_with_reason(entry.facts[0])
    return ", ".join(_labelled(f, cited) for f in entry.facts)


def _labelled(found: Fact, cited: Cited) -> str:
    return f"{in_sentence(found.label)} {cited.cite_with_reason(found)}"


TOOL = Tool(
    "breakdown",
    "The metrics per platform, campaign, account, label, day, week, month or weekday; ranked by the first metric when "
    "an order is given. Use it to compare platforms or campaigns within one period.",
    BreakdownArguments,
    run,
)
