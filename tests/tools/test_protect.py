"""A campaign that is worse than its floor with certainty is cut by a fixed share within its pool, and never raised."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.formatting import format_value
from domain.policy import Limits
from emulators.market.world import Market
from store.tables import DailyMetric
from tests.tools.test_recommend import ask, fill
from tests.tools.test_walls import euros, plan
from tools.base import ToolContext
from tools.digest import DigestArguments, build
from tools.drafting import Draft
from tools.protect import draft
from tools.recommend_protection import ProtectionArguments

BAD = "Shopping Bestsellers"  # a ROAS of about 4 at 840 a day


@pytest.fixture
def market() -> Market:
    return Market(seed=7)


@pytest.fixture
def ctx(sqlite_engine: Engine, market: Market) -> ToolContext:
    return fill(sqlite_engine, market)


def looked(ctx: ToolContext, **limits: object) -> Draft:
    return draft(replace(ctx, limits=Limits(**limits)), ProtectionArguments())  # type: ignore[arg-type]


def said(made: Draft) -> str:
    text = made.result.text
    for fact in made.result.facts:
        text = text.replace(f"{{{{{fact.id}}}}}", format_value(fact))
    return text


def test_a_fixed_share_moves_from_the_campaign_below_its_floor_to_the_best_of_its_pool(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": BAD, "target_roas": Decimal(8), "floor": Decimal(6)})
    made = looked(ctx)
    assert made.recommendation is not None, made.result
    by_name = {c.entity_name: c for c in made.recommendation.changes}
    assert by_name[BAD].step == Decimal(-168)  # 20 % of 840
    (other,) = (c for name, c in by_name.items() if name != BAD)
    assert other.share is not None
    assert 0 < other.share <= Decimal("0.20")
    assert made.recommendation.chance_worse is None
    assert made.result.table is not None
    assert {row[0]: row[2] for row in made.result.table.rows}[BAD] == 672.0
    assert f"{BAD} is at a ROAS of" in said(made)
    assert "worse than 6.00 (its floor in the plan), with a certainty of more than 99 %" in said(made)


def test_money_stays_in_its_pool_and_what_finds_no_place_is_not_spent(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": BAD, "pool": "PO 1", "floor": Decimal(6), "target_roas": Decimal(8)}, {"pool": "PO 2"})
    made = looked(ctx)
    assert made.recommendation is not None
    assert [(c.entity_name, c.step) for c in made.recommendation.changes] == [(BAD, Decimal(-168))]


def test_a_campaign_above_its_floor_or_without_one_is_left_alone(ctx: ToolContext) -> None:
    assert "has a floor" in looked(ctx).result.text
    plan(ctx, {"campaign": BAD, "floor": Decimal("1.5"), "target_roas": Decimal(3)})
    made = looked(ctx)
    assert made.recommendation is None
    assert "is worse than its floor with 90 % certainty" in made.result.text


def test_figures_that_are_missing_are_unknown_and_nothing_is_cut(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": BAD, "floor": Decimal(6), "target_roas": Decimal(8)})
    with Session(ctx.engine) as session, session.begin():
        day = ctx.today - timedelta(days=12)
        for row in session.scalars(select(DailyMetric).where(DailyMetric.day == day)):
            row.revenue = None
    made = looked(ctx)
    assert made.recommendation is None
    assert f"{BAD}: cannot be told: some of its days state no spend or no outcome" in made.result.caveats


def test_the_share_and_the_certainty_are_settings(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": BAD, "floor": Decimal(6), "target_roas": Decimal(8)})
    made = looked(ctx, protection_cut=Decimal("0.10"))
    assert made.recommendation is not None
    assert next(c.step for c in made.recommendation.changes if c.entity_name == BAD) == Decimal(-84)


def test_a_target_cpa_in_the_plan_is_a_floor_for_a_campaign_without_a_margin(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": "Competitor Search", "target_cpa": euros(15)})
    assert "Competitor Search is at a CPA of" in said(looked(ctx))


def test_a_budget_recommendation_never_raises_what_is_below_its_floor(ctx: ToolContext) -> None:
    raised = [c.entity_name for c in ask(ctx).recommendation.changes if c.step > 0]  # type: ignore[union-attr]
    name = "Generic Search DE"
    assert name in raised
    plan(ctx, {"campaign": name, "floor": Decimal(20), "target_roas": Decimal(25)})
    made = ask(ctx)
    changes = () if made.recommendation is None else made.recommendation.changes
    assert all(c.step < 0 for c in changes if c.entity_name == name)
    assert any(f"{name} is not raised: its ROAS of" in c for c in made.result.caveats)


def test_the_digest_asks_for_a_decision_about_what_is_below_its_floor(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": BAD, "target_roas": Decimal(8), "floor": Decimal(6)})
    made = build(ctx, DigestArguments(), picture=False)
    (decision,) = (d for d in made.decisions if d.kind == "below_floor")
    by_id = {f.id: format_value(f) for f in made.facts}
    text = re.sub(r"\{\{(\w+)\}\}", lambda m: by_id[m[1]], decision.said)
    assert "worse than its floor of 6.00 with a certainty of more than 99 %" in text
    assert decision.question == "which campaigns are below their floor"
