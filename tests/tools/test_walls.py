"""A recommendation under a plan: each pool keeps its sum, locked money stays, margins are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from domain.money import Money
from domain.policy import Limits, check
from emulators.market.world import Market
from store import performance, plans, policy_facts
from store.engine import read, write
from store.plans import Line
from tests.tools.test_recommend import ask, fill, made
from tools.base import ToolContext
from tools.pacing import card_lines

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PO_1 = ("Generic Search DE", "Search NL", "Search BE")


@pytest.fixture
def market() -> Market:
    return Market(seed=7)


@pytest.fixture
def ctx(sqlite_engine: Engine, market: Market) -> ToolContext:
    return fill(sqlite_engine, market)


def plan(ctx: ToolContext, *planned: dict[str, object], month: date | None = None) -> None:
    with write(ctx.engine) as session:
        (owner,) = performance.accounts(session, ctx.scope)
        lines = [
            Line(owner.id, owner.name, owner.platform, month or ctx.today.replace(day=1), owner.currency, **given)  # type: ignore[arg-type]
            for given in planned
        ]
        plans.load(session, lines, source="plan.csv", content_sha256=None, now=NOW)


def euros(amount: int) -> Money:
    return Money(Decimal(amount), "EUR")


def two_pools(ctx: ToolContext, **more: object) -> None:
    plan(ctx, *({"campaign": c, "pool": "PO 1", "budget": euros(90_000)} for c in PO_1),
         {"pool": "PO 2", "budget": euros(900_000), **more})  # fmt: skip


def test_the_sum_of_each_pool_stays(ctx: ToolContext) -> None:
    without = made(ask(ctx))
    moved = {c.entity_name: c.after.amount - c.before.amount for c in without.changes}
    first = sum(by for name, by in moved.items() if name in ("Generic Search DE", "Benelux shared"))
    assert first > 0  # left alone the split moves money into these
    two_pools(ctx)
    drafted = ask(ctx)
    assert drafted.result.refused is None or "policy" not in drafted.result.refused
    changes = drafted.recommendation.changes if drafted.recommendation else ()
    for inside in (True, False):
        own = [c for c in changes if (c.entity_name in ("Generic Search DE", "Benelux shared")) is inside]
        assert sum((c.after.amount - c.before.amount for c in own), Decimal(0)) == 0


def test_a_plan_over_the_wall_is_refused_by_the_policy_from_the_store(ctx: ToolContext) -> None:
    changes = made(ask(ctx)).changes
    two_pools(ctx)
    with read(ctx.engine) as session:
        facts = policy_facts.gather(session, ctx.scope.account_ids[0], changes, ctx.now)  # type: ignore[arg-type]
    verdict = check(changes, facts, Limits(), ctx.now)  # type: ignore[arg-type]
    assert any("money never moves between pools" in r for r in verdict.refusals)


def test_another_total_over_two_pools_is_refused(ctx: ToolContext) -> None:
    total = float(sum(c.before.amount for c in made(ask(ctx)).changes)) * 3
    two_pools(ctx)
    assert "several pools" in (ask(ctx, total=round(total)).result.refused or "")


def test_locked_money_stays(ctx: ToolContext) -> None:
    plan(ctx, {"campaign": "Generic Search DE", "budget": euros(9000), "locked": True}, {"budget": euros(900_000)})
    drafted = ask(ctx)
    assert "Generic Search DE" not in [c.entity_name for c in made(drafted).changes]
    assert any("Generic Search DE is left unchanged: the plan of" in c for c in drafted.result.caveats)


def test_in_a_month_without_a_plan_the_last_ones_locks_stand_and_its_margin_does_not(ctx: ToolContext) -> None:
    plain = made(ask(ctx))
    before = (ctx.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    locked = {"campaign": "Generic Search DE", "budget": euros(9000), "locked": True}
    plan(ctx, locked, {"budget": euros(900_000), "margin": Decimal("0.4")}, month=before)
    drafted = ask(ctx)
    assert "Generic Search DE" in [c.entity_name for c in plain.changes]
    assert "Generic Search DE" not in [c.entity_name for c in made(drafted).changes]
    left = f"Generic Search DE is left unchanged: the plan of {before:%B %Y} locks"
    assert any(left in c for c in drafted.result.caveats)
    assert "margin" not in made(drafted).summary


def test_a_margin_brings_break_even_and_contribution(ctx: ToolContext) -> None:
    plain = made(ask(ctx))
    plan(ctx, {"budget": euros(900_000), "margin": Decimal("0.4")})
    drafted = ask(ctx)
    recommendation = made(drafted)
    assert recommendation.changes == plain.changes
    assert any("against a break-even of 2.50 at the plan's margin" in (f.says or "") for f in recommendation.why)
    facts = {f.label: f.value for f in drafted.result.facts}
    mean = facts["expected contribution (revenue * margin - spend) a month, mean"]
    assert mean is not None
    assert float(mean) == pytest.approx(0.4 * float(recommendation.expected.mid), rel=1e-6)
    assert "After the plan's margin the contribution changes by" in recommendation.summary


def test_the_card_line_says_where_the_pool_lands_before_and_after(ctx: ToolContext) -> None:
    changes = made(ask(ctx)).changes
    plan(ctx, {"budget": euros(900_000)})
    with read(ctx.engine) as session:
        (line,) = card_lines(session, ctx.scope, changes, ctx.today)
    assert line.lands_before is not None
    assert line.lands_after == line.lands_before  # nothing is added, and nothing leaves the pool
    assert line.budget == 900_000
    assert " left, lands at €" in line.said()
