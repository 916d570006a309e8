"""Keeps the request id of the last unary answer of this thread: the SDK drops it where a call succeeded."""

from __future__ import annotations

import threading
from typing import Any

import grpc


class RequestIds(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Innermost interceptor; reads the answer's metadata before the SDK's wrappers hide it."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def forget(self) -> None:
        """Before a call, so that an older id is never taken for its own."""
        self._kept.value = None

    def last(self) -> str | None:
        value: str | None = getattr(self._kept, "value", None)
        return value

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        call = continuation(client_call_details, request)
        for metadata in (call.initial_metadata(), call.trailing_metadata()):
            for key, value in metadata or ():
                if key == "request-id":
                    self._kept.value = value
        return call
