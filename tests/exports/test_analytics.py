"""Google Analytics in questions: read where it is named, never added to what the ads platforms claim."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import wiring
from app.cli import cli
from emulators.market import downloads
from tests.exports.written import WHOLE

Ask = Callable[..., dict[str, Any]]
CLAIMED = float(downloads.total(WHOLE).conversions)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """A store with the same conversions from Google Ads and, a day fewer of them, from GA4."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.chdir(tmp_path)
    wiring.settings.cache_clear()
    (tmp_path / "ads.csv").write_bytes(downloads.google_ads(WHOLE, "EUR"))
    (tmp_path / "ga4.csv").write_bytes(downloads.ga4(WHOLE[:-3]))
    for file, account in (("ads.csv", "Acme"), ("ga4.csv", "Acme")):
        loaded = CliRunner().invoke(cli, ["import", file, "--account", account, "--currency", "EUR"])
        assert loaded.exit_code == 0, loaded.output

    def run(question: str) -> dict[str, Any]:
        done = CliRunner().invoke(cli, ["ask", question, "--as-of", "2024-04-03", "--json"], catch_exceptions=False)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    yield run
    wiring.settings.cache_clear()


def test_a_question_without_a_platform_never_counts_analytics(ask: Ask) -> None:
    answer = ask("conversions from 2024-03-28 to 2024-04-02")
    assert [f["value"] for f in answer["facts"]] == [CLAIMED]
    assert answer["freshness"] == {"google_ads": "2024-04-02"}


def test_analytics_is_read_where_it_is_named_with_its_own_freshness(ask: Ask) -> None:
    answer = ask("ga4 conversions from 2024-03-28 to 2024-04-01")
    assert [f["value"] for f in answer["facts"]] == [float(downloads.total(WHOLE[:-3]).conversions)]
    assert answer["freshness"] == {"ga4": "2024-04-01"}
    assert "GA4" in answer["answer"]


def test_both_together_are_refused_with_what_to_ask(ask: Ask) -> None:
    answer = ask("conversions on google ads and ga4 from 2024-03-28 to 2024-04-01")
    assert "never added up" in (answer["refused"] or "")
    assert answer["facts"] == []


def test_the_next_step_after_an_import_of_analytics_can_be_asked_as_it_is_printed(ask: Ask) -> None:
    said = CliRunner().invoke(cli, ["import", "ga4.csv", "--account", "Acme", "--currency", "EUR"]).output
    words = shlex.split(said.splitlines()[-1].removeprefix("Next: budgeteer "))
    assert words[1].startswith("ga4 conversions by campaign in ")
    done = CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False)
    answer = json.loads(done.stdout)
    assert answer["refused"] is None
    assert answer["freshness"] == {"ga4": "2024-04-01"}


def test_freshness_tells_analytics_and_shops_as_what_they_are(ask: Ask) -> None:
    Path("orders.csv").write_text("Order ID,Date,Total,Currency\n1,2024-03-30,100,EUR\n")
    shop = ["import", "orders.csv", "--platform", "orders", "--account", "Till", "--currency", "EUR"]
    assert CliRunner().invoke(cli, shop).exit_code == 0
    said = ask("how fresh is the data")["answer"]
    assert "Google Ads: data through 2024-04-02" in said
    assert "GA4 (analytics, never added to the platforms), Acme: data through 2024-04-01." in said
    assert "(a shop's orders), Till: data through 2024-03-30." in said


def test_freshness_of_a_store_with_analytics_alone_is_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    wiring.settings.cache_clear()
    (tmp_path / "ga4.csv").write_bytes(downloads.ga4(WHOLE))
    loaded = CliRunner().invoke(cli, ["import", str(tmp_path / "ga4.csv"), "--account", "Acme", "--currency", "EUR"])
    assert loaded.exit_code == 0, loaded.output
    done = CliRunner().invoke(cli, ["ask", "how fresh is the data", "--as-of", "2024-04-03", "--json"])
    answer = json.loads(done.stdout)
    assert "No data of an ads platform yet" in answer["answer"]
    assert answer["freshness"] == {"ga4": "2024-04-02"}
    wiring.settings.cache_clear()


def test_what_only_orders_tell_is_refused_with_what_analytics_can_say(ask: Ask) -> None:
    assert "ask 'ga4 conversions last week'" in (ask("net revenue last week")["refused"] or "")
    assert ask("ga4 conversions last week")["refused"] is None
