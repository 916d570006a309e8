"""A reading as tool calls. Each function is one kind of question; None where the reading is of another kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from agent.planner.baselines import Times, default_period, times, wants_comparison
from agent.planner.intents import Rank
from agent.planner.reading import Reading, ask_in_full
from agent.planner.text import CannotRead
from agent.planner.vocabulary import metric_words
from agent.planner.windows import ONE_DAY, Days
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS

# "How did we do": what a marketer looks at first.
STANDARD = ("spend", "conversions", "cpa", "revenue", "roas")
TIME_STEPS = ("day", "week", "month", "weekday")
MOST_CALLS = 4

Kind = Callable[[Reading, PlanContext], Plan | None]


def freshness(reading: Reading, _context: PlanContext) -> Plan | None:
    """How fresh the data are; whether one can trust them."""
    return _plan(reading, [ToolCall("freshness", {})]) if reading.fresh and not reading.metrics else None


def definition(reading: Reading, _context: PlanContext) -> Plan | None:
    """What a metric means: "how do you compute roas", "what is cpa?"."""
    if not reading.metrics or reading.periods or reading.named or reading.by or reading.rank:
        return None
    names = set(METRICS) | {"is", "are", "a", "an", "and", "what", "whats", "exactly", "does"}
    bare = re.match(r"what", reading.text) and not re.search(r"\b(?:our|my|the|we|was|were)\b", reading.text)
    asked = bare and len(reading.text.split()) <= len(reading.metrics) + 5 and not (reading.change or reading.baseline)
    explained = reading.why and not reading.change and re.match(r"(?:\w+ )?explain ", reading.text) is not None
    if not (reading.define or explained or (asked and _only(reading, names))):
        return None
    return _plan(reading, [ToolCall("define", {"metrics": list(reading.metrics)})])


def recommendation(reading: Reading, context: PlanContext) -> Plan | None:
    """A budget split: "recommend a budget", "where should the next euro go"."""
    if not reading.recommend:
        return None
    if reading.total is not None and not reading.total[1]:
        amount = f"{reading.total[0]:g}"
        raise CannotRead(
            f"A budget is split per day. Is {amount} the amount per day?",
            (f"recommend a budget of {amount} per day", "recommend a budget"),
        )
    accounts = list(reading.named.accounts)
    for platform in reading.named.platforms:
        here = [e.name for e in context.accounts if e.platform == platform]
        if any(e.name in here and e.platform != platform for e in context.accounts):
            raise CannotRead(
                "A budget is recommended per account. Which account?", tuple(e.name for e in context.accounts)
            )
        accounts += here
    if reading.named.campaigns or reading.named.exclude_campaigns:
        raise CannotRead(
            "A budget is recommended over all campaigns of an account; single ones cannot be picked. "
            "Ask 'recommend a budget'."
        )
    total = reading.total[0] if reading.total else None
    return _plan(reading, [ToolCall("recommend_budget", {"total": total, "accounts": accounts})])


def leaning(reading: Reading, _context: PlanContext) -> Plan | None:
    """Parts that only an earlier question would complete: "and meta?", "by week". Raises CannotRead."""
    if reading.metrics and (reading.periods or not reading.follow_up):
        return None
    complete = reading.periods and (reading.named or reading.overview or not reading.follow_up)
    short = (
        reading.baseline
        and not reading.text.startswith(("vs", "against", "compared"))
        and "ly" not in reading.text.split()
    )
    if complete or reading.rank or (not reading.follow_up and (reading.overview or reading.named or short)):
        return None
    raise ask_in_full()


def charted(reading: Reading, context: PlanContext) -> Plan | None:
    """A chart per metric and platform named."""
    if not reading.chart:
        return None
    if "campaign" in reading.by or "account" in reading.by:
        raise CannotRead(
            "A chart shows one series over time. Name one campaign or platform for a chart, "
            "or ask for a table by campaign."
        )
    if len(reading.periods) > 1 or reading.baseline:
        raise CannotRead(
            "A chart shows one period. Which one? Ask for the comparison without a chart to see both in figures."
        )
    notes: list[str] = []
    period = _one_period(reading, context, notes)
    step = next((by for by in reading.by if by in ("day", "week", "month")), _step(period))
    narrow = [reading.named.filters(context)]
    if "platform" in reading.by or len(reading.named.platforms) > 1:
        narrow = [{**narrow[0], "platforms": [p]} for p in reading.named.platforms or context.platforms]
    calls = [
        ToolCall("trend", {"metric": metric, "by": step, "period": period.to_json(), **filters})
        for metric in reading.metrics or ("spend",)
        for filters in narrow
    ]
    return _plan(reading, calls, notes)


def compared(reading: Reading, context: PlanContext) -> Plan | None:
    """Two periods: compared, explained, or ranked by what grew."""
    sides = max(len(reading.named.platforms), len(reading.named.campaigns), len(reading.by))
    if not wants_comparison(reading, sides):
        return None
    when = times(reading, context)
    notes = list(when.notes)
    steps = [by for by in reading.by if by in (*TIME_STEPS, "account")]
    if steps and not reading.why:
        return _plan(reading, _both_periods(reading, context, when, steps), notes)
    if reading.per_day or reading.average:
        return _plan(reading, _both_periods(reading, context, when, []), notes)
    args: dict[str, Any] = {"metrics": _compared_metrics(reading, notes), **_both(when)}
    args |= reading.named.filters(context)
    by = _side(reading)
    if reading.why:
        args |= {"explain": True}
    if by:
        args |= {"by": by}
    args |= _growth(reading, by)
    return _plan(reading, [ToolCall("compare", args)], notes)


def ranked(reading: Reading, context: PlanContext) -> Plan | None:
    """One end of a ranking: "top 3 campaigns by roas", "worst cpa", "who's burning money"."""
    rank = reading.rank
    if rank is None:
        return None
    notes: list[str] = []
    metrics = _by_first(reading, notes) or _ranked_metrics(rank, notes)
    by = rank.by or next(iter(reading.by), "campaign")
    if rank.limit == 1 and re.search(
        r"\b(?:which|what) (?:campaign|platform|channel|account|day|week|month)s\b", reading.text
    ):
        rank = replace(rank, limit=None)
    args = {
        "metrics": metrics,
        "by": by,
        "order": _order(rank, metrics[0], reading.text),
        "limit": rank.limit or (3 if rank.hint == "waste" else None),
        **reading.named.filters(context),
    }
    periods = reading.periods or [_one_period(reading, context, notes, by)]
    calls = [ToolCall("breakdown", {**args, "period": p.to_json()}) for p in periods]
    return _plan(reading, calls, notes)


def looked_up(reading: Reading, context: PlanContext) -> Plan | None:
    """Figures for a period, broken down where that was asked or where several names stand side by side."""
    notes: list[str] = []
    metrics = list(reading.metrics) or list(STANDARD)
    if reading.overview and not reading.metrics and not reading.periods:
        period, note = default_period(context, 7)
        notes.append(note)
        periods = [period]
    else:
        periods = reading.periods or [_one_period(reading, context, notes, next(iter(reading.by), ""))]
    if reading.together:
        periods = _joined(periods)
    filters = reading.named.filters(context)
    groups = list(reading.by) or _sides(reading)
    if len(groups) > 1:
        raise CannotRead("I break down by one thing at a time. By which?", tuple(f"by {by}" for by in groups))
    calls = [_lookup(reading, metrics, period, filters, groups, notes) for period in periods]
    return _plan(reading, calls, notes)


def _lookup(
    reading: Reading,
    metrics: list[str],
    period: Days,
    filters: dict[str, list[str]],
    groups: list[Any],
    notes: list[str],
) -> ToolCall:
    args: dict[str, Any] = {"metrics": metrics, "period": period.to_json(), **filters}
    if groups:
        return ToolCall("breakdown", {"by": groups[0], **args})
    per_day = reading.per_day or (reading.average and any(METRICS[m].denominator is None for m in metrics))
    if reading.average and per_day and not reading.per_day:
        notes.append("The average is per day.")
    return ToolCall("metric", {**args, "per_day": True} if per_day else args)


def _both_periods(reading: Reading, context: PlanContext, when: Times, steps: list[Any]) -> list[ToolCall]:
    """The same figures once per period, where ``compare`` has no such grouping."""
    metrics, filters = list(reading.metrics) or list(STANDARD), reading.named.filters(context)
    days = [when.period, when.baseline] if when.baseline else [when.period]
    if steps:
        return [
            ToolCall("breakdown", {"metrics": metrics, "by": steps[0], "period": d.to_json(), **filters}) for d in days
        ]
    return [ToolCall("metric", {"metrics": metrics, "period": d.to_json(), "per_day": True, **filters}) for d in days]


def _compared_metrics(reading: Reading, notes: list[str]) -> list[str]:
    if reading.metrics:
        return list(reading.metrics)
    if reading.why or reading.rank or (reading.change and not reading.overview):
        notes.append("No figure was named: revenue.")
        return ["revenue"]
    return list(STANDARD)


def _both(when: Times) -> dict[str, dict[str, str]]:
    baseline = when.baseline or when.period
    return {"period": when.period.to_json(), "baseline": baseline.to_json()}


def _side(reading: Reading) -> str | None:
    """What a comparison is made for each of."""
    if reading.rank and reading.rank.by in ("platform", "campaign"):
        return reading.rank.by
    asked = next((by for by in reading.by if by in ("platform", "campaign")), None)
    return asked or next(iter(_sides(reading)), None) or ("campaign" if reading.rank or reading.why else None)


def _sides(reading: Reading) -> list[str]:
    """Names side by side are shown side by side, unless they were asked for together."""
    if reading.together:
        return []
    if len(reading.named.campaigns) > 1:
        return ["campaign"]
    return ["platform"] if len(reading.named.platforms) > 1 else []


_DOWN = r"(?:the |biggest |largest |top |main )*(?:los|drop|fell|fall|declin|decreas|dip|down|crash|tank|collaps)"


def _growth(reading: Reading, by: str | None) -> dict[str, Any]:
    """For "which campaign grew most": entities ranked by their change."""
    which = re.search(r"\b(?:which|who|what) (?:\d+ )?(?:campaign|platform|channel)", reading.text) and reading.change
    if not by or reading.why or not (which or reading.rank):
        return {}
    if re.match(r"improve", reading.change):
        order = "top"
    elif re.match(r"worsen", reading.change):
        order = "worst"
    else:
        order = "smallest" if re.match(_DOWN, reading.change) else "largest"
    if reading.rank and reading.rank.goodness in ("bad", "low") and order == "largest":
        order = "smallest"
    plural = re.search(r"\b(?:campaigns|platforms|channels)\b", reading.text) is not None
    asked = reading.rank.limit if reading.rank else 1
    return {"order": order, "limit": None if plural and asked == 1 else asked}


def _by_first(reading: Reading, notes: list[str]) -> list[str]:
    """The metrics with the one that ranks in front: "cpa of top 3 campaigns by spend"."""
    for phrase, slug in metric_words():
        said = re.escape(phrase)
        if slug in reading.metrics and re.search(
            rf"\bby (?:the )?{said}\b|\b{said} (?:the )?(?:most|least)\b", reading.text
        ):
            return [slug, *(m for m in reading.metrics if m != slug)]
    of_the_best = re.search(r"\b(?:of|for|from|on) (?:the |our )?(?:\d+ )?(?:best|worst|top|bottom)\b", reading.text)
    if of_the_best and not re.search(
        r"\b(?:best|worst|top|bottom) (?:cost|cpa|roas|spend|rev|cvr|ctr|conv)", reading.text
    ):
        notes.append("No figure was named to rank by: ROAS.")
        return ["roas", *(m for m in reading.metrics if m != "roas")]
    return list(reading.metrics)


def each_at_its_own_time(reading: Reading, _context: PlanContext) -> Plan | None:
    """Two names with a period each are two questions, not one. Raises CannotRead."""
    places = sorted([(at, "N") for at in reading.named.at] + [(p.at, "P") for p in reading.periods])
    if "".join(kind for _, kind in places) in ("NPNP", "PNPN", "PNNP", "NPPN"):
        raise CannotRead(
            "Each name has a period of its own here. Ask for them one at a time, or for both in one period."
        )
    return None


def _ranked_metrics(rank: Rank, notes: list[str]) -> list[str]:
    if rank.hint == "waste":
        notes.append("Read as the lowest ROAS, with the spend beside it.")
        return ["roas", "spend"]
    if rank.hint == "cost":
        notes.append("No figure was named: CPA.")
        return ["cpa"]
    if rank.hint in ("size", "spend"):
        notes.append("No figure was named: spend.")
        return ["spend"]
    if rank.goodness in ("high", "low"):
        raise CannotRead("Ranked by which figure?", ("spend", "conversions", "cpa", "revenue", "roas"))
    notes.append("No figure was named: ROAS.")
    return ["roas"]


def _order(rank: Rank, metric: str, text: str) -> str:
    """Tools know what is better; where neither end is (spend), good and bad go by size."""
    neutral = METRICS[metric].better == 0
    match rank.goodness:
        case "good":
            return "largest" if neutral else "top"
        case "bad":
            return ("smallest" if "bottom" in text else "largest") if neutral else "worst"
        case "high":
            return "largest"
        case _:
            return "smallest"


def _one_period(reading: Reading, context: PlanContext, notes: list[str], by: str | None = None) -> Days:
    if reading.periods:
        return reading.periods[0]
    period, note = default_period(context, by=by or "")
    notes.append(note)
    return period


def _step(period: Days) -> str:
    return "day" if period.length <= 45 else "week" if period.length <= 200 else "month"


def _joined(periods: list[Days]) -> list[Days]:
    """One period where the named ones follow each other without a gap."""
    ordered = sorted(periods, key=lambda p: p.start)
    if any(b.start != a.end + ONE_DAY for a, b in pairwise(ordered)):
        raise CannotRead("The periods named do not follow each other, so they have no figure together. Ask for each.")
    return [Days(ordered[0].start, ordered[-1].end, "days")]


def _only(reading: Reading, allowed: set[str]) -> bool:
    """Whether a definition is all that can be meant: "what is cpa", not "what clicks did we get"."""
    said = [w for w in reading.text.split() if w not in allowed]
    spoken = {w for slug in reading.metrics for phrase in METRICS[slug].words for w in phrase.replace("-", " ").split()}
    return all(w in spoken for w in said)


def _plan(reading: Reading, calls: list[ToolCall], notes: list[str] | None = None) -> Plan:
    if len(calls) > MOST_CALLS:
        raise CannotRead(
            f"That asks for {len(calls)} separate answers; I give at most {MOST_CALLS} at a time. "
            "Name fewer periods or figures."
        )
    return Plan(calls=tuple(calls), exact=reading.exact, notes=(*reading.notes, *(notes or ())))
