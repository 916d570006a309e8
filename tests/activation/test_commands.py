"""The commands beside the approval: the audit, the approvers, the kill switch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from store.engine import write
from tests.activation.world import seed

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
