"""Which ad to show more: shares that an oracle finds too, withheld days, and reasons where ads cannot be told apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from app.importing import Options, load
from app.settings import Settings
from domain.scope import Scope
from store import accounts
from store.engine import read
from tests.tools.conftest import Bench

TODAY = date(2026, 11, 25)
HEAD = "Day,Campaign name,Ad set name,Ad name,Impressions,Clicks (all),Amount spent (EUR),Purchases"
Rows = list[tuple[date, str, str, str, int, int, float, int | str]]


def days(campaign: str, ad_set: str, ad: str, clicks: int, purchases: int | str, n: int = 28) -> Rows:
    return [(TODAY - timedelta(days=i), campaign, ad_set, ad, 1000, clicks, 20.0, purchases) for i in range(1, n + 1)]


@pytest.fixture
def of(engine: Engine) -> Callable[[Rows], Bench]:
    def build(rows: Rows) -> Bench:
        import pandas as pd

        content = "\n".join([HEAD, *(",".join(str(c) for c in row) for row in rows), ""]).encode()
        options = Options(platform="meta", account="Acme", currency="EUR")
        load(engine, Settings(), datetime(2026, 11, 25, 12, tzinfo=UTC), "ads.csv", content, options)
        with read(engine) as session:
            scope: Scope = accounts.scope_for(session, None)
        return Bench(engine, scope, pd.DataFrame(), TODAY)

    return build


def test_shares_are_the_chances_of_being_best_over_the_days_that_count(of: Callable[[Rows], Bench]) -> None:
    bench = of([*days("P", "Broad", "A", 20, 1), *days("P", "Broad", "B", 20, 2), *days("P", "Alone", "C", 20, 1)])
    found = bench.call("creatives")
    counted = 28 - 7  # without learned lateness the last week is withheld
    draws = np.random.default_rng(0).gamma([0.5 + counted, 0.5 + 2 * counted], 1 / (20 * counted), (400_000, 2))
    best = float((draws[:, 1] > draws[:, 0]).mean())
    table = {row[2]: row for row in found.table.rows} if found.table else {}
    assert set(table) == {"A", "B"}
    assert table["B"][7] == pytest.approx(best, abs=0.003)
    assert table["B"][8] == pytest.approx(0.05 + 0.9 * best, abs=0.003)
    assert table["B"][3] == pytest.approx(100 * (0.5 + 2 * counted) / (20 * counted))
    text = bench.read(found)
    assert text.startswith("P, Broad: B is the best with a chance of ")
    assert "conversions per 100 EUR" in text
    assert any("no A/B test" in c for c in found.caveats)
    assert "the last 7 days are left out: their conversions still arrive" in found.caveats
    assert "1 with one of the ads only: nothing to choose between" in found.caveats


def test_with_few_conversions_clicks_decide_and_an_unknown_figure_is_not_counted_as_none(
    of: Callable[[Rows], Bench],
) -> None:
    bench = of([*days("P", "Broad", "A", 20, ""), *days("P", "Broad", "B", 30, "")])
    found = bench.call("creatives")
    assert "clicks per 100 impressions" in bench.read(found)
    assert found.table is not None
    assert found.table.shown[0][7] == "more than 99 %"
    refused = bench.call("creatives", reward="conversions").refused
    assert refused is not None
    assert "no two ads can be told apart" in refused


def test_ad_sets_compete_within_their_campaign(of: Callable[[Rows], Bench]) -> None:
    bench = of([*days("P", "Broad", "A", 20, 1), *days("P", "Narrow", "B", 20, 3)])
    text = bench.read(bench.call("creatives", by="ad_set"))
    assert text.startswith("P: Narrow is the best")
    assert bench.call("creatives", by="ad").refused == (
        "no two ads can be told apart: 2 with one of the ads only: nothing to choose between"
    )


def test_without_figures_by_ad_it_says_which_export_to_load(make_bench: Callable[..., Bench]) -> None:
    import pandas as pd

    from tests.tools.conftest import COLUMNS

    frame = pd.DataFrame([(date(2024, 6, 30), "Brand", 1.0, 1, 1, 1.0, 1.0)], columns=COLUMNS)
    refused = make_bench({("google_ads", "Shop", "USD"): frame}).call("creatives").refused
    assert refused is not None
    assert "no figures by ad are loaded" in refused
