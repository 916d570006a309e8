"""Plans side by side on a store filled from the emulated market, whose truth is known."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.errors import BadInput, CannotAnswer
from domain.policy import Freeze, Limits
from domain.scope import Scope
from emulators.market.world import Market
from store import accounts, ingest
from store.engine import open_engine, read
from store.tables import Approval, Budget, DailyMetric, RecommendationRow, Suppression
from tests.tools.test_recommend import ask, context, fill, made, row
from tests.tools.test_walls import euros, plan, two_pools
from tools import MENU
from tools.base import ToolContext
from tools.budget import movable
from tools.effect import HORIZON_DAYS
from tools.levers import Lever, Levers
from tools.responses import Responses, respond
from tools.scenarios.asked import Aim, Amounts, Asked, End, More, Move, Share, Total
from tools.scenarios.basis import Basis, refusals
from tools.scenarios.basis import read as basis_of
from tools.scenarios.chart import chart_of
from tools.scenarios.compare import BEST, EVEN, NEAREST, OWN, TODAY, Compared, compare
from tools.scenarios.content import changed_since, content_of
from tools.scenarios.estimate import Scenario
from tools.scenarios.offers import offers
from tools.scenarios.propose import propose_plan
from tools.scenarios.tell import filled, tell
from tools.scenarios.tool import WhatIfArguments
from tools.scenarios.wishes import everything, moved, nearest, of_campaigns

SHOPPING, GENERIC, BRAND = "Shopping Bestsellers", "Generic Search DE", "Brand Search"


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(seed=7)


@pytest.fixture(scope="module", autouse=True)
def fitted_once() -> Iterator[None]:
    """Days that many tests here ask about are fitted once: a fit is settled by them and by the generator's state."""
    known: dict[bytes, tuple[Responses, object]] = {}

    def once(levers: Levers, wanted: Sequence[Lever], rng: np.random.Generator) -> Responses:
        days = [(v.entity, v.name, v.campaigns, v.history) for v in levers.levers]
        asked = [v.entity for v in wanted], levers.outcome, levers.history, levers.beside
        key = pickle.dumps((days, asked, rng.bit_generator.state))
        if key not in known:
            known[key] = respond(levers, wanted, rng), rng.bit_generator.state
        found, rng.bit_generator.state = known[key]
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(movable, "respond", once)
        yield


