"""What a follow-up says, laid over what was asked before: a name replaces a name, a period a period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from agent.planner.carried import PLACES, Carried
from agent.planner.entities import Named
from agent.planner.intents import By
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.planner.windows import ONE_DAY, Days, before, weeks_before, year_before
from agent.state import PlanContext
from domain.window import Window
from tools.labels import window_label

ADDED = r"\b(?:too|both|as well|also|in addition|additionally|added|add)\b"
EVERYTHING = (
    r"\b(?:overall|altogether|everything|all campaigns|(?:both|all) (?:the |our )?(?:platforms|channels|accounts))\b"
)
PLAIN = r"\b(?:just|only) (?:the )?(?:numbers?|figures?|totals?)\b|\b(?:no|without (?:a|the)) (?:chart|graph|table)\b"
COUNTED_AGAIN = r"\b(?:with|including|include|incl)\b"
ALONE = r"\b(?:alone|on its own)\b"
TABLE = r"\btables?\b"
_STEPS = ("day", "week", "month")
_STEP_DAYS: dict[By, int] = {"day": 1, "week": 7, "month": 31}


@dataclass(frozen=True, slots=True)
class Form:
    """How the follow-up wants the answer to look."""

    chart: bool
    plain: bool  # the figure alone
    table: bool


def merged(old: Carried, new: Reading, context: PlanContext) -> Reading:
    """The whole question. Raises CannotRead where two readings are possible."""
    was, adds = old.reading, re.search(ADDED, new.text) is not None
    plain = re.search(PLAIN, new.text) is not None
    form = Form(new.chart and not plain, plain, re.search(TABLE, new.text) is not None)
    beside = adds or bool(new.versus and not new.periods and _positive(new.named))
    whole = replace(
        was,
        text=f"{was.text} · {new.text}",
        named=_grouped(_names(was.named, new, context, adds=beside), new),
        sides=new.sides,
        metrics=_joined(was.metrics, new.metrics) if adds else new.metrics or was.metrics,
        metrics_at=[],
        notes=list(new.notes),
        exact=new.exact,
        unknown=list(new.unknown),
        follow_up=False,
        together=new.together or was.together,
    )
    _set_times(whole, old, new, adds=adds)
    _set_wishes(whole, was, new, form)
    if form.chart:
        _chart_over_both(whole)
    whole.left_out = [
        *(d for d in was.left_out if any(d.start <= p.end and p.start <= d.end for p in _reach(whole))),
        *new.left_out,
    ]
    whole.promotions = list(new.promotions or was.promotions)
    return whole


def _joined(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *new]))


def _names(old: Named, new: Reading, context: PlanContext, *, adds: bool) -> Named:
    """Names that are said replace those before, unless they are added or left out."""
    said = new.named
    if re.search(EVERYTHING, new.text) and not said:
        return Named()
    if re.search(COUNTED_AGAIN, new.text) and (again := _counted_again(old, said)) is not None:
        return again
    kept = _of_other_kinds(old, said) if _positive(said) and not adds else old
    found = Named()
    for name in (f.name for f in fields(Named) if f.name not in PLACES):
        both = name.startswith("exclude_") or name == "labels" or adds or not getattr(said, name)
        values = [*getattr(old if name.startswith("exclude_") else kept, name)] if both else []
        setattr(found, name, list(dict.fromkeys([*values, *getattr(said, name)])))
    for (positive, _), (_, excluded) in zip(found.kinds(), said.kinds(), strict=True):
        positive[:] = [name for name in positive if name not in excluded]
    _drop_what_is_named_again(found, said)
    _drop_elsewhere(found, context)
    found.notes = list(said.notes)
    found.where = dict(said.where)
    found.at = [0] if any(getattr(found, f.name) for f in fields(Named) if f.name not in PLACES) else []
    return found


def _of_other_kinds(old: Named, said: Named) -> Named:
    """What stays of the names before beside new ones: a label and a platform do not rule each other out, nor do labels
    of two keys; a campaign is one by itself."""
    kept = Named()
    if said.campaigns:
        return kept
    keys = {label.partition("=")[0] for label in said.labels}
    kept.labels = [label for label in old.labels if label.partition("=")[0] not in keys]
    if said.labels and not (said.platforms or said.accounts):
        kept.platforms, kept.accounts = list(old.platforms), list(old.accounts)
    return kept


def _counted_again(old: Named, said: Named) -> Named | None:
    """ "including brand" where brand was left out: the question before without that exception; None for other names."""
    names = {name for kept, _ in said.kinds() for name in kept}
    out = {name for _, excluded in old.kinds() for name in excluded}
    if not names or not names <= out:
        return None
    found = Named()
    for name in (f.name for f in fields(Named) if f.name not in PLACES):
        setattr(found, name, list(getattr(old, name)))
    for _, excluded in found.kinds():
        excluded[:] = [name for name in excluded if name not in names]
    found.at = [0] if any(kept or excluded for kept, excluded in found.kinds()) else []
    return found


def _grouped(named: Named, new: Reading) -> Named:
    """ "by country" of what was asked for one country is over all of them."""
    if not new.named.labels:
        keys = {by.partition(":")[2] for by in new.by if by.startswith("label:")}
        named.labels = [label for label in named.labels if label.partition("=")[0] not in keys]
    return named


def _positive(named: Named) -> bool:
    return any(
        getattr(named, f.name) for f in fields(Named) if f.name not in PLACES and not f.name.startswith("exclude_")
    )


def _drop_what_is_named_again(found: Named, said: Named) -> None:
    for (positive, _), (_, excluded) in zip(said.kinds(), found.kinds(), strict=True):
        excluded[:] = [name for name in excluded if name not in positive]


def _drop_elsewhere(found: Named, context: PlanContext) -> None:
    """Campaigns left out of a platform that is no longer asked about are left out by that already."""
    if found.platforms:
        there = {e.name for e in context.campaigns if e.platform in found.platforms}
        found.exclude_campaigns[:] = [name for name in found.exclude_campaigns if name in there]


def _set_times(whole: Reading, old: Carried, new: Reading, *, adds: bool) -> None:
    periods = old.reading.periods
    now = periods[:1]
    if new.baseline:
        _take(whole, new.periods[:1] or now, baseline=new.baseline)
    elif len(new.periods) > 1:
        _take(whole, new.periods, compared=bool(new.versus or new.compare))
    elif new.periods and new.versus and now:
        _take(whole, [now[0], _against(now[0], new.periods[0], new.text)], compared=True)
    elif new.periods and (new.chart or re.search(ALONE, new.text)):
        _take(whole, new.periods)
    elif new.periods and adds and not old.compared:
        _take(whole, [*periods, *new.periods])
    elif new.periods and old.compared and len(periods) == 2:
        _take(whole, new.periods, baseline=_relation(periods[0], periods[1], new.periods[0]))
    elif new.periods:
        _take(whole, new.periods)
    elif (new.why or new.change) and not old.compared:
        _take(whole, now, baseline="previous")
    else:
        _take(whole, periods, compared=old.compared)


def _take(whole: Reading, periods: Sequence[Days], *, compared: bool = False, baseline: str = "") -> None:
    """Periods in their order; two that are compared have a "vs" between them."""
    whole.periods = [replace(p, at=2 * place + 1) for place, p in enumerate(periods)]
    whole.versus = [2] if compared else []
    whole.compare = False
    whole.baseline = baseline


def _against(now: Days, then: Days, text: str) -> Days:
    """What "vs last month" is set against. Raises CannotRead where it may be the one before the period asked about."""
    previous = before(now)
    if (then.start, then.end) == (now.start, now.end):
        return previous
    same_unit = now.unit == then.unit and now.unit in ("week", "month", "quarter", "year")
    told_from_today = re.search(r"\b(?:last|latest|past|previous)\b", text) is not None
    if not told_from_today or not same_unit or now.so_far or then.start <= now.start:
        return then
    labels = [window_label(Window(p.start, p.end)) for p in (previous, then)]
    raise CannotRead(
        f"Against which {now.unit}: the one before {window_label(Window(now.start, now.end))}, or the last one?",
        tuple(f"vs {_words(p, label)}" for p, label in zip((previous, then), labels, strict=True)),
        whole=True,
    )


def _words(period: Days, label: str) -> str:
    """A period in words that are read again as the same period."""
    return label if period.unit == "month" else f"{period.start} to {period.end}"


def _relation(now: Days, then: Days, period: Days) -> str:
    """How the baseline lay to the period, for another period. Raises CannotRead where it was any other."""
    ends = (then.start, then.end)
    for name, made in (("year", year_before(now)), ("previous", before(now)), ("week", weeks_before(now))):
        if (made.start, made.end) == ends:
            return name
    new, old = (_words(p, window_label(Window(p.start, p.end))) for p in (period, then))
    raise CannotRead(
        f"Against what? The last question compared with {old}.",
        (f"{new} vs {old}", f"{new} vs previous period", f"just {new} alone"),
        whole=True,
    )


def _set_wishes(whole: Reading, was: Reading, new: Reading, form: Form) -> None:
    compares = bool(new.baseline or new.versus)
    over_time = any(by != "campaign" for by in new.by)
    keeps_why = not (form.chart or form.plain or form.table or new.rank or new.share or over_time)
    whole.why = new.why or (was.why and keeps_why)
    whole.unusual = new.unusual or (was.unusual and keeps_why and not (new.why or compares))
    whole.chart = form.chart or (
        was.chart and not (form.plain or form.table or compares or new.why or new.rank or _entities(new.by))
    )
    whole.by = _grouping(was, new, form)
    keeps_rank = not (compares or new.by or form.chart or form.plain or new.why or new.share)
    whole.rank = new.rank or (was.rank if keeps_rank else None)
    whole.bound = new.bound or (was.bound if not (new.rank or form.chart or new.why or compares) else None)
    whole.share = new.share or (was.share and not (form.chart or form.plain or new.why or new.rank))
    whole.per_day = new.per_day or (was.per_day and not new.by and not form.chart)
    whole.average = new.average or (was.average and not new.by and not form.chart)
    whole.change = new.change or (was.change if whole.versus else "")
    whole.overview = was.overview and not whole.metrics
    if new.periods:
        _drop_single_steps(whole)


def _drop_single_steps(whole: Reading) -> None:
    """A single day is not listed by day, nor ranked among days."""
    single = {by for by, length in _STEP_DAYS.items() if whole.periods and whole.periods[0].length <= length}
    if whole.rank and (whole.rank.by or next(iter(whole.by), None)) in single:
        whole.rank = None
    whole.by = [by for by in whole.by if by not in single]


def _entities(groups: Sequence[By]) -> bool:
    return any(by not in _STEPS for by in groups)


def _grouping(was: Reading, new: Reading, form: Form) -> list[By]:
    if new.by:
        return list(new.by)
    if form.plain:
        return []
    if form.chart:
        return [by for by in was.by if by in (*_STEPS, "platform")]
    if form.table and was.chart and not was.by:
        length = was.periods[0].length if was.periods else 30
        return ["day" if length <= 45 else "week" if length <= 200 else "month"]
    if form.table and not (was.by or was.rank or was.named.platforms[1:] or was.named.campaigns[1:]):
        raise CannotRead("A table by what?", ("by platform", "by campaign", "by week"), whole=True)
    return list(was.by)


def _chart_over_both(whole: Reading) -> None:
    """A chart of two periods runs from the first day of one to the last of the other where they meet."""
    if whole.baseline and whole.periods:
        whole.periods.append(_reach(whole)[-1])
    whole.change, whole.baseline = "", ""
    if len(whole.periods) < 2:
        return
    first, last = sorted(whole.periods[:2], key=lambda p: p.start)
    if first.end + ONE_DAY != last.start:
        labels = [_words(p, window_label(Window(p.start, p.end))) for p in whole.periods[:2]]
        raise CannotRead("A chart shows one period. Which one?", tuple(f"chart for {x}" for x in labels), whole=True)
    unit = first.unit if first.unit == last.unit else "days"
    _take(whole, [Days(first.start, last.end, unit)])


def _reach(whole: Reading) -> list[Days]:
    """The periods that days can be left out of, with the ones that a word for the baseline will come to."""
    made = [year_before(p) if whole.baseline == "year" else before(p) for p in whole.periods if whole.baseline]
    return [*whole.periods, *made]
