"""Pools against the plan: money of two currencies apart, labels and campaigns, months without days or a plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.money import Money
from store import performance, plans
from store.engine import read, write
from store.plans import Line
from store.tables import PlatformChange
from tests.tools.conftest import Bench
from tools.standings import standings

NOW = datetime(2024, 6, 1, tzinfo=UTC)
JUNE_19 = date(2024, 6, 19)


def plan(bench: Bench, *planned: dict[str, Any]) -> None:
    """Lines for June by account name: budget, pool, campaign, label, margin, target."""
    with write(bench.engine) as session:
        known = {a.name: a for a in performance.accounts(session, bench.scope)}
        lines = []
        for given in planned:
            line = dict(given)
            owner = known[line.pop("account")]
            budget = line.pop("budget", None)
            lines.append(
                Line(owner.id, owner.name, owner.platform, line.pop("month", date(2024, 6, 1)), owner.currency,
                     budget=None if budget is None else Money(Decimal(budget), owner.currency), **line)
            )  # fmt: skip
        plans.load(session, lines, source="plan.csv", content_sha256=None, now=NOW)


def found(bench: Bench, today: date = JUNE_19) -> dict[str, Any]:
    with read(bench.engine) as session:
        return {s.pool: s for s in standings(session, bench.scope, today).pools}


def test_each_pool_counts_its_own_campaigns_and_the_rest_is_the_whole_accounts(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "campaign": "Brand", "pool": "PO 1", "budget": 1500},
         {"account": "Shop", "pool": "PO 2", "budget": 9000},
         {"account": "Shop Meta", "pool": "po 2", "budget": 4000})  # fmt: skip
    pools = found(shop)
    spent = {
        name: shop.sums("2024-06-01", "2024-06-18", campaign=name).spend for name in ("Brand", "Search", "Prospecting")
    }
    assert float(pools["PO 1"].spent) == pytest.approx(spent["Brand"])
    assert float(pools["PO 2"].spent) == pytest.approx(spent["Search"] + spent["Prospecting"])
    assert (pools["PO 2"].budget, pools["PO 2"].platforms) == (13000, ("google_ads", "meta"))


def test_pools_of_which_one_is_unknown_have_no_sum(make_bench: Callable[..., Bench], generate: Any) -> None:
    """What is unknown is not 0: a sum without it, against the whole budget, would be a wrong figure."""
    here = generate({"Brand": 50}, date(2024, 4, 1), date(2024, 6, 18))
    before = generate({"Ads": 50}, date(2024, 4, 1), date(2024, 5, 20))
    bench = make_bench({("google_ads", "Shop", "USD"): here, ("meta", "Social", "USD"): before})
    plan(bench, {"account": "Shop", "budget": 3000}, {"account": "Social", "budget": 2000})
    with read(bench.engine) as session:
        found = standings(session, bench.scope, JUNE_19)
    assert found.total is None
    assert "all pools together are unknown, since 'Social' is" in found.notes[0]


def test_spend_that_no_line_is_for_is_told_and_not_counted(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "campaign": "Brand", "budget": 1500})
    result = shop.call("pacing", as_of=JUNE_19)
    spent = shop.sums("2024-06-01", "2024-06-18", campaign="Brand").spend
    assert shop.values(result)[0] == pytest.approx(spent)
    assert any("is in no line of the plan (Prospecting and Search)" in c for c in result.caveats)


def test_money_of_two_currencies_has_no_sum(make_bench: Callable[..., Bench], generate: Callable[..., Any]) -> None:
    frame = generate({"A": 100}, date(2024, 1, 1), date(2024, 6, 30))
    bench = make_bench({("google_ads", "DE", "EUR"): frame, ("google_ads", "UK", "GBP"): frame})
    plan(bench, {"account": "DE", "budget": 3000, "pool": "X"}, {"account": "UK", "budget": 3000, "pool": "X"})
    result = bench.call("pacing", as_of=JUNE_19)
    assert [f.currency for f in result.facts if f.label == "Budget"] == ["EUR", "GBP"]
    assert "all pools" not in bench.read(result).lower()
    assert any("several currencies" in c for c in result.caveats)


def test_a_line_for_a_label_that_nobody_confirmed_is_unknown_not_nothing(shop: Bench) -> None:
    plan(
        shop,
        {"account": "Shop", "label": "brand=yes", "budget": 1000, "pool": "PO 1"},
        {"account": "Shop", "budget": 9},
    )
    standing = found(shop)["PO 1"]
    assert (standing.spent, standing.lands()) == (None, None)
    assert standing.why_not == "no campaign carries the label brand=yes yet"


def test_on_the_first_day_nothing_is_known_yet_and_the_whole_month_is_to_come(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "budget": 9000})
    standing = found(shop, date(2024, 6, 1))["Shop"]
    assert standing.spent is None
    assert "no complete day yet" in standing.why_not
    assert float(standing.lands()) == pytest.approx(standing.ahead.mid)
    assert standing.ahead.days == 30


def test_a_month_that_is_over_is_final(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "budget": 9000})
    result = shop.call("pacing", period=("2024-06-01", "2024-06-30"))
    spent = shop.sums("2024-06-01", "2024-06-30", platform="google_ads").spend
    assert shop.values(result) == pytest.approx([spent, 9000, spent - 9000, (spent - 9000) / 9000])
    assert "lands" not in result.text


def test_without_a_plan_the_refusal_says_what_to_load_and_which_months_there_are(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "budget": 9000, "month": date(2024, 5, 1)})
    refused = shop.call("pacing", as_of=JUNE_19).refused or ""
    for words in ("no plan for June 2024", "covers May 2024", "budgeteer plan import FILE", "budgeteer plan template"):
        assert words in refused


def test_margins_of_two_lines_are_each_applied_to_their_own_revenue(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "campaign": "Brand", "budget": 1, "margin": Decimal("0.5")},
         {"account": "Shop", "budget": 1, "margin": Decimal("0.25")})  # fmt: skip
    result = shop.call("profit", period=("2024-06-01", "2024-06-30"), platforms=["google_ads"])
    brand, search = (shop.sums("2024-06-01", "2024-06-30", campaign=c) for c in ("Brand", "Search"))
    kept = brand.revenue * 0.5 + search.revenue * 0.25
    facts = {f.label: float(f.value) for f in result.facts if f.value is not None}
    assert facts["Contribution"] == pytest.approx(kept - brand.spend - search.spend)
    assert facts["Break-even ROAS"] == pytest.approx((brand.revenue + search.revenue) / kept)
    missing = shop.call("profit", period=("2024-06-01", "2024-06-30"))
    assert "The plan has none for Prospecting in June 2024" in (missing.refused or "")


def test_a_target_missed_and_a_floor_are_said(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "budget": 9000, "target_roas": Decimal(9), "floor": Decimal(8)})
    text = shop.read(shop.call("pacing", as_of=JUNE_19))
    assert "against a target of 9.00 (missed), beyond the floor of 8.00" in text


def changed(bench: Bench, at: datetime, before: float, after: float, name: str = "Brand") -> None:
    """Somebody changed a daily budget on the platform."""
    old, new = ({"currency": "USD", "amount_micros": round(n * 1e6)} for n in (before, after))
    with write(bench.engine) as session:
        account = next(a.id for a in performance.accounts(session, bench.scope) if a.name == "Shop")
        session.add(
            PlatformChange(
                account_id=account, source_id=f"{at}", at=at, entity="b1", entity_name=name, campaigns=[],
                field="daily_budget", old=old, new=new, by="kim@example.com", client=None, ours=False, read_at=at,
            )
        )  # fmt: skip


def test_a_budget_changed_yesterday_counts_in_the_landing_on_each_day_left(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "campaign": "Brand", "pool": "PO 1", "budget": 1500},
         {"account": "Shop", "pool": "PO 2", "budget": 9000})  # fmt: skip
    before = found(shop)
    changed(shop, datetime(2024, 6, 18, 22, tzinfo=UTC), 50, 90)  # local midnight: every complete day lies before it
    after = found(shop)
    left = before["PO 1"].days_left
    rise = float(after["PO 1"].lands() - before["PO 1"].lands())
    assert 40 * left * 0.96 < rise <= 40 * left + 0.01
    assert after["PO 1"].lands("low") < after["PO 1"].lands() < after["PO 1"].lands("high")
    assert after["PO 2"].lands() == before["PO 2"].lands()
    result = shop.call("pacing", as_of=JUNE_19)
    assert any("count in the landing" in c for c in result.caveats)


def test_a_reason_that_holds_for_every_pool_is_given_once(shop: Bench) -> None:
    plan(shop, {"account": "Shop", "budget": 9000}, {"account": "Shop Meta", "budget": 4000})
    said = shop.read(shop.call("pacing", as_of=date(2024, 6, 1)))
    assert said.count("spend is unknown") == 3
    assert said.count("no complete day yet") == 1
