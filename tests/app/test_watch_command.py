"""``budgeteer watch``: a look from the command line, and what people do about what it found."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import wiring
from app.cli import cli
from app.settings import Settings
from store import accounts, quiet_rules
from store.engine import open_engine, read
from store.migrate import upgrade
from tests.tools.market_days import LAST, days, loaded, since

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = open_engine(url)
    upgrade(engine)
    loaded(engine, days(since(LAST, cpc=2.0)), "Acme")
    engine.dispose()
    monkeypatch.setattr(wiring, "settings", lambda: Settings(_env_file=None, database_url=url))
    monkeypatch.setattr(wiring, "clock", lambda _config: lambda: NOW)


def run(*args: str) -> str:
    done = CliRunner().invoke(cli, ["watch", *args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def the_json(*args: str) -> dict[str, Any]:
    return json.loads(run(*args, "--json"))  # type: ignore[no-any-return]


def test_it_looks_tells_and_keeps_what_it_found(shop: None) -> None:
    said = run()
    assert said.startswith("Acme: looked at, figures through 2024-06-30, conversions and revenue through 2024-06-23\n")
    assert re.search(r"Warning: CPC up · Acme · Google Ads \(open\)\n  CPC \$2\.\d\d against \$1\.\d\d expected", said)
    first = the_json()
    assert [one["moved"] for one in first["looked"]] == [[]]  # the same data tell nothing twice
    (one,) = [i for i in first["incidents"] if i["severity"] != "info"]
    assert one["campaigns"] == ["Brand"]
    assert one["money"] > 0
    assert "  2024-06-30  cpc          Brand: $2." in run("show", one["id"][:8])
    assert the_json("show", one["id"])["incident"]["events"][0]["kind"] == "opened"


def test_nothing_open_is_no_good_news_before_a_look_or_without_figures(shop: None) -> None:
    assert run("list") == "Nothing is open. Not every account was looked at yet: budgeteer watch\n"
    late = run("--as-of", "2025-06-01")
    assert late.startswith("Acme: nothing to look at, there are no figures of the last half year\n")
    assert "Not every account was looked at" in late
    run()
    assert "Not every account" not in run("list")


def test_what_is_expected_of_one_campaign_keeps_no_other_quiet(shop: None) -> None:
    (one,) = [i["id"] for i in the_json()["incidents"] if i["severity"] != "info"]
    run("expected", one[:8], "--because", "promotion")
    learned = the_json("rules")["rules"]
    assert {(r["campaign"], r["whole_account_only"]) for r in learned} == {
        ("Brand", False)
    }  # the account follows from it
    assert "every campaign" not in run("rules")
    with read(wiring.open_store(wiring.settings())) as session:
        kept = [r for r in quiet_rules.rules(session, accounts.scope_for(session, None)) if r.metric == "cpc"]
        brand = next(r.campaign_id for r in kept if r.campaign_id is not None)
    said = {c: any(r.quiets(c, "cpc", "up", LAST, 0.3) for r in kept) for c in (None, brand, brand + 1)}
    assert said == {None: False, brand: True, brand + 1: False}
    assert [i for i in the_json()["incidents"] if i["severity"] != "info"] == []


def test_what_people_do_is_done_once_and_can_be_taken_back(shop: None) -> None:
    (one,) = [i["id"] for i in the_json()["incidents"] if i["severity"] != "info"]
    assert "acknowledged" in run("ack", one[:8])
    assert "already acknowledged by cli:" in run("ack", one[:8])
    assert "snoozed until 2024-07-04 09:00 UTC" in run("snooze", one, "--for", "3d")
    shorter = run("snooze", one, "--for", "1d")
    assert "snoozed until 2024-07-02 09:00 UTC (it was until 2024-07-04 09:00 UTC)" in shorter
    assert "already snoozed until 2024-07-02 09:00 UTC by cli:" in run("snooze", one, "--for", "1d")
    assert "unsnoozed" in run("snooze", one, "--off")
    assert "expected until 2024-07-15 09:00 UTC; quiet rules " in run("expected", one, "--because", "promotion")
    assert "kept quiet by a rule" in run()
    rules = the_json("rules")["rules"]
    assert {r["reason"] for r in rules} == {"expected: promotion"}
    said = [run("revoke", str(rule["id"])) for rule in rules]
    assert len(rules) > 1
    assert (
        f"is revoked; but {'another rule keeps' if len(rules) == 2 else f'{len(rules) - 1} other rules keep'}"
        in said[0]
    )
    assert f"  {rules[-1]['id']}: Acme" in said[0]
    assert said[-1] == f"rule {rules[-1]['id']} is revoked; what it kept quiet is told again\n"
    assert "No quiet rule" in run("rules")
    assert "CPC up" in run()  # it is told again


def test_an_unknown_incident_is_refused_by_name(shop: None) -> None:
    from domain.errors import BadInput

    with pytest.raises(BadInput, match="no incident 'deadbeef'"):
        CliRunner().invoke(cli, ["watch", "ack", "deadbeef"], catch_exceptions=False)
