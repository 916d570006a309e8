"""The commands beside the approval: the audit, the approvers, the kill switch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app import wiring
from connectors.google_ads import GoogleAdsConnector
from store.engine import write
from store.switches import set_kill_switch
from tests.activation.world import NOW, seed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(sqlite_engine: Engine, tmp_path: Path):  # type: ignore[no-untyped-def]
    def command(*args: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "DATABASE_URL": str(sqlite_engine.url), "PYTHONPATH": str(ROOT)}
        call = [sys.executable, "-c", "from app.cli import main; main()", *args]
        return subprocess.run(call, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)

    return command


def test_a_chain_that_holds_exits_0_and_a_broken_one_1_with_the_place_on_stderr(run, sqlite_engine: Engine) -> None:  # type: ignore[no-untyped-def]
    seed(sqlite_engine)
    intact = run("audit", "verify", "--json")
    assert (intact.returncode, json.loads(intact.stdout)["entries"]) == (0, 2)
    assert [e["action"] for e in json.loads(run("audit", "list", "--json").stdout)["entries"]] == ["approver.added"] * 2
    with write(sqlite_engine) as session:
        session.execute(text("update audit set actor = 'nobody' where seq = 2"))
    broken = run("audit", "verify", "--json")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert broken.stderr == "budgeteer: the audit chain is broken at entry 2: was changed after it was written\n"


def test_approvers_and_the_kill_switch_are_set_listed_and_audited(run, sqlite_engine: Engine) -> None:  # type: ignore[no-untyped-def]
    seed(sqlite_engine, approvers=())
    assert run("approvers", "add", "U1", "--account", "acme eu", "--tier", "2").returncode == 0
    (person,) = json.loads(run("approvers", "list", "--json").stdout)["approvers"]
    assert (person["user"], person["tier"], person["account"]) == ("U1", 2, "Acme EU")
    assert "may no longer" in run("approvers", "remove", "U1", "--account", "Acme EU").stdout
    unknown = run("approvers", "add", "U1", "--account", "Nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert run("stop-writes", "on", "--account", "Acme EU", "--reason", "site down").returncode == 0
    (switch,) = json.loads(run("stop-writes", "status", "--json").stdout)["stopped"]
    assert (switch["scope"], switch["reason"]) == ("account:1", "site down")
    run("stop-writes", "off", "--account", "Acme EU")
    assert run("stop-writes", "status").stdout == "Writes are allowed.\n"
    actions = [e["action"] for e in json.loads(run("audit", "list", "--json").stdout)["entries"]]
    assert actions == ["approver.added", "approver.removed", "writes.stopped", "writes.resumed"]


def test_a_mistyped_platform_or_account_stops_nothing_and_names_what_is_known(run, sqlite_engine: Engine) -> None:  # type: ignore[no-untyped-def]
    seed(sqlite_engine)
    for wrong in (["--platform", "gogle_ads"], ["--platform", ""], ["--account", "Acme"], ["--account", ""]):
        for way in ("on", "off"):
            refused = run("stop-writes", way, *wrong)
            assert (refused.returncode, refused.stdout) == (2, "")
            assert ("google_ads" if wrong[0] == "--platform" else "Acme EU") in refused.stderr
    assert run("stop-writes", "status").stdout == "Writes are allowed.\n"
    assert "platform:google_ads" in run("stop-writes", "on", "--platform", "Google Ads").stdout


def test_a_switch_of_a_platform_that_is_gone_can_still_be_turned_off(run, sqlite_engine: Engine) -> None:  # type: ignore[no-untyped-def]
    seed(sqlite_engine)
    with write(sqlite_engine) as session:
        set_kill_switch(session, "platform:meta", on=True, by="Ben", now=NOW)
    assert run("stop-writes", "off", "--platform", "meta").returncode == 0
    assert run("stop-writes", "status").stdout == "Writes are allowed.\n"


def test_the_platforms_that_can_be_named_are_those_with_a_connector() -> None:
    assert (GoogleAdsConnector.platform,) == wiring.PLATFORMS
