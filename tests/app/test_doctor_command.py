"""``doctor`` tells what is there, what is off, and what is broken, in words a person can act on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import text

from app import wiring
from app.cli.doctor_command import command, look
from app.settings import Settings
from emulators.google_ads import server as google_ads
from emulators.market.world import Market
from emulators.openai import server as openai
from emulators.slack import server as slack
from store.engine import write
from store.switches import GLOBAL, set_kill_switch
from store.tables import JobRun


def _config(folder: Path, **settings: Any) -> Settings:
    return Settings(_env_file=None, database_url=SecretStr(f"sqlite:///{folder}/doctor.db"), **settings)


def _of(config: Settings) -> dict[str, tuple[str, str]]:
    return {f.part: (f.state, f.detail) for f in look(config)}


def test_nothing_configured_is_no_fault(tmp_path: Path) -> None:
    found = _of(_config(tmp_path))
    assert found["store"][0] == "ok"
    assert {part for part, (state, _) in found.items() if state == "off"} == {"model", "slack", "google_ads", "jobs"}
    assert not [part for part, (state, _) in found.items() if state == "broken"]


def test_what_is_configured_is_really_reached(tmp_path: Path) -> None:
    market, chat, office = Market(), openai.start(), slack.start()
    ads = google_ads.start(market)
    try:
        told = {name.lower(): value for name, value in ads.settings_env().items()}
        config = _config(
            tmp_path, **told, openai_api_key=SecretStr("sk-emulated"), openai_base_url=chat.url,
            slack_bot_token=SecretStr(office.token), slack_signing_secret=SecretStr("s"), slack_api_url=office.url,
        )  # fmt: skip
        found = _of(config)
        assert [found[part][0] for part in ("model", "slack", "google_ads")] == ["ok", "ok", "ok"]
        assert "Acme EU" in found["google_ads"][1]
    finally:
        ads.stop()
        office.stop()
        chat.stop()


def test_a_token_that_slack_refuses_is_named_by_slacks_own_word(tmp_path: Path) -> None:
    office = slack.start()
    try:
        wrong = {"slack_bot_token": SecretStr("xoxb-wrong"), "slack_signing_secret": SecretStr("s")}
        config = _config(tmp_path, **wrong, slack_api_url=office.url)
        assert _of(config)["slack"] == ("broken", "Slack says invalid_auth")
    finally:
        office.stop()


def test_a_token_without_a_scope_names_it_and_one_with_all_is_fine(tmp_path: Path) -> None:
    office = slack.start()
    try:
        login = {"slack_bot_token": SecretStr(office.token), "slack_signing_secret": SecretStr("s")}
        config = _config(tmp_path, **login, slack_api_url=office.url)
        assert _of(config)["slack"][0] == "ok"
        office.workspace.scopes -= {"users:read", "files:read"}
        state, detail = _of(config)["slack"]
        assert (state, detail.endswith("lacks files:read, users:read")) == ("broken", True)
        office.workspace.scopes -= {"chat:write"}
        assert "chat:write" in _of(config)["slack"][1]
    finally:
        office.stop()


def test_half_a_login_is_broken_and_names_what_is_missing(tmp_path: Path) -> None:
    state, detail = _of(_config(tmp_path, google_ads_refresh_token=SecretStr("r")))["google_ads"]
    assert state == "broken"
    assert "GOOGLE_ADS_DEVELOPER_TOKEN" in detail


def test_stopped_writes_are_shown(tmp_path: Path) -> None:
    config = _config(tmp_path)
    with write(wiring.open_store(config)) as session:
        set_kill_switch(session, GLOBAL, on=True, by="U1", now=datetime.now(UTC))
    state, detail = _of(config)["writes"]
    assert (state, "U1" in detail) == ("off", True)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://host/name", "mysql"),
        ("postgresql://nobody:hunter2@127.0.0.1:1/none", "127.0.0.1:1"),
    ],
)
def test_a_database_that_is_not_there_is_one_clear_line_without_its_password(url: str, said: str) -> None:
    findings = look(Settings(_env_file=None, database_url=SecretStr(url)))
    assert (findings[0].part, findings[0].state) == ("store", "broken")
    assert said in findings[0].detail
    assert "hunter2" not in findings[0].detail
    assert not [f for f in findings if f.part in ("approvers", "writes")]


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "doctor.db").write_bytes(b"this is a letter, not a database" * 100)
    state, detail = _of(_config(tmp_path))["store"]
    assert (state, "not a database" in detail) == ("broken", True)


def test_a_store_of_a_newer_build_asks_for_an_update(tmp_path: Path) -> None:
    config = _config(tmp_path)
    engine = wiring.open_store(config)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    state, detail = _of(config)["store"]
    assert state == "broken"
    assert "0099" in detail
    assert "update budgeteer" in detail


def test_the_command_exits_1_where_something_configured_is_broken(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(wiring, "settings", lambda: _config(tmp_path, clock_url="http://127.0.0.1:1/clock"))
    result = CliRunner().invoke(command, ["--json"])
    assert result.exit_code == 1
    broken = [f for f in json.loads(result.stdout)["findings"] if f["state"] == "broken"]
    assert [f["part"] for f in broken] == ["clock"]


def test_jobs_that_stopped_or_keep_failing_are_found(tmp_path: Path) -> None:
    config = _config(tmp_path)
    assert _of(config)["jobs"] == ("off", "None has run by the clock yet: budgeteer run runs them")
    engine, now = wiring.open_store(config), datetime.now(UTC)

    def ran(minutes: int, error: str | None) -> None:
        at = now - timedelta(minutes=minutes)
        with write(engine) as session:
            session.add(JobRun(job="verify", slot=f"{minutes}", owner="o", leased_until=at, started_at=at,
                               finished_at=at, error=error))  # fmt: skip

    ran(50, None)
    assert "budgeteer run runs them, and is not running" in _of(config)["jobs"][1]
    for minutes in (4, 3, 2):
        ran(minutes, "away")
    state, detail = _of(config)["jobs"]
    assert state == "broken"
    assert "'verify'" in detail
    assert "has failed 3 times in a row" in detail
    engine.dispose()
