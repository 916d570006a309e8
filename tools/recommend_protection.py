"""The tool ``below_floor``: its arguments and its place in the menu. ``tools.protect`` does the work."""

from __future__ import annotations

from pydantic import Field

from domain.evidence import ToolResult
from tools.arguments import Names
from tools.base import Arguments, Tool, ToolContext


class ProtectionArguments(Arguments):
    """Campaigns of one account that are worse than their floor."""

    accounts: Names = Field(default=(), description="exact account names; one account is looked at at a time")
    platforms: Names = Field(default=(), description="platform slugs, to tell accounts of one name apart")
    campaigns: Names = Field(default=(), max_length=0, description="not used: every campaign with a floor is looked at")


def run(context: ToolContext, arguments: ProtectionArguments) -> ToolResult:
    """The tool as planners call it."""
    from tools.protect import draft  # numpy: only where something is judged

    return draft(context, arguments).result


TOOL = Tool(
    "below_floor",
    "Which campaigns are worse than their floor (the plan's floor, target or break-even) with what certainty; drafts a "
    "cut of a fixed share, its money to the best of the same pool. Drafts only: a person approves.",
    ProtectionArguments,
    run,
)
