"""How to reach Google Ads: the login, and where."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import NotConfigured

PLATFORM = "google_ads"
DEFAULT_ENDPOINT = "googleads.googleapis.com"
DEFAULT_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  an address, not a secret
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class GoogleAdsConfig:
    """The login of one Google Ads user. Secrets are not in the repr.

    Raises:
        NotConfigured: something is missing, or an own certificate or a plain-text token endpoint is
            given for anything but loopback.
    """

    developer_token: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    login_customer_id: str | None = None
    customer_ids: tuple[str, ...] = ()
    endpoint: str = DEFAULT_ENDPOINT
    token_uri: str = DEFAULT_TOKEN_URI
    ca_file: Path | None = None
    read_timeout_s: float = 120.0  # a report
    lookup_timeout_s: float = 15.0  # a budget, an account, a dry run: somebody is waiting

    def __post_init__(self) -> None:
        for name in ("developer_token", "client_id", "client_secret", "refresh_token"):
            if not getattr(self, name):
                raise NotConfigured(f"GOOGLE_ADS_{name.upper()} is not set")
        for customer in (*self.customer_ids, *filter(None, [self.login_customer_id])):
            if not (customer.isascii() and customer.isdigit() and len(customer) == 10):
                raise NotConfigured(f"{customer!r} is not a Google Ads customer id: ten digits, without dashes")
        if self.ca_file is not None and not self.on_loopback:
            raise NotConfigured(f"GOOGLE_ADS_CA_FILE is for an emulator on loopback, not for {self.endpoint}")
        token = urllib.parse.urlsplit(self.token_uri)
        if token.scheme != "https" and token.hostname not in _LOOPBACK:
            raise NotConfigured(f"GOOGLE_ADS_TOKEN_URI must be https, not {self.token_uri!r}")

    @property
    def on_loopback(self) -> bool:
        return self.endpoint.rsplit(":", 1)[0].strip("[]") in _LOOPBACK

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.developer_token, self.client_secret, self.refresh_token)