@pytest.fixture(scope="module")
def filled_store(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path, market: Market) -> Path:
    """One store for all tests here: what a sync of the market leaves. A test that writes takes a copy."""
    path = tmp_path_factory.mktemp("scenarios") / "store.db"
    copyfile(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    fill(engine, market)
    engine.dispose()
    return path


@pytest.fixture
def ctx(filled_store: Path, tmp_path: Path, market: Market) -> Iterator[ToolContext]:
    copyfile(filled_store, tmp_path / "store.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with Session(engine) as session:
        (account,) = accounts.find(session, market.account_name)
        yield context(engine, market, account.id)
    engine.dispose()


@pytest.fixture(scope="module")
def basis(filled_store: Path, market: Market) -> Iterator[Basis]:
    engine = open_engine(f"sqlite:///{filled_store}")
    with read(engine) as session:
        (account,) = accounts.find(session, market.account_name)
        context = ToolContext(
            engine, scope=accounts.scope_for(session, None), today=market.today, timezone=market.timezone,
            now=market.now(),
        )  # fmt: skip
        yield basis_of(session, context, account)
    engine.dispose()


def look(ctx: ToolContext, wish: object = None, **more: object) -> Compared:
    with read(ctx.engine) as session:
        return compare(session, ctx, Asked(wish=wish, **more))  # type: ignore[arg-type]


def one(compared: Compared, key: str = OWN) -> Scenario:
    (side,) = compared.sides
    found = side.of(key)
    assert found is not None, [s.key for s in side.scenarios]
    return found


def amount(compared: Compared, plan_: Scenario, name: str) -> Decimal:
    (side,) = compared.sides
    lever = next(v for v in side.basis.levers.levers if v.name == name)
    assert plan_.amounts is not None
    return plan_.amounts[lever.entity]


def move(euros_: float, source: str, target: str, per: str | None = "month") -> Move:
    return Move(Decimal(repr(euros_)), per, End(campaign=source), End(campaign=target))  # type: ignore[arg-type]


def test_the_best_split_is_the_one_that_is_recommended_with_the_same_range(ctx: ToolContext) -> None:
    best, drafted = one(look(ctx), BEST), made(ask(ctx))
    assert best.estimate is not None
    assert best.amounts is not None
    assert best.estimate.gain == drafted.expected
    assert best.estimate.chance_worse == drafted.chance_worse
    assert all(best.amounts[c.entity] == c.after.amount for c in drafted.changes)


def test_today_stands_first_and_gains_nothing_in_the_units_of_the_others(ctx: ToolContext) -> None:
    (side,) = look(ctx).sides
    assert [s.key for s in side.scenarios] == [TODAY, BEST, "total+0.1", "total-0.1"]
    today = side.scenarios[0].estimate
    assert today is not None
    assert (today.gain.low, today.gain.mid, today.gain.high, today.chance_worse) == (0, 0, 0, 0)
    assert {s.estimate.gain.horizon_days for s in side.scenarios if s.estimate} == {HORIZON_DAYS}
    assert [s.total for s in side.scenarios] == [2820, 2820, 3102, 2538]


def test_all_plans_are_judged_by_the_same_draws(ctx: ToolContext) -> None:
    """Independent draws would give the difference of two plans the sum of their variances."""
    (side,) = look(ctx).sides
    more, best = (side.draws(side.scenarios[n]) for n in (2, 1))
    assert more is not None
    assert best is not None
    assert float((more - best).std()) < float(np.sqrt(more.var() + best.var())) * 0.8


def test_revenue_has_to_pay_for_the_spend_that_is_added(ctx: ToolContext) -> None:
    (side,) = look(ctx).sides
    found, gains = side.scenarios[2].estimate, side.draws(side.scenarios[2])
    assert found is not None
    assert found.net is not None
    assert found.gain.mid - found.net.mid == 282 * HORIZON_DAYS
    assert gains is not None
    below = int(np.sum(gains - 282 * HORIZON_DAYS < 0))
    assert found.chance_worse == pytest.approx((below + 1) / (len(gains) + 1))


def test_a_move_takes_from_one_and_gives_to_the_other_exactly(ctx: ToolContext, market: Market) -> None:
    compared = look(ctx, move(3000, SHOPPING, GENERIC))
    own = one(compared)
    assert amount(compared, own, GENERIC) == 740
    assert amount(compared, own, SHOPPING) == 740
    assert own.total == 2820
    assert own.estimate is not None
    truth = sum(
        market.truth.revenue(e.rsplit("/", 1)[1], float(a)) - market.truth.revenue(e.rsplit("/", 1)[1], float(b))
        for e, a in (own.amounts or {}).items()
        if a != (b := compared.sides[0].basis.amounts[e])
    )
    assert own.estimate.gain.low < Decimal(truth * HORIZON_DAYS) < own.estimate.gain.high


@pytest.mark.parametrize(("per", "daily"), [("month", 100), ("week", Decimal("428.57")), ("day", 3000)])
def test_an_amount_is_a_month_of_thirty_days_a_week_or_a_day(ctx: ToolContext, per: str, daily: Decimal) -> None:
    if per == "day":
        with pytest.raises(CannotAnswer, match=r"has €840\.00 a day, so €3,000\.00 a day cannot be taken from it"):
            look(ctx, move(3000, SHOPPING, GENERIC, per))
        return
    compared = look(ctx, move(3000, SHOPPING, GENERIC, per))
    assert amount(compared, one(compared), GENERIC) == 640 + daily


def test_an_amount_that_may_be_a_day_or_a_month_is_asked_back_and_one_above_all_budgets_is_a_month(
    ctx: ToolContext,
) -> None:
    with pytest.raises(CannotAnswer, match="meant a day or a month") as asked:
        look(ctx, move(500, SHOPPING, GENERIC, None))
    assert asked.value.choices == ("a month", "a day")
    said = filled(tell(look(ctx, move(3000, SHOPPING, GENERIC, None))))
    assert said.startswith(f"Read as €3,000.00 a month from {SHOPPING} to {GENERIC}, which is €100.00 a day.")


def test_what_breaks_a_limit_is_shown_as_asked_with_the_reason_and_the_nearest(ctx: ToolContext) -> None:
    compared = look(ctx, move(10_000, SHOPPING, GENERIC))
    own, near = one(compared), one(compared, NEAREST)
    assert amount(compared, own, GENERIC) == Decimal("973.33")  # as asked, not clamped
    assert own.forbidden == (f"{GENERIC}: +52.1 % is above the step limit of +50 %",)
    assert own.estimate is not None
    assert amount(compared, near, GENERIC) == 960
    assert near.total == own.total
    assert near.forbidden == ()
    told = tell(compared)
    assert "It could not be proposed as it stands." in filled(told)
    assert any("+52.1 % is above the step limit" in c for c in told.caveats)
    assert [o.label for o in offers(compared)] == ["Best split", "Nearest that may be"]


def test_a_held_budget_is_named_with_its_reason_and_nothing_is_made_up_about_it(ctx: ToolContext) -> None:
    own = one(look(ctx, move(900, BRAND, GENERIC)))
    assert own.estimate is None
    assert "it spent 45 % of its budget" in (own.not_estimated or "")
    assert own.forbidden == (f"{BRAND} is held: it spent 45 % of its budget, so the budget is not what limits it",)


def test_money_never_moves_between_pools(ctx: ToolContext) -> None:
    two_pools(ctx)
    own = one(compared := look(ctx, move(3000, SHOPPING, GENERIC)))
    assert any("money never moves between pools" in why for why in own.forbidden)
    assert compared.sides[0].of(NEAREST) is None  # no part of it may
    assert OWN not in [o.label for o in offers(compared)]


def test_a_pool_can_be_named_and_keeps_its_share(ctx: ToolContext) -> None:
    two_pools(ctx)
    compared = look(ctx, Share(Decimal("-0.1"), End(pool="PO 1")))
    own = one(compared)
    assert amount(compared, own, GENERIC) + amount(compared, own, "Benelux shared") == 1120 * Decimal("0.9")
    assert amount(compared, own, SHOPPING) == 840
    with pytest.raises(CannotAnswer, match="pools: PO 1 and PO 2"):
        look(ctx, Share(Decimal("-0.1"), End(pool="PO 9")))


def test_locked_money_and_a_rejection_and_a_freeze_stand_against_a_plan(ctx: ToolContext, market: Market) -> None:
    freeze = Freeze(market.now() - timedelta(hours=1), market.now() + timedelta(days=1), "Easter")
    frozen = look(replace(ctx, limits=Limits(freezes=(freeze,))), Amounts({GENERIC: Decimal(700)}))
    assert any("Easter" in why for why in one(frozen).forbidden)
    assert offers(frozen) == ()
    plan(ctx, {"campaign": GENERIC, "budget": euros(90_000), "locked": True}, {"budget": euros(900_000)})
    assert any("locks" in why for why in one(look(ctx, Amounts({GENERIC: Decimal(700)}))).forbidden)


def test_a_rejected_direction_is_not_offered_again(ctx: ToolContext, market: Market) -> None:
    entity = made(ask(ctx)).changes[0].entity  # the largest raise
    with Session(ctx.engine) as session, session.begin():
        name = session.scalars(select(Budget.name).where(Budget.entity == entity)).one()
        at = market.now() - timedelta(days=1)
        session.add(
            Approval(
                id="a", recommendation_id="r", revision=1, account_id=ctx.scope.account_ids[0], plan_hash="h",
                status="rejected", tier=1, quorum=1, proposed_by="U1", created_at=at, expires_at=at,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            Suppression(
                id="s", account_id=ctx.scope.account_ids[0], entity=entity, direction=1, reason="other", note=None,
                approval_id="a", by="U1", at=market.now() - timedelta(days=1), until=market.now() + timedelta(days=9),
            )
        )  # fmt: skip
    raised = (one(look(ctx), TODAY).amounts or {})[entity] + 20
    own = one(look(ctx, Amounts({name: raised})))
    assert any("no raise before" in why for why in own.forbidden)


def test_more_than_the_envelope_is_told_and_the_nearest_stays_inside_it(ctx: ToolContext) -> None:
    narrow = replace(ctx, limits=Limits(envelope=Decimal("0.05")))
    compared = look(narrow, Share(Decimal("0.45"), End(campaign=SHOPPING)))
    own, near = one(compared), one(compared, NEAREST)
    assert any("over the envelope" in why for why in own.forbidden)
    assert amount(compared, own, SHOPPING) > amount(compared, near, SHOPPING) > 840


def test_a_cut_is_shown_with_the_least_loss_and_beside_it_the_plain_rule(ctx: ToolContext) -> None:
    compared = look(ctx, Share(Decimal("-0.15")))
    least, even = one(compared), one(compared, EVEN)
    assert least.total == even.total == Decimal("2397")
    assert least.estimate is not None
    assert even.estimate is not None
    assert least.estimate.gain.mid > even.estimate.gain.mid
    cut = {e: a / compared.sides[0].basis.amounts[e] for e, a in (even.amounts or {}).items()}
    moved = [share for share in cut.values() if share != 1]
    assert max(moved) - min(moved) < Decimal("0.0001")  # to the cent the same share


def test_a_total_that_cannot_be_met_is_a_column_without_figures_and_names_the_nearest(ctx: ToolContext) -> None:
    compared = look(ctx, Total(Decimal(100)))
    own = one(compared)
    assert own.amounts is None
    assert "the nearest total that can be met is 1,730.00" in (own.refused or "")
    table = tell(compared).table
    assert table is not None
    assert all(row[-1] is None for row in table.rows)


def test_the_next_money_goes_where_it_returns_most(ctx: ToolContext) -> None:
    compared = look(ctx, More(Decimal(5000), None))
    own = one(compared)
    assert own.total == Decimal("2986.67")
    today = compared.sides[0].basis.amounts
    assert all(a >= today[e] for e, a in (own.amounts or {}).items())  # nothing is taken from what is there
    assert own.estimate is not None
    even = one(look(ctx, Share(Decimal("166.67") / 2820)), EVEN).estimate
    assert even is not None
    assert own.estimate.gain.mid > even.gain.mid


def test_average_return_is_that_of_the_last_mature_weeks_moved_along_the_curves(ctx: ToolContext) -> None:
    compared = look(ctx, Amounts({GENERIC: Decimal(700)}))
    side, own = compared.sides[0], one(compared)
    outcome = spend = 0.0
    for lever in side.basis.levers.levers:
        days = lever.history[-28:]
        lately = sum(d.spend for d in days) / 28
        outcome += sum(d.outcome for d in days) / 28
        fitted = next((m for m in side.basis.today.movable if m.lever is lever), None)
        then = lately if fitted is None else float((own.amounts or {})[lever.entity]) * lever.share_spent
        spend += then
        if fitted is not None:
            outcome += float((fitted.response.value(then) - fitted.response.value(lately)).mean())
    assert own.estimate is not None
    assert float(own.estimate.average or 0) == pytest.approx(outcome / spend)


def test_names_nobody_knows_and_amounts_that_are_none_say_what_there_is(ctx: ToolContext) -> None:
    with pytest.raises(BadInput, match=r"no budget of Acme EU is called 'Brnad'; there are Benelux shared"):
        look(ctx, Amounts({"Brnad": Decimal(5)}))
    with pytest.raises(BadInput, match=r"no budget; give an amount in steps of 0\.01"):
        look(ctx, Amounts({GENERIC: Decimal("5.001")}))
    with pytest.raises(CannotAnswer, match="feeds Search BE as well"):
        look(ctx, move(900, "Search NL", GENERIC))
    with pytest.raises(BadInput, match="leaves nothing"):
        look(ctx, Share(Decimal(-1)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 5, "source": {"campaign": "A"}}, {"source": {"campaign": "A"}, "target": {"campaign": "B"}},
        {"amount": -5, "source": {"campaign": "A"}, "target": {"campaign": "B"}}, {"change": -1.0}, {"change": 0.0},
        {"change": 0.1, "amount": 5}, {"amount": float("nan")}, {"totals": [0.0]}, {"per": "year", "amount": 5},
        {"amount": 5, "source": {"campaign": "A", "label": "x=y"}, "target": {"campaign": "B"}},
    ],
)  # fmt: skip
def test_a_wish_that_says_two_things_or_nothing_is_not_taken(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WhatIfArguments.model_validate(wrong)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(min_value=-100, max_value=150), min_size=6, max_size=6))
def test_the_nearest_plan_passes_every_gate_and_never_goes_further_or_the_other_way(
    basis: Basis, shares: list[int]
) -> None:
    wanted = {
        e: (now * (100 + share) / 100).quantize(Decimal("0.01"))
        for (e, now), share in zip(basis.amounts.items(), shares, strict=True)
    }
    near = nearest(basis, wanted)
    if near is None:
        return
    assert refusals(basis, near) == ()
    for entity, now in basis.amounts.items():
        asked, got = wanted[entity] - now, near[entity] - now
        assert abs(got) <= abs(asked)
        assert got * asked >= 0


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=1, max_value=80_000))
def test_a_move_keeps_the_total_to_the_cent(basis: Basis, cents: int) -> None:
    names = next(v.campaigns for v in basis.levers.levers if v.name == "Benelux shared")
    source = of_campaigns(basis, SHOPPING, (SHOPPING,))
    after = moved(basis, source, of_campaigns(basis, "Benelux", names), Decimal(cents) / 100)
    assert sum({**basis.amounts, **after}.values()) == sum(basis.amounts.values())
    assert len(everything(basis).entities) == 6


