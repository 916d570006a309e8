"""A login is complete, and test doors open on loopback only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from app.wiring import connectors
from connectors.google_ads import GoogleAdsConfig
from connectors.google_ads.errors import scrub
from domain.errors import NotConfigured

LOGIN: dict[str, Any] = {"developer_token": "d", "client_id": "c", "client_secret": "s", "refresh_token": "r"}


@pytest.mark.parametrize("missing", sorted(LOGIN))
def test_a_missing_part_is_named(missing: str) -> None:
    with pytest.raises(NotConfigured, match=f"GOOGLE_ADS_{missing.upper()}"):
        GoogleAdsConfig(**{**LOGIN, missing: ""})


def test_an_own_certificate_is_for_loopback_only() -> None:
    with pytest.raises(NotConfigured, match="loopback"):
        GoogleAdsConfig(**LOGIN, ca_file=Path("ca.pem"))
    with pytest.raises(NotConfigured, match="loopback"):
        GoogleAdsConfig(**LOGIN, ca_file=Path("ca.pem"), endpoint="localhost.evil.example:443")
    assert GoogleAdsConfig(**LOGIN, ca_file=Path("ca.pem"), endpoint="localhost:1234").on_loopback


def test_a_token_endpoint_in_plain_text_is_for_loopback_only() -> None:
    with pytest.raises(NotConfigured, match="https"):
        GoogleAdsConfig(**LOGIN, token_uri="http://oauth2.example/token")


@pytest.mark.parametrize("customer", ["123-456-7890", "12345", "１２３４５６７８９０", "x"])
def test_a_customer_id_that_is_not_ten_digits_is_refused(customer: str) -> None:
    with pytest.raises(NotConfigured, match="ten digits"):
        GoogleAdsConfig(**LOGIN, customer_ids=(customer,))


def test_secrets_are_not_in_the_repr() -> None:
    secret = {name: f"canary-{name}" for name in ("developer_token", "client_secret", "refresh_token")}
    shown = repr(GoogleAdsConfig(client_id="c", **secret))
    assert "canary" not in shown


def test_without_a_login_there_is_no_platform_and_half_a_login_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEVELOPER_TOKEN", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"):
        monkeypatch.delenv(f"GOOGLE_ADS_{name}", raising=False)
    assert connectors(Settings(_env_file=None)) == {}
    monkeypatch.setenv("GOOGLE_ADS_DEVELOPER_TOKEN", "d")
    with pytest.raises(NotConfigured, match="GOOGLE_ADS_CLIENT_ID, GOOGLE_ADS_CLIENT_SECRET"):
        connectors(Settings(_env_file=None))


def test_known_secrets_and_what_looks_like_a_token_are_scrubbed() -> None:
    text = scrub("tok ya29.a0-B_c.d and Bearer abc and 1//0g-x and GOCSPX-zz and my-own", ["my-own"])
    for part in ("ya29", "abc", "1//0g", "GOCSPX", "my-own"):
        assert part not in text
