"""The market's shop keeps one truth: orders behind the claims, told by the export, and found again by the tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.importing import Options, load
from app.settings import Settings
from domain.scope import Scope
from emulators.market.exports import google_ads_csv, shopify_csv
from emulators.market.incidents import Incident
from emulators.market.shop import shop_orders
from emulators.market.world import Market
from store.engine import open_engine
from store.migrate import upgrade
from tools import MENU
from tools.base import ToolContext

DAYS = 60


@dataclass
class World:
    """A market of 60 days with both of its exports loaded."""

    market: Market
    context: ToolContext

    @property
    def period(self) -> dict[str, str]:
        last = self.market.today - timedelta(days=1)
        return {"start": (last - timedelta(days=27)).isoformat(), "end": last.isoformat()}

    def call(self, tool: str, **args: Any) -> Any:
        chosen = MENU[tool]
        return chosen.run(self.context, chosen.arguments.model_validate({"period": self.period, **args}))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("market")
    market = Market(history_days=DAYS)
    engine = open_engine(f"sqlite:///{folder / 'store.db'}")
    upgrade(engine)
    config = Settings(_env_file=None, timezone=market.timezone)
    now = market.now()
    last = market.today - timedelta(days=1)
    for name, text, platform in (
        ("ads.csv", google_ads_csv(market, market.first_day, last), "google_ads"),
        ("orders.csv", shopify_csv(market, market.first_day, last), "shopify"),
    ):
        load(engine, config, now, name, text.encode(), Options(platform, "Acme", market.currency))
    yield World(market, ToolContext(engine, Scope((1, 2)), market.today, market.timezone))
    engine.dispose()


def truth(world: World) -> list[Any]:
    start, end = (datetime.fromisoformat(day).date() for day in (world.period["start"], world.period["end"]))
    return shop_orders(world.market, start, end)


def test_what_was_bought_never_changes_when_time_goes_on() -> None:
    market = Market(seed=3, history_days=20)
    last = market.today - timedelta(days=1)
    before = shop_orders(market, market.first_day, last)
    market.advance(5)
    assert shop_orders(market, market.first_day, last) == before
    assert len(before) > 100
    assert all(order.at <= market.now() for order in before)


def test_a_tracking_break_loses_claims_and_no_order() -> None:
    whole, broken = Market(seed=3, history_days=10), Market(seed=3, history_days=10)
    broken.inject(Incident("tracking_break", broken.first_day))
    last = whole.today - timedelta(days=1)
    assert shop_orders(broken, broken.first_day, last) == shop_orders(whole, whole.first_day, last)
    claims = [sum(r.conversions for r in m.rows(m.first_day, last)) for m in (whole, broken)]
    assert claims[1] < claims[0] / 2


def test_the_orders_that_are_found_are_those_that_were_placed(world: World) -> None:
    facts = {f.label: f.value for f in world.call("shop", figures=["orders", "gross", "refunds"]).facts}
    orders = truth(world)
    sold = [o for o in orders if o.sold]
    assert facts["Orders"] == len(sold)
    assert facts["Cancelled orders"] == sum(o.status == "cancelled" for o in orders)
    assert facts["Gross revenue"] * 100 == sum(o.gross for o in sold)
    assert facts["Refunds"] * 100 == sum(o.refunded for o in sold)


def test_new_customers_are_those_whose_first_order_it_was(world: World) -> None:
    facts = {f.label: f.value for f in world.call("customers").facts}
    sold = [o for o in truth(world) if o.sold]
    assert facts["New customers"] == sum(o.first for o in sold)
    assert facts["Returning customers"] == len({o.customer for o in sold}) - sum(o.first for o in sold)


def test_claims_without_an_order_are_seen_against_what_each_source_brought(world: World) -> None:
    result = world.call("reconcile")
    facts = {f.label: f.value for f in result.facts}
    sold = [o for o in truth(world) if o.sold]
    brought = [o for o in sold if o.campaign is not None]
    assert facts["Orders by source"] == sum(o.tagged for o in brought)
    assert facts["Orders without an ad platform"] == len(sold) - facts["Orders by source"]
    # Google claims more than it brought, which no total of orders alone would show.
    assert facts["Conversions claimed"] > len(brought) > facts["Orders by source"]


def test_the_market_is_in_utc_where_it_counts() -> None:
    assert Market().now().tzinfo is UTC
