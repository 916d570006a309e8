"""What a budget plan can be asked for, as a planner or a command says it. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.arguments import Names
from tools.base import Arguments

Mode = Literal["fixed", "target_cpa", "target_roas", "flexible", "least_loss", "same_for_less"]
Objective = Literal["conversions", "revenue", "profit"]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=True)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]


class SaidBound(Arguments):
    """The least and the most a day for one budget, or for all campaigns that carry a label together."""

    of: str = Field(min_length=1, max_length=200, description="a budget's or campaign's name, or a label as key=value")
    least: Amount | None = Field(default=None, description="per day, in the account's currency")
    most: Amount | None = Field(default=None, description="per day, in the account's currency")


class PlanArguments(Arguments):
    """How much to spend in all, what for, and within which limits."""

    mode: Mode = Field(
        default="fixed",
        description="fixed: split the total; least_loss: cut by a share; flexible: spend while it pays; same_for_less; "
        "target_cpa and target_roas: the most spend that still meets the target",
    )
    target: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, strict=True, description="with target_cpa or target_roas"
    )
    cut: Share | None = Field(default=None, lt=1, description="with least_loss: a fraction of today's total")
    on_margin: bool = Field(default=False, description="the target holds for the last unit spent, not on average")
    objective: Objective | None = Field(default=None, description="what to maximise; profit needs the plan's margins")
    bounds: Annotated[tuple[SaidBound, ...], Field(max_length=50)] = Field(default=(), description="limits asked for")
    freeze: Names = Field(default=(), description="names of budgets that stay as they are")
    max_change: Share | None = Field(default=None, description="no budget moves further than this fraction of it")
    min_step: Share | None = Field(default=None, description="a budget moves by at least this fraction or not at all")
    pace: bool = Field(
        default=False, description="spend what the month's plan leaves, evenly over the days left of the month"
    )
