"""Placeholder while the room is being built."""

from __future__ import annotations

from domain.evidence import ToolResult
from tools.arguments import FreshnessArguments
from tools.base import Tool, ToolContext


def run(context: ToolContext, arguments: FreshnessArguments) -> ToolResult:
    """Not written yet."""
    raise NotImplementedError


TOOL = Tool("freshness", "", FreshnessArguments, run)