def test_every_figure_of_the_text_is_a_fact(ctx: ToolContext) -> None:
    for wish in (None, move(3000, SHOPPING, GENERIC), More(Decimal(5000), "month")):
        result = tell(look(ctx, wish))
        bare = re.sub(r"\{\{f\d+\}\}", "", result.text).replace("90 %", "")
        labels = result.table.columns if result.table else ()
        for label in labels:
            bare = bare.replace(label, "")
        assert not re.search(r"\d", bare), bare
        assert [f.id for f in result.facts] == [f"f{n}" for n in range(1, len(result.facts) + 1)]
        assert all(r in {f.id for f in result.facts} for r in re.findall(r"\{\{(f\d+)\}\}", result.text))


def test_the_chart_marks_today_and_the_plan_and_says_so_in_words(ctx: ToolContext) -> None:
    drawn = chart_of(look(ctx, move(3000, SHOPPING, GENERIC)))
    assert drawn is not None
    assert drawn.png.startswith(b"\x89PNG")
    assert f"{GENERIC}: €640 a day brings €" in drawn.alt_text
    assert "€740 by Your plan would bring €" in drawn.alt_text
    assert "Display Retargeting: " in drawn.alt_text
    assert "and stays" in drawn.alt_text


def test_the_tool_answers_with_table_chart_and_offers_and_drafts_nothing(ctx: ToolContext) -> None:
    tool = MENU["what_if"]
    result = tool.run(ctx, tool.arguments(amount=3000, per="month", source={"campaign": SHOPPING},
                                          target={"campaign": GENERIC}))  # fmt: skip
    assert result.refused is None
    assert result.chart is not None
    assert [o.label for o in result.offers] == ["Best split", "Your plan"]
    assert {Decimal(a) for a in result.offers[1].amounts.values()} == {Decimal(740)}
    with Session(ctx.engine) as session:
        assert session.scalars(select(RecommendationRow)).all() == []


