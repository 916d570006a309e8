"""What a model's plan is held to where its tool takes no metrics: whose figures, which days, which stated numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.planner.plan_kinds import OF_THE_PLAN, ends
from agent.planner.plan_words import Per
from agent.planner.reading import Reading
from agent.planner.what_if_words import WhatIf
from agent.planner.windows import Days
from agent.state import PlanContext, ToolCall
from domain.errors import BadInput
from tools.digest.days import covered

# What each of these tools tells of, though it is not asked by metric.
_TELLS: Mapping[str, frozenset[str]] = {
    "pacing": OF_THE_PLAN,
    "profit": frozenset({"spend", "revenue", "roas"}),
    "what_if": OF_THE_PLAN,
    "recommend_budget": OF_THE_PLAN,
    "below_floor": OF_THE_PLAN,
    "recommend_bids": OF_THE_PLAN | {"cpa", "roas"},
    "digest": OF_THE_PLAN,
    "response": frozenset({"spend", "roas", "cpa", "revenue", "conversions"}),
    "reconcile": frozenset({"conversions", "revenue", "roas"}),
    "shop": frozenset({"spend", "conversions", "revenue", "roas"}),
    "customers": frozenset({"spend", "conversions", "cpa"}),
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a question states itself; an answer rests on it, so a call may neither change it nor make it up."""

    margin: float | None = None
    budgets: tuple[tuple[str, float], ...] = ()  # by platform slug
    wish: WhatIf | None = None  # of budgets
    move: tuple[str | None, str | None, float, Per | None] | None = None  # from, to, how much, per what

    def check(self, call: ToolCall, *, invented: bool) -> None:
        """Raises BadInput where the call has another margin, budget or move; or one that nobody stated (``invented``
        where the question was read whole)."""
        if call.name in ("profit", "shop", "recommend_bids"):
            given = call.args.get("margin")
            if self.margin is not None and given != self.margin:
                raise BadInput(f"the question states a margin of {self.margin}, and a call has {given}")
            if self.margin is None and given is not None and invented:
                raise BadInput(f"the question states no margin, and a call has {given}")
        if call.name == "pacing":
            said = {(b.get("platform", ""), b.get("amount")) for b in call.args.get("said", ())}
            if set(self.budgets) - said or (invented and said - set(self.budgets)):
                raise BadInput("the budgets of a call are not those that the question states ('said')")
        if call.name == "what_if" and self.wish is not None and _wished(call.args) != self.wish:
            raise BadInput("the question wishes for another change, amount or target than a call has")
        if call.name == "what_if" and self.move is not None:
            source, target, amount, per = self.move
            given = (_side(call.args.get("source")), _side(call.args.get("target")), call.args.get("amount"))
            if given != (source, target, amount) or call.args.get("per") not in (per, per or "month"):
                raise BadInput(
                    f"the question moves {amount:g} from {source} to {target}, and a call another amount or way"
                )


def numbers_of(reading: Reading) -> Numbers:
    """The numbers that a question states."""
    margin = reading.profit.margin if reading.profit else reading.shop.margin if reading.shop else None
    move = reading.move
    return Numbers(
        margin,
        reading.pace.said if reading.pace else (),
        reading.what_if,
        (*ends(move, reading), move.amount, move.per) if move else None,
    )


def no_metrics_told(metric: str, calls: Sequence[ToolCall]) -> bool:
    """Whether no call of a tool without metrics tells of this one."""
    return not any(metric in _TELLS.get(call.name, ()) for call in calls)


def scope_of(call: ToolCall) -> Mapping[str, Any]:
    """The arguments, with the two ends of a move as the names they are."""
    if call.name != "what_if" or "source" not in call.args:
        return call.args
    both = [side for side in (call.args.get("source"), call.args.get("target")) if isinstance(side, Mapping)]
    named = {f"{key}s": [side[key] for side in both if side.get(key)] for key in ("platform", "campaign")}
    return {**call.args, **named}


def digest_covers(call: ToolCall, period: Days, context: PlanContext) -> bool:
    """Whether a digest is of these days: of just them where it counts days, else of days they are the last of."""
    days = call.args.get("days")
    window = covered(context.today, context.timezone, days)
    return period.end == window.end and (period.start == window.start if days else period.start >= window.start)


def _wished(args: Mapping[str, Any]) -> WhatIf:
    totals = tuple(float(t) for t in args.get("totals", ()))
    return WhatIf(
        args.get("change"), totals, args.get("amount"), args.get("per"), args.get("aim"), args.get("target_value")
    )


def _side(side: Any) -> Any:
    return (side.get("platform") or side.get("campaign")) if isinstance(side, Mapping) else None
