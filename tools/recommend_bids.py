"""The tool ``recommend_bids``: its arguments and its place in the menu. ``tools.bids`` does the work."""

from __future__ import annotations

from pydantic import Field

from domain.evidence import ToolResult
from tools.arguments import Names
from tools.base import Arguments, Tool, ToolContext


class BidArguments(Arguments):
    """A bid recommendation for one account, or for some of its campaigns."""

    accounts: Names = Field(default=(), description="exact account names; one account is recommended for at a time")
    platforms: Names = Field(default=(), description="platform slugs, to tell accounts of one name apart")
    campaigns: Names = Field(default=(), description="exact campaign names; empty is every target of the account")
    margin: float | None = Field(
        default=None, gt=0, le=1, allow_inf_nan=False, strict=True,
        description="margin as a fraction of revenue, where a person states one; else the plan's",
    )  # fmt: skip


def run(context: ToolContext, arguments: BidArguments) -> ToolResult:
    """The tool as planners call it."""
    from tools.bids import draft  # numpy: only where something is fitted

    return draft(context, arguments).result


TOOL = Tool(
    "recommend_bids",
    "Draft better bid targets (target CPA, target ROAS) of an account's campaigns, or say why they stay. "
    "Drafts only: a person approves.",
    BidArguments,
    run,
)
