"""What the client raises, as what the caller should do about it.

INVALID_ARGUMENT and its like carry failure bytes and arrive as ``GoogleAdsException``;
RESOURCE_EXHAUSTED and INTERNAL arrive as ``google.api_core`` errors with the failure, if there is
one, in the trailing metadata. Source: the shipped ``exception_interceptor.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.errors import (
    Auth,
    Invalid,
    Permission,
    PlatformError,
    Policy,
    QuotaDay,
    SchemaDrift,
    Throttled,
    Transient,
    Unsupported,
)

FAILURE_KEY = "google.ads.googleads.v26.errors.googleadsfailure-bin"
DAY_QUOTA_DELAY_S = 3600.0  # a server that asks for an hour speaks of the day's quota
_TOKENS = re.compile(r"ya29\.[\w.\-]+|Bearer\s+\S+|1//[\w\-]+|GOCSPX-[\w\-]+", re.IGNORECASE)
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """One failed call: the gRPC status, and the platform's own error where it gave one."""

    status: str  # a gRPC status name, or "" where the failure was elsewhere
    text: str
    request_id: str | None = None
    group: str | None = None  # "campaign_budget_error"
    code: str | None = None  # "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"
    field: str | None = None  # "operations[0].update.amount_micros"
    retry_after_s: float | None = None

    @property
    def platform_code(self) -> str | None:
        return f"{self.group}.{self.code}" if self.group else None


def scrub(text: str, secrets: Iterable[str]) -> str:
    """``text`` without any of ``secrets`` or anything that looks like a token; at most 500 characters."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    return _TOKENS.sub("[secret]", text)[:_MAX_TEXT]


def describe(error: BaseException, secrets: Iterable[str]) -> Problem:
    """Read whatever a call raised. The result holds no secret and no reference to ``error``."""
    failure = getattr(error, "failure", None)
    if failure is not None:  # GoogleAdsException
        status = error.error.code().name  # type: ignore[attr-defined]
        return _of_failure(getattr(failure, "_pb", failure), status, getattr(error, "request_id", None), secrets)
    code = getattr(error, "grpc_status_code", None)
    if code is None:
        return Problem("", scrub(f"{type(error).__name__}: {error}", secrets))
    call = getattr(error, "response", None)
    metadata = dict(call.trailing_metadata() or ()) if call is not None else {}
    request_id = metadata.get("request-id")
    raw = metadata.get(FAILURE_KEY)
    if raw is not None:
        from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure

        return _of_failure(GoogleAdsFailure.pb(GoogleAdsFailure.deserialize(raw)), code.name, request_id, secrets)
    return Problem(code.name, scrub(str(getattr(error, "message", error)), secrets), request_id)


def _of_failure(failure: Any, status: str, request_id: str | None, secrets: Iterable[str]) -> Problem:
    if not failure.errors:
        return Problem(status, "the platform gave no reason", request_id)
    first = failure.errors[0]
    group = first.error_code.WhichOneof("error_code")
    code = None
    if group is not None:
        enum = first.error_code.DESCRIPTOR.fields_by_name[group].enum_type
        number = getattr(first.error_code, group)
        known = enum.values_by_number.get(number)
        code = known.name if known is not None else str(number)
    delay = first.details.quota_error_details.retry_delay
    where = ".".join(
        f"{p.field_name}[{p.index}]" if p.HasField("index") else p.field_name
        for p in first.location.field_path_elements
    )
    return Problem(
        status=status,
        text=scrub(first.message, secrets),
        request_id=request_id or failure.request_id or None,
        group=group,
        code=code,
        field=where or None,
        retry_after_s=(delay.seconds + delay.nanos / 1e9) or None,
    )


_TRANSIENT = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED", "CANCELLED", "UNKNOWN"}
_BY_GROUP: dict[str, type[PlatformError]] = {
    "authentication_error": Auth,
    "authorization_error": Permission,
    "operation_access_denied_error": Permission,
    "resource_access_denied_error": Permission,
    "policy_violation_error": Policy,
    "policy_finding_error": Policy,
    "not_allowlisted_error": Permission,
    "query_error": SchemaDrift,
    "internal_error": Transient,
}


def as_error(problem: Problem) -> PlatformError:
    """The error of our tree for a failed read or dry run."""
    said = f"Google Ads: {problem.text}" + (f" ({problem.code})" if problem.code else "")
    ids: dict[str, Any] = {"request_id": problem.request_id, "platform_code": problem.platform_code}
    if problem.status == "RESOURCE_EXHAUSTED":
        if problem.group == "quota_error" and _is_day_quota(problem):
            return QuotaDay(said, **ids)
        return Throttled(said, retry_after=problem.retry_after_s, request_id=problem.request_id)
    if problem.code in ("CONCURRENT_MODIFICATION", "TRANSIENT_ERROR"):
        return Transient(said, **ids)
    if problem.group in _BY_GROUP:
        return _BY_GROUP[problem.group](said, **ids)
    if problem.group is not None:
        return Invalid(said, field=problem.field, **ids)
    return _by_status(problem.status, said, ids)


def _is_day_quota(problem: Problem) -> bool:
    return problem.code == "RESOURCE_EXHAUSTED" or (problem.retry_after_s or 0) >= DAY_QUOTA_DELAY_S


def _by_status(status: str, said: str, ids: dict[str, Any]) -> PlatformError:
    if status == "UNAUTHENTICATED":
        return Auth(said, **ids)
    if status == "PERMISSION_DENIED":
        return Permission(said, **ids)
    if status == "UNIMPLEMENTED":
        return Unsupported(said, **ids)
    if status in _TRANSIENT or status == "":
        return Transient(said, **ids)
    return Invalid(said, **ids)