def draft_of(ctx: ToolContext, rec_id: str = "r" * 32, **amounts: int) -> object:
    with read(ctx.engine) as session:
        entities = {b.name: b.entity for b in session.scalars(select(Budget))}
    wanted = {entities[name.replace("_", " ")]: Decimal(value) for name, value in amounts.items()}
    return propose_plan(ctx, ctx.scope.account_ids[0], wanted, rec_id=rec_id, source={"scenario": "x"})


def test_a_picked_plan_becomes_one_draft_however_often_it_is_asked_for(ctx: ToolContext) -> None:
    first, second = (draft_of(ctx, Generic_Search_DE=740, Shopping_Bestsellers=740) for _ in range(2))
    assert first.recommendation == second.recommendation  # type: ignore[attr-defined]
    rec = first.recommendation  # type: ignore[attr-defined]
    own = one(look(ctx, move(3000, SHOPPING, GENERIC))).estimate
    assert own is not None
    assert rec.expected == own.gain
    assert {c.entity_name: c.after.amount for c in rec.changes} == {GENERIC: 740, SHOPPING: 740}
    with Session(ctx.engine) as session:
        (row,) = session.scalars(select(RecommendationRow))
        assert row.origin["scenario"] == "x"


def test_the_best_split_is_told_and_proposed_less_what_picking_it_flatters_and_a_persons_own_is_not(
    ctx: ToolContext,
) -> None:
    tool = MENU["what_if"]
    result = tool.run(ctx, tool.arguments(amount=3000, per="month", source={"campaign": SHOPPING},
                                          target={"campaign": GENERIC}))  # fmt: skip
    best, own = result.offers
    assert best.flattery > 0
    assert own.flattery == 0
    entities = {e: Decimal(a) for e, a in best.amounts.items()}
    told, typed = (
        propose_plan(ctx, best.account_id, entities, rec_id=rec_id, source={}, flattery=flattery).recommendation
        for rec_id, flattery in (("b" * 32, best.flattery), ("t" * 32, 0.0))
    )
    shown = one(look(ctx), BEST).estimate
    assert shown is not None
    assert told is not None
    assert told.expected == shown.gain
    assert typed is not None
    assert typed.expected is not None
    assert told.expected.mid < typed.expected.mid
    hows = {fact.label: fact.how for fact in result.facts if "mean" in fact.label}
    assert [label for label, how in hows.items() if "flatters" in how] == [label for label in hows if "Best" in label]


