"""The change history of an account over the wire: who changed what, whole, with pauses beside budgets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from google.ads.googleads.v26.resources.types.change_event import ChangeEvent

from connectors.base import PlatformAccount
from connectors.errors import Permission, SchemaDrift
from connectors.google_ads import GoogleAdsConnector, history
from emulators.google_ads.server import Handle, start
from emulators.market.incidents import Incident
from emulators.market.world import Market
from tests.connectors.google_ads.conftest import ACCOUNT, config_for

ABOUT = PlatformAccount(ACCOUNT, "Acme", "EUR", "Europe/Berlin")


@pytest.fixture(scope="module")
def lived() -> Iterator[tuple[Handle, GoogleAdsConnector]]:
    """A market in which a rule moved a shared budget and a colleague stopped a campaign for two days."""
    market = Market(history_days=40)
    market.set_budget("5006", 500_000_000, by="rule@acme.example", client="GOOGLE_ADS_AUTOMATED_RULE")
    paused = market.today + timedelta(days=1)
    market.inject(Incident("pause", paused, paused + timedelta(days=1), campaign="Generic Search DE"))
    market.advance(4)
    running = start(market)
    connector = GoogleAdsConnector(config_for(running), now=market.now, sleep=lambda _s: None)
    yield running, connector
    connector.close()
    running.stop()


def test_budgets_and_pauses_come_with_who_made_them_and_the_campaigns_they_reach(
    lived: tuple[Handle, GoogleAdsConnector],
) -> None:
    handle, connector = lived
    budget, stopped, started = connector.account_changes(ACCOUNT, handle.market.now() - timedelta(days=30))
    assert (budget.field, str(budget.before), str(budget.after)) == ("daily_budget", "480.00 EUR", "500.00 EUR")
    assert (budget.by, budget.client) == ("rule@acme.example", "GOOGLE_ADS_AUTOMATED_RULE")
    assert budget.campaigns == tuple(c.id for c in handle.market.spenders("5006"))
    assert budget.entity_name == handle.market.budget_spec("5006").name  # type: ignore[union-attr]
    assert (stopped.field, stopped.old, stopped.new) == ("status", {"value": "ENABLED"}, {"value": "PAUSED"})
    assert (stopped.entity_name, stopped.client) == ("Generic Search DE", "GOOGLE_ADS_WEB_CLIENT")
    assert (started.at - stopped.at, started.new) == (timedelta(days=2), {"value": "ENABLED"})


def test_the_same_change_has_the_same_id_at_every_read_and_old_ones_are_not_asked_for(
    lived: tuple[Handle, GoogleAdsConnector],
) -> None:
    handle, connector = lived
    now = handle.market.now()
    every = connector.account_changes(ACCOUNT, now - timedelta(days=400))
    assert [c.source_id for c in every] == [
        c.source_id for c in connector.account_changes(ACCOUNT, now - timedelta(days=20))
    ]
    assert len({c.source_id for c in every}) == 3
    assert connector.account_changes(ACCOUNT, now - timedelta(hours=1)) == ()


def test_a_login_that_may_not_read_it_gets_no_empty_history(lived: tuple[Handle, GoogleAdsConnector]) -> None:
    handle, connector = lived
    with pytest.raises(Permission):
        connector.account_changes("9999999999", handle.market.now() - timedelta(days=1))


def event(number: int, second: int, kind: str, name: str, paths: list[str], old: Any, new: Any) -> Any:
    """One row as the shipped client hands it over."""
    made = ChangeEvent.pb()()
    made.resource_name = f"customers/{ACCOUNT}/changeEvents/1~{number}"
    made.change_date_time = f"2026-03-10 10:00:{second:02}.000000"
    made.change_resource_type = (
        made.DESCRIPTOR.fields_by_name["change_resource_type"].enum_type.values_by_name[kind].number
    )
    made.resource_change_operation = 3  # UPDATE
    made.change_resource_name = name
    made.changed_fields.paths.extend(paths)
    old(made.old_resource)
    new(made.new_resource)
    return SimpleNamespace(change_event=made)


def test_bids_and_targets_are_told_apart_and_the_rest_is_one_row() -> None:
    def side(target: float, micros: int) -> Any:
        def fill(resource: Any) -> None:
            resource.campaign.maximize_conversion_value.target_roas = target
            resource.campaign.maximize_conversion_value.cpc_bid_ceiling_micros = micros
            resource.campaign.name = "Brand"

        return fill

    paths = [
        "name",
        "maximize_conversion_value.target_roas",
        "maximize_conversion_value.cpc_bid_ceiling_micros",
        "labels",
    ]
    row = event(1, 1, "CAMPAIGN", f"customers/{ACCOUNT}/campaigns/7", paths, side(4.0, 900_000), side(6.0, 1_200_000))

    def search(_customer: str, query: str) -> list[Any]:
        return [row] if "FROM change_event" in query else []

    now = Market(history_days=10).now()
    found = {c.field: c for c in history.read(search, ABOUT, now - timedelta(days=20), now)}
    assert set(found) == {
        "target_roas", "maximize_conversion_value.cpc_bid_ceiling_micros", "name, labels",
    }  # fmt: skip
    roas = found["target_roas"]
    assert (roas.old, roas.new, roas.campaigns) == ({"value": 4.0}, {"value": 6.0}, ("7",))
    assert str(found["maximize_conversion_value.cpc_bid_ceiling_micros"].after) == "1.20 EUR"


def test_more_changes_than_one_answer_holds_are_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_ROWS", 10)
    name = f"customers/{ACCOUNT}/campaignBudgets/5"
    rows = [event(n, n, "CAMPAIGN_BUDGET", name, ["amount_micros"], *[lambda _r: None] * 2) for n in range(25)]

    def search(_customer: str, query: str) -> list[Any]:
        if "FROM change_event" not in query:
            return []
        since = query.partition(">= '")[2].partition("'")[0]
        return [r for r in rows if r.change_event.change_date_time >= since][:10]

    now = Market(history_days=10).now()
    assert len(history.read(search, ABOUT, now - timedelta(days=20), now)) == 25
    for row in rows:
        row.change_event.change_date_time = "2026-03-10 10:00:00.000000"
    with pytest.raises(SchemaDrift, match="10 or more changes"):
        history.read(search, ABOUT, now - timedelta(days=20), now)
