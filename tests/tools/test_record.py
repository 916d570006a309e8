"""The record of an account's promises corrects its next prediction, says so, and does so again for an edited amount."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine

from agent.activation.execute import verdict
from app.slack.cards import card, details
from domain.formatting import format_estimate
from domain.lifecycle import OpState
from domain.money import Money
from domain.policy import Limits
from domain.promise import Correction, part_of
from domain.recommendation import Recommendation
from emulators.market.world import Market
from store import approvals, ledger, promises, recommendations
from store.approvals import add_approver, decide, open_approval
from store.engine import read, write
from store.promises import PromiseView
from store.tables import Approval, Promise, RecommendationRow
from tests.tools.test_recommend import ask, fill, made
from tools.base import ToolContext
from tools.budget.movable import corrected
from tools.drafting import draft
from tools.recommend import RecommendArguments
from tools.reestimate import reestimate


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(seed=7)


@pytest.fixture
def ctx(sqlite_engine: Engine, market: Market) -> ToolContext:
    return fill(sqlite_engine, market)


def remember(ctx: ToolContext, count: int, ratio: float, *, outcome: str = "revenue", first: int = 0) -> None:
    """``count`` measured promises that came to ``ratio`` of what was predicted."""
    assert ctx.now is not None
    day = date(2026, 1, 1)
    with write(ctx.engine) as session:
        for n in range(first, first + count):
            name = f"{outcome}{n}"
            session.add(RecommendationRow(id=name, revision=1, account_id=ctx.scope.account_ids[0], plan_hash="",
                                          content={}, origin={}, created_at=ctx.now))  # fmt: skip
            session.add(Approval(id=name, recommendation_id=name, revision=1, account_id=ctx.scope.account_ids[0],
                                 plan_hash="", status="applied", tier=1, quorum=1, proposed_by="U1",
                                 created_at=ctx.now, expires_at=ctx.now))  # fmt: skip
            session.flush()
            session.add(Promise(
                id=name, account_id=ctx.scope.account_ids[0], approval_id=name, recommendation_id=name, revision=1,
                kind="budget", outcome=outcome, currency="EUR", horizon_days=30, level=0.9, predicted_low=9_000.0,
                predicted_mid=10_000.0, predicted_high=11_000.0,
                frozen={"changes": [], "raw": [9_000.0, 10_000.0, 11_000.0]}, frozen_at=ctx.now, applied_at=ctx.now,
                window_start=day, window_end=day + timedelta(days=29), status="measured",
                realised_low=10_000 * ratio - 800, realised_mid=10_000 * ratio, realised_high=10_000 * ratio + 800,
                details={"level": 0.9}, measured_at=ctx.now,
            ))  # fmt: skip


def predicted(plan: Recommendation) -> tuple[float, float, float]:
    assert plan.expected is not None
    return float(plan.expected.low), float(plan.expected.mid), float(plan.expected.high)


def test_five_outcomes_at_eight_tenths_make_the_next_prediction_eight_tenths_and_the_card_says_so(
    ctx: ToolContext,
) -> None:
    plain = made(ask(ctx))
    remember(ctx, 4, 0.8)
    remember(ctx, 9, 0.2, outcome="conversions")  # of another kind of outcome: no record of revenue
    assert predicted(made(ask(ctx))) == predicted(plain)
    remember(ctx, 5, 0.8, first=4)
    told = made(ask(ctx))
    assert predicted(told)[1] == pytest.approx(0.8 * predicted(plain)[1], rel=0.01)
    assert "came in at 0.8 of what was predicted (9 measured changes)" in told.risks[0]
    assert not any("came in at" in risk for risk in plain.risks)
    assert [(c.entity, c.after) for c in told.changes] == [(c.entity, c.after) for c in plain.changes]


def test_an_edited_amount_is_estimated_with_the_drafts_own_correction_whatever_was_measured_since(
    ctx: ToolContext,
) -> None:
    remember(ctx, 6, 0.7)
    plan = made(ask(ctx))
    remember(ctx, 9, 1.3, outcome="later")
    with read(ctx.engine) as session:
        origin = recommendations.origin(session, ctx.scope, plan.id, 1)
        same = {c.entity: c.after for c in plan.changes}
        again = reestimate(session, ctx.scope, plan, origin, same, Limits())
        half = {c.entity: Money((c.before.amount + c.after.amount) / 2, "EUR") for c in plan.changes}
        halved = reestimate(session, ctx.scope, plan, origin, half, Limits())
    assert again.expected == plan.expected
    assert origin["prediction"]["correction"]["measured"] == 6
    assert halved.parts is not None
    amounts = {e["entity"]: e["after_micros"] for e in halved.parts["entities"]}
    assert amounts == {e: m.micros for e, m in half.items()}


def test_what_is_frozen_of_each_budget_adds_up_to_the_whole(ctx: ToolContext) -> None:
    plan = made(ask(ctx))
    with read(ctx.engine) as session:
        block = recommendations.origin(session, ctx.scope, plan.id, 1)["prediction"]
    whole = part_of(block, [(c.entity, c.after.micros) for c in plan.changes])
    assert whole is not None
    low, mid, high = predicted(plan)
    assert whole.mid == pytest.approx(mid)
    assert whole.high - whole.low == pytest.approx(high - low, rel=0.1)  # draws of a sum are nearly normal
    assert block["data"]["figures_to"] == (ctx.today - timedelta(days=1)).isoformat()


def test_a_correction_moves_the_mean_and_the_spread_of_the_draws() -> None:
    draws = np.random.default_rng(1).normal(100, 10, 2000)
    told = corrected(draws, Correction(ratio=0.5, ratio_sd=0.2, widen=2.0, measured=8))
    assert told.mean() == pytest.approx(0.5 * draws.mean())
    assert told.std() == pytest.approx(np.hypot(2 * 0.5 * draws.std(), 0.2 * draws.mean()))
    assert np.array_equal(np.argsort(told), np.argsort(draws))
    assert corrected(draws, None) is draws


def test_a_plan_that_leaves_nothing_to_compare_with_says_that_it_will_not_be_measurable(
    sqlite_engine: Engine, market: Market
) -> None:
    three = Market(seed=7, campaigns=market.campaigns[1:2] + market.campaigns[3:5], budgets=market.budgets[1:2]
                   + market.budgets[3:5])  # fmt: skip
    plan = made(draft(fill(sqlite_engine, three), RecommendArguments(total=float(sum_of(three)) * 1.05)))
    said = [r for r in plan.risks if "not be measurable" in r]
    assert bool(said) == (len(plan.changes) > 1)
    assert said == [f"What comes of it will not be measurable: it leaves {3 - len(plan.changes) or 'no'} campaign to "
                    "compare with"]  # fmt: skip


def sum_of(market: Market) -> Decimal:
    return sum((Decimal(market.budget_micros(b.id)) / 10**6 for b in market.budgets), Decimal(0))


def applied(ctx: ToolContext, plan: Recommendation) -> tuple[str, PromiseView]:
    """The card of a plan as it was posted, and what is promised once it was approved and carried out."""
    assert ctx.now is not None
    with write(ctx.engine) as session:
        add_approver(session, account_id=plan.account_id, user="Ana", by="setup", now=ctx.now)
        approval = open_approval(session, plan, quorum=1, now=ctx.now).approval_id
    with read(ctx.engine) as session:
        view = approvals.view(session, approval)
    shown = "\n".join([card(view, ctx.now)[0], *(text for text, _ in details(view, ctx.now))])
    assert decide(ctx.engine, approval, "Ana", "approve", now=ctx.now, limits=Limits(working_hours=None)).claimed
    for operation in view.operations:
        assert ledger.intend(ctx.engine, operation.id, 1, ctx.now) is not None
        ledger.settle(ctx.engine, operation.id, OpState.APPLIED, detail="", reading=None, now=ctx.now)
    ledger.conclude(ctx.engine, approval, verdict, ctx.now)
    with read(ctx.engine) as session:
        promise = promises.of_approval(session, ctx.scope, approval)
    assert promise is not None
    return shown, promise


def test_five_measured_promises_correct_the_next_card_what_is_stored_its_edit_and_its_promise_alike(
    ctx: ToolContext,
) -> None:
    plain = made(ask(ctx))
    remember(ctx, 5, 0.8)
    told = made(ask(ctx))
    half = {c.entity: Money((c.before.amount + c.after.amount) / 2, "EUR") for c in told.changes}
    with read(ctx.engine) as session:
        stored = recommendations.get(session, ctx.scope, told.id)
        origins = [recommendations.origin(session, ctx.scope, plan.id, 1) for plan in (plain, told)]
        halves = [
            reestimate(session, ctx.scope, plan, origin, half, Limits()).expected
            for plan, origin in zip((plain, told), origins, strict=True)
        ]
    ratio = origins[1]["prediction"]["correction"]["ratio"]
    assert ratio == pytest.approx(0.8, abs=0.02)
    assert stored.expected == told.expected
    assert predicted(told)[1] == pytest.approx(ratio * predicted(plain)[1])
    assert halves[0] is not None
    assert halves[1] is not None
    assert float(halves[1].mid) == pytest.approx(ratio * float(halves[0].mid))
    shown, promise = applied(ctx, told)
    assert told.expected is not None
    assert f"+{format_estimate(told.expected.mid, 'EUR')}" in shown
    assert "came in at 0.8 of what was predicted (5 measured changes)" in shown
    assert promise.predicted is not None
    assert promise.predicted.mid == pytest.approx(predicted(told)[1])
    assert promise.raw is not None
    assert promise.raw.mid == pytest.approx(predicted(plain)[1])  # what the next correction learns from