def test_a_picked_plan_passes_the_policy_again_with_the_figures_of_now(ctx: ToolContext, market: Market) -> None:
    freeze = Freeze(market.now() - timedelta(hours=1), market.now() + timedelta(days=1), "Easter")
    frozen = draft_of(replace(ctx, limits=Limits(freezes=(freeze,))), Generic_Search_DE=700)
    assert frozen.recommendation is None  # type: ignore[attr-defined]
    assert "Easter" in frozen.result.refused  # type: ignore[attr-defined]
    assert "above the step limit" in draft_of(ctx, Generic_Search_DE=980).result.refused  # type: ignore[attr-defined]
    same = draft_of(ctx, Generic_Search_DE=640)
    assert "at the amounts of this plan already" in same.result.refused  # type: ignore[attr-defined]
    with Session(ctx.engine) as session:
        assert session.scalars(select(RecommendationRow)).all() == []
    with pytest.raises(BadInput, match="not seen here"):
        propose_plan(ctx, 999, {}, rec_id="x", source={})


def test_a_saved_plan_says_when_its_figures_or_budgets_are_not_what_they_were(ctx: ToolContext, market: Market) -> None:
    compared = look(ctx, Amounts({GENERIC: Decimal(700)}))
    content = content_of(compared.sides[0], one(compared))
    account = ctx.scope.account_ids[0]

    def since() -> tuple[str, ...]:
        with read(ctx.engine) as session:
            return changed_since(session, ctx, account, ctx.today, content)

    assert since() == ()
    with Session(ctx.engine) as session, session.begin():
        budget = session.scalars(select(Budget).where(Budget.name == GENERIC)).one()
        budget.daily_micros = 650_000_000
    assert since() == (f"budgets changed: {GENERIC} was 640.00 and is 650.00",)
    restate(ctx, market)
    assert since()[0] == "the figures that it rests on were changed since"


