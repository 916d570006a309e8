"""Two periods side by side: now, before, the change; per entity on request, and what drove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.evidence import Fact, Table, ToolResult
from domain.formatting import format_value
from domain.metrics import METRICS, Metric
from tools.arguments import CompareArguments
from tools.base import Tool, ToolContext
from tools.bursts import daily, name_bursts
from tools.calendar_notes import calendar_caveats
from tools.explain import explain, with_effects
from tools.figures import Books, Cited, Group, change, fact, few, refuse_mixed_money, relative_change, why
from tools.grouping import grouped, keys
from tools.labels import dimension, in_sentence, join_words, shown, when_label
from tools.open_then import open_then
from tools.ranking import descending
from tools.reader import Reader, answered, claims_caveats, partial_caveats
from tools.spans import Span
from tools.why import causes

ZERO = Decimal(0)
LISTED_AT_MOST = 6
RANKED_BY_DEFAULT = 3
LENGTHS_LEFT = "days are left out, so the periods differ in length; a ratio is over the days that remain"


@dataclass(frozen=True, slots=True)
class Pair:
    """One metric of one entity in both periods."""

    metric: Metric
    now: Fact
    before: Fact
    groups: tuple[Group, Group]

    @property
    def change(self) -> Decimal | None:
        return None if self.now.value is None or self.before.value is None else self.now.value - self.before.value

    @property
    def four(self) -> tuple[Fact, Fact, Fact, Fact]:
        """Current, baseline, absolute change, relative change."""
        return self.now, self.before, change(self.now, self.before), relative_change(self.now, self.before)


def run(context: ToolContext, arguments: CompareArguments) -> ToolResult:
    """Per metric the current figure, the baseline, the absolute and the relative change."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: CompareArguments) -> ToolResult:
    metrics = [METRICS[slug] for slug in dict.fromkeys(arguments.metrics)]
    spans = reader.span(arguments.period), reader.span(arguments.baseline)
    by = arguments.by or ("campaign" if arguments.explain else None)
    now, before = (reader.totals(days, keys(by) if by else daily(days)) for days in spans)
    books = reader.books(now, before)
    whole = Group.of(now), Group.of(before)
    refuse_mixed_money(metrics, Group.of([*now, *before]), books)
    cited, where = Cited(), reader.where([*now, *before])
    total = [_pair(m, reader.selection.entity, whole, spans, books) for m in metrics]
    sides = (grouped(reader, by, now), grouped(reader, by, before)) if by else ({}, {})
    per_entity = _per_entity(reader, by, metrics, sides, spans, books)
    if arguments.explain and by:
        text = _overall(total, where, cited)
        current, baseline = (_with_rows(side) for side in sides)
        text += explain(total[0].metric, current, baseline, total[0].now, total[0].before, cited)
        text += causes(reader, total[0].metric, spans[0], total[0].change, cited)
        text += open_then(reader, total[0].metric, spans[0], cited)
    elif by:
        text = _by_entity(per_entity, arguments, where, cited)
    else:
        text = _overall(total, where, cited)
    if arguments.explain or not by:
        told = metrics[:1] if arguments.explain else metrics
        text += name_bursts(reader, told, zip(spans, (now, before), strict=True), books, cited)
    caveats = [*_length_caveats(spans, metrics), *_volume_caveats(total)]
    groups = [g for pair in per_entity for g in pair.groups] if by and not arguments.explain else whole
    caveats += calendar_caveats(reader, spans)
    caveats += claims_caveats(metrics, groups, books) + partial_caveats(metrics, groups)
    table = _table(per_entity, by, spans) if by and len(per_entity) > len(metrics) else None
    if table is not None and arguments.explain and total[0].change is not None:
        table = with_effects(table, total[0].metric, sides, total[0].now)
    return reader.result(text, cited, spans, caveats, table)


def _with_rows(side: dict[str, Group]) -> dict[str, Group]:
    return {name: group for name, group in side.items() if group.runs}


def _pair(
    metric: Metric, entity: str, groups: tuple[Group, Group], spans: tuple[Span, Span], books: Books
) -> Pair:  # fmt: skip
    now, before = (fact(metric, g, entity, days, books) for g, days in zip(groups, spans, strict=True))
    return Pair(metric, now, before, groups)


def _per_entity(
    reader: Reader, by: str | None, metrics: Sequence[Metric], sides: tuple[dict[str, Group], dict[str, Group]],
    spans: tuple[Span, Span], books: Books,
) -> list[Pair]:  # fmt: skip
    now, before = sides
    return [
        _pair(
            m,
            reader.selection.within(by or "", entity),
            (now.get(entity, Group()), before.get(entity, Group())),
            spans,
            books,
        )
        for entity in sorted({*now, *before})
        for m in metrics
    ]


def _overall(pairs: Sequence[Pair], where: str, cited: Cited) -> str:
    """One sentence for one metric; for several a heading with the dates and a line each."""
    if len(pairs) == 1:
        return _sentence(pairs[0], f"{pairs[0].metric.label}{where}", cited)
    now, before = (when_label(side.window, side.left_out) for side in (pairs[0].now, pairs[0].before))
    lines = [f"• {_short(pair, cited)}" for pair in pairs]
    return "\n".join([f"{now} against {before}{where}:", *lines])


