"""A recommendation end to end on a store filled from the emulated market, whose truth is known."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.formatting import format_value
from domain.money import Money
from domain.policy import Freeze, Limits, net_new_micros
from domain.recommendation import Recommendation
from domain.scope import Scope
from emulators.market.incidents import Incident
from emulators.market.world import Market
from store import accounts, ingest, recommendations
from store.tables import Account, Approval, BidTarget, Budget, Operation, RecommendationRow
from tools import MENU
from tools.base import ToolContext
from tools.drafting import Draft, draft
from tools.recommend import RecommendArguments


def row(day: date, campaign: str, campaign_id: str | None, spend: float, conversions: float, revenue: float | None):
    return ingest.MetricRow(
        day=day, campaign=campaign, campaign_id=campaign_id, spend_micros=round(spend * 1e6),
        impressions=1000, clicks=50, conversions=conversions, revenue=revenue,
    )  # fmt: skip


def fill(engine: Engine, market: Market, *, origin: str = "api", revenue: bool = True) -> ToolContext:
    """What a sync of the market leaves in the store."""
    last = market.today - timedelta(days=1)
    rows = [
        row(f.day, f.campaign.name, f.campaign.id if origin == "api" else None, f.spend_micros / 1e6, f.conversions,
            f.revenue if revenue else None)
        for f in market.rows(market.first_day, last)
    ]  # fmt: skip
    with Session(engine) as session, session.begin():
        account = accounts.ensure(
            session, platform="google_ads", name=market.account_name, currency=market.currency,
            timezone=market.timezone, origin=origin, now=market.now(),
            external_id=market.account_id if origin == "api" else None,
        )  # fmt: skip
        ingest.load(session, account, rows, source="api", content_sha256=None, complete=True, now=market.now())
        if origin == "api":
            session.add_all(_budget(market, account, b.id) for b in market.budgets)
        return context(engine, market, account.id)


def _budget(market: Market, account: Account, budget_id: str) -> Budget:
    spec = market.budget_spec(budget_id)
    assert spec is not None
    spenders = market.spenders(budget_id)
    return Budget(
        account_id=account.id,
        entity=f"customers/{market.account_id}/campaignBudgets/{budget_id}",
        name=spec.name,
        campaigns=[[c.id, c.name] for c in spenders],
        daily_micros=market.budget_micros(budget_id),
        period="DAILY",
        shared=spec.shared,
        enabled=True,
        learning=market.learning(budget_id),
        billable_unit_micros=market.billable_unit_micros,
        bid_strategy=spenders[0].bid_strategy,
        lost_impression_share_budget=None,
        observed_at=market.now(),
    )


def context(engine: Engine, market: Market, *account_ids: int, **more) -> ToolContext:
    return ToolContext(
        engine=engine, scope=Scope(account_ids), today=market.today, timezone=market.timezone, now=market.now(),
        asked_by="U1", **more,
    )  # fmt: skip


def ask(ctx: ToolContext, **arguments) -> Draft:
    return draft(ctx, RecommendArguments(**arguments))


def made(drafted: Draft) -> Recommendation:
    assert drafted.recommendation is not None, drafted.result.refused or drafted.result.text
    return drafted.recommendation


def stored_count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(RecommendationRow)) or 0


@pytest.fixture
def market() -> Market:
    return Market(seed=7)


@pytest.fixture
def ctx(sqlite_engine: Engine, market: Market) -> ToolContext:
    return fill(sqlite_engine, market)


def test_money_moves_from_the_saturated_to_the_starved_and_truly_raises_revenue(ctx, market):
    plan = made(ask(ctx))
    moved = {c.entity_name: c.after.amount - c.before.amount for c in plan.changes}
    assert moved["Generic Search DE"] > 0
    assert moved["Benelux shared"] > 0
    assert moved["Shopping Bestsellers"] < 0
    gain = sum(
        market.truth.revenue(b, float(c.after.amount)) - market.truth.revenue(b, float(c.before.amount))
        for c in plan.changes
        for b in [c.entity.rsplit("/", 1)[1]]
    )
    assert gain > 0
    assert plan.expected.low < Decimal(gain * 30) < plan.expected.high


@pytest.mark.parametrize("direction", ["less", "more"])
def test_about_some_campaigns_money_moves_to_or_from_them_only_and_through_the_same_gates(ctx, direction):
    about = {"campaigns": ("Shopping Bestsellers",) if direction == "less" else ("Generic Search DE",)}
    plan = made(ask(ctx, direction=direction, **about))
    sign = -1 if direction == "less" else 1
    moved = {c.affects: c.after.amount - c.before.amount for c in plan.changes}
    assert sign * moved.pop(about["campaigns"]) > 0
    assert moved
    assert all(sign * amount < 0 for amount in moved.values())
    assert sum(c.after.amount - c.before.amount for c in plan.changes) == 0
    frozen = replace(ctx, limits=Limits(freezes=(Freeze(ctx.now, ctx.now + timedelta(days=2), "sale"),)))
    assert "the policy forbids" in ask(frozen, direction=direction, **about).result.refused


def test_where_there_is_no_lever_for_what_is_named_it_says_why(ctx):
    held = ask(ctx, direction="more", campaigns=("Brand Search",))
    assert "Brand Search: it spent 45 % of its budget" in held.result.refused
    every = tuple(c for b in ask(ctx).result.table.rows for c in [b[0]])
    assert every
    unknown = ask(ctx, direction="less", campaigns=("Nobody",))
    assert "no campaign Nobody" in unknown.result.refused
    nothing = ask(ctx, direction="less", campaigns=("Generic Search DE",))  # it is starved: less would be worse
    assert nothing.recommendation is None
    assert "Nothing needs changing" in nothing.result.text
    with pytest.raises(ValidationError, match="given together"):
        RecommendArguments(campaigns=("Brand Search",))


def test_changes_are_absolute_keep_the_total_exactly_and_stay_within_the_step_limit(ctx, market):
    plan = made(ask(ctx))
    assert sum(c.after.amount - c.before.amount for c in plan.changes) == 0
    assert net_new_micros(plan.changes) == 0
    for change in plan.changes:
        budget_id = change.entity.rsplit("/", 1)[1]
        assert change.before == Money.from_micros(market.budget_micros(budget_id), "EUR")
        assert change.observed_at == market.now()
        assert change.after.micros % market.billable_unit_micros == 0
        assert Decimal("0.5") <= change.after.amount / change.before.amount <= Decimal("1.5")
        assert abs(change.after.amount - change.before.amount) >= change.before.amount * Decimal("0.049")


def test_a_shared_budget_is_one_change_that_names_its_campaigns(ctx):
    changes = made(ask(ctx)).changes
    shared = [c for c in changes if "Search NL" in c.affects]
    assert [c.affects for c in shared] == [("Search NL", "Search BE")]
    assert any("shared by Search NL and Search BE" in r for r in made(ask(ctx)).risks)


def test_what_hardly_varied_or_is_not_limited_by_its_budget_stays_and_says_why(ctx):
    drafted = ask(ctx)
    assert not {"Brand Search", "Competitor Search"} & {c.entity_name for c in made(drafted).changes}
    notes = "\n".join(drafted.result.caveats)
    assert "Competitor Search is left unchanged: spend hardly varied" in notes
    assert "Brand Search is left unchanged: it spent 45 % of its budget" in notes


def test_the_draft_is_stored_as_shown_and_the_same_question_gives_the_same_plan(ctx):
    first, second = ask(ctx), ask(ctx)
    assert made(first).changes == made(second).changes
    assert made(first).expected == made(second).expected
    with Session(ctx.engine) as session:
        kept = recommendations.get(session, ctx.scope, first.result.recommendation_id)
        origin = recommendations.origin(session, ctx.scope, kept.id, 1)
    assert kept == first.recommendation
    assert origin["asked_by"] == "U1"
    assert kept.created_at == ctx.now


def test_every_figure_of_the_text_is_a_fact_and_every_reference_resolves(ctx):
    result = ask(ctx).result
    bare = result.text
    for fact in result.facts:
        bare = bare.replace(f"{{{{{fact.id}}}}}", "")
    assert not any(c.isdigit() for c in bare)
    assert "{{" not in bare
    assert [f.id for f in result.facts] == [f"f{n}" for n in range(1, len(result.facts) + 1)]
    assert result.facts[0].value == made(ask(ctx)).expected.mid


def test_the_summary_on_the_card_carries_the_figures_of_the_facts(ctx):
    drafted = ask(ctx)
    for fact in drafted.result.facts[:6]:
        assert format_value(fact) in made(drafted).summary


def test_doing_nothing_is_an_alternative_and_half_the_move_keeps_the_total(ctx):
    plan = made(ask(ctx))
    labels = [a.label for a in plan.alternatives]
    assert labels[:2] == ["Do nothing", "Half the move"]
    nothing, half = plan.alternatives[0].expected, plan.alternatives[1].expected
    assert nothing is not None
    assert (nothing.low, nothing.mid, nothing.high) == (0, 0, 0)
    assert half is not None
    assert 0 < half.mid < plan.expected.mid


def test_large_steps_are_flagged_and_a_gentler_plan_is_offered(ctx):
    plan = made(ask(ctx))
    assert any("may restart" in w for w in plan.warnings)
    assert any(a.label == "Steps of at most 20 %" for a in plan.alternatives)
    assert plan.tier == 2


def test_a_smaller_total_is_met_exactly_and_says_what_it_saves_and_costs(ctx):
    today = sum(b for b in (400, 640, 240, 840, 220, 480))
    drafted = ask(ctx, total=today - 300)
    plan = made(drafted)
    assert sum(c.after.amount - c.before.amount for c in plan.changes) == -300
    assert plan.expected.high < made(ask(ctx)).expected.high
    saved = next(f for f in drafted.result.facts if f.label == "change of the budgets a month")
    assert saved.value == -9000
    assert "Every budget by the same share" in [a.label for a in plan.alternatives]


def test_a_larger_total_than_the_envelope_is_refused_and_not_stored(ctx):
    drafted = ask(ctx, total=2820 + 900)
    assert drafted.recommendation is None
    assert "over the envelope" in drafted.result.refused
    assert drafted.result.recommendation_id is None
    assert stored_count(ctx.engine) == 0


def test_a_total_that_cannot_be_met_names_the_nearest_one(ctx):
    refused = ask(ctx, total=100).result.refused
    assert "cannot be met" in refused
    nearest = float(refused.rsplit(" ", 1)[1].replace(",", ""))
    assert ask(ctx, total=nearest).recommendation is not None


@pytest.mark.parametrize("total", [0, -5, float("nan"), float("inf"), "100"])
def test_a_total_that_is_no_amount_is_not_taken(total):
    with pytest.raises(ValidationError):
        RecommendArguments(total=total)


def test_a_total_finer_than_the_platform_bills_is_bad_input(ctx):
    with pytest.raises(BadInput, match=r"in steps of 0\.01"):
        ask(ctx, total=2800.005)


def test_a_freeze_forbids_the_draft(ctx, market):
    freeze = Freeze(market.now() - timedelta(hours=1), market.now() + timedelta(days=1), "Easter")
    drafted = ask(replace(ctx, limits=Limits(freezes=(freeze,))))
    assert "Easter" in drafted.result.refused
    assert drafted.recommendation is None


def test_tighter_limits_give_smaller_steps(ctx):
    plan = made(ask(replace(ctx, limits=Limits(max_step=Decimal("0.2")))))
    assert all(abs(c.after.amount / c.before.amount - 1) <= Decimal("0.2") for c in plan.changes)
    assert not any("may restart" in w for w in plan.warnings)


def test_broken_tracking_is_refused_per_campaign_not_optimised_away(sqlite_engine, market):
    market.inject(
        Incident("tracking_break", market.today - timedelta(days=35), campaign="Shopping Bestsellers", factor=0.1)
    )
    drafted = ask(fill(sqlite_engine, market))
    assert "Shopping Bestsellers is left unchanged: its results fell" in "\n".join(drafted.result.caveats)
    changed = {c.entity_name for c in drafted.recommendation.changes} if drafted.recommendation else set()
    assert "Shopping Bestsellers" not in changed


def test_the_last_days_are_withheld_so_late_conversions_do_not_read_as_decline(ctx, market):
    fact = ask(ctx).result.facts[0]
    assert fact.window.end == market.today - timedelta(days=8)


def test_without_revenue_the_plan_is_for_conversions(sqlite_engine, market):
    plan = made(ask(fill(sqlite_engine, market, revenue=False)))
    assert plan.expected.unit == "count"
    assert plan.expected.currency is None
    assert "conversions" in plan.summary


def test_budgets_that_were_never_read_are_refused_with_the_way_out(sqlite_engine, market):
    ctx = fill(sqlite_engine, market)
    with Session(sqlite_engine) as session, session.begin():
        for budget in session.scalars(select(Budget)):
            session.delete(budget)
    assert "run: budgeteer sync" in ask(ctx).result.refused


def test_a_learning_budget_is_left_alone(sqlite_engine, market):
    ctx = fill(sqlite_engine, market)
    with Session(sqlite_engine) as session, session.begin():
        learning = session.scalars(select(Budget).where(Budget.name == "Display Retargeting")).one()
        learning.learning = True
    drafted = ask(ctx)
    assert "Display Retargeting" not in {c.entity_name for c in made(drafted).changes}
    assert any("still learning" in c for c in drafted.result.caveats)


@pytest.mark.parametrize("owner", ["the budget", "a bid target"])
def test_a_budget_changed_three_days_ago_or_its_target_is_observed_not_changed_again(ctx, market, owner):
    changed = made(ask(ctx)).changes[0]
    with Session(ctx.engine) as session, session.begin():
        at = market.now() - timedelta(days=3)
        account = ctx.scope.account_ids[0]
        of, field, currency = changed.entity, "daily_budget", "EUR"
        if owner == "a bid target":
            of, field, currency = "campaigns/1", "target_roas", "XXX"
            campaigns = session.get_one(Budget, (account, changed.entity)).campaigns
            session.add(
                BidTarget(
                    account_id=account, entity=of, name="x", campaigns=campaigns, strategy="TARGET_ROAS", enabled=True,
                    target_roas_micros=4_000_000, shared=False, unit_micros=10_000, observed_at=at,
                )
            )  # fmt: skip
        session.add(
            Approval(
                id="a", recommendation_id="r", revision=1, account_id=account, plan_hash="h",
                status="applied", tier=1, quorum=1, proposed_by="U1", created_at=at, expires_at=at,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            Operation(
                id="o", approval_id="a", seq=1, account_id=account, platform="google_ads",
                account="1", entity=of, entity_name="x", field=field, before_micros=1,
                after_micros=2, currency=currency, observed_at=at, approval_status="applied", state="applied",
                settled_at=at,
            )
        )  # fmt: skip
    again = ask(ctx)
    assert changed.entity not in {c.entity for c in made(again).changes}
    assert any(f"changed on {at.date()}: its effect is not known yet" in c for c in again.result.caveats)
    later = ask(replace(ctx, today=market.today + timedelta(days=1), limits=Limits(observation_days=3)))
    assert changed.entity in {c.entity for c in made(later).changes}


def test_on_a_file_account_it_is_advice_and_nothing_is_stored(sqlite_engine, market):
    drafted = ask(fill(sqlite_engine, market, origin="file"))
    plan = made(drafted)
    assert plan.advice_only == "came from a file: there is no budget to change"
    assert drafted.result.recommendation_id is None
    assert stored_count(sqlite_engine) == 0
    recent = market.rows(market.today - timedelta(days=28), market.today - timedelta(days=1))
    for change in plan.changes:
        spent = sum(f.spend_micros for f in recent if f.campaign.name == change.entity_name)
        assert change.before.amount == (Decimal(spent) / 28 / 10**6).quantize(Decimal("0.01"))


def test_the_real_export_refuses_what_it_cannot_know(sqlite_engine, reference_data):
    ctx = load_seed(sqlite_engine, reference_data)
    result = ask(ctx).result
    notes = "\n".join(result.caveats)
    assert "Acme (Meta) is left out: with one campaign" in notes
    assert "Display Network is left unchanged" in notes
    assert "YouTube is left unchanged: only 10 days" in notes
    assert ask(ctx).recommendation is None
    assert result.refused is None
    assert "Nothing needs changing" in result.text
    assert [r[1] for r in result.table.rows] == [r[2] for r in result.table.rows]


def test_one_campaign_alone_is_refused_because_a_move_needs_two_ends(sqlite_engine, reference_data):
    ctx = load_seed(sqlite_engine, reference_data)
    with Session(sqlite_engine) as session:
        meta = next(a.id for a in accounts.find(session, "Acme") if a.platform == "meta")
    refused = ask(replace(ctx, scope=Scope((meta,)))).result.refused
    assert "no campaign can be judged" in refused
    assert "did not follow its spend" in refused


def load_seed(engine: Engine, folder: Path) -> ToolContext:
    now = datetime(2024, 7, 1, 9, tzinfo=UTC)
    ids = []
    with Session(engine) as session, session.begin():
        for platform, name in (("google_ads", "googleads"), ("meta", "metaads")):
            with (folder / "seed_netelixir" / f"{name}-performance.csv").open() as file:
                rows = [
                    row(date.fromisoformat(r["Date"]), r.get("Campaign type") or "Acme", None, float(r["Cost"]),
                        float(r["Conversions"]), float(r["Revenue"]))
                    for r in csv.DictReader(file)
                ]  # fmt: skip
            account = accounts.ensure(
                session, platform=platform, name="Acme", currency="USD", timezone="UTC", origin="file", now=now
            )
            ingest.load(session, account, rows, source=name, content_sha256=None, complete=True, now=now)
            ids.append(account.id)
    return ToolContext(engine=engine, scope=Scope(tuple(ids)), today=date(2024, 7, 1), timezone="UTC", now=now)


def test_another_accounts_figures_are_never_read(ctx, sqlite_engine, market):
    before = made(ask(ctx)).expected
    with Session(sqlite_engine) as session, session.begin():
        other = accounts.ensure(
            session, platform="meta", name="Other", currency="EUR", timezone=market.timezone, origin="file",
            now=market.now(),
        )  # fmt: skip
        rows = [row(market.today - timedelta(days=d), "X", None, 100.0 + d, 5, 900.0) for d in range(1, 100)]
        ingest.load(session, other, rows, source="f", content_sha256=None, complete=True, now=market.now())
        other_id = other.id
    assert made(ask(ctx)).expected == before
    both = replace(ctx, scope=Scope((*ctx.scope.account_ids, other_id)))
    assert made(ask(both)).account_id == ctx.scope.account_ids[0]
    with pytest.raises(BadInput, match="no account is called"):
        ask(ctx, accounts=("Other",))


def test_a_day_without_figures_long_ago_is_refused_not_guessed(ctx, market):
    assert "no figures" in ask(replace(ctx, today=market.today + timedelta(days=400))).result.refused
    assert "too few mature days" in ask(replace(ctx, today=market.first_day + timedelta(days=5))).result.refused


def test_it_works_the_same_on_both_databases(engine, market):
    plan = made(ask(fill(engine, market)))
    raised = sum(max(Decimal(0), c.after.amount - c.before.amount) for c in plan.changes)
    assert plan.title == f"Acme EU: move €{raised:.2f} a day to Generic Search DE and Benelux shared"


def test_the_menu_offers_it_and_it_answers_as_a_tool(ctx):
    tool = MENU["recommend_budget"]
    result = tool.run(ctx, tool.arguments())
    assert result.recommendation_id is not None
    json.dumps([f.to_json() for f in result.facts])


def test_a_total_beyond_what_was_tried_is_met_within_policy_and_flagged(ctx, market):
    from evals.recommend import market_levers
    from tools.budget import Request, best_split
    from tools.proposal import propose

    levers, wide = market_levers(market), Limits(max_step=Decimal(1))
    split = best_split(levers, Request(total=Decimal(2820 + 1600)), wide, np.random.default_rng(0))
    assert split.extrapolates
    assert sum(split.amounts.values()) == 2820 + 1600 - 400 - 240
    with Session(ctx.engine) as session:
        account = accounts.get(session, ctx.scope.account_ids[0])
        plan = propose(split, levers, account, wide, now=market.now(), asked_by="U1").recommendation
    assert plan is not None
    assert any("outside the range tried so far" in r for r in plan.risks)
    assert plan.confidence == "low"


def test_a_chance_of_being_worse_is_never_nothing(ctx):
    assert 0 < made(ask(ctx)).chance_worse < 0.05


def test_moves_help_in_nearly_every_market():
    from evals.recommend import market_levers, true_gain
    from tools.budget import Request, best_split

    helped = 0
    for seed in range(8):
        world = Market(seed=seed)
        split = best_split(market_levers(world), Request(), Limits(), np.random.default_rng(seed))
        assert not {"Brand Search", "Competitor Search"} & {m.lever.name for m in split.changed}
        helped += true_gain(world, split) > 0
    assert helped >= 7
