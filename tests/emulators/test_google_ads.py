"""The emulator as the unmodified client sees it, and what its query language refuses."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.ads.googleads.v26.services.types.campaign_budget_service import CampaignBudgetOperation
from google.protobuf.field_mask_pb2 import FieldMask

from emulators.google_ads import gaql
from emulators.google_ads.budgets import check_operation
from emulators.google_ads.failures import NotModelled, PlatformFailure
from emulators.google_ads.faults import FaultScript
from emulators.google_ads.resources import rows
from emulators.google_ads.server import Handle, start
from emulators.google_ads.wire import served_methods
from emulators.market.world import Market

MARKET = Market()


@pytest.fixture
def handle() -> Iterator[Handle]:
    running = start(Market())
    yield running
    running.stop()


def test_the_unmodified_client_signs_in_reads_writes_and_gets_real_errors(handle: Handle) -> None:
    script = Path(__file__).with_name("unmodified_client.py")
    env = {**os.environ, **handle.settings_env(), "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(handle.ca_file)}
    done = subprocess.run([sys.executable, script], env=env, capture_output=True, text=True, timeout=60, check=True)
    seen = json.loads(done.stdout)
    assert seen["accessible"] == ["customers/9876543210"]
    assert seen["campaigns"] == sorted(c.name for c in handle.market.campaigns)
    assert seen["written"] == ["customers/1234567890/campaignBudgets/5002"]
    assert seen["error"] == "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"
    assert seen["request_id"] == handle.writes[1].request_id
    assert [w.applied for w in handle.writes] == [1, 0]
    assert handle.market.budget_micros("5002") == 700_000_000


def test_nothing_is_left_after_stop() -> None:
    running = start(Market())
    port, certificate = running.port, running.ca_file
    running.stop()
    assert not certificate.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_paths_and_types_are_the_shipped_clients_own() -> None:
    served = served_methods()
    assert served["search_stream"].path == "/google.ads.googleads.v26.services.GoogleAdsService/SearchStream"
    assert served["mutate_campaign_budgets"].request.__name__ == "MutateCampaignBudgetsRequest"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT campaign.nonsense FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM campaigns", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        ("SELECT campaign FROM campaign", "UNRECOGNIZED_FIELD"),
        ("campaign.id FROM campaign", "EXPECTED_SELECT"),
        ("SELECT campaign.id", "EXPECTED_FROM"),
        ("SELECT campaign.id FROM campaign WHERE campaign.status = 'RUNNING'", "BAD_ENUM_CONSTANT"),
        ("SELECT campaign.id FROM campaign WHERE campaign.id LIKES 3", "BAD_OPERATOR"),
        ("SELECT campaign.id FROM campaign LIMIT 0", "BAD_LIMIT_VALUE"),
        ("SELECT campaign.id FROM campaign ORDER campaign.id", "EXPECTED_BY"),
        ("SELECT campaign.id FROM campaign WHERE", "UNEXPECTED_END_OF_QUERY"),
        ("SELECT campaign.id FROM campaign ; DROP", "UNEXPECTED_INPUT"),
        ("SELECT segments.date, metrics.clicks FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        ("SELECT change_event.user_email FROM change_event", "LIMIT_NOT_SPECIFIED"),
        ("SELECT change_event.user_email FROM change_event LIMIT 5", "CHANGE_DATE_RANGE_INFINITE"),
        (
            "SELECT change_event.user_email FROM change_event WHERE change_event.change_date_time "
            "BETWEEN '2025-01-01' AND '2026-03-16' LIMIT 5",
            "START_DATE_TOO_OLD",
        ),
    ],
)
def test_a_query_the_platform_would_refuse_is_refused_with_its_own_error(query: str, error: str) -> None:
    with pytest.raises(PlatformFailure) as refused:
        rows(MARKET, MARKET.account_id, gaql.parse(query))
    assert refused.value.name == error


def test_metrics_of_a_manager_are_refused() -> None:
    query = gaql.parse("SELECT metrics.clicks FROM campaign WHERE segments.date DURING LAST_7_DAYS")
    with pytest.raises(PlatformFailure) as refused:
        rows(MARKET, MARKET.manager_id, query)
    assert refused.value.name == "REQUESTED_METRICS_FOR_MANAGER"


def test_what_the_platform_knows_but_the_emulator_does_not_is_never_invented() -> None:
    with pytest.raises(NotModelled, match=r"campaign\.optimization_score"):
        rows(MARKET, MARKET.account_id, gaql.parse("SELECT campaign.optimization_score FROM campaign"))
    with pytest.raises(NotModelled, match="ad_group"):
        rows(MARKET, MARKET.account_id, gaql.parse("SELECT ad_group.id FROM ad_group"))


def test_order_limit_and_conditions_hold() -> None:
    text = (
        "SELECT campaign.id, campaign.name FROM campaign WHERE campaign.advertising_channel_type = 'SEARCH' "
        "AND campaign.id IN (7001, 7002, 7004) ORDER BY campaign.id DESC LIMIT 1"
    )
    assert [r["campaign.name"] for r in rows(MARKET, MARKET.account_id, gaql.parse(text))] == ["Generic Search DE"]


def test_figures_by_day_add_up_to_figures_over_the_range() -> None:
    where = "FROM campaign WHERE segments.date BETWEEN '2026-02-01' AND '2026-02-28'"
    daily = rows(MARKET, MARKET.account_id, gaql.parse(f"SELECT segments.date, metrics.cost_micros {where}"))
    total = rows(MARKET, MARKET.account_id, gaql.parse(f"SELECT metrics.cost_micros {where}"))
    assert len(daily) == 28 * 7
    assert len(total) == 7
    assert sum(r["metrics.cost_micros"] for r in daily) == sum(r["metrics.cost_micros"] for r in total)


def test_a_refusal_cannot_be_scripted_after_the_change_was_applied() -> None:
    with pytest.raises(ValueError, match="refuses the change"):
        FaultScript().add("mutate", "invalid", when="after")


def test_a_fault_hits_the_call_it_names_and_no_other() -> None:
    script = FaultScript()
    script.next_call("search")
    script.add("search", "internal", nth=2, times=2)
    assert [len(script.next_call("search")) for _ in range(4)] == [0, 1, 1, 0]
    assert script.next_call("mutate") == []


@pytest.mark.parametrize(("currency", "unit", "minimum"), [("EUR", 10_000, 1_000_000), ("JPY", 10**6, 100 * 10**6)])
def test_the_minimum_of_a_budget_is_its_currencys(currency: str, unit: int, minimum: int) -> None:
    market = Market()
    market.currency, market.billable_unit_micros = currency, unit
    budget = {"resource_name": "customers/1234567890/campaignBudgets/5002"}
    for micros, refused in ((minimum, False), (minimum - unit, True)):
        update = CampaignBudgetOperation(update={**budget, "amount_micros": micros})
        update.update_mask = FieldMask(paths=["amount_micros"])
        if not refused:
            check_operation(market, "1234567890", update, 0).apply(market)
            assert market.events()[-1].budget_id == "5002"
            continue
        with pytest.raises(PlatformFailure) as failed:
            check_operation(market, "1234567890", update, 0)
        assert failed.value.name == "BUDGET_BELOW_PER_DAY_MINIMUM"
