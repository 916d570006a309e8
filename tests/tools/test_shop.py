"""Claims against orders, MER, contribution, customers: every figure against pandas, and what cannot be known said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from domain.scope import Scope
from store import accounts, orders
from store.engine import write

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
JUNE, MAY = ("2024-06-01", "2024-06-30"), ("2024-05-01", "2024-05-31")
SOURCES = ("google / cpc", "facebook", "google / organic", "direct", None)


@dataclass(frozen=True)
class Row:
    order_id: str
    ordered_at: datetime
    day: date
    customer: str | None
    gross_micros: int
    refunds_micros: int | None
    tax_micros: int | None
    shipping_micros: int | None
    category: str | None
    country: str | None
    source: str | None
    consent: bool | None
    cancelled: bool


def made(zone: str, seed: int = 5, count: int = 900, *, customers: bool = True) -> list[Row]:
    rng = Random(seed)
    start = datetime(2024, 4, 10, tzinfo=ZoneInfo(zone))
    rows = []
    for n in range(count):
        at = start + timedelta(minutes=rng.randrange(81 * 24 * 60))
        gross = rng.randrange(500, 20_000) * 10_000
        refunds = rng.choice([0, 0, 0, gross, gross // 4])
        rows.append(Row(f"#{n}", at.astimezone(UTC), at.date(), rng.choice("abcdefghij") * 2 + str(rng.randrange(40))
                        if customers else None, gross, refunds, gross // 8, 4_950_000 if gross > 4_950_000 else 0, None,
                        "US", rng.choice(SOURCES), rng.random() < 0.8, rng.random() < 0.1))  # fmt: skip
    return rows


class Shop:
    """The two ads accounts of ``shop`` (zone UTC) and a shop beside them; the rows are the oracle."""

    def __init__(self, bench: Any, rows: list[Row], zone: str, currency: str = "USD") -> None:
        self.bench, self.rows = bench, rows
        with write(bench.engine) as session:
            account = accounts.ensure(session, platform="shopify", name="Acme Shop", currency=currency, timezone=zone,
                                      origin="file", now=NOW, kind="shop")  # fmt: skip
            orders.load(session, account, rows, source="orders.csv", content_sha256=None, now=NOW)
            bench.scope = Scope((*bench.scope.account_ids, account.id))
        self.orders = pd.DataFrame([vars(row) for row in rows])

    def days(self, start: str, end: str) -> pd.DataFrame:
        inside = (self.orders.day >= date.fromisoformat(start)) & (self.orders.day <= date.fromisoformat(end))
        return self.orders[inside]

    def call(self, tool: str, period: tuple[str, str], **args: Any) -> Any:
        return self.bench.call(tool, period=period, **args)

    def facts(self, result: Any) -> dict[tuple[str, str], Any]:
        return {(f.label, f.entity): f for f in result.facts}


@pytest.fixture
def sold(shop: Any) -> Shop:
    return Shop(shop, made("America/New_York"), "America/New_York")


def test_claims_are_set_against_orders_and_what_is_measured_equals_pandas(sold: Shop) -> None:
    result = sold.call("reconcile", JUNE, platforms=["meta"])
    facts = sold.facts(result)
    inside = sold.days(*JUNE)
    kept, off = inside[~inside.cancelled], inside[inside.cancelled]
    claims = sold.bench.sums(*JUNE, platform="meta")
    assert float(facts["Conversions claimed", "meta"].value) == pytest.approx(claims.conversions)
    assert float(facts["Revenue claimed", "meta"].value) == pytest.approx(claims.revenue)
    assert facts["Orders", "Acme Shop"].value == len(kept)
    assert facts["Gross revenue", "Acme Shop"].value * 1_000_000 == int(kept.gross_micros.sum())
    assert float(facts["Claimed less sold", "Acme Shop"].value) == pytest.approx(claims.conversions - len(kept))
    assert facts["Orders by source", "meta"].value == int((kept.source == "facebook").sum())
    reasons = {row[0]: row for row in result.table.rows}
    assert reasons["cancelled"][2:] == (len(off), pytest.approx(off.gross_micros.sum() / 1e6))
    assert reasons["refunds"][3] == pytest.approx(kept.refunds_micros.sum() / 1e6)
    assert reasons["consent"][2] == (~kept.consent.astype(bool)).sum()
    assert reasons["attribution window"][2:] == reasons["view-through"][2:] == (None, None)


def test_another_day_boundary_is_computed_from_the_orders_own_times(sold: Shop) -> None:
    result = sold.call("reconcile", ("2024-06-10", "2024-06-10"), platforms=["meta"])
    kept = sold.orders[~sold.orders.cancelled]
    there = kept.ordered_at.map(lambda at: at.astimezone(UTC).date())
    day = date(2024, 6, 10)
    expected = int((there == day).sum() - (kept.day == day).sum())
    (moved,) = [row for row in result.table.rows if row[0] == "time zone"]
    assert expected != 0
    assert moved[2] == expected


def test_days_without_times_leave_the_boundary_unmeasured(shop: Any) -> None:
    zone = ZoneInfo("America/New_York")
    rows = [Row(**{**vars(r), "ordered_at": datetime.combine(r.day, datetime.min.time(), zone)})
            for r in made("America/New_York")]  # fmt: skip
    result = Shop(shop, rows, "America/New_York").call("reconcile", JUNE)
    (moved,) = [row for row in result.table.rows if row[0] == "time zone"]
    assert moved[2] is None
    assert "no time of day" in moved[1]


def test_claims_on_days_that_the_orders_do_not_reach_are_told_apart(shop: Any) -> None:
    late = [row for row in made("UTC") if row.day >= date(2024, 6, 16)]
    shop_ = Shop(shop, late, "UTC")
    result = shop_.call("reconcile", JUNE)
    first, last = min(row.day for row in late), max(row.day for row in late)
    outside = shop.frame[(shop.frame.day >= date(2024, 6, 1)) & ~shop.frame.day.between(first, last)]
    uncovered = outside.conversions.sum()
    reasons = {row[0]: row for row in result.table.rows}
    assert reasons["missing days"][2] == pytest.approx(uncovered)
    facts = shop_.facts(result)
    gap = float(facts["Claimed less sold", "Acme Shop"].value)
    off = sum(row.cancelled for row in late)
    assert float(facts["Not explained", "Acme Shop"].value) == pytest.approx(max(gap - off - uncovered, 0))
    assert "platform claims, may double-count" in result.text


def test_no_verdict_is_given_and_what_cannot_be_measured_is_named(sold: Shop) -> None:
    text = sold.bench.read(sold.call("reconcile", JUNE))
    assert "which ad caused it, neither shows" in text
    assert "wrong" not in text
    assert "Together" in text


def test_the_revenue_difference_is_split_into_what_is_measured_and_what_remains(shop: Any) -> None:
    late = [row for row in made("UTC") if row.day >= date(2024, 6, 16)]
    shop_ = Shop(shop, late, "UTC")
    shown = {label: float(f.value) for (label, _), f in shop_.facts(shop_.call("reconcile", JUNE)).items()}
    kept, off = (sum(r.gross_micros for r in late if r.cancelled is is_off) / 1e6 for is_off in (False, True))
    first, last = min(row.day for row in late), max(row.day for row in late)
    inside = shop.frame[(shop.frame.day >= date(2024, 6, 1)) & (shop.frame.day <= date(2024, 6, 30))]
    uncovered = inside[~inside.day.between(first, last)].revenue.sum()
    gap = inside.revenue.sum() - kept
    assert shown["Revenue claimed less sold"] == pytest.approx(gap)
    if gap > 0:
        assert shown["Revenue not explained"] == pytest.approx(max(gap - off - uncovered, 0))
    else:
        beside = sum(r.tax_micros + r.shipping_micros for r in late if not r.cancelled) / 1e6  # type: ignore[operator]
        refused = sum(r.gross_micros for r in late if not r.cancelled and r.consent is False) / 1e6
        assert shown["Revenue not explained"] == pytest.approx(max(-gap - beside - refused, 0))


@pytest.mark.parametrize("consent", [True, False, None])
def test_fewer_claims_than_orders_leave_a_remainder_too_and_consent_is_measured_where_it_is_stated(
    shop: Any, consent: bool | None
) -> None:
    rows = [Row(**{**vars(r), "cancelled": False, "consent": None if consent is None else n % 20 > 0 or consent})
            for n, r in enumerate(made("UTC", count=6000))]  # fmt: skip
    shop_ = Shop(shop, rows, "UTC")
    result = shop_.call("reconcile", MAY)
    shown = {label: float(f.value) for (label, _), f in shop_.facts(result).items()}
    kept = shop_.days(*MAY)
    gap = shop.sums(*MAY).conversions - len(kept)
    assert gap < 0
    refused = int((kept.consent == False).sum())  # noqa: E712  None is no refusal
    assert (refused > 0) == (consent is False)
    assert shown["Claimed less sold"] == pytest.approx(gap)
    assert shown["Not explained"] == pytest.approx(max(-gap - refused, 0))
    assert ("and consent are what these data cannot measure" in result.text) == (consent is None)
    assert "less than was sold" in result.text


def test_by_day_and_by_source_the_table_equals_pandas(sold: Shop) -> None:
    by_day = sold.call("reconcile", JUNE, by="day").table
    kept = sold.days(*JUNE)
    kept = kept[~kept.cancelled]
    counts = kept.groupby("day").size().to_dict()
    assert by_day.columns == ("Day", "Google Ads claims", "Meta claims", "Orders", "Claimed less sold")
    assert {row[0]: row[3] for row in by_day.rows} == {d: counts.get(d, 0) for d in (row[0] for row in by_day.rows)}
    assert len(by_day.rows) == 30
    for day, google, meta, sold_, gap in by_day.rows:
        claims = sold.bench.sums(day.isoformat(), day.isoformat()).conversions
        assert google + meta == pytest.approx(claims)
        assert gap == pytest.approx(claims - sold_)
    by_source = {row[0]: (row[1], row[2]) for row in sold.call("reconcile", JUNE, by="source").table.rows}
    names = kept.source.fillna("no source").value_counts().to_dict()
    homes = {"google / cpc": "Google Ads", "facebook": "Meta"}
    assert by_source == {name: (homes.get(name, "none"), count) for name, count in names.items()}


def test_mer_net_revenue_and_contribution_equal_pandas(sold: Shop) -> None:
    result = sold.call("shop", MAY, figures=["mer", "net_revenue", "refunds", "contribution"], margin=0.35)
    facts = sold.facts(result)
    kept = sold.days(*MAY)
    kept = kept[~kept.cancelled]
    gross, refunds = kept.gross_micros.sum() / 1e6, kept.refunds_micros.sum() / 1e6
    beside = kept.tax_micros + kept.shipping_micros
    net = ((kept.gross_micros - beside) * (1 - kept.refunds_micros / kept.gross_micros)).sum() / 1e6
    spend = sold.bench.sums(*MAY).spend
    shown = {label: float(fact.value) for (label, _), fact in facts.items()}
    assert shown["MER"] == pytest.approx(gross / spend)
    assert shown["Net revenue"] == pytest.approx(net)
    assert shown["MER after returns and tax"] == pytest.approx(net / spend)
    assert shown["Refund rate"] == pytest.approx(refunds / gross)
    assert shown["Contribution"] == pytest.approx(net * 0.35 - spend)
    assert ("Yes" if net * 0.35 > spend else "No") in result.text
    assert "in proportion to each order, and is taken off once" in result.text


def test_two_periods_side_by_side_equal_pandas(sold: Shop) -> None:
    figures = ["orders", "gross", "net_revenue", "mer"]
    result = sold.call("shop", JUNE, figures=figures, baseline=MAY)
    shown: dict[str, list[float]] = {}
    for fact in result.facts:
        shown.setdefault(fact.label, []).append(float(fact.value))
    june, may = (frame[~frame.cancelled] for frame in (sold.days(*JUNE), sold.days(*MAY)))
    assert shown["Orders"] == [len(june), len(may)]
    assert shown["Orders, difference"] == [len(june) - len(may)]
    gross = [frame.gross_micros.sum() / 1e6 for frame in (june, may)]
    assert shown["Gross revenue"] == pytest.approx(gross)
    assert shown["Gross revenue, change"] == pytest.approx([gross[0] / gross[1] - 1])
    last = sold.orders.day.max().isoformat()  # the shop's own last day ends June for both sides
    spends = [sold.bench.sums(*days).spend for days in ((JUNE[0], last), MAY)]
    assert shown["MER"] == pytest.approx([g / s for g, s in zip(gross, spends, strict=True)])
    assert any("differ in length: " in c for c in result.caveats)
    refused = sold.call("shop", JUNE, figures=["contribution"], margin=0.3, baseline=MAY)
    assert "one period at a time" in refused.refused


def test_by_country_and_category_the_table_equals_pandas_and_unstated_stands_apart(shop: Any) -> None:
    rows = [Row(**{**vars(r), "country": ("US", "DE", None)[n % 3]}) for n, r in enumerate(made("UTC"))]
    shop_ = Shop(shop, rows, "UTC")
    result = shop_.call("shop", MAY, figures=["gross", "orders"], by="country")
    kept = shop_.days(*MAY)
    kept = kept[~kept.cancelled].assign(country=lambda f: f.country.fillna("no country stated"))
    wanted = kept.groupby("country").agg(orders=("gross_micros", "size"), gross=("gross_micros", "sum"))
    assert {r[0]: (r[1], r[2]) for r in result.table.rows} == {
        name: (row.orders, pytest.approx(row.gross / 1e6)) for name, row in wanted.iterrows()
    }
    assert result.table.rows[-1][0] == "no country stated"
    assert sum(f.value for f in result.facts if f.label == "Orders") == len(kept)
    assert "states its category" in shop_.call("shop", MAY, figures=["orders"], by="category").refused
    assert "not split by country" in shop_.call("shop", MAY, figures=["mer"], by="country").refused


def test_without_a_margin_nobody_says_whether_money_was_made(sold: Shop) -> None:
    result = sold.call("shop", MAY, figures=["contribution"])
    assert "at which margin?" in result.refused
    assert result.facts == ()


def test_customers_are_new_on_their_first_order_of_the_whole_history(sold: Shop) -> None:
    result = sold.call("customers", MAY)
    facts = {label: fact for (label, _), fact in sold.facts(result).items()}
    kept = sold.orders[~sold.orders.cancelled]
    first = kept.groupby("customer").day.min()
    bought = set(sold.days(*MAY).query("not cancelled").customer)
    new = {c for c in bought if first[c] >= date(2024, 5, 1)}
    assert 0 < len(new) < len(bought)
    assert (facts["New customers"].value, facts["Returning customers"].value) == (len(new), len(bought) - len(new))
    spend = Decimal(str(round(sold.bench.sums(*MAY).spend, 2)))
    assert float(facts["Cost per new customer"].value) == pytest.approx(float(spend) / len(new))
    assert any(f"since {kept.day.min()}" in c or "since 2024-04-10" in c for c in result.caveats)


def test_orders_without_customers_give_no_new_customers(shop: Any) -> None:
    result = Shop(shop, made("UTC", customers=False), "UTC").call("customers", MAY)
    assert "name no customers" in result.refused


def test_another_currency_is_never_set_against_the_shops(shop: Any) -> None:
    euros = Shop(shop, made("UTC"), "UTC", currency="EUR")
    assert "there is no rate" in euros.call("shop", MAY, figures=["mer"]).refused
    assert "without a rate" in euros.call("reconcile", MAY).refused
    assert euros.call("shop", MAY, figures=["orders"]).refused is None


def test_without_orders_every_tool_names_the_file_to_load(shop: Any) -> None:
    for tool, args in (("shop", {"figures": ["mer"]}), ("reconcile", {}), ("customers", {})):
        refused = shop.call(tool, period=MAY, **args).refused
        assert "budgeteer import orders.csv --platform shopify" in refused


def test_platform_sums_point_at_mer_once_orders_are_loaded(shop: Any) -> None:
    said = [c for c in shop.call("metric", metrics=["conversions"], period=MAY).caveats if "double-count" in c]
    assert said == ["Conversions of several platforms: platform claims, may double-count"]
    Shop(shop, made("UTC"), "UTC")
    (said,) = [c for c in shop.call("metric", metrics=["conversions"], period=MAY).caveats if "double-count" in c]
    assert said.endswith("may double-count; the shop's orders are loaded: ask for MER, or 'reconcile'")


WEEKS = {"week": "W-SUN", "month": "M", "day": "D"}


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_the_shops_figures_by_time_equal_pandas_and_a_day_without_orders_is_unknown(sold: Shop, by: str) -> None:
    asked = ("2024-05-01", "2024-06-20")
    result = sold.call("shop", asked, figures=["orders", "net_revenue", "aov", "mer"], by=by)
    inside = sold.days(*asked)
    kept = inside[~inside.cancelled]
    days = pd.period_range(*asked, freq="D").to_timestamp().to_period(WEEKS[by]).unique()
    of = pd.PeriodIndex(pd.to_datetime(kept.day), freq=WEEKS[by])
    ads = sold.bench.frame[sold.bench.frame.day.between(*map(date.fromisoformat, asked))]
    spend = ads.groupby(pd.PeriodIndex(pd.to_datetime(ads.day), freq=WEEKS[by])).spend.sum()
    assert len(result.table.rows) == len(days)
    for row, bucket in zip(result.table.rows, days, strict=True):
        own = kept[of == bucket]
        if own.empty:
            assert row[1:] == (None, None, None, None)
            continue
        gross = own.gross_micros.sum() / 1e6
        off = own.refunds_micros + own.tax_micros + own.shipping_micros
        back = (own.tax_micros + own.shipping_micros) * own.refunds_micros / own.gross_micros
        assert row[1] == len(own)
        assert row[2] == pytest.approx(gross - (off - back).sum() / 1e6, abs=0.01)
        assert row[3] == pytest.approx(gross / len(own), abs=0.01)
        assert row[4] == pytest.approx(gross / float(spend[bucket]))
    assert (by == "day") == ("are in the table" in result.text)


def test_what_is_left_of_the_money_by_week_is_refused_not_totalled(sold: Shop) -> None:
    result = sold.call("shop", JUNE, figures=["contribution"], by="week", margin=0.35)
    assert "not broken down by week; ask for one week at a time" in result.refused
    assert not result.facts
