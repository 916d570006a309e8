"""Plans as JSON: what ``--json`` prints, what a saved plan holds, and whether its figures are the same still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from domain.errors import BudgeteerError
from domain.recommendation import Range
from store import accounts
from tools.base import ToolContext
from tools.effect import HORIZON_DAYS
from tools.labels import join_words
from tools.levers import Levers
from tools.levers import read as levers_of
from tools.responses import MODEL
from tools.scenarios.basis import fingerprint
from tools.scenarios.compare import Compared, Side
from tools.scenarios.estimate import Scenario


def to_json(compared: Compared) -> dict[str, Any]:
    """All plans with their figures unrounded; unknown is null with its reason."""
    return {
        "accounts": [
            {**_account(side), "plans": [plan_json(side, plan) for plan in side.scenarios]} for side in compared.sides
        ],
        "together": None
        if compared.both is None
        else {"expected": _range(compared.both), "chance_worse": compared.both_worse},
        "together_reason": compared.no_sum,
    }


def content_of(side: Side, plan: Scenario) -> dict[str, Any]:
    """What a saved plan holds: the plan, and the data and the model that it rests on."""
    levers = side.basis.levers
    return {
        **_account(side),
        "plan": plan_json(side, plan),
        "model": MODEL,
        "history": [levers.history.start.isoformat(), levers.history.end.isoformat()],
        "last_day": levers.last_day.isoformat(),
        "figures": fingerprint(levers),
    }


def plan_json(side: Side, plan: Scenario) -> dict[str, Any]:
    """One plan. Amounts are numbers here and exact as text in ``exact``."""
    found, amounts = plan.estimate, plan.amounts
    next_unit = None if found is None or found.next_unit is None else found.next_unit
    return {
        "key": plan.key,
        "label": plan.label,
        "amounts": [
            {
                "entity": lever.entity,
                "name": lever.name,
                "now": float(lever.now),
                "amount": float(amounts[lever.entity]),
                "exact": str(amounts[lever.entity]),
            }
            for lever in side.basis.levers.levers
            if amounts is not None
        ],
        "total": None if plan.total is None else float(plan.total),
        "expected": None if found is None else _range(found.gain),
        "net": None if found is None or found.net is None else _range(found.net),
        "chance_worse": None if found is None else found.chance_worse,
        "average": None if found is None or found.average is None else float(found.average),
        "next_unit": None
        if next_unit is None
        else {"name": next_unit.name, "low": next_unit.low, "mid": next_unit.mid, "high": next_unit.high},
        "flattery_a_day": plan.flattery,
        "outside_tried": [] if found is None else list(found.outside),
        "cannot_be_proposed": list(plan.forbidden),
        "reason": plan.refused or plan.not_estimated,
    }


def changed_since(
    session: Session, context: ToolContext, account_id: int, as_of: date, content: Mapping[str, Any]
) -> tuple[str, ...]:
    """What is not any more as it was when a plan was saved; empty where it would come out the same."""
    account = accounts.get(session, account_id)
    notes = []
    try:
        levers = levers_of(session, context.scope, account, as_of, context.limits.observation_days)
    except BudgeteerError as no:
        return (f"it cannot be computed again: {no}",)
    if fingerprint(levers) != content["figures"]:
        notes.append("the figures that it rests on were changed since")
    try:
        newer = levers_of(session, context.scope, account, context.today, context.limits.observation_days)
    except BudgeteerError as no:
        return (*notes, f"as of {context.today} no plan can be made: {no}")
    if newer.last_day > levers.last_day:
        notes.append(f"newer days are known now, up to {newer.last_day}")
    return (*notes, *_moved(content, newer))


def _moved(content: Mapping[str, Any], newer: Levers) -> list[str]:
    """Budgets that are not any more at the amount that was today's when the plan was saved."""
    before = {a["entity"]: a for a in content["plan"]["amounts"]}
    there = {lever.entity: lever for lever in newer.levers}
    moved = [
        f"{a['name']} was {a['now']:,.2f} and is {there[e].now:,.2f}"
        for e, a in before.items()
        if e in there and float(there[e].now) != a["now"]
    ]
    gone = [a["name"] for e, a in before.items() if e not in there]
    notes = [f"budgets changed: {join_words(moved)}"] if moved else []
    return [*notes, *([f"{join_words(gone)} is not there any more"] if gone else [])]


def _account(side: Side) -> dict[str, Any]:
    account = side.basis.account
    return {
        "account": account.name,
        "platform": account.platform,
        "currency": account.currency,
        "outcome": side.basis.levers.outcome,
        "horizon_days": HORIZON_DAYS,
        "total_today": float(side.basis.today.total_now),
        "held": dict(sorted(side.basis.today.held.items())),
    }


def _range(r: Range) -> dict[str, Any]:
    return {"low": float(r.low), "mid": float(r.mid), "high": float(r.high), "level": r.level}
