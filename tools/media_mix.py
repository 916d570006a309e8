"""The tool ``media_mix``: what each channel truly brought of the shop's revenue, and what its next unit brings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from domain.evidence import ToolResult
from tools.arguments import LabelKey
from tools.base import Arguments, Tool, ToolContext


class MediaMixArguments(Arguments):
    """How the spend is split into channels."""

    by: Literal["platform"] | LabelKey = Field(default="platform", description="label:KEY splits by a label")


def run(context: ToolContext, arguments: MediaMixArguments) -> ToolResult:
    """The mix of all accounts in scope; heavy imports only where one is asked for."""
    from tools.mix_answer import answer

    return answer(context, arguments.by)


TOOL = Tool(
    "media_mix",
    "Media mix: what each channel truly brought of the shop's net revenue (ROAS, marginal ROAS, contribution, ranges). "
    "Needs orders; takes no period.",
    MediaMixArguments,
    run,
)
