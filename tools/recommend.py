"""The tool ``recommend_budget``: its arguments and its place in the menu. ``tools.drafting`` does the work."""

from __future__ import annotations

from pydantic import Field

from domain.evidence import ToolResult
from tools.arguments import Names
from tools.base import Arguments, Tool, ToolContext


class RecommendArguments(Arguments):
    """A budget recommendation for one account."""

    total: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, strict=True, description="budget per day in the account's currency"
    )
    accounts: Names = Field(default=(), description="exact account names; one account is recommended for at a time")


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
