"""Errors as they go over the wire: a status, failure bytes in the trailing metadata, and a request id.

Read from the shipped protos: the failure's message types, the error enums, the quota details. Read
from the shipped interceptors: the metadata keys. Assumed: which status code goes with which error
enum (as the public documentation pairs them), and the wording of messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import grpc
from google.ads.googleads.v26.errors.types import errors as e

FAILURE_KEY = "google.ads.googleads.v26.errors.googleadsfailure-bin"


@dataclass(eq=False)
class PlatformFailure(Exception):
    """One error of one request or operation: ``group`` and ``name`` as in ``ErrorCode``."""

    group: str
    name: str
    message: str
    code: Any = grpc.StatusCode.INVALID_ARGUMENT
    path: tuple[tuple[str, int | None], ...] = ()  # where in the request
    trigger: str | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_error(self) -> e.GoogleAdsError:
        elements = [
            {"field_name": name} if index is None else {"field_name": name, "index": index} for name, index in self.path
        ]
        return e.GoogleAdsError(
            error_code={self.group: self.name},
            message=self.message,
            trigger={"string_value": self.trigger} if self.trigger is not None else None,
            location={"field_path_elements": elements} if elements else None,
            details=self.details or None,
        )


class NotModelled(Exception):
    """The real platform knows this, the emulator does not: it says so instead of inventing an answer."""


def failure_bytes(failures: list[PlatformFailure], request_id: str) -> bytes:
    """A serialised ``GoogleAdsFailure``."""
    message = e.GoogleAdsFailure(errors=[f.as_error() for f in failures], request_id=request_id)
    return bytes(e.GoogleAdsFailure.serialize(message))


def abort(context: grpc.ServicerContext, failures: list[PlatformFailure], request_id: str) -> None:
    """End the call with the first failure's status and all failures in the metadata."""
    context.set_trailing_metadata(((FAILURE_KEY, failure_bytes(failures, request_id)), ("request-id", request_id)))
    context.abort(failures[0].code, failures[0].message)


def quota_failure(retry_delay_s: int | None, *, per_day: bool = False) -> PlatformFailure:
    """RESOURCE_EXHAUSTED; the delay, where there is one, sits in the failure's quota details."""
    name = "RESOURCE_EXHAUSTED" if per_day else "RESOURCE_TEMPORARILY_EXHAUSTED"
    rate = "Number of operations for basic access" if per_day else "Requests per second per developer token"
    details: dict[str, Any] = {"quota_error_details": {"rate_scope": "DEVELOPER", "rate_name": rate}}
    if retry_delay_s is not None:
        details["quota_error_details"]["retry_delay"] = {"seconds": retry_delay_s}
    return PlatformFailure(
        "quota_error", name, "Resource has been exhausted (e.g. check quota).",
        grpc.StatusCode.RESOURCE_EXHAUSTED, details=details,
    )  # fmt: skip
