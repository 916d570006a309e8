"""How metrics are computed: their one definition, in words."""

from __future__ import annotations

from domain.evidence import Table, ToolResult
from domain.metrics import METRICS, Metric
from tools.arguments import DefineArguments
from tools.base import Tool, ToolContext

BETTER = {1: "more is better", -1: "less is better", 0: "neither more nor less is better in itself"}


def run(_context: ToolContext, arguments: DefineArguments) -> ToolResult:
    """The definition of each metric. No figure is read."""
    chosen = [METRICS[slug] for slug in dict.fromkeys(arguments.metrics)]
    rows = tuple((m.label, m.definition, m.formula, BETTER[m.better]) for m in chosen)
    return ToolResult(
        text="\n".join(_sentence(m) for m in chosen),
        table=Table("Definitions", ("Metric", "Meaning", "Formula", "Direction"), rows) if len(rows) > 1 else None,
        row_count=len(rows),
    )


def _sentence(metric: Metric) -> str:
    over = " Sums are taken first, then divided: never an average of ratios." if metric.denominator else ""
    return f"{metric.label} = {metric.formula}. {metric.definition}{over}"


TOOL = Tool("define", "How metrics are computed. Reads no figures.", DefineArguments, run)
