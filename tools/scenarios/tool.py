"""The tool ``what_if``: its arguments and its place in the menu. ``tools.scenarios.compare`` does the work."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.evidence import ToolResult
from store import performance
from store.engine import read
from tools.arguments import Filters
from tools.base import Tool, ToolContext
from tools.labels import join_words, platform_label
from tools.scenarios.asked import USUAL, Aim, Asked, End, More, Move, Per, Share, Wish

Fraction = Annotated[float, Field(gt=-1, le=10, allow_inf_nan=False)]
MOST = 1e12


class WhatIfArguments(Filters):
    """Plans of one account's budgets side by side. Without a wish: the best split, 10 % more and 10 % less."""

    change: Fraction | None = Field(
        default=None, description="-0.15: 15 % less, of all budgets or of the one campaign or label named"
    )
    totals: tuple[Fraction, ...] = Field(default=(), max_length=4, description="other totals beside today's: 0.1, -0.1")
    amount: float | None = Field(
        default=None, ge=-MOST, le=MOST, allow_inf_nan=False,
        description="money moved from source to target; without them on top of today's, put where it returns most",
    )  # fmt: skip
    per: Per | None = Field(default=None, description="of amount; only where it was said")
    aim: Literal["target_cpa", "target_roas", "same_for_less"] | None = None
    target_value: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="the CPA or ROAS aimed at")
    source: End | None = None
    target: End | None = None

    @model_validator(mode="after")
    def _one_wish(self) -> WhatIfArguments:
        if (self.source is None) != (self.target is None) or (self.source is not None and self.amount is None):
            raise ValueError("a move needs 'amount', 'source' and 'target'")
        if self.source is not None and self.amount is not None and self.amount <= 0:
            raise ValueError("a move needs an 'amount' above 0")
        if self.change is not None and (self.amount is not None or self.totals):
            raise ValueError("'change' goes without 'amount' and 'totals'")
        if (self.target_value is None) != (self.aim in (None, "same_for_less")):
            raise ValueError("'target_value' goes with a target CPA or ROAS")
        if self.aim is not None and (self.amount is not None or self.change is not None or self.totals):
            raise ValueError("'aim' goes without an amount or a change")
        if self.change == 0 or self.amount == 0 or 0 in self.totals:
            raise ValueError("a change of 0 changes nothing")
        return self


def run(context: ToolContext, arguments: WhatIfArguments) -> ToolResult:
    """The tool as planners call it."""
    from tools.base import REASONS, refusal

    try:
        with read(context.engine) as session:
            asked = _asked(session, context, arguments)
            return _answered(session, context, asked, arguments)
    except CannotAnswer as no:
        return _refused(context, arguments, str(no), no.choices)
    except REASONS as no:
        return _refused(context, arguments, refusal(no), ())


def _answered(session: Session, context: ToolContext, asked: Asked, arguments: WhatIfArguments) -> ToolResult:
    from dataclasses import replace

    from tools.scenarios.chart import chart_of
    from tools.scenarios.compare import OWN, compare  # numpy: only where something is fitted
    from tools.scenarios.offers import offers
    from tools.scenarios.tell import tell

    compared = compare(session, context, asked)
    told = tell(compared)
    own = [side.of(OWN) for side in compared.sides]
    if arguments.source is not None and any(plan is not None and plan.amounts is None for plan in own):
        why = "; ".join(plan.refused for plan in own if plan is not None and plan.refused)
        return _refused(context, arguments, why, ())
    return replace(told, offers=offers(compared), chart=chart_of(compared))


def _refused(context: ToolContext, arguments: WhatIfArguments, why: str, choices: tuple[str, ...]) -> ToolResult:
    """The reason; for a move between platforms or campaigns with a test that would tell what no figures can."""
    if choices or arguments.source is None or arguments.target is None or arguments.amount is None:
        return ToolResult(refused=why, choices=choices)
    from tools import plan_test

    ends = [end.said() for end in (arguments.source, arguments.target)]
    if any(set(end) - {"platform", "campaign"} for end in ends):
        return ToolResult(refused=why)
    tested = plan_test.run(
        context,
        plan_test.PlanTestArguments.model_validate(
            {"amount": arguments.amount, "per": arguments.per or "month", "source": ends[0], "target": ends[1]}
        ),
    )
    return ToolResult(
        facts=tested.facts, text=f"{why}. {tested.text}", refused=f"{why[:1].upper()}{why[1:]}. {tested.refused}",
        row_count=tested.row_count, freshness=tested.freshness,
    )  # fmt: skip


def _asked(session: Session, context: ToolContext, arguments: WhatIfArguments) -> Asked:
    if arguments.exclude_campaigns or arguments.exclude_labels:
        raise CannotAnswer("a plan is over all budgets of an account, or changes one part; parts cannot be left out")
    totals = tuple(Decimal(repr(t)) for t in arguments.totals) or USUAL
    return Asked(_accounts(session, context, arguments), _wish(arguments), totals)


def _accounts(session: Session, context: ToolContext, arguments: WhatIfArguments) -> tuple[str, ...]:
    if not arguments.platforms:
        return arguments.accounts
    known = [a for a in performance.accounts(session, context.scope) if a.platform in arguments.platforms]
    named = [a.name for a in known if not arguments.accounts or a.name in arguments.accounts]
    if not named:
        raise CannotAnswer(f"there is no account on {join_words([platform_label(p) for p in arguments.platforms])}")
    return tuple(named)


def _wish(arguments: WhatIfArguments) -> Wish | None:
    if arguments.amount is not None:
        amount = Decimal(repr(arguments.amount))
        if arguments.source is not None and arguments.target is not None:
            return Move(amount, arguments.per, arguments.source, arguments.target)
        return More(amount, arguments.per)
    if arguments.aim is not None:
        value = arguments.target_value
        return Aim(arguments.aim, None if value is None else Decimal(repr(value)))
    if arguments.change is not None:
        return Share(Decimal(repr(arguments.change)), _part(arguments))
    return None


def _part(arguments: WhatIfArguments) -> End | None:
    parts = [End(campaign=c) for c in arguments.campaigns] + [End(label=pair) for pair in arguments.labels]
    if len(parts) > 1:
        raise CannotAnswer("a change is of all budgets or of one campaign or label at a time; name one")
    return parts[0] if parts else None


TOOL = Tool(
    "what_if",
    "Plans of the daily budgets side by side, drafting nothing: expected outcome against today with a range, and the "
    "chance of being worse. For 'what if I move 10k from meta to search', 'cut 15 %', 'where should the next 5k go'.",
    WhatIfArguments,
    run,
)
