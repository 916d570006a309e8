"""A sync keeps whole reads only, corrects what came late, and changes nothing when run again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from connectors.base import ReportPage
from connectors.errors import Auth, Permission
from connectors.google_ads import GoogleAdsConfig, GoogleAdsConnector
from domain.errors import BadInput
from domain.scope import Scope
from emulators.google_ads.server import Handle, start
from emulators.market import server as market_server
from emulators.market.world import Market
from scheduler.sync import sync
from store import accounts, budgets, ingest, platform_changes
from store.engine import read, write
from store.tables import Account, Budget, DailyMetric, MetricRevision


@pytest.fixture
def handle() -> Iterator[Handle]:
    running = start(Market(history_days=90), page_rows=40)
    yield running
    running.stop()


@pytest.fixture
def connector(handle: Handle) -> Iterator[GoogleAdsConnector]:
    login = handle.login
    config = GoogleAdsConfig(
        developer_token=login.developer_token,
        client_id=login.client_id,
        client_secret=login.client_secret,
        refresh_token=login.refresh_token,
        login_customer_id=login.manager_id,
        endpoint=handle.endpoint,
        token_uri=handle.token_uri,
        ca_file=handle.ca_file,
    )
    made = GoogleAdsConnector(config, now=handle.market.now, sleep=lambda _seconds: None)
    yield made
    made.close()


def facts(engine: Engine) -> list[tuple[Any, ...]]:
    columns = (
        DailyMetric.campaign_id, DailyMetric.day, DailyMetric.spend_micros, DailyMetric.impressions,
        DailyMetric.clicks, DailyMetric.conversions, DailyMetric.revenue,
    )  # fmt: skip
    with read(engine) as session:
        return [tuple(r) for r in session.execute(select(*columns).order_by(DailyMetric.day, DailyMetric.campaign_id))]


def revisions(engine: Engine) -> int:
    with read(engine) as session:
        return session.scalar(select(func.count()).select_from(MetricRevision)) or 0


def test_the_first_sync_stores_the_whole_history_and_the_budgets(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    market = handle.market
    (done,) = sync(engine, connector, now=market.now()).accounts
    yesterday = market.today - timedelta(days=1)
    assert (done.error, done.rows_loaded, done.budgets, done.last_day) == (None, 90 * 7, 6, yesterday)
    true = market.rows(market.first_day, yesterday)
    stored = facts(engine)
    assert sum(r[2] for r in stored) == sum(r.spend_micros for r in true)
    assert sum(r[6] for r in stored) == pytest.approx(sum(r.revenue for r in true))
    with read(engine) as session:
        (account,) = accounts.find(session)
        assert (account.origin, account.external_id, account.currency, account.timezone) == (
            "api", "1234567890", "EUR", "Europe/Berlin",
        )  # fmt: skip
        kept = {b.name: b for b in budgets.for_account(session, Scope((account.id,)), account.id)}
        assert kept["Benelux shared"].campaigns == [["7006", "Search NL"], ["7007", "Search BE"]]
        assert kept["Generic Search DE"].daily_micros == 640_000_000


def test_a_second_sync_of_the_same_day_changes_nothing(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    now = handle.market.now()
    sync(engine, connector, now=now)
    before = facts(engine)
    (again,) = sync(engine, connector, now=now).accounts
    assert (again.rows_loaded, again.rows_updated, again.rows_removed) == (0, 0, 0)
    assert again.rows_unchanged == 30 * 7
    assert facts(engine) == before
    assert revisions(engine) == 0


def test_late_conversions_are_taken_in_and_what_they_replace_is_kept(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    sync(engine, connector, now=handle.market.now())
    handle.market.advance(2)
    (later,) = sync(engine, connector, now=handle.market.now()).accounts
    assert later.rows_loaded == 2 * 7
    assert later.rows_updated > 10
    assert revisions(engine) == later.rows_updated


def test_a_gap_longer_than_the_window_is_read_too(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    sync(engine, connector, now=handle.market.now())
    handle.market.advance(45)
    (later,) = sync(engine, connector, now=handle.market.now(), days=7).accounts
    assert later.rows_loaded == 45 * 7


@pytest.mark.parametrize("kind", ["cut", "page_repeated"])
def test_a_report_that_never_comes_whole_leaves_every_fact_as_it_was(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector, kind: Any
) -> None:
    sync(engine, connector, now=handle.market.now())
    before = facts(engine)
    handle.market.advance(3)
    handle.faults.add("search", kind, when="after" if kind == "cut" else "before", times=50, pages=1)
    report = sync(engine, connector, now=handle.market.now())
    assert not report.complete
    assert report.accounts[0].error
    assert facts(engine) == before


def test_a_report_that_breaks_off_once_is_read_again_from_its_beginning(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    fault = handle.faults.add("search", "cut", nth=2, when="after", pages=1)
    (done,) = sync(engine, connector, now=handle.market.now()).accounts
    assert fault.hits == 1
    assert (done.error, done.rows_loaded) == (None, 90 * 7)


class Shortened:
    """The connector, but with the first campaign's rows gone from the report."""

    def __init__(self, real: GoogleAdsConnector, complete: bool) -> None:
        self._real, self._complete = real, complete

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def report(self, query: Any) -> Iterator[ReportPage]:
        for page in self._real.report(query):
            rows = tuple(r for r in page.rows if r.campaign != "Brand Search")
            yield ReportPage(rows, page.request_id, page.complete and self._complete)


