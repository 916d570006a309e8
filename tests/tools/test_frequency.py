"""A campaign above its frequency cap is not raised, and nothing is done about one whose reach is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.policy import Limits
from emulators.market.world import Market
from store import accounts
from store.tables import Campaign, DailyMetric
from tests.tools.test_protect import looked, said
from tests.tools.test_recommend import ask, fill
from tools import frequency
from tools.base import ToolContext
from tools.drafting import Draft

STARVED = "Generic Search DE"  # what the recommendation raises


@pytest.fixture
def market() -> Market:
    return Market(seed=7)


@pytest.fixture
def ctx(sqlite_engine: Engine, market: Market) -> ToolContext:
    return fill(sqlite_engine, market)


def reach(ctx: ToolContext, name: str, *people: int | None) -> None:
    """The reach of the last days, newest first; each of them has 1,000 impressions."""
    with Session(ctx.engine) as session, session.begin():
        number = session.scalars(select(Campaign.id).where(Campaign.name == name)).one()
        for back, count in enumerate(people, 1):
            session.execute(
                update(DailyMetric)
                .where(DailyMetric.campaign_id == number, DailyMetric.day == ctx.today - timedelta(days=back))
                .values(reach=count)
            )


def capped(ctx: ToolContext, cap: str | None) -> ToolContext:
    return replace(ctx, limits=Limits(frequency_cap=None if cap is None else Decimal(cap)))


def raised(made: Draft) -> set[str]:
    return {c.entity_name for c in made.recommendation.changes if c.step > 0} if made.recommendation else set()


def test_a_campaign_above_the_cap_is_not_raised_and_the_reason_is_on_the_answer(ctx: ToolContext) -> None:
    reach(ctx, STARVED, *[250] * 7)
    assert STARVED in raised(ask(capped(ctx, None)))
    assert STARVED in raised(ask(capped(ctx, "5")))
    made = ask(capped(ctx, "3"))
    assert made.recommendation is not None
    assert STARVED not in raised(made)
    assert any(
        c.startswith(f"{STARVED} is not raised: it shows its ads to each person 4.0 times a day") and "cap of 3" in c
        for c in made.result.caveats
    )


def test_what_is_unknown_is_not_acted_on_and_is_named(ctx: ToolContext) -> None:
    reach(ctx, STARVED, *[250] * 6, None)
    made = ask(capped(ctx, "3"))
    assert STARVED in raised(made)
    (note,) = (c for c in made.result.caveats if "frequency cap of 3 could not be held against" in c)
    assert f"{STARVED} (1 of its 7 days state no reach)" in note


def test_one_day_of_many_impressions_is_not_above_the_cap_for_long_enough(ctx: ToolContext) -> None:
    reach(ctx, STARVED, 20, *[1000] * 6)  # 50, then 1: a mean of 8
    assert STARVED in raised(ask(capped(ctx, "3")))


def test_protection_tells_the_worst_and_proposes_new_ads_or_a_cut_without_an_amount(ctx: ToolContext) -> None:
    reach(ctx, STARVED, *[250] * 7)
    made = looked(ctx, frequency_cap=Decimal(3))
    assert f"{STARVED} shows its ads to each person 4.00 times a day, above the cap of 3" in said(made)
    assert "new ads, or cut it by 20 %. No amount is drafted" in said(made)
    assert made.recommendation is None
    (fact,) = made.result.facts
    assert (fact.window.days, fact.window.end) == (7, ctx.today - timedelta(days=1))
    assert "each person" not in looked(ctx).result.text


def test_the_mean_is_of_daily_frequencies_never_of_people_added_up(ctx: ToolContext) -> None:
    reach(ctx, STARVED, 1000, 500, 250, 1000, 500, 250, 1000)
    with Session(ctx.engine) as session:
        account = accounts.get(session, ctx.scope.account_ids[0])
        found = frequency.seen(session, ctx.scope, account, ctx.today, None)
    assert found is not None
    (one,) = found.known
    assert one.mean == pytest.approx((1 + 2 + 4 + 1 + 2 + 4 + 1) / 7)
    assert found.over == ()


@pytest.mark.parametrize("cap", ["1", "0", "-2", "NaN", "Infinity"])
def test_a_cap_that_would_stop_everything_or_nothing_is_refused(cap: str) -> None:
    with pytest.raises(BadInput, match="frequency cap"):
        Limits(frequency_cap=Decimal(cap))
