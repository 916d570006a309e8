"""The whole menu: every tool that a planner, by rules or by a model, may call.

None of them can write to a platform, approve or apply.
"""

from __future__ import annotations

from typing import Any

from tools import (
    alerts,
    breakdown,
    calendar,
    compare,
    creatives,
    customers,
    define,
    digest,
    forecast,
    frequency_question,
    freshness,
    health,
    media_mix,
    metric,
    names,
    pacing,
    profit,
    promises,
    recommend,
    recommend_bids,
    recommend_protection,
    reconcile,
    response,
    shop_figures,
    trend,
    unusual,
)
from tools.base import Tool
from tools.scenarios import tool as what_if

MENU: dict[str, Tool[Any]] = {
    tool.name: tool
    for tool in (
        metric.TOOL,
        breakdown.TOOL,
        trend.TOOL,
        compare.TOOL,
        define.TOOL,
        names.TOOL,
        freshness.TOOL,
        calendar.TOOL,
        digest.TOOL,
        alerts.TOOL,
        forecast.TOOL,
        health.TOOL,
        creatives.TOOL,
        pacing.TOOL,
        profit.TOOL,
        recommend.TOOL,
        response.TOOL,
        media_mix.TOOL,
        frequency_question.TOOL,
        promises.TOOL,
        recommend_bids.TOOL,
        recommend_protection.TOOL,
        shop_figures.TOOL,
        customers.TOOL,
        reconcile.TOOL,
        unusual.TOOL,
        what_if.TOOL,
    )
}