def test_rows_that_vanished_are_removed_only_after_a_complete_read_and_are_kept_as_revisions(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    now = handle.market.now()
    sync(engine, connector, now=now)
    (partial,) = sync(engine, Shortened(connector, complete=False), now=now).accounts  # type: ignore[arg-type]
    assert partial.error
    assert len(facts(engine)) == 90 * 7
    (whole,) = sync(engine, Shortened(connector, complete=True), now=now).accounts  # type: ignore[arg-type]
    assert whole.rows_removed == 30
    assert len(facts(engine)) == 90 * 7 - 30
    assert revisions(engine) == 30


def test_rows_from_a_file_survive_a_sync_that_does_not_show_them(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    now = handle.market.now()
    day = handle.market.today - timedelta(days=3)
    with write(engine) as session:
        account = accounts.ensure(
            session, platform="google_ads", name="Acme EU", currency="EUR", timezone="Europe/Berlin", origin="file",
            now=now,
        )  # fmt: skip
        row = ingest.MetricRow(day, "Old campaign", None, 1_000_000, 10, 1, 0.0, 0.0)
        ingest.load(session, account, [row], source="old.csv", content_sha256="x", complete=True, now=now)
    (done,) = sync(engine, connector, now=now).accounts
    assert (done.error, done.rows_removed) == (None, 0)
    assert len(facts(engine)) == 90 * 7 + 1
    with read(engine) as session:
        assert session.scalars(select(Account.origin)).all() == ["api"]


def test_a_budget_that_is_gone_is_kept_as_not_enabled(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    sync(engine, connector, now=handle.market.now())
    handle.market.removed.add("5003")
    sync(engine, connector, now=handle.market.now())
    with read(engine) as session:
        off = session.scalars(select(Budget.name).where(Budget.enabled.is_(False))).all()
    assert off == ["Competitor Search"]


def test_a_refused_login_is_raised_and_nothing_is_stored(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector
) -> None:
    handle.faults.add("token", "invalid", times=9)
    with pytest.raises(Auth):
        sync(engine, connector, now=handle.market.now())
    assert facts(engine) == []


def test_no_days_is_bad_input(sqlite_engine: Engine, handle: Handle, connector: GoogleAdsConnector) -> None:
    with pytest.raises(BadInput):
        sync(sqlite_engine, connector, now=handle.market.now(), days=0)


def budgeteer(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_ADS_", "CLOCK_"))}
    script = "from app.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], env={**clean, **env}, capture_output=True, text=True, timeout=60
    )


def test_the_command_reports_a_sync_as_json_and_a_failed_one_with_exit_1(handle: Handle, tmp_path: Path) -> None:
    clock = market_server.start(handle.market)
    env = {**handle.settings_env(), **clock.settings_env(), "DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}
    try:
        good = budgeteer("sync", "--json", **env)
        handle.faults.add("search", "cut", nth=2, when="after", pages=1, times=50)
        bad = budgeteer("sync", **env)
    finally:
        clock.stop()
    (done,) = json.loads(good.stdout)["synced"]
    assert (good.returncode, done["rows_loaded"], done["budgets"], done["error"]) == (0, 90 * 7, 6, None)
    assert bad.returncode == 1
    assert "nothing was kept" in bad.stdout
    for secret in handle.login.secrets():
        assert secret not in good.stdout + good.stderr + bad.stdout + bad.stderr


def test_the_command_without_a_platform_is_not_configured(tmp_path: Path) -> None:
    done = budgeteer("sync", DATABASE_URL=f"sqlite:///{tmp_path / 'store.db'}")
    assert (done.returncode, done.stdout) == (3, "")
    assert "GOOGLE_ADS_DEVELOPER_TOKEN" in done.stderr


def test_changes_made_elsewhere_are_kept_once_and_a_history_that_fails_costs_no_figures(
    engine: Engine, handle: Handle, connector: GoogleAdsConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = handle.market
    market.set_budget("5002", 300_000_000, by="colleague@acme.example", client="GOOGLE_ADS_WEB_CLIENT")
    (first,) = sync(engine, connector, now=market.now()).accounts
    (again,) = sync(engine, connector, now=market.now()).accounts
    assert (first.changes, again.changes, again.history_error) == (1, 0, None)
    with read(engine) as session:
        scope = Scope(tuple(a.id for a in accounts.find(session)))
        (seen,) = platform_changes.between(
            session, scope, market.now() - timedelta(days=1), market.now() + timedelta(1)
        )
    assert (seen.ours, seen.change.by, str(seen.change.after)) == (False, "colleague@acme.example", "300.00 EUR")

    def fails(*_args: Any) -> Any:
        raise Permission("may not read changes")

    monkeypatch.setattr(connector, "account_changes", fails)
    market.advance(1)
    report = sync(engine, connector, now=market.now())
    assert report.complete
    assert report.accounts[0].rows_loaded == 7
    assert "the change history of" in report.said
    assert "may not read changes" in report.said
