"""The tool ``recommend_budget``: its arguments and its place in the menu. ``tools.drafting`` does the work."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from domain.evidence import ToolResult
from tools.arguments import Names
from tools.base import Arguments, Tool, ToolContext
from tools.focus import Direction
from tools.plan_arguments import PlanArguments


class RecommendArguments(Arguments):
    """A budget recommendation for one account."""

    total: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, strict=True, description="budget per day in the account's currency"
    )
    accounts: Names = Field(default=(), description="exact account names; one account is recommended for at a time")
    platforms: Names = Field(default=(), description="platform slugs, to tell accounts of one name apart")
    campaigns: Names = Field(
        default=(), description="exact campaign names that it is about: money moves to or from these only"
    )
    direction: Direction | None = Field(
        default=None, description="less or more money for those campaigns; needed with campaigns"
    )

    plan: PlanArguments = Field(default=PlanArguments(), description="the mode, the objective and limits asked for")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.campaigns) != (self.direction is not None):
            raise ValueError("campaigns and direction are given together")
        return self


def run(context: ToolContext, arguments: RecommendArguments) -> ToolResult:
    """The tool as planners call it."""
    from tools.drafting import draft  # numpy: only where something is fitted

    return draft(context, arguments).result


TOOL = Tool(
    "recommend_budget",
    "Draft a better split of an account's daily budget, with expected effect, reasons, risks and alternatives. "
    "Drafts only: a person approves.",
    RecommendArguments,
    run,
)
