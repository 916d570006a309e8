"""A recommendation as JSON and back, complete and exact: money and estimates travel as decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.evidence import Fact
from domain.money import Money
from domain.ratio import NO_CURRENCY, Amount, Ratio
from domain.recommendation import Alternative, Change, Range, Recommendation
from domain.window import Window


def to_json(rec: Recommendation) -> dict[str, Any]:
    """JSON primitives only; ``from_json`` of it equals ``rec``."""
    return {
        "id": rec.id,
        "revision": rec.revision,
        "account_id": rec.account_id,
        "title": rec.title,
        "summary": rec.summary,
        "changes": [_change(c) for c in rec.changes],
        "why": [_fact(f) for f in rec.why],
        "expected": None if rec.expected is None else _range(rec.expected),
        "chance_worse": rec.chance_worse,
        "confidence": rec.confidence,
        "risks": list(rec.risks),
        "alternatives": [
            {"label": a.label, "detail": a.detail, "expected": None if a.expected is None else _range(a.expected)}
            for a in rec.alternatives
        ],
        "tier": rec.tier,
        "requested_by": rec.requested_by,
        "created_at": rec.created_at.isoformat(),
        "expires_at": rec.expires_at.isoformat(),
        "advice_only": rec.advice_only,
        "warnings": list(rec.warnings),
        "not_estimated": rec.not_estimated,
    }


def from_json(data: dict[str, Any]) -> Recommendation:
    """The recommendation that ``to_json`` wrote."""
    return Recommendation(
        **{
            **data,
            "changes": tuple(_to_change(c) for c in data["changes"]),
            "why": tuple(_to_fact(f) for f in data["why"]),
            "expected": None if data["expected"] is None else _to_range(data["expected"]),
            "risks": tuple(data["risks"]),
            "alternatives": tuple(
                Alternative(a["label"], a["detail"], None if a["expected"] is None else _to_range(a["expected"]))
                for a in data["alternatives"]
            ),
            "created_at": datetime.fromisoformat(data["created_at"]),
            "expires_at": datetime.fromisoformat(data["expires_at"]),
            "warnings": tuple(data["warnings"]),
        }
    )


def _change(c: Change) -> dict[str, Any]:
    return {
        "platform": c.platform,
        "account": c.account,
        "entity": c.entity,
        "entity_name": c.entity_name,
        "field": c.field,
        "before": str(c.before.amount),
        "after": str(c.after.amount),
        "currency": c.after.currency,
        "observed_at": c.observed_at.isoformat(),
        "affects": list(c.affects),
    }


def _to_change(data: dict[str, Any]) -> Change:
    return Change(
        platform=data["platform"],
        account=data["account"],
        entity=data["entity"],
        entity_name=data["entity_name"],
        field=data["field"],
        before=_amount(data["before"], data["currency"]),
        after=_amount(data["after"], data["currency"]),
        observed_at=datetime.fromisoformat(data["observed_at"]),
        affects=tuple(data["affects"]),
    )


def _amount(text: str, currency: str) -> Amount:
    return Ratio(Decimal(text)) if currency == NO_CURRENCY else Money(Decimal(text), currency)


def _fact(f: Fact) -> dict[str, Any]:
    window = {"start": f.window.start.isoformat(), "end": f.window.end.isoformat(), "timezone": f.window.timezone}
    return {
        "id": f.id,
        "label": f.label,
        "value": None if f.value is None else str(f.value),
        "unit": f.unit,
        "currency": f.currency,
        "entity": f.entity,
        "window": window,
        "source": f.source,
        "how": f.how,
        "reason": f.reason,
        "basis": f.basis,
        "form": f.form,
        "says": f.says,
    }


def _to_fact(data: dict[str, Any]) -> Fact:
    w = data["window"]
    window = Window(date.fromisoformat(w["start"]), date.fromisoformat(w["end"]), w["timezone"])
    value = None if data["value"] is None else Decimal(data["value"])
    return Fact(**{**data, "window": window, "value": value})


def _range(r: Range) -> dict[str, Any]:
    return {
        "low": str(r.low),
        "mid": str(r.mid),
        "high": str(r.high),
        "unit": r.unit,
        "currency": r.currency,
        "level": r.level,
        "horizon_days": r.horizon_days,
    }


def _to_range(data: dict[str, Any]) -> Range:
    return Range(**{**data, **{k: Decimal(data[k]) for k in ("low", "mid", "high")}})
