"""The market's analytics export agrees with its clicks, and shows where those who clicked no longer arrive."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.importing import Options, load
from app.settings import Settings
from connectors.files import read_export
from domain.scope import Scope
from emulators.market.analytics import ARRIVE, OTHERS, ga4_csv
from emulators.market.exports import google_ads_csv
from emulators.market.incidents import Incident
from emulators.market.world import Market
from store.engine import read
from store.tables import Account, Campaign
from tools.causes import find_cause

DAY = timedelta(days=1)


def test_its_sessions_are_the_clicks_that_arrive_and_its_export_reads_whole() -> None:
    market = Market(history_days=40)
    first, last = market.today - 30 * DAY, market.today - DAY
    report = read_export(ga4_csv(market, first, last).encode(), platform="ga4", account="Acme", currency="EUR")
    assert report.checksum_row is not None
    clicks: dict[str, int] = defaultdict(int)
    came: dict[str, int] = defaultdict(int)
    for row in market.rows(first, last):
        clicks[row.campaign.name] += row.clicks
    for row in report.rows:
        came[row.campaign] += row.sessions or 0
    assert set(came) == set(clicks) | set(OTHERS)
    assert {n: came[n] / c for n, c in clicks.items()} == pytest.approx(dict.fromkeys(clicks, ARRIVE), rel=0.05)
    assert ga4_csv(market, first, last) == ga4_csv(market, first, last)


def test_a_landing_page_that_is_gone_is_told_from_a_page_that_sells_worse(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    market = Market(history_days=70)
    start, last = market.today - 14 * DAY, market.today - DAY
    for kind, name in (("landing_break", "Generic Search DE"), ("conversion_rate_drop", "Search NL")):
        market.inject(
            Incident(kind, start, start + 5 * DAY, campaign=name, factor=0.1 if kind == "landing_break" else 0.5)
        )  # type: ignore[arg-type]
    made = (
        ("google_ads", google_ads_csv(market, market.first_day, last)),
        ("ga4", ga4_csv(market, market.first_day, last)),
    )
    for platform, text in made:
        options = Options(platform, "Acme", "EUR")
        load(sqlite_engine, Settings(_env_file=None), market.now(), f"{platform}.csv", text.encode(), options)
    with read(sqlite_engine) as session:
        ids = {a.platform: a.id for a in session.scalars(select(Account))}
        campaigns = {(c.account_id, c.name): c.id for c in session.scalars(select(Campaign))}
        scope = Scope((ids["google_ads"], ids["ga4"]))

        def why(name: str) -> tuple[str, bool]:
            one = campaigns[ids["google_ads"], name]
            found = find_cause(session, scope, market.today, account_id=ids["google_ads"], metric="conversions",
                               campaign_ids=[one], first_day=start, last_day=start + 5 * DAY)  # fmt: skip
            assert "other sources" not in found.said  # the rest of the site only fluctuates
            return found.kind, "where as many clicks usually bring" in found.said

        assert why("Generic Search DE") == ("tracking_break", True)
        assert why("Search NL") == ("conversion_rate", False)
