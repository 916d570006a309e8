"""A media mix on the store: the shop's sales by channel, whatever the platforms claim, or a reasoned no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, delete, insert, update
from sqlalchemy.orm import Session

from domain.evidence import ToolResult
from domain.scope import Scope
from store import accounts, calendar_changes, ingest, lift_changes
from store.engine import open_engine, write
from store.migrate import upgrade
from store.tables import Account, ImportRun, Order
from tools import MENU
from tools.base import ToolContext

WEEKS = 104
FIRST = date(2024, 1, 1)
LAST = FIRST + timedelta(days=7 * WEEKS - 1)
NOW = datetime(2026, 1, 2, 9, tzinfo=UTC)
SALE = (FIRST + timedelta(days=210), FIRST + timedelta(days=223))
RNG = np.random.default_rng(4)
SPEND = {p: np.exp(RNG.normal(np.log(level), 0.5, WEEKS)) for p, level in (("google_ads", 700.0), ("meta", 500.0))}
BROUGHT = {"google_ads": 2400 * np.tanh(SPEND["google_ads"] / 1600), "meta": 900 * np.tanh(SPEND["meta"] / 1000)}
SOLD = 3000 + sum(BROUGHT.values()) + RNG.normal(0, 120, WEEKS)


@dataclass
class World:
    engine: Engine
    context: ToolContext
    shop: int
    ads: dict[str, int]

    def ask(self, **args: str) -> ToolResult:
        tool = MENU["media_mix"]
        return tool.run(self.context, tool.arguments.model_validate(args))


def fill(engine: Engine, weeks: int = WEEKS, currency: str = "EUR") -> World:
    """Two platforms that each claim twice what all ads brought, and a shop that knows better: an order a day."""
    days = [FIRST + timedelta(days=n) for n in range((WEEKS - weeks) * 7, WEEKS * 7)]
    with write(engine) as session:
        ids = {}
        for platform, name in (("google_ads", "Search"), ("meta", "Prospecting")):
            account = accounts.ensure(session, platform=platform, name=f"Acme {platform}", currency="EUR",
                                      timezone="UTC", origin="file", now=NOW)  # fmt: skip
            rows = [
                ingest.MetricRow(day, name, None, round(SPEND[platform][week_of(day)] / 7 * 1e6), 1, 1, 1.0, 9_999.0)
                for day in days
            ]
            ingest.load(session, account, rows, source=f"{platform}.csv", content_sha256=None, complete=True, now=NOW)
            ids[platform] = account.id
        shop = Account(platform="shopify", name="Shop", currency=currency, timezone="UTC", origin="file", kind="shop",
                       created_at=NOW)  # fmt: skip
        session.add(shop)
        session.flush()
        run = ImportRun(account_id=shop.id, source="orders.csv", at=NOW, complete=True, summary={}, kind="orders")
        session.add(run)
        session.flush()
        session.execute(insert(Order), [_order(shop.id, run.id, day) for day in days])
        number = shop.id
    context = ToolContext(engine, Scope((*ids.values(), number)), LAST + timedelta(days=1), "UTC")
    return World(engine, context, number, ids)


def week_of(day: date) -> int:
    return (day - FIRST).days // 7


def _order(shop: int, run: int, day: date) -> dict[str, object]:
    sold = SOLD[week_of(day)] / 7 + (600 if SALE[0] <= day <= SALE[1] else 0)
    return {
        "account_id": shop, "order_id": str(day), "ordered_at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        "day": day, "gross_micros": round((sold + 20) * 1e6), "refunds_micros": round(20 * 1e6), "run_id": run,
        "cancelled": False,
    }  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('mix') / 'store.db'}")
    upgrade(engine)
    made = fill(engine)
    with write(engine) as session:
        calendar_changes.add_event(
            session, account_id=None, kind="promotion", name="Sale", start=SALE[0], end=SALE[1], by="cli:ops", now=NOW
        )
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def told(world: World) -> ToolResult:
    return world.ask()


def figure(result: ToolResult, label: str, entity: str) -> float:
    (fact,) = (f for f in result.facts if (f.label, f.entity) == (label, entity))
    assert fact.value is not None
    return float(fact.value)


@pytest.mark.parametrize(("platform", "name"), [("google_ads", "Google Ads"), ("meta", "Meta")])
def test_the_mix_finds_what_the_ads_truly_brought_and_not_what_platforms_claim(
    told: ToolResult, platform: str, name: str
) -> None:
    assert told.refused is None
    true = BROUGHT[platform][7:].sum() / SPEND[platform][7:].sum()
    low, high = (figure(told, f"ROAS (media mix), {end}", name) for end in ("low", "high"))
    assert low <= true <= high
    assert figure(told, "ROAS (media mix)", name) == pytest.approx(true, rel=0.35)
    assert figure(told, "Marginal ROAS (media mix)", name) < figure(told, "ROAS (media mix)", name)


def test_each_figure_names_its_loads_days_and_method(told: ToolResult) -> None:
    for fact in told.facts:
        assert (fact.window.start, fact.window.end) == (FIRST + timedelta(weeks=7), LAST)  # seven feed the carryover
        assert "orders.csv" in fact.source
        assert "meta.csv" in fact.source
    assert told.freshness == {"google_ads": LAST, "meta": LAST, "shopify": LAST}
    assert told.table is not None
    assert {row[0] for row in told.table.rows} == {"Google Ads", "Meta"}


def test_what_was_held_fixed_and_what_to_mind_is_said(told: ToolResult) -> None:
    said = " ".join(told.caveats)
    assert "promotion days" in said
    assert "gross less refunds" in said
    assert "no experiment" in said
    assert "checks are fine" in said


def test_an_experiment_calibrates_the_mix_or_is_named_with_the_reason(world: World, told: ToolResult) -> None:
    week = FIRST + timedelta(days=7 * 60)
    spent = float(SPEND["meta"][60:64].sum())
    entry = lift_changes.Entry(
        "Geo", (), "revenue", "geo test", week, week + timedelta(27), Decimal(str(round(spent, 2))),
        0.4 * spent, 0.35 * spent, 0.45 * spent, 0.9, "report 1",
    )  # fmt: skip
    with write(world.engine) as session:
        one = lift_changes.add(session, world.ads["meta"], entry, by="cli:ops", now=NOW)
        early = replace(entry, name="Old", first_day=FIRST - timedelta(60), last_day=FIRST - timedelta(30))
        two = lift_changes.add(session, world.ads["meta"], early, by="cli:ops", now=NOW)
    calibrated = world.ask()
    with write(world.engine) as session:
        for number in (one, two):
            lift_changes.revoke(session, world.context.scope, number, by="cli:ops", now=NOW)
    before, after = (figure(r, "ROAS (media mix)", "Meta") for r in (told, calibrated))
    assert 0.4 <= after < before
    (note,) = (c for c in calibrated.caveats if c.startswith("an experiment was left out"))
    assert "Old" in note


def test_without_orders_it_refuses_because_claims_only_give_claims_back(world: World) -> None:
    result = replace(world, context=replace(world.context, scope=Scope(tuple(world.ads.values())))).ask()
    assert result.refused is not None
    assert "would only give their claims back" in result.refused
    assert "budgeteer import orders.csv" in result.refused


def test_a_label_nobody_carries_is_refused(world: World) -> None:
    assert "no campaign carries a funnel label" in (world.ask(by="label:funnel").refused or "")


@pytest.mark.parametrize(
    ("weeks", "currency", "missing", "why"),
    [
        (8, "EUR", 0, "56 periods; 67 are needed"),
        (20, "USD", 0, "no rate between them"),
        (20, "EUR", 8, "whether nothing was sold or the days are missing is not known"),
    ],
)
def test_figures_that_cannot_carry_a_mix_are_refused_with_the_reason(
    sqlite_engine: Engine, weeks: int, currency: str, missing: int, why: str
) -> None:
    world = fill(sqlite_engine, weeks, currency)
    with Session(sqlite_engine) as session, session.begin():
        lost = [LAST - timedelta(days=30 + n) for n in range(missing)]
        session.execute(delete(Order).where(Order.day.in_(lost)))
    assert why in (world.ask().refused or "")


def test_fewer_than_sixty_weeks_are_read_by_day(sqlite_engine: Engine) -> None:
    world = fill(sqlite_engine, 20)
    with Session(sqlite_engine) as session, session.begin():
        session.execute(update(Order).values(refunds_micros=0))
    result = world.ask()
    assert result.refused is None
    assert result.row_count == 140
    assert "days of net revenue" in " ".join(result.caveats)