def restate(ctx: ToolContext, market: Market) -> None:
    with Session(ctx.engine) as session, session.begin():
        day = market.today - timedelta(days=40)
        for row in session.scalars(select(DailyMetric).where(DailyMetric.day == day)):
            row.revenue = (row.revenue or 0) + 1


def test_a_file_is_advised_and_nothing_of_it_is_offered(sqlite_engine: object, market: Market) -> None:
    ctx = fill(sqlite_engine, market, origin="file")  # type: ignore[arg-type]
    compared = look(ctx)
    assert offers(compared) == ()
    assert any("came from a file" in c for c in tell(compared).caveats)


def two_accounts(engine: Engine, currency: str = "EUR") -> ToolContext:
    """A Google and a Meta account from files, two campaigns each, whose spend was tested in blocks."""
    last = date(2026, 3, 15)
    ids = []
    for platform, name, money, names in (
        ("google_ads", "Acme", "EUR", (("Strong", 40.0, 0), ("Weak", 4.0, 5))),
        ("meta", "Acme Meta", currency, (("Reels", 30.0, 3), ("Feed", 8.0, 7))),
    ):
        rows = [
            row(last - timedelta(days=n), campaign, None, spend, 5.0, worth * spend**0.6 * noise)
            for n in range(150)
            for campaign, worth, phase in names
            for spend in [100.0 * (1 + 0.4 * (((n + phase) // 10) % 3 - 1))]
            for noise in [1 + 0.05 * ((n * 7919) % 11 - 5) / 5]
        ]
        with Session(engine) as session, session.begin():
            owner = accounts.ensure(session, platform=platform, name=name, currency=money, timezone="UTC",
                                    origin="file", now=FILED)  # fmt: skip
            ingest.load(session, owner, rows, source="f.csv", content_sha256=None, complete=True, now=FILED)
            ids.append(owner.id)
    return ToolContext(engine, Scope(tuple(ids)), date(2026, 3, 16), "UTC", now=FILED)


FILED = datetime(2026, 3, 16, 9, tzinfo=UTC)


def test_money_between_two_platforms_is_two_plans_and_their_sum(sqlite_engine: Engine) -> None:
    ctx = two_accounts(sqlite_engine)
    compared = look(ctx, Move(Decimal(600), "month", End(platform="meta"), End(campaign="Strong")))
    ours, theirs = compared.sides
    less, more = ours.of(OWN), theirs.of(OWN)
    assert less is not None
    assert more is not None
    assert (less.total or 0) - ours.basis.today.total_now == -20
    assert all(a <= ours.basis.amounts[e] for e, a in (less.amounts or {}).items())  # no new split of the rest
    assert (more.total or 0) - theirs.basis.today.total_now == 20
    assert less.estimate is not None
    assert more.estimate is not None
    assert compared.both is not None
    assert compared.both.mid == pytest.approx(less.estimate.gain.mid + more.estimate.gain.mid)
    assert compared.both.low < compared.both.mid < compared.both.high
    told = tell(compared)
    assert told.freshness == {"meta": date(2026, 3, 15), "google_ads": date(2026, 3, 15)}
    assert "Both accounts together: " in filled(told)
    assert any("may count a sale twice" in c for c in told.caveats)
    assert any("a recommendation of its own" in c for c in told.caveats)
    assert told.table is not None
    assert {r[0].partition(":")[0] for r in told.table.rows} == {"Acme Meta", "Acme"}


def test_money_in_two_currencies_is_not_moved(sqlite_engine: Engine) -> None:
    ctx = two_accounts(sqlite_engine, currency="USD")
    with pytest.raises(CannotAnswer, match="Acme Meta keeps money in USD and Acme in EUR"):
        look(ctx, Move(Decimal(600), "month", End(platform="meta"), End(platform="google_ads")))


def test_a_target_is_met_on_average_or_refused_with_the_best_that_can_be(ctx: ToolContext) -> None:
    met = one(look(ctx, Aim("target_cpa", Decimal(18)))).estimate
    assert met is not None
    assert met.gain.unit == "count"
    assert met.average is not None
    assert met.average <= Decimal("18.0001")
    refused = one(look(ctx, Aim("target_cpa", Decimal(5))))
    assert refused.amounts is None
    assert "cannot be met: the best within the limits is" in (refused.refused or "")
    less = one(look(ctx, Aim("same_for_less")))
    assert less.total is not None
    assert less.total < 2820
    assert less.estimate is not None
    assert less.estimate.gain.mid >= 0


def test_what_no_figures_tell_of_a_move_gets_the_reason_and_a_test(ctx: ToolContext) -> None:
    tool = MENU["what_if"]
    asked = tool.arguments(amount=90_000, source={"campaign": SHOPPING}, target={"campaign": GENERIC})
    refused = tool.run(ctx, asked).refused or ""
    assert refused.startswith(f"{SHOPPING} has €840.00 a day, so €3,000.00 a day cannot be taken from it. ")
    assert "Test it instead" in refused
