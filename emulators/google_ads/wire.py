"""The real service methods without servicer classes: ask the shipped transports what they would call.

The gapic transports accept any ``grpc.Channel``; this one only records each method's path and
request and response types, which the server then serves under the same path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.ads.googleads.v26.services.services.bidding_strategy_service.transports.grpc import (
    BiddingStrategyServiceGrpcTransport,
)
from google.ads.googleads.v26.services.services.campaign_budget_service.transports.grpc import (
    CampaignBudgetServiceGrpcTransport,
)
from google.ads.googleads.v26.services.services.campaign_service.transports.grpc import CampaignServiceGrpcTransport
from google.ads.googleads.v26.services.services.customer_service.transports.grpc import CustomerServiceGrpcTransport
from google.ads.googleads.v26.services.services.google_ads_service.transports.grpc import GoogleAdsServiceGrpcTransport


@dataclass(frozen=True, slots=True)
class Method:
    """One method as the client will call it."""

    path: str
    request: Any  # a proto-plus message class
    response: Any
    streams: bool


class _Recorder(grpc.Channel):  # type: ignore[misc]
    def __init__(self) -> None:
        self.methods: list[Method] = []

    def _record(self, streams: bool) -> Callable[..., Callable[..., None]]:
        def register(
            method: str, request_serializer: Any = None, response_deserializer: Any = None, *_rest: Any, **_options: Any
        ) -> Callable[..., None]:
            request, response = request_serializer.__self__, response_deserializer.__self__
            self.methods.append(Method(method, request, response, streams))
            return lambda *_args, **_kwargs: None

        return register

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        return self._record(streams=False)(*args, **kwargs)

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        return self._record(streams=True)(*args, **kwargs)

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("no service of Google Ads takes a stream")

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("no service of Google Ads takes a stream")

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        """Nothing to watch."""

    def unsubscribe(self, callback: Any) -> None:
        """Nothing to watch."""

    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> _Recorder:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to close."""


_SERVED = (
    (GoogleAdsServiceGrpcTransport, "search_stream"),
    (CampaignBudgetServiceGrpcTransport, "mutate_campaign_budgets"),
    (CampaignServiceGrpcTransport, "mutate_campaigns"),
    (BiddingStrategyServiceGrpcTransport, "mutate_bidding_strategies"),
    (CustomerServiceGrpcTransport, "list_accessible_customers"),
)


def served_methods() -> dict[str, Method]:
    """The methods that the emulator serves, by the names they have in the client."""
    found = {}
    for transport, name in _SERVED:
        recorder = _Recorder()
        instance = transport(channel=recorder)
        instance._logged_channel = recorder  # the logging wrapper would ask only when it is called
        instance._stubs.clear()
        getattr(instance, name)
        found[name] = recorder.methods[-1]
    return found


def handlers(behaviours: Mapping[str, Callable[[Any, grpc.ServicerContext], Any]]) -> list[grpc.GenericRpcHandler]:
    """Generic handlers for ``behaviours``, keyed like ``served_methods``; everything else is UNIMPLEMENTED."""
    by_service: dict[str, dict[str, grpc.RpcMethodHandler]] = {}
    for name, method in served_methods().items():
        _, service, short = method.path.split("/")
        make = grpc.unary_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
        by_service.setdefault(service, {})[short] = make(
            behaviours[name],
            request_deserializer=method.request.deserialize,
            response_serializer=method.response.serialize,
        )
    return [grpc.method_handlers_generic_handler(service, methods) for service, methods in by_service.items()]
