"""The SDK's services on channels of our own: no retries anywhere, the request id kept, tokens fetched first.

The SDK's own ``get_service`` is not used for three reasons: it offers no way to turn gRPC's retries
off, its logging interceptor writes request metadata on failures, and a certificate authority could
only be given through a variable of the whole process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from connectors.errors import Auth, Transient
from connectors.google_ads.config import GoogleAdsConfig
from connectors.google_ads.errors import Problem, as_error, describe, scrub

# The default is retries on; a resent write would break "exactly one attempt".
CHANNEL_OPTIONS = [
    ("grpc.enable_retries", 0),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.max_metadata_size", 16 * 1024 * 1024),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
]
API_VERSION = "v26"
MUTATED = {
    "campaignBudgets": ("CampaignBudgetService", "mutate_campaign_budgets"),
    "campaigns": ("CampaignService", "mutate_campaigns"),
    "biddingStrategies": ("BiddingStrategyService", "mutate_bidding_strategies"),
}
"""The service that changes each kind of resource, by the kind's word in resource names."""


class NotSent(Exception):
    """Nothing reached the platform; ``error`` says why."""

    def __init__(self, error: Auth | Transient) -> None:
        super().__init__(str(error))
        self.error = error


class Client:
    """One login, built on first use (the SDK takes over a second to import). Thread-safe."""

    def __init__(self, config: GoogleAdsConfig) -> None:
        self.config = config
        self._lock = threading.RLock()
        self._credentials: Any = None
        self._services: dict[str, Any] = {}
        self._channels: list[Any] = []
        self._request_ids: Any = None

    def secrets(self) -> tuple[str, ...]:
        """What must not appear in any text, the current access token among it."""
        token = getattr(self._credentials, "token", None)
        return (*self.config.secrets, token) if token else self.config.secrets

    def search(self, customer_id: str, query: str, timeout_s: float) -> Iterator[Any]:
        """The pages of one query, as raw protobuf messages. Raises PlatformError."""
        yield from self._reading(lambda: self._start_search(customer_id, query, timeout_s))

    def accessible_customers(self) -> list[str]:
        """Ids of the accounts this login was invited to. Raises PlatformError."""
        problem: Problem
        self._token_or_platform_error()
        try:
            answer = self._service("CustomerService").list_accessible_customers(
                timeout=self.config.lookup_timeout_s, retry=None
            )
            return [name.removeprefix("customers/") for name in answer.resource_names]
        except Exception as error:
            problem = describe(error, self.secrets())
        raise as_error(problem)

    def mutate(self, kind: str, request: dict[str, Any], timeout_s: float) -> tuple[Any, str | None]:
        """One wire attempt on a ``kind`` of ``MUTATED``; the answer and its request id. Raises NotSent, or whatever
        the SDK raised."""
        until = time.monotonic() + timeout_s
        self.fresh_token(timeout_s)
        name, method = MUTATED[kind]
        service = self._service(name)
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise NotSent(Transient("signing in took all the time there was"))
        kept = self._request_ids
        kept.forget()
        answer = getattr(service, method)(request=request, timeout=left_s, retry=None)
        return answer, kept.last()

    def fresh_token(self, timeout_s: float) -> None:
        """Fetch an access token where the current one is missing or old. Raises NotSent."""
        from google.auth.exceptions import RefreshError, TransportError
        from google.auth.transport.requests import Request

        failed: Auth | Transient
        with self._lock:
            credentials = self._login()
            if credentials.valid:
                return
            try:
                credentials.refresh(_with_timeout(Request(), timeout_s))
                return
            except RefreshError as error:
                text = scrub(str(error), self.secrets())
                failed = Transient(text) if error.retryable else Auth(f"Google sign-in was refused: {text}")
            except TransportError as error:
                failed = Transient(scrub(f"Google sign-in cannot be reached: {error}", self.secrets()))
        raise NotSent(failed)

    def forget_token(self) -> None:
        """Drop the access token, after the platform refused it."""
        with self._lock:
            if self._credentials is not None:
                self._credentials.token = None

    def close(self) -> None:
        """Close every channel."""
        with self._lock:
            for channel in self._channels:
                channel.close()
            self._channels.clear()
            self._services.clear()

    # --- Below: how the above is built -----------------------------------------------------------

    def _reading(self, start: Any) -> Iterator[Any]:
        problem: Problem
        self._token_or_platform_error()
        try:
            yield from start()
            return
        except GeneratorExit:
            raise
        except Exception as error:
            problem = describe(error, self.secrets())
        if problem.status == "UNAUTHENTICATED":
            self.forget_token()
        raise as_error(problem)

    def _start_search(self, customer_id: str, query: str, timeout_s: float) -> Iterator[Any]:
        request = {"customer_id": customer_id, "query": query}
        stream: Iterator[Any] = self._service("GoogleAdsService").search_stream(
            request=request, timeout=timeout_s, retry=None
        )
        return stream

    def _token_or_platform_error(self) -> None:
        failed: NotSent
        try:
            self.fresh_token(self.config.lookup_timeout_s)
            return
        except NotSent as error:
            failed = error
        raise failed.error from None

    def _login(self) -> Any:
        from google.oauth2.credentials import Credentials

        if self._credentials is None:
            c = self.config
            self._credentials = Credentials(
                None,
                refresh_token=c.refresh_token,
                client_id=c.client_id,
                client_secret=c.client_secret,
                token_uri=c.token_uri,
            )
        return self._credentials

    def _service(self, name: str) -> Any:
        with self._lock:
            if name not in self._services:
                self._services[name] = self._build(name)
            return self._services[name]

    def _build(self, name: str) -> Any:
        import grpc
        from google.ads.googleads.interceptors import ExceptionInterceptor, MetadataInterceptor

        from connectors.google_ads.request_id import RequestIds

        config = self.config
        self._request_ids = self._request_ids or RequestIds()
        service_type = _service_type(name)
        transport_type = service_type.get_transport_class("grpc")
        trusted = config.ca_file.read_bytes() if config.ca_file is not None else None
        channel = transport_type.create_channel(
            host=config.endpoint,
            credentials=self._login(),
            ssl_credentials=grpc.ssl_channel_credentials(root_certificates=trusted),
            options=CHANNEL_OPTIONS,
        )
        self._channels.append(channel)
        intercepted = grpc.intercept_channel(
            channel,
            MetadataInterceptor(config.developer_token, config.login_customer_id),
            ExceptionInterceptor(API_VERSION),
            self._request_ids,
        )
        return service_type(transport=transport_type(channel=intercepted))


def _service_type(name: str) -> Any:
    from importlib import import_module

    from google.ads.googleads.util import convert_upper_case_to_snake_case

    module = f"google.ads.googleads.{API_VERSION}.services.services.{convert_upper_case_to_snake_case(name)}"
    return getattr(import_module(module), f"{name}Client")


def _with_timeout(request: Any, timeout_s: float) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        return request(*args, **{**kwargs, "timeout": timeout_s})

    return call
