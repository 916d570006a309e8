"""Reads over TLS with the real client: whole or refused, tried again where that can help."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Connector, ReportQuery
from connectors.errors import (
    Auth,
    Invalid,
    Permission,
    PlatformError,
    QuotaDay,
    SchemaDrift,
    Throttled,
    Transient,
)
from connectors.google_ads import GoogleAdsConnector
from domain.money import Money

ACCOUNT = "1234567890"
Build = Callable[..., GoogleAdsConnector]


def window(google: Any, days: int = 30) -> ReportQuery:
    last = google.handle.market.today - timedelta(days=1)
    return ReportQuery(ACCOUNT, last - timedelta(days=days - 1), last)


def test_the_connector_is_what_the_port_asks_for(google: Any) -> None:
    connector: Connector = google.connector
    assert connector.platform == "google_ads"
    assert connector.capabilities.dry_run


def test_accounts_below_the_manager_are_listed_without_the_manager(google: Any) -> None:
    (account,) = google.connector.accounts()
    assert (account.external_id, account.name, account.currency, account.timezone) == (
        ACCOUNT, "Acme EU", "EUR", "Europe/Berlin",
    )  # fmt: skip


def test_named_accounts_are_read_by_their_id(connect: Build) -> None:
    assert [a.name for a in connect(customer_ids=(ACCOUNT,)).accounts()] == ["Acme EU"]


def test_a_report_comes_in_pages_of_which_only_the_last_is_complete_and_equals_the_market(google: Any) -> None:
    query = window(google)
    pages = list(google.connector.report(query))
    assert [p.complete for p in pages] == [False] * (len(pages) - 1) + [True]
    assert len(pages) == 5
    assert all(p.request_id for p in pages)
    got = {(r.campaign, r.day): r for p in pages for r in p.rows}
    true = google.handle.market.rows(query.start, query.end)
    assert len(got) == len(true) == 210
    for row in true:
        mine = got[row.campaign.name, row.day]
        assert (mine.spend_micros, mine.impressions, mine.clicks, mine.conversions, mine.revenue) == (
            row.spend_micros, row.impressions, row.clicks, row.conversions, row.revenue,
        )  # fmt: skip
        assert mine.campaign_id == row.campaign.id


def test_an_empty_window_is_one_complete_page_without_rows(google: Any) -> None:
    long_ago = google.handle.market.first_day - timedelta(days=30)
    (page,) = google.connector.report(ReportQuery(ACCOUNT, long_ago, long_ago))
    assert page.complete
    assert page.rows == ()


@pytest.mark.parametrize("kind", ["cut", "reset", "internal"])
def test_a_stream_that_breaks_off_raises_and_no_page_of_it_says_complete(google: Any, kind: str) -> None:
    google.handle.faults.add("search", kind, when="after", pages=3)
    seen: list[Any] = []
    try:
        for page in google.connector.report(window(google)):
            seen.append(page)  # noqa: PERF402  (what came before the break is the subject)
    except Transient:
        assert not any(p.complete for p in seen)
    else:  # a reset may throw away pages that were not read yet: then none had come, and the read began anew
        assert kind == "reset"
        assert google.slept
        query = window(google)
        assert sum(len(p.rows) for p in seen) == len(google.handle.market.rows(query.start, query.end))


def test_a_page_that_comes_twice_is_noticed(google: Any) -> None:
    google.handle.faults.add("search", "page_repeated")
    with pytest.raises(Transient, match="twice"):
        list(google.connector.report(window(google)))


@pytest.mark.parametrize("kind", ["unavailable", "internal", "reset", "deadline", "html", "transient_failure"])
def test_a_passing_fault_of_a_read_is_tried_again(google: Any, kind: str) -> None:
    fault = google.handle.faults.add("search", kind)
    assert google.connector.accounts()
    assert fault.hits == 1
    assert google.slept


def test_three_faults_in_a_row_are_given_up_as_transient(google: Any) -> None:
    fault = google.handle.faults.add("search", "unavailable", times=9)
    with pytest.raises(Transient):
        google.connector.accounts()
    assert fault.hits == 3


def test_a_throttled_read_waits_as_long_as_the_server_says(google: Any) -> None:
    google.handle.faults.add("search", "throttled", retry_delay=7)
    assert google.connector.accounts()
    assert google.slept == [7.0]


def test_a_server_that_asks_for_too_long_is_told_to_the_caller(google: Any) -> None:
    google.handle.faults.add("search", "throttled", retry_delay=600)
    with pytest.raises(Throttled) as told:
        google.connector.accounts()
    assert told.value.retry_after == 600
    assert google.slept == []


def test_throttling_without_a_delay_backs_off_by_itself(google: Any) -> None:
    google.handle.faults.add("search", "throttled_without_delay")
    assert google.connector.accounts()
    assert len(google.slept) == 1


@pytest.mark.parametrize(("kind", "error"), [("quota_day", QuotaDay), ("permission", Permission), ("invalid", Invalid)])
def test_what_another_try_cannot_mend_is_raised_at_once(google: Any, kind: str, error: type[PlatformError]) -> None:
    fault = google.handle.faults.add("search", kind, times=9)
    with pytest.raises(error) as raised:
        google.connector.accounts()
    assert fault.hits == 1
    assert raised.value.request_id


def test_a_field_that_the_platform_no_longer_has_is_schema_drift(google: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.google_ads.report.FIELDS", ("campaign.id", "campaign.withdrawn_field"))
    with pytest.raises(SchemaDrift, match="withdrawn_field"):
        list(google.connector.report(window(google)))


def test_a_hanging_read_ends_at_its_timeout(connect: Build, handle: Any) -> None:
    connector = connect(lookup_timeout_s=0.3)
    handle.faults.add("search", "hang", times=9)
    with pytest.raises(Transient):
        connector.accounts()


def test_an_expired_access_token_is_renewed_for_the_next_read(google: Any) -> None:
    assert google.connector.accounts()
    google.handle.login.expire_tokens()
    with pytest.raises(Auth):
        google.connector.accounts()
    assert google.connector.accounts()


@pytest.mark.parametrize("wrong", ["developer_token", "client_secret", "refresh_token"])
def test_a_wrong_secret_is_an_auth_error(connect: Build, wrong: str) -> None:
    with pytest.raises(Auth):
        connect(**{wrong: "canary-wrong-value"}).accounts()


def test_a_login_customer_that_does_not_manage_the_account_may_not_read_it(connect: Build) -> None:
    with pytest.raises(Permission):
        connect(login_customer_id="1111111111", customer_ids=(ACCOUNT,)).accounts()


def test_budgets_say_who_spends_from_them_and_what_they_lost(google: Any) -> None:
    found = {b.name: b for b in google.connector.budgets(ACCOUNT)}
    assert len(found) == 6
    shared = found["Benelux shared"]
    assert shared.shared
    assert shared.campaigns == (("7006", "Search NL"), ("7007", "Search BE"))
    assert shared.billable_unit_micros == 10_000
    assert shared.period == "DAILY"
    assert found["Brand Search"].lost_impression_share_budget < 0.05
    assert found["Generic Search DE"].lost_impression_share_budget > 0.4
    assert found["Competitor Search"].bid_strategy == "MANUAL_CPC"


def test_a_large_change_sets_automated_bidding_learning(google: Any) -> None:
    entity = google.entity("5005")
    assert google.connector.state(ACCOUNT, entity).learning is False
    google.handle.market.set_budget("5005", 300_000_000, by="test")
    state = google.connector.state(ACCOUNT, entity)
    assert state.learning is True
    assert state.daily_amount == Money(Decimal(300), "EUR")


def test_an_unknown_budget_has_no_state(google: Any) -> None:
    with pytest.raises(Invalid, match="no budget"):
        google.connector.state(ACCOUNT, google.entity("9999"))
    with pytest.raises(Invalid, match="not a campaign budget"):
        google.connector.state(ACCOUNT, "customers/1234567890/campaignBudgets/1' OR ''='")


def test_a_removed_budget_is_no_longer_enabled(google: Any) -> None:
    google.handle.market.removed.add("5003")
    try:
        assert google.connector.state(ACCOUNT, google.entity("5003")).enabled is False
        assert len(google.connector.budgets(ACCOUNT)) == 5
    finally:
        google.handle.market.removed.clear()


def test_the_change_history_names_who_changed_a_budget_and_by_what(google: Any) -> None:
    market = google.handle.market
    since = market.now() - timedelta(minutes=1)
    market.set_budget("5006", 500_000_000, by="rule@acme.example", client="GOOGLE_ADS_AUTOMATED_RULE")
    (change,) = google.connector.recent_changes(ACCOUNT, google.entity("5006"), since)
    assert (change.by, change.client, change.detail) == (
        "rule@acme.example", "GOOGLE_ADS_AUTOMATED_RULE", "480.00 EUR to 500.00 EUR",
    )  # fmt: skip
    assert change.at == market.now()
    assert google.connector.recent_changes(ACCOUNT, google.entity("5001"), since) == ()


def test_a_history_asked_for_from_long_ago_goes_back_as_far_as_the_platform_keeps_it(google: Any) -> None:
    since = google.handle.market.now() - timedelta(days=400)
    assert google.connector.recent_changes(ACCOUNT, google.entity("5001"), since) == ()


def test_an_answer_in_an_unknown_form_is_schema_drift_and_no_other_error(google: Any, monkeypatch: Any) -> None:
    change, since = google.change("5"), google.handle.market.now()
    connector, entity = google.connector, google.entity("5001")
    reads = {
        "an empty answer": (lambda *_: [], lambda: connector.accounts()),
        "rows without a budget": (lambda *_: [object()], lambda: connector.state(ACCOUNT, entity)),
        "rows without an event": (lambda *_: [object()], lambda: connector.recent_changes(ACCOUNT, entity, since)),
        "rows without an amount": (lambda *_: [object()], lambda: connector.read_back(change)),
    }
    connector.state(ACCOUNT, entity)
    connector.config = dataclasses.replace(connector.config, customer_ids=(ACCOUNT,))
    for answer, read in reads.values():
        monkeypatch.setattr(connector, "_search", answer)
        with pytest.raises(SchemaDrift):
            read()
