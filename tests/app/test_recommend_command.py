"""``budgeteer recommend budget`` as a person and a pipe see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from store import accounts, ingest

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)


@pytest.fixture
def store(sqlite_engine: Engine, tmp_path: Path) -> dict[str, str]:
    """A file account with two campaigns whose spend was tested in blocks; the first answers ten times better."""
    rows = []
    for n in range(150):
        day = date(2026, 3, 15) - timedelta(days=n)
        for name, worth, phase in (("Strong", 40.0, 0), ("Weak", 4.0, 5)):
            spend = 100.0 * (1 + 0.4 * (((n + phase) // 10) % 3 - 1))
            revenue = worth * spend**0.6 * (1 + 0.05 * ((n * 7919) % 11 - 5) / 5)
            rows.append(
                ingest.MetricRow(
                    day=day, campaign=name, campaign_id=None, spend_micros=round(spend * 1e6), impressions=1000,
                    clicks=50, conversions=5.0, revenue=revenue,
                )
            )  # fmt: skip
    with Session(sqlite_engine) as session, session.begin():
        account = accounts.ensure(
            session, platform="google_ads", name="Acme", currency="EUR", timezone="UTC", origin="file", now=NOW
        )
        ingest.load(session, account, rows, source="f.csv", content_sha256=None, complete=True, now=NOW)
    return {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}


def budgeteer(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from app.cli import main; main()", "recommend", "budget", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)


def test_json_carries_the_plan_its_range_and_why(store):
    done = budgeteer(store, "--as-of", "2026-03-16", "--json")
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    plan = out["recommendation"]
    assert out["refused"] is None
    assert out["stored"] is None
    assert [(c["entity_name"], float(c["after"]) > float(c["before"])) for c in plan["changes"]] == [
        ("Strong", True),
        ("Weak", False),
    ]
    assert float(plan["expected"]["low"]) < float(plan["expected"]["mid"]) < float(plan["expected"]["high"])
    assert plan["advice_only"].startswith("came from a file")
    assert out["freshness"] == {"google_ads": "2026-03-15"}
    assert "{{" not in out["answer"]


def test_a_person_reads_now_proposed_range_risks_and_alternatives(store):
    text = budgeteer(store, "--as-of", "2026-03-16").stdout
    for words in ("Acme: move", "Proposed", "Expected over 30 days", "Why:", "Risks:", "Instead:", "Do nothing"):
        assert words in text
    assert "Advice only: the account came from a file: there is no budget to change." in text


def test_a_reasoned_refusal_is_an_answer(store):
    done = budgeteer(store, "--as-of", "2026-03-16", "--total", "5000", "--json")
    assert done.returncode == 0
    out = json.loads(done.stdout)
    assert out["recommendation"] is None
    assert "nearest total that can be met" in out["refused"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--account", "Nope"), "known accounts: Acme"),
        (("--total", "-1"), "--total"),
        (("--as-of", "16.3.2026"), "--as-of"),
        (("--total", "200.001", "--as-of", "2026-03-16"), "in steps of 0.01"),
    ],
)
def test_a_persons_mistake_is_exit_2_with_an_empty_stdout(store, arguments, words):
    done = budgeteer(store, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_store_is_exit_3_and_says_what_to_do(tmp_path):
    done = budgeteer({**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"})
    assert (done.returncode, done.stdout) == (3, "")
    assert "budgeteer import" in done.stderr
