"""One end of a ranking, as tool calls."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.planner.intents import Rank
from agent.planner.plans import make_plan, one_period
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.planner.vocabulary import metric_words
from agent.state import Plan, PlanContext, ToolCall
from domain.metrics import METRICS

# Who burns money is asked about money: below this share of spend a campaign cannot burn much.
RANKED_SPEND_SHARE = 0.01


def ranked(reading: Reading, context: PlanContext) -> Plan | None:
    """One end of a ranking: "top 3 campaigns by roas", "worst cpa", "who's burning money"."""
    rank = reading.rank
    if rank is None:
        return None
    notes: list[str] = []
    wasted = rank.hint == "waste" and reading.metrics in ((), ("spend",))  # "wasting spend" names no figure to rank by
    metrics = _ranked_metrics(rank, notes) if wasted or not reading.metrics else _by_first(reading, notes)
    by = rank.by or next(iter(reading.by), "campaign")
    if rank.limit == 1 and re.search(
        r"\b(?:which|what|show|list|me|the|give) (?:campaign|platform|channel|account|day|week|month)s\b|"
        r"\b(?:campaign|platform|channel|account|day|week|month)s (?:with|having|that|by)\b",
        reading.text,
    ):
        rank = replace(rank, limit=None)
    args = {
        "metrics": metrics,
        "by": by,
        "order": order_of(rank, metrics[0], reading.text),
        "limit": rank.limit or (3 if rank.hint == "waste" else None),
        **({"min_spend_share": RANKED_SPEND_SHARE} if rank.hint == "waste" else {}),
        **reading.named.filters(context),
    }
    periods = reading.periods or [one_period(reading, context, notes, by)]
    calls = [ToolCall("breakdown", {**args, "period": p.to_json()}) for p in periods]
    return make_plan(reading, calls, notes)


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


def order_of(rank: Rank, metric: str, text: str) -> str:
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
