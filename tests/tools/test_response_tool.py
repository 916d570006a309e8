"""What the tool says of responses on a store filled from the emulated market, whose truth is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from domain.evidence import ToolResult
from emulators.market.world import Market
from store.engine import open_engine
from store.migrate import upgrade
from tests.tools.test_recommend import context, fill
from tools import MENU
from tools.base import ToolContext
from tools.response import ResponseArguments, run


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(seed=3)


@pytest.fixture(scope="module")
def ctx(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolContext]:
    """One store for the module: the tool only reads."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('response') / 'store.db'}")
    upgrade(engine)
    yield fill(engine, market)
    engine.dispose()


def ask(ctx: ToolContext, **arguments: Any) -> ToolResult:
    return run(ctx, ResponseArguments(**arguments))


def facts(result: ToolResult) -> dict[str, float]:
    return {f.label: float(f.value) for f in result.facts if f.value is not None}


def test_the_marginal_return_comes_with_a_range_that_holds_the_truth_source_and_freshness(ctx, market):
    result = ask(ctx, campaigns=("Generic Search DE",))
    found = facts(result)
    true = market.truth.marginal_revenue("5002", market.budget_micros("5002") / 1e6)
    assert found["Marginal ROAS, low"] <= true <= found["Marginal ROAS, high"]
    assert found["Marginal ROAS"] == pytest.approx(true, rel=0.25)
    assert (
        found["Spend a day that was tried, from"]
        < found["Spend a day lately"]
        < found["Spend a day that was tried, to"]
    )
    assert "google_ads" in result.facts[0].source
    assert result.freshness
    assert "learned from 2025-" in result.caveats[0]


def test_every_figure_of_the_text_is_a_fact(ctx):
    for about in ("marginal", "saturation", "room"):
        result = ask(ctx, about=about)
        bare = re.sub(r"\{\{f\d+\}\}|90 %", "", result.text)
        assert not re.search(r"\d", bare), bare
        assert set(re.findall(r"\{\{(f\d+)\}\}", result.text)) == {f.id for f in result.facts}


def test_several_campaigns_have_a_return_together_and_a_row_each(ctx):
    result = ask(ctx)
    found = facts(result)
    rows = {row[0]: row for row in result.table.rows}
    mids = [row[2] for row in rows.values() if row[2] is not None]
    assert min(mids) < found["Marginal ROAS, spread as now"] < max(mids)
    assert 0.5 < found["Share of spend that can be judged"] < 1
    assert rows["Brand Search"][2] is None
    assert any("Brand Search is not known: spend hardly varied" in c for c in result.caveats)


def test_a_campaign_that_is_not_known_is_refused_with_its_reason(ctx):
    result = ask(ctx, campaigns=("Brand Search",))
    assert not result.facts
    assert "Brand Search brings is not known: spend hardly varied" in result.refused


def test_saturation_is_held_against_what_pays_and_the_missing_margin_is_said(ctx):
    starved = ask(ctx, campaigns=("Generic Search DE",), about="saturation")
    assert "Generic Search DE is not saturated" in starved.text
    assert facts(starved)["Return at which the next unit just pays"] == 1
    assert any("no margin is known" in c for c in starved.caveats)
    full = ask(ctx, campaigns=("Shopping Bestsellers",), about="saturation")
    assert "cannot be told" in full.text or "is saturated" in full.text


def test_room_ends_where_the_spend_that_was_tried_ends(ctx):
    result = ask(ctx, campaigns=("Generic Search DE",), about="room")
    found = facts(result)
    most = found["Spend a day that was tried, to"]
    assert found["More a day, inside what was tried"] == pytest.approx(most - found["Spend a day lately"], abs=0.02)
    assert found["Return of the next unit at the most that was tried"] < found["Marginal ROAS"]
    assert "Beyond that nothing is known" in result.text


def test_conversions_have_no_verdict_without_a_worth(sqlite_engine, market):
    ctx = fill(sqlite_engine, market, revenue=False)
    result = ask(ctx, campaigns=("Generic Search DE",), about="saturation")
    assert "depends on what a conversion is worth" in result.text
    assert "Conversions of the next unit of spend" in facts(result)


def test_nothing_of_another_account_is_read(ctx, market):
    elsewhere = context(ctx.engine, market, ctx.scope.account_ids[0] + 1)
    assert ask(elsewhere).refused


def test_it_is_on_the_menu():
    assert MENU["response"].arguments is ResponseArguments
