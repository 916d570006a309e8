"""The account of the two public exports as a planner sees it, and plans checked against the tools' own models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from agent.planner.rules import plan
from agent.state import Entity, Plan, PlanContext, ToolCall
from tools import MENU
from tools.recommend import RecommendArguments

GOOGLE = ("Cross-network", "Display Network", "Search Network", "YouTube")
ARGUMENTS = {name: tool.arguments for name, tool in MENU.items()} | {"recommend_budget": RecommendArguments}
Ask = Callable[..., Plan]


def exports(today: date = date(2024, 7, 1), week_start: int = 0, campaigns: tuple[str, ...] = GOOGLE) -> PlanContext:
    """Google Ads with campaigns, Meta with none but its account's name, January to June 2024."""
    accounts = (Entity("Acme", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social"))
    named = tuple(Entity(name, "google_ads", 1, "Acme") for name in campaigns)
    return PlanContext(
        today=today,
        timezone="Europe/Berlin",
        week_start=week_start,
        platforms=("google_ads", "meta"),
        campaigns=(*named, Entity("Acme Social", "meta", 2, "Acme Social")),
        accounts=accounts,
        first_day=date(2024, 1, 1),
        last_day=date(2024, 6, 30),
        currencies=("USD",),
    )


@pytest.fixture
def ask() -> Ask:
    """``ask(question, today=..., campaigns=...)``: a plan whose every call its tool accepts."""

    def _ask(question: str, context: PlanContext | None = None, **changes: object) -> Plan:
        planned = plan(question, context or exports(**changes))  # type: ignore[arg-type]
        for call in planned.calls:
            ARGUMENTS[call.name].model_validate_json(json.dumps(dict(call.args)))
        return planned

    return _ask


@pytest.fixture
def told() -> Callable[[Plan], str]:
    """A plan on one line."""
    return _plan_told


def _plan_told(planned: Plan) -> str:
    """A plan on one line."""
    if planned.refused:
        return f"refused: {planned.refused}"
    if planned.clarify:
        return f"asked: {planned.clarify.question} {planned.clarify.choices}"
    return " & ".join(_told(call) for call in planned.calls)


def _told(call: ToolCall) -> str:
    a: Mapping[str, Any] = call.args
    parts = [call.name]
    if metrics := a.get("metrics") or ([a["metric"]] if "metric" in a else []):
        parts.append("+".join(metrics))
    if "period" in a:
        parts.append("{start}..{end}".format(**a["period"]))
    if "baseline" in a:
        parts.append("vs {start}..{end}".format(**a["baseline"]))
    parts += [f"{key}={a[key]}" for key in ("of", "by", "order", "limit", "above", "below") if a.get(key) is not None]
    parts += [key for key in ("per_day", "explain", "share", "min_spend_share") if a.get(key)]
    parts += [f"{key}={'+'.join(a[key])}" for key in ("platforms", "campaigns", "accounts") if a.get(key)]
    parts += [f"without={'+'.join(a['exclude_campaigns'])}"] if a.get("exclude_campaigns") else []
    parts += [f"ex {d['start']}..{d['end']}" for d in a.get("without", ())]
    parts += [f"total={a['total']}"] if a.get("total") is not None else []
    return " ".join(parts)