def _sentence(pair: Pair, subject: str, cited: Cited) -> str:
    """The current figure first, then the baseline, then the change."""
    now, before, absolute, relative = pair.four
    current, baseline = cited.cite(now), cited.cite(before)
    if pair.change is None:
        sides = f"{current} {_during(now)}{_because(now)}, {baseline} {_during(before)}{_because(before)}"
        return f"{subject}: {sides}; so the change is {cited.cite(absolute)}."
    verb = "rose" if pair.change > 0 else "fell"
    moved = f"{cited.cite(absolute)}, {cited.cite(relative)}"
    if pair.change == 0:
        return f"{subject} was unchanged at {current} {_during(now)}, {baseline} {_during(before)} ({moved})."
    return f"{subject} {verb} to {current} {_during(now)} from {baseline} {_during(before)} ({moved})."


def _short(pair: Pair, cited: Cited) -> str:
    now, before, absolute, relative = pair.four
    current, baseline, moved = (cited.cite(found) for found in (now, before, absolute))
    if pair.change is None:
        sides = f"{current}{_because(now)}, before {baseline}{_because(before)}"
        return f"{pair.metric.label} {sides}; so the change is {moved}"
    return f"{pair.metric.label} {current}, before {baseline} ({moved}, {cited.cite(relative)})"


def _during(side: Fact) -> str:
    label = when_label(side.window, side.left_out)
    return f"({label})" if label[:1].isdigit() else f"in {label}"


def _because(side: Fact) -> str:
    return "" if side.value is not None else f" ({why(side)})"


def _by_entity(pairs: Sequence[Pair], arguments: CompareArguments, where: str, cited: Cited) -> str:
    first = [p for p in pairs if p.metric.slug == arguments.metrics[0]]
    known = [p for p in first if p.change is not None]
    unknown = [p for p in first if p.change is None]
    if arguments.order:
        sign = -1 if descending(arguments.order, first[0].metric) else 1
        ranked = sorted(known, key=lambda p: (sign * (p.change or ZERO), p.now.entity))
        kept = ranked[: arguments.limit or RANKED_BY_DEFAULT]
    else:
        ranked = sorted(known, key=lambda p: (-abs(p.change or ZERO), p.now.entity))
        kept = ranked[: arguments.limit or LISTED_AT_MOST]
    entities = [p.now.entity for p in kept]
    lines = [
        _sentence(p, f"{shown(p.now.entity)}: {in_sentence(p.metric.label)}", cited)
        for entity in entities
        for p in pairs
        if p.now.entity == entity
    ]
    if not lines:
        lines.append(
            f"No {dimension(arguments.by or '')} has {in_sentence(first[0].metric.label)} in both periods{where}."
        )
    if arguments.order and unknown:
        lines.append(
            "Not ranked: " + join_words([f"{shown(p.now.entity)} ({_why_apart(p)})" for p in unknown[:3]]) + "."
        )
    return "\n".join(lines)


def _why_apart(pair: Pair) -> str:
    side = pair.before if pair.before.value is None else pair.now
    return f"{why(side)}, {when_label(side.window, side.left_out)}"


def _length_caveats(spans: tuple[Span, Span], metrics: Sequence[Metric]) -> list[str]:
    now, before = spans
    if any(s.reason for s in spans) or now.days == before.days:
        return []
    if all(m.denominator for m in metrics):
        return [LENGTHS_LEFT] if now.window.days - now.days != before.window.days - before.days else []
    return ["the periods differ in length; ask for the average per day to compare like with like"]


def _volume_caveats(pairs: Sequence[Pair]) -> list[str]:
    low = {f"{p.metric.label} (few {counted})" for p in pairs for g in p.groups if (counted := few(p.metric, g))}
    return [f"low volume, read with care: {join_words(sorted(low))}"] if low else []


def _table(pairs: Sequence[Pair], by: str, spans: tuple[Span, Span]) -> Table:
    now, before = (s.label for s in spans)
    several = len({pair.metric.slug for pair in pairs}) > 1
    columns = (dimension(by).title(), *(("Metric",) if several else ()), now, before, "Change", "Change, relative")
    rows, as_read = [], []
    for pair in pairs:
        named = (shown(pair.now.entity), *((pair.metric.label,) if several else ()))
        rows.append((*named, *(None if f.value is None else float(f.value) for f in pair.four)))
        as_read.append((*named, *(format_value(f) for f in pair.four)))
    return Table(f"{now} against {before} by {dimension(by)}", columns, tuple(rows), shown=tuple(as_read))


TOOL = Tool(
    "compare",
    "Two periods: the current figure, the baseline, the absolute and the relative change; per platform or campaign "
    "with 'by' (and 'order' to rank who grew or fell most); 'explain' says what drove the change.",
    CompareArguments,
    run,
)
