"""The one wire attempt, and what its answer or its silence means."""

from __future__ import annotations

from typing import Any

from connectors.base import Landed, WriteOutcome
from connectors.google_ads.client import Client, NotSent
from connectors.google_ads.errors import Problem, describe
from domain.recommendation import Change

# Statuses with which the platform itself refuses, provided it also sent its own failure.
_REFUSING = {
    "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED", "FAILED_PRECONDITION",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED",
}  # fmt: skip
# These the platform's own failure may carry although the change may have gone through.
_UNSURE_GROUPS = {"internal_error"}


def request(change: Change, *, validate_only: bool) -> dict[str, Any]:
    """One operation: the absolute amount of one budget, and nothing else of it."""
    return {
        "customer_id": change.account,
        "operations": [
            {
                "update": {"resource_name": change.entity, "amount_micros": change.after.micros},
                "update_mask": {"paths": ["amount_micros"]},
            }
        ],
        "partial_failure": False,
        "validate_only": validate_only,
        "response_content_type": "MUTABLE_RESOURCE",
    }


def apply(client: Client, change: Change, deadline_s: float) -> WriteOutcome:
    """Send the change once. Never raises: what is not known is ``UNKNOWN``."""
    try:
        answer, request_id = client.mutate_budgets(request(change, validate_only=False), deadline_s)
    except NotSent as refused:
        return WriteOutcome(Landed.REJECTED, None, f"not sent: {refused}", {"sent": False})
    except Exception as error:
        problem = describe(error, client.secrets())
        if problem.status == "UNAUTHENTICATED":
            client.forget_token()
        return _failed(problem)
    return _answered(change, answer, request_id)


def _failed(problem: Problem) -> WriteOutcome:
    refused = problem.status in _REFUSING and problem.group is not None and problem.group not in _UNSURE_GROUPS
    evidence = {"status": problem.status, "code": problem.platform_code, "field": problem.field, "sent": True}
    detail = f"{problem.text} ({problem.code})" if problem.code else f"{problem.text} ({problem.status})"
    return WriteOutcome(Landed.REJECTED if refused else Landed.UNKNOWN, problem.request_id, detail, evidence)


def _answered(change: Change, answer: Any, request_id: str | None) -> WriteOutcome:
    """APPLIED only where the answer names the budget and the amount that was sent."""
    shown = [(r.resource_name, r.campaign_budget.amount_micros) for r in answer.results]
    evidence = {"results": [list(s) for s in shown], "sent": True}
    if shown == [(change.entity, change.after.micros)]:
        return WriteOutcome(Landed.APPLIED, request_id, "", evidence)
    return WriteOutcome(Landed.UNKNOWN, request_id, f"the answer does not show the change: {shown}", evidence)
