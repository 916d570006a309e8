"""Google Ads on loopback: gRPC over TLS with OAuth, for the unmodified ``google-ads`` client (API v26).

It proves that the protocol is handled, not that the platform behaves so. Paths, messages, fields,
enums and metadata keys are the shipped client's own; each module says what was assumed beyond that.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

import grpc

from emulators.google_ads.faults import FaultScript
from emulators.google_ads.lag import Lag
from emulators.google_ads.login import Login, serve_tokens
from emulators.google_ads.proxy import Relay
from emulators.google_ads.service import Service, WireWrite
from emulators.google_ads.wire import handlers
from emulators.market.world import Market
from emulators.tls import loopback_tls


@dataclass(frozen=True)
class Handle:
    """A running emulator. ``faults`` is its script, ``lag`` how late it shows what was done, ``writes`` every mutate
    request that reached it."""

    market: Market
    service: Service
    login: Login
    faults: FaultScript
    relay: Relay
    tokens: ThreadingHTTPServer
    server: grpc.Server
    ca_file: Path

    @property
    def port(self) -> int:
        return self.relay.port

    @property
    def endpoint(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"grpcs://{self.endpoint}"

    @property
    def token_uri(self) -> str:
        return f"http://127.0.0.1:{self.tokens.server_address[1]}/token"

    @property
    def lag(self) -> Lag:
        return self.service.lag

    @property
    def writes(self) -> list[WireWrite]:
        return self.service.writes

    def settings_env(self) -> dict[str, str]:
        """Environment variables that point the product to this emulator."""
        return {
            "GOOGLE_ADS_DEVELOPER_TOKEN": self.login.developer_token,
            "GOOGLE_ADS_CLIENT_ID": self.login.client_id,
            "GOOGLE_ADS_CLIENT_SECRET": self.login.client_secret,
            "GOOGLE_ADS_REFRESH_TOKEN": self.login.refresh_token,
            "GOOGLE_ADS_LOGIN_CUSTOMER_ID": self.login.manager_id,
            "GOOGLE_ADS_ENDPOINT": self.endpoint,
            "GOOGLE_ADS_TOKEN_URI": self.token_uri,
            "GOOGLE_ADS_CA_FILE": str(self.ca_file),
        }

    def stop(self) -> None:
        """Stop serving, free both ports, remove the certificate."""
        self.relay.stop()
        self.server.stop(grace=0).wait()
        self.tokens.shutdown()
        self.tokens.server_close()
        self.ca_file.unlink(missing_ok=True)


def start(market: Market, *, page_rows: int = 10_000) -> Handle:
    """Serve ``market`` on free loopback ports. ``page_rows``: rows in one message of a stream."""
    tls = loopback_tls()
    faults = FaultScript()
    login = Login(market.manager_id, (market.account_id,))
    service = Service(market, login, faults, page_rows)
    server = grpc.server(ThreadPoolExecutor(max_workers=16, thread_name_prefix="google-ads"))
    behaviours = {
        "search_stream": service.search_stream,
        **service.mutating(),
        "list_accessible_customers": service.list_accessible_customers,
    }
    server.add_generic_rpc_handlers(tuple(handlers(behaviours)))
    credentials = grpc.ssl_server_credentials([(tls.key, tls.certificate)])
    service.relay = relay = Relay(server.add_secure_port("127.0.0.1:0", credentials))
    server.start()
    descriptor, name = tempfile.mkstemp(prefix="budgeteer-ca-", suffix=".pem")
    with os.fdopen(descriptor, "wb") as file:
        file.write(tls.ca)
    return Handle(market, service, login, faults, relay, serve_tokens(login, faults), server, Path(name))
