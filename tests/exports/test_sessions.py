"""Sessions of analytics: read from its exports, kept through loads and undo, asked about by its own names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from agent.planner.rules import plan
from agent.state import Earlier, Entity, PlanContext
from app import wiring
from app.cli import cli
from app.importing import Options, load
from app.settings import Settings
from connectors.files import read_export
from domain.errors import UntrustedFile
from store.engine import read
from store.tables import DailyMetric
from tests.exports.test_undo import NOW, taken_back

HEAD = "# Property: Acme shop\nDate,Session source / medium,Sessions,Ecommerce purchases,Purchase revenue\n"
DAYS = ("20240624,google / cpc,100,4,400.50\n20240624,google / organic,80,2,90\n"
        "20240625,google / cpc,110,5,500\n20240625,facebook / paid,40,1,50\n")  # fmt: skip
ADS = "Day,Campaign,Cost,Impr.,Clicks,Conversions\n2024-06-24,Brand,10,900,120,3\n2024-06-25,Brand,10,900,130,3\n"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """A store with two days of Google Ads and of GA4 by source and medium."""
    folder = tmp_path_factory.mktemp("sessions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{folder / 'store.db'}")
        wiring.settings.cache_clear()
        for platform, text in (("google_ads", ADS), ("ga4", HEAD + DAYS)):
            (folder / f"{platform}.csv").write_text(text)
            given = ["--platform", platform, "--account", "Acme", "--currency", "EUR"]
            loaded = CliRunner().invoke(cli, ["import", str(folder / f"{platform}.csv"), *given])
            assert loaded.exit_code == 0, loaded.output

        def run(question: str) -> dict[str, Any]:
            asked = ["ask", question, "--as-of", "2024-07-01", "--json"]
            answer: dict[str, Any] = json.loads(CliRunner().invoke(cli, asked, catch_exceptions=False).stdout)
            return answer

        yield run
    wiring.settings.cache_clear()


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("how many sessions did google / cpc bring last week?", 210),
        ("how many sessions did google bring last week?", 210),  # organic is not paid for
        ("sessions last week", 330),
        ("conversion rate per session of google / cpc last week", 9 / 210),
        ("ga4 conversions of google / cpc last week", 9),
    ],
)
def test_sessions_are_asked_of_analytics_by_its_own_names(ask: Ask, question: str, value: float) -> None:
    answer = ask(question)
    (fact,) = answer["facts"]
    assert fact["value"] == pytest.approx(value)
    assert fact["source"].startswith("ga4, Acme: ga4.csv")
    assert answer["freshness"] == {"ga4": "2024-06-25"}


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("sessions and clicks last week", "ask for each by itself"),
        ("sessions of tiktok last week", "TikTok is not connected"),
        ("forecast sessions next week", "neither judged nor forecast"),
    ],
)
def test_what_analytics_cannot_say_is_refused_with_the_reason(ask: Ask, question: str, why: str) -> None:
    answer = ask(question)
    assert why in (answer["refused"] or "")
    assert answer["facts"] == []


def test_a_follow_up_of_a_question_about_sessions_stays_with_analytics() -> None:
    named = tuple(Entity(n, "ga4", 2, "Acme") for n in ("google / cpc", "facebook / paid"))
    context = PlanContext(
        date(2024, 7, 1), "UTC", 0, ("google_ads",), (Entity("Brand", "google_ads", 1, "Acme"),), (), date(2024, 6, 24),
        date(2024, 6, 25), analytics=("ga4",), analytics_campaigns=named,
    )  # fmt: skip
    first = plan("sessions of google / cpc last week", context)
    assert first.asked is not None
    (then,) = plan("and facebook / paid?", replace(context, earlier=Earlier(first.asked))).calls
    assert (then.args["campaigns"], then.args["platforms"]) == (["facebook / paid"], ["ga4"])


def test_without_analytics_a_question_about_sessions_says_what_to_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    wiring.settings.cache_clear()
    (tmp_path / "ads.csv").write_text(ADS)
    given = ["import", str(tmp_path / "ads.csv"), "--platform", "google_ads", "--account", "A", "--currency", "EUR"]
    assert CliRunner().invoke(cli, given).exit_code == 0
    done = CliRunner().invoke(cli, ["ask", "sessions last week", "--as-of", "2024-07-01", "--json"])
    assert "budgeteer import FILE --platform ga4" in json.loads(done.stdout)["refused"]
    wiring.settings.cache_clear()


def test_a_restated_session_count_is_kept_taken_back_and_never_erased(engine: Engine) -> None:
    def held() -> list[int | None]:
        with read(engine) as session:
            return list(session.scalars(select(DailyMetric.sessions).order_by(DailyMetric.day)))

    def put(text: str, name: str) -> int:
        content = f"Date,Session campaign,Sessions,Key events\n{text}".encode()
        options = Options("ga4", "Shop", "USD")
        return load(engine, Settings(_env_file=None), NOW, name, content, options).counts.run_id

    put("20240101,A,100,4\n20240102,A,,3\n", "a.csv")
    assert held() == [100, None]  # "does not say" is not 0
    second = put("20240101,A,90,4\n20240102,A,50,3\n", "b.csv")
    assert held() == [90, 50]
    taken_back(engine, second)
    assert held() == [100, None]


def test_sessions_are_held_against_the_files_own_total_as_far_as_ga4_is_exact() -> None:
    def made(total: int) -> bytes:
        return f"{HEAD},,{total},12,1040.50,Grand total\n{DAYS}".encode()

    for close in (330, 322, 340):
        report = read_export(made(close), platform="ga4", account="Acme", currency="EUR")
        assert (report.totals["sessions"], report.checksum_row) == (330, 3)
    with pytest.raises(UntrustedFile, match="sessions 500, but the rows add up to 330"):
        read_export(made(500), platform="ga4", account="Acme", currency="EUR")


@pytest.mark.parametrize("header", ["Sessions", "Sitzungen", "Sesiones", "Sessioni", "Sessies", "Sessões"])
def test_sessions_alone_make_a_report_in_seven_languages(header: str) -> None:
    text = f"Date,Session campaign,{header}\n20240101,A,7\n20240102,A,9\n"
    report = read_export(text.encode(), platform="ga4", account="Acme", currency="EUR")
    assert [row.sessions for row in report.rows] == [7, 9]
    assert {row.conversions for row in report.rows} == {None}
