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


BUDGET_PATH = "amount_micros"


def request(change: Change, path: str, *, validate_only: bool) -> dict[str, Any]:
    """One operation: the absolute value of one budget or one bid target, at ``path``, and nothing else of it."""
    return {
        "customer_id": change.account,
        "operations": [
            {
                "update": {"resource_name": change.entity, **_at(path, _wire_value(change, path))},
                "update_mask": {"paths": [path]},
            }
        ],
        "partial_failure": False,
        "validate_only": validate_only,
        "response_content_type": "MUTABLE_RESOURCE",
    }


def kind_of(change: Change) -> str:
    """The kind of resource that owns the value, as resource names have it."""
    return change.entity.split("/")[2]


def apply(client: Client, change: Change, path: str, deadline_s: float) -> WriteOutcome:
    """Send the change once. Never raises: what is not known is ``UNKNOWN``."""
    try:
        answer, request_id = client.mutate(kind_of(change), request(change, path, validate_only=False), deadline_s)
    except NotSent as refused:
        return not_sent(str(refused))
    except Exception as error:
        problem = describe(error, client.secrets())
        if problem.status == "UNAUTHENTICATED":
            client.forget_token()
        return _failed(problem)
    return _answered(change, path, answer, request_id)


def not_sent(why: str) -> WriteOutcome:
    """Nothing went out, and why."""
    return WriteOutcome(Landed.REJECTED, None, f"not sent: {why}", {"sent": False})


def _wire_value(change: Change, path: str) -> int | float:
    return change.after.micros if path.endswith("_micros") else float(change.after.amount)


def _at(path: str, value: int | float) -> dict[str, Any]:
    """The value as nested fields: ``{"target_cpa": {"target_cpa_micros": 27500000}}``."""
    *parents, last = path.split(".")
    nested: dict[str, Any] = {last: value}
    for parent in reversed(parents):
        nested = {parent: nested}
    return nested


def _failed(problem: Problem) -> WriteOutcome:
    refused = problem.status in _REFUSING and problem.group is not None and problem.group not in _UNSURE_GROUPS
    evidence = {"status": problem.status, "code": problem.platform_code, "field": problem.field, "sent": True}
    detail = f"{problem.text} ({problem.code})" if problem.code else f"{problem.text} ({problem.status})"
    return WriteOutcome(Landed.REJECTED if refused else Landed.UNKNOWN, problem.request_id, detail, evidence)


def _answered(change: Change, path: str, answer: Any, request_id: str | None) -> WriteOutcome:
    """APPLIED only where the answer names what was changed and the value that was sent."""
    shown = [(r.resource_name, _shown(getattr(r, _RESULT[kind_of(change)]), path)) for r in answer.results]
    evidence = {"results": [list(s) for s in shown], "sent": True}
    if shown == [(change.entity, _wire_value(change, path))]:
        return WriteOutcome(Landed.APPLIED, request_id, "", evidence)
    return WriteOutcome(Landed.UNKNOWN, request_id, f"the answer does not show the change: {shown}", evidence)


_RESULT = {"campaignBudgets": "campaign_budget", "campaigns": "campaign", "biddingStrategies": "bidding_strategy"}


def _shown(resource: Any, path: str) -> Any:
    for part in path.split("."):
        resource = getattr(resource, part)
    return resource
