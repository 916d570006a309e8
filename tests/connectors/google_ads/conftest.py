"""One emulator a module, with pages small enough to be cut; each test starts with an empty script and log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from connectors.google_ads import GoogleAdsConfig, GoogleAdsConnector
from domain.money import Money
from domain.recommendation import Change
from emulators.google_ads.server import Handle, start
from emulators.market.world import Market

ACCOUNT = "1234567890"


@dataclass
class Google:
    """The connector under test, the platform it talks to, and the pauses it made."""

    handle: Handle
    connector: GoogleAdsConnector
    slept: list[float] = field(default_factory=list)

    def entity(self, budget_id: str = "5002") -> str:
        return f"customers/{ACCOUNT}/campaignBudgets/{budget_id}"

    def change(self, after: str | Decimal, budget_id: str = "5002") -> Change:
        market = self.handle.market
        before = Money.from_micros(market.budget_micros(budget_id), "EUR") if market.budget_spec(budget_id) else None
        return Change(
            platform="google_ads",
            account=ACCOUNT,
            entity=self.entity(budget_id),
            entity_name="Generic Search DE",
            field="daily_budget",
            before=before or Money(Decimal(1), "EUR"),
            after=Money(Decimal(after), "EUR"),
            observed_at=market.now(),
        )


def config_for(handle: Handle, **changed: object) -> GoogleAdsConfig:
    env = handle.settings_env()
    values: dict[str, object] = {
        "developer_token": env["GOOGLE_ADS_DEVELOPER_TOKEN"],
        "client_id": env["GOOGLE_ADS_CLIENT_ID"],
        "client_secret": env["GOOGLE_ADS_CLIENT_SECRET"],
        "refresh_token": env["GOOGLE_ADS_REFRESH_TOKEN"],
        "login_customer_id": env["GOOGLE_ADS_LOGIN_CUSTOMER_ID"],
        "endpoint": env["GOOGLE_ADS_ENDPOINT"],
        "token_uri": env["GOOGLE_ADS_TOKEN_URI"],
        "ca_file": handle.ca_file,
        "read_timeout_s": 10.0,
        "lookup_timeout_s": 10.0,
        **changed,
    }
    return GoogleAdsConfig(**values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def handle() -> Iterator[Handle]:
    running = start(Market(), page_rows=50)
    yield running
    running.stop()


@pytest.fixture
def google(handle: Handle) -> Iterator[Google]:
    handle.faults.clear()
    handle.writes.clear()
    slept: list[float] = []
    connector = GoogleAdsConnector(config_for(handle), now=handle.market.now, sleep=slept.append)
    yield Google(handle, connector, slept)
    connector.close()


@pytest.fixture
def connect(handle: Handle) -> Iterator[Callable[..., GoogleAdsConnector]]:
    """Other logins to the same emulator."""
    made: list[GoogleAdsConnector] = []

    def build(**changed: object) -> GoogleAdsConnector:
        handle.faults.clear()
        made.append(
            GoogleAdsConnector(config_for(handle, **changed), now=handle.market.now, sleep=lambda _seconds: None)
        )
        return made[-1]

    yield build
    for connector in made:
        connector.close()
