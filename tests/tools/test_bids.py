"""Bid recommendations on a synced store, against a market whose truth is known, through approval to the platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from agent.activation import ActivationDeps, execute
from connectors.google_ads import GoogleAdsConnector
from domain.formatting import format_value
from domain.lifecycle import Status
from domain.policy import Limits, quorum
from domain.scope import Scope
from emulators.google_ads.server import Handle, start
from emulators.market.bid_market import MARGIN, bid_market, profit
from scheduler.sync import sync
from store import recommendations
from store.approvals import add_approver, decide, open_approval
from store.engine import read, write
from store.tables import Account, BidTarget
from tests.connectors.google_ads.conftest import config_for
from tools.base import ToolContext
from tools.bids import draft
from tools.drafting import Draft
from tools.recommend_bids import BidArguments


@pytest.fixture(scope="module")
def handle() -> Iterator[Handle]:
    running = start(bid_market())
    yield running
    running.stop()


@pytest.fixture
def google(handle: Handle) -> Iterator[GoogleAdsConnector]:
    connector = GoogleAdsConnector(config_for(handle), now=handle.market.now, sleep=lambda _s: None)
    yield connector
    connector.close()


@pytest.fixture
def context(sqlite_engine: Engine, handle: Handle, google: GoogleAdsConnector) -> ToolContext:
    report = sync(sqlite_engine, google, now=handle.market.now())
    assert report.complete, report.failures
    with read(sqlite_engine) as session:
        (account_id,) = session.scalars(select(Account.id)).all()
    market = handle.market
    return ToolContext(
        engine=sqlite_engine, scope=Scope((account_id,)), today=market.today, timezone=market.timezone, week_start=0,
        now=market.now(), asked_by="Rita", limits=Limits(),
    )  # fmt: skip


def said(made: Draft) -> str:
    text = made.result.text
    for fact in made.result.facts:
        text = text.replace(f"{{{{{fact.id}}}}}", format_value(fact))
    return text


def test_each_target_moves_towards_what_is_truly_best_and_the_others_say_why_they_stay(
    context: ToolContext, handle: Handle
) -> None:
    made = draft(context, BidArguments(margin=MARGIN))
    rec = made.recommendation
    assert rec is not None, made.result
    by_name = {c.entity_name: c for c in rec.changes}
    assert set(by_name) == {"Search tight", "Shopping loose"}
    for owner, name in (("campaigns/1", "Search tight"), ("campaigns/2", "Shopping loose")):
        change = by_name[name]
        before, after = (profit(handle.market, owner, float(v.amount)) for v in (change.before, change.after))
        assert after > before, change.moves
        assert change.share is not None
        assert abs(change.share) <= Decimal("0.15")
    notes = " ".join(made.result.caveats)
    assert (
        "Generic starved is left unchanged: the next unit of spend pays, but its budget stops it, not its bid" in notes
    )
    assert "By hand has no target to set: it bids by manual CPC, which has no target CPA or ROAS" in notes
    assert "No budget changes." in said(made)
    assert rec.expected is not None
    assert rec.tier == 2  # one of them may spend more


def test_the_expected_effect_holds_the_truth(context: ToolContext, handle: Handle) -> None:
    made = draft(context, BidArguments(margin=MARGIN, campaigns=("Search tight",)))
    rec = made.recommendation
    assert rec is not None
    assert rec.expected is not None
    (change,) = rec.changes
    (_, _, now), (_, _, then) = (
        handle.market.truth.at_target("campaigns/1", float(v.amount)) for v in (change.before, change.after)
    )
    assert float(rec.expected.low) <= 30 * (then - now) <= float(rec.expected.high)


def test_without_a_margin_or_a_target_nothing_says_what_a_conversion_is_worth(context: ToolContext) -> None:
    made = draft(context, BidArguments())
    assert made.recommendation is None
    assert made.result.refused is None
    assert all("neither a margin nor a target" in c or "no target to set" in c for c in made.result.caveats)


def test_a_campaign_without_a_target_is_answered_and_an_unknown_one_refused(context: ToolContext) -> None:
    made = draft(context, BidArguments(margin=MARGIN, campaigns=("By hand",)))
    assert made.recommendation is None
    assert "By hand has no target to set" in made.result.caveats[0]
    nobody = draft(context, BidArguments(margin=MARGIN, campaigns=("Nobody",)))
    assert nobody.result.refused == "there is no campaign Nobody there"


@pytest.mark.parametrize(("learning", "why"), [(True, "still learning"), (None, "does not say whether")])
def test_learning_or_not_knowing_it_holds_a_target(context: ToolContext, learning: bool | None, why: str) -> None:
    with write(context.engine) as session:
        for row in session.scalars(select(BidTarget)):
            row.learning = learning
    made = draft(context, BidArguments(margin=MARGIN, campaigns=("Search tight",)))
    assert made.recommendation is None
    assert why in said(made)


def test_a_drafted_target_is_approved_written_read_back_and_then_left_alone_for_a_week(
    context: ToolContext, handle: Handle, google: GoogleAdsConnector
) -> None:
    made = draft(context, BidArguments(margin=MARGIN, campaigns=("Search tight",)))
    assert made.result.recommendation_id is not None
    now = handle.market.now()
    with write(context.engine) as session:
        rec = recommendations.get(session, context.scope, made.result.recommendation_id)
        add_approver(session, account_id=rec.account_id, user="Ana", by="setup", now=now)
        card = open_approval(session, rec, quorum=quorum(rec.tier, Limits()), now=now).approval_id
    assert decide(context.engine, card, "Ana", "approve", now=now, limits=Limits()).claimed
    handle.writes.clear()
    assert execute(ActivationDeps(context.engine, {"google_ads": google}, lambda: now), card) is Status.APPLIED
    assert len(handle.writes) == 1
    assert handle.market.target_micros("campaigns/1") == rec.changes[0].after.micros
    sync(context.engine, google, now=now)
    again = draft(replace(context, asked_by="Ben"), BidArguments(margin=MARGIN, campaigns=("Search tight",)))
    assert again.recommendation is None
    assert "its effect is not known yet" in said(again)
