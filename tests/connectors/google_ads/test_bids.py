"""Bid targets over the real protocol: read where each strategy keeps them, written there and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Landed, ReadBack
from connectors.errors import Invalid, Unsupported
from connectors.google_ads import GoogleAdsConnector
from domain.money import Money
from domain.ratio import Ratio
from domain.recommendation import Change, Field
from emulators.google_ads.server import Handle, start
from emulators.market.bidding import TARGETS, TargetSpec
from emulators.market.world import Market
from tests.connectors.google_ads.conftest import ACCOUNT, config_for

POOLED = TargetSpec("biddingStrategies/9001", "Benelux CPA", "TARGET_CPA", 30.0, ("7006", "7007"))
MAXIMISED = TargetSpec("campaigns/7002", "Generic Search DE", "MAXIMIZE_CONVERSIONS", 28.0, ("7002",))


@pytest.fixture(scope="module")
def handle() -> Iterator[Handle]:
    running = start(Market(history_days=20, targets=(*TARGETS, POOLED, MAXIMISED)))
    yield running
    running.stop()


@pytest.fixture
def bids(handle: Handle) -> Iterator[tuple[GoogleAdsConnector, Handle]]:
    handle.faults.clear()
    handle.writes.clear()
    connector = GoogleAdsConnector(config_for(handle), now=handle.market.now, sleep=lambda _s: None)
    yield connector, handle
    connector.close()


def moved(handle: Handle, owner: str, share: str, field: Field = "target_cpa") -> Change:
    micros = handle.market.target_micros(owner)
    after = (Decimal(micros) / 10**6 * Decimal(share)).quantize(Decimal("0.01"))
    value: Any = Ratio if field == "target_roas" else lambda amount: Money(amount, "EUR")
    before = value(Decimal(micros) / 10**6)
    name = f"customers/{ACCOUNT}/{owner}"
    return Change("google_ads", ACCOUNT, name, owner, field, before, value(after), handle.market.now())


def test_each_target_is_read_where_its_strategy_keeps_it_and_what_cannot_be_set_says_why(bids: Any) -> None:
    connector, _ = bids
    found = {b.name: b for b in connector.bids(ACCOUNT)}
    assert found["Shopping Bestsellers"].target_roas == Ratio(Decimal("2.5"))
    assert found["Display Retargeting"].target_cpa == Money(Decimal(45), "EUR")
    assert found["Generic Search DE"].target_cpa == Money(Decimal(28), "EUR")
    pooled = found["Benelux CPA"]
    assert (pooled.shared, [c[1] for c in pooled.campaigns]) == (True, ["Search NL", "Search BE"])
    assert not {"Search NL", "Search BE"} & set(found)
    assert found["Competitor Search"].why_not == "it bids by manual CPC, which has no target CPA or ROAS"
    assert found["Brand Search"].why_not == "it bids by target impression share, which has no target CPA or ROAS"
    assert connector.bid_state(ACCOUNT, pooled.entity) == pooled


def test_what_is_lost_to_rank_is_told_from_what_is_lost_to_the_budget(bids: Any) -> None:
    connector, handle = bids
    before = {b.name: b for b in connector.bids(ACCOUNT)}["Display Retargeting"]
    assert before.lost_to_rank < 0.02  # on weak days only, and never below its budget
    assert before.lost_to_budget > 0.5
    handle.market.set_target("campaigns/7005", 12_000_000, by="colleague@acme.example")
    handle.market.advance(8)
    after = {b.name: b for b in connector.bids(ACCOUNT)}["Display Retargeting"]
    handle.market.set_target("campaigns/7005", 45_000_000, by="colleague@acme.example")
    assert after.lost_to_rank > 0.8
    assert after.lost_to_budget < 0.02


@pytest.mark.parametrize(
    ("owner", "field"),
    [
        ("campaigns/7005", "target_cpa"), ("campaigns/7004", "target_roas"), ("campaigns/7002", "target_cpa"),
        ("biddingStrategies/9001", "target_cpa"),
    ],
)  # fmt: skip
def test_a_target_is_checked_written_once_and_read_back(bids: Any, owner: str, field: Field) -> None:
    connector, handle = bids
    change = moved(handle, owner, "1.1", field)
    connector.validate(change)
    assert handle.writes == []
    assert connector.read_back(change).verdict is ReadBack.BEFORE
    outcome = connector.apply(change, 5.0)
    assert outcome.landed is Landed.APPLIED, outcome
    assert [w.operations for w in handle.writes] == [((change.entity, change.after.micros),)]
    assert connector.read_back(change).value == change.after
    assert handle.market.target_micros(owner) == change.after.micros


def test_a_lost_answer_is_unknown_and_its_history_shows_who_did_it(bids: Any) -> None:
    connector, handle = bids
    since = handle.market.now() - timedelta(minutes=1)
    change = moved(handle, "campaigns/7005", "0.9")
    handle.faults.add("mutate", "cut", when="after")
    assert connector.apply(change, 5.0).landed is Landed.UNKNOWN
    assert connector.read_back(change).verdict is ReadBack.DESIRED
    last = connector.recent_changes(ACCOUNT, change.entity, since)[-1]
    assert (last.before, last.after, last.field) == (change.before, change.after, "target_cpa")
    told = connector.account_changes(ACCOUNT, since)[-1]
    assert (told.field, told.after) == ("target_cpa", change.after)


def test_the_platform_keeps_no_history_of_portfolios_and_that_is_said(bids: Any) -> None:
    connector, handle = bids
    with pytest.raises(Unsupported, match="no history of portfolio"):
        connector.recent_changes(ACCOUNT, f"customers/{ACCOUNT}/biddingStrategies/9001", handle.market.now())


def test_a_target_is_never_sent_to_a_strategy_of_another_kind(bids: Any) -> None:
    """On the platform that would change how the campaign bids."""
    connector, handle = bids
    wrong = moved(handle, "campaigns/7004", "1.1")  # a target CPA for a campaign that bids for ROAS
    outcome = connector.apply(wrong, 5.0)
    assert (outcome.landed, outcome.evidence) == (Landed.REJECTED, {"sent": False})
    assert handle.writes == []
    with pytest.raises(Invalid, match="does not bid for a target CPA any more"):
        connector.validate(wrong)


def test_a_campaign_that_joined_a_portfolio_is_not_pulled_out_of_it_by_a_target_of_its_own(bids: Any) -> None:
    connector, handle = bids
    name, sides = f"customers/{ACCOUNT}/campaigns/7006", (Money(Decimal(30), "EUR"), Money(Decimal(33), "EUR"))
    joined = Change("google_ads", ACCOUNT, name, "Search NL", "target_cpa", *sides, handle.market.now())
    with pytest.raises(Invalid, match="does not bid for a target CPA any more"):
        connector.validate(joined)
    outcome = connector.apply(joined, 5.0)
    assert (outcome.landed, outcome.evidence, handle.writes) == (Landed.REJECTED, {"sent": False}, [])
    assert connector.bid_state(ACCOUNT, name).why_not == "it bids by a portfolio strategy, which has the target"


def test_a_read_that_fails_just_before_the_write_sends_nothing(bids: Any) -> None:
    connector, handle = bids
    change = moved(handle, "campaigns/7005", "1.05")
    connector.validate(change)
    handle.faults.add("search", "unavailable")
    outcome = connector.apply(change, 5.0)
    assert (outcome.landed, handle.writes) == (Landed.REJECTED, [])


def test_the_platforms_own_limits_refuse_in_the_dry_run(bids: Any) -> None:
    connector, handle = bids
    with pytest.raises(Invalid):
        connector.validate(moved(handle, "campaigns/7004", "0.001", "target_roas"))
