"""How each fault happens on the wire."""

from __future__ import annotations

import threading
from dataclasses import replace

import grpc

from emulators.google_ads.failures import PlatformFailure, quota_failure
from emulators.google_ads.faults import Fault
from emulators.google_ads.proxy import Relay
from emulators.market.world import Market

HANG_LIMIT_S = 60.0
_PLAIN = {
    "internal": (grpc.StatusCode.INTERNAL, "Internal error encountered."),
    "unavailable": (grpc.StatusCode.UNAVAILABLE, "The service is currently unavailable."),
    "cut": (grpc.StatusCode.UNAVAILABLE, "Stream removed"),
    "deadline": (grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline exceeded."),
    "cancelled": (grpc.StatusCode.CANCELLED, "The operation was cancelled."),
    "html": (grpc.StatusCode.UNKNOWN, "Received http2 header with status: 502 <html><h1>Bad Gateway</h1></html>"),
    "too_large": (grpc.StatusCode.RESOURCE_EXHAUSTED, "Received message larger than max (67108865 vs. 67108864)"),
}
_FAILURES = {
    "unauthenticated": PlatformFailure(
        "authentication_error", "OAUTH_TOKEN_REVOKED", "The OAuth token was revoked.", grpc.StatusCode.UNAUTHENTICATED
    ),
    "permission": PlatformFailure(
        "authorization_error", "USER_PERMISSION_DENIED", "No permission.", grpc.StatusCode.PERMISSION_DENIED
    ),
    "invalid": PlatformFailure("request_error", "REQUIRED_FIELD_MISSING", "The required field was not present."),
    "transient_failure": PlatformFailure(
        "internal_error", "TRANSIENT_ERROR", "Please retry.", grpc.StatusCode.UNAVAILABLE
    ),
    "concurrent": PlatformFailure(
        "database_error", "CONCURRENT_MODIFICATION", "Multiple requests were modifying one resource at once. Retry."
    ),
}


def strike(fault: Fault, context: grpc.ServicerContext, request_id: str, market: Market, relay: Relay | None) -> None:
    """Let ``fault`` happen to this call; returns where the call goes on (a foreign edit, a stale read)."""
    if fault.kind in _PLAIN:
        context.set_trailing_metadata((("request-id", request_id),))
        context.abort(*_PLAIN[fault.kind])
    if fault.kind in _FAILURES:
        raise replace(_FAILURES[fault.kind])
    if fault.kind in ("throttled", "throttled_without_delay", "quota_day"):
        delay = None if fault.kind == "throttled_without_delay" else fault.params.get("retry_delay", 1)
        raise quota_failure(delay, per_day=fault.kind == "quota_day")
    if fault.kind == "reset" and relay is not None:
        relay.reset()
        context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")
    if fault.kind in ("hang", "late"):
        _wait_for_the_client_to_give_up(context)
    if fault.kind == "foreign_edit":
        client, micros = fault.params.get("client", "GOOGLE_ADS_AUTOMATED_RULE"), fault.params["micros"]
        if "owner" in fault.params:
            market.set_target(fault.params["owner"], micros, by="rule@acme.example", client=client)
        else:
            market.set_budget(fault.params["budget_id"], micros, by="rule@acme.example", client=client)


def _wait_for_the_client_to_give_up(context: grpc.ServicerContext) -> None:
    gone = threading.Event()
    if context.add_callback(gone.set):
        gone.wait(HANG_LIMIT_S)
    context.abort(grpc.StatusCode.CANCELLED, "the client went away")
