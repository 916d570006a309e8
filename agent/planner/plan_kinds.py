"""Questions about the plan, about profit, and about moving money, as tool calls."""

from __future__ import annotations

from typing import Any

from agent.planner import comparisons, forecasts
from agent.planner.baselines import wants_comparison
from agent.planner.entities import campaign_list
from agent.planner.plan_words import Move
from agent.planner.plans import make_plan, one_period, sides
from agent.planner.reading import Reading
from agent.planner.refusals import NO_PLAN
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
from tools.labels import join_words, platform_label

OF_THE_PLAN = frozenset({"spend", "roas", "cpa", "revenue", "conversions"})

CLAIMED = (
    "The shop's orders know no platforms or campaigns: this is what is left of the revenue that the platforms claim."
)


def paced(reading: Reading, context: PlanContext) -> Plan | None:
    """A month against its plan, and beside it what else was asked: "mtd vs plan and vs ly". Raises CannotRead."""
    pace = reading.pace
    if pace is None:
        return None
    if not context.plan_months and not pace.said and pace.about == "landing":
        return forecasts.landing(reading, context)
    if not context.plan_months and not pace.said:
        raise CannotRead(NO_PLAN, exact=True)
    if other := [m for m in reading.metrics if m not in OF_THE_PLAN]:
        raise CannotRead(f"A plan holds budgets, target ROAS and target CPA, and nothing on {other[0]}.")
    if len(reading.periods) > 1:
        raise CannotRead("A plan is by month: ask for one month, for example 'spend vs budget june'.")
    if reading.named.labels or reading.named.exclude_labels or reading.named.exclude_campaigns:
        raise CannotRead(
            "The plan is told pool by pool, and a pool cannot be cut by a label or a campaign left out. Ask for the "
            "whole plan or for a platform, for example 'are we on track on google'."
        )
    notes = _by_pool(reading)
    args: dict[str, Any] = {**reading.named.filters(context), "about": pace.about}
    if reading.periods:
        args["period"] = reading.periods[0].to_json()
    if pace.said:
        args["said"] = [{"platform": slug, "amount": amount} for slug, amount in pace.said]
    beside: list[ToolCall] = []
    if reading.baseline:
        compared = comparisons.compared(reading, context)
        beside = list(compared.calls) if compared else []
    return make_plan(reading, [ToolCall("pacing", args), *beside], notes)


def _by_pool(reading: Reading) -> list[str]:
    """What is said of a split that a plan does not have. Raises CannotRead for one that pools say nothing about."""
    if other := [by for by in reading.by if by not in ("platform", "account")]:
        raise CannotRead(
            f"The plan is told pool by pool and as a total, and cannot be split by {other[0].removeprefix('label:')}. "
            "Ask without it, for example 'are we on track', or for a platform, for example 'are we on track on google'."
        )
    return [f"The plan is told pool by pool, not by {by}." for by in reading.by]


def profited(reading: Reading, context: PlanContext) -> Plan | None:
    """Contribution and break-even. Without a period it is last month's usual default, with a note; a bare break-even
    needs none. Raises CannotRead where periods would be compared."""
    profit = reading.profit
    if profit is None:
        return None
    if profit.margin is not None and not 0 < profit.margin <= 1:
        raise CannotRead(
            f"A margin of {profit.margin:.0%} is not a part of the revenue. Name one above 0 and up to 100 %."
        )
    if wants_comparison(reading, 0) or len(reading.periods) > 1:
        raise CannotRead(
            "I tell profit for one period at a time. Ask for each, for example 'did google make money in june'."
        )
    groups = [by for by in (*reading.by, *sides(reading)) if by in ("platform", "campaign", "account")]
    if other := [by for by in reading.by if by not in groups]:
        raise CannotRead(
            f"I cannot break profit down by {other[0].removeprefix('label:')}: ask for one period at a time, or by "
            "platform, campaign or account, for example 'profit by campaign in june'."
        )
    args: dict[str, Any] = {} if profit.margin is None else {"margin": profit.margin}
    notes: list[str] = []
    if not (profit.even_only and not reading.periods):
        args |= {"period": one_period(reading, context, notes).to_json(), **reading.named.filters(context)}
        notes += [CLAIMED] if context.shops else []
        if groups:
            args["by"] = groups[0]
    return make_plan(reading, [ToolCall("profit", args)], notes)


def moved(reading: Reading, context: PlanContext) -> Plan | None:
    """ "move 20k a month from google to meta?": both plans, or a test. Raises CannotRead without two ends."""
    move = reading.move
    if move is None:
        return None
    source, target = ends(move, reading)
    if (source is None or target is None) and reading.named.labels:
        said = join_words([label.partition("=")[2] for label in reading.named.labels])
        raise CannotRead(
            f"'{said}' is a label of campaigns here, and a move needs one campaign or one platform at either end. "
            f"Name it, for example 'what if we move 5k a month from google to meta'. {campaign_list(context)}"
        )
    if source is None or target is None or source == target:
        raise CannotRead("Move from where to where? For example 'what if we move 5k a month from google to meta'.")
    _require_one_end(source, target, reading, context)
    if move.amount is not None and move.amount <= 0:
        raise CannotRead("Move how much? For example 'what if we move 5k a month from google to meta'.")
    notes = [f"What a move does is told from now on, not from {p.start} to {p.end}." for p in reading.periods]
    args = {
        "amount": move.amount,
        **({"per": move.per} if move.per else {}),
        "source": _side(source, reading),
        "target": _side(target, reading),
    }
    return make_plan(reading, [ToolCall("what_if", args)], notes)


def _require_one_end(source: str, target: str, reading: Reading, context: PlanContext) -> None:
    """Refuse a third name: what it would get is not said."""
    named = reading.named
    several = [name for name in named.campaigns if name not in (source, target)]
    if {source, target} <= set(named.platforms):
        several += [platform_label(p) for p in named.platforms if p not in (source, target)]
    if several:
        raise CannotRead(
            f"A move needs one campaign or one platform at either end, and {join_words(several[:5])} "
            f"{'is' if len(several) == 1 else 'are'} named too. Name it, for example 'what if we move 5k a month from "
            f"google to meta'. {campaign_list(context)}"
        )


def ends(move: Move, reading: Reading) -> tuple[str | None, str | None]:
    """The names behind "from" and behind "to"; one that was named before stands for itself."""
    where = {name: reading.named.where.get(name, 0) for name in (*reading.named.platforms, *reading.named.campaigns)}
    source = next((n for n, at in where.items() if move.source_at < at < move.target_at), None)
    target = next((n for n, at in where.items() if at > move.target_at), None)
    rest = [n for n in where if n not in (source, target)]
    if len(rest) == 1:
        source, target = source or rest[0], target or rest[0]
    return source, target


def _side(name: str, reading: Reading) -> dict[str, str]:
    return {"platform": name} if name in reading.named.platforms else {"campaign": name}
