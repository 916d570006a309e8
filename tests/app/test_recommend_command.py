"""``budgeteer recommend budget`` as a person and a pipe see it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from store import accounts, ingest
from tests import command_line

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
    return command_line.run("recommend", "budget", *arguments, env=env)


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


def numbers_as_text(part: object, path: str = "") -> list[str]:
    """Where a value is a figure in quotes."""
    if isinstance(part, dict):
        return [found for key, value in part.items() for found in numbers_as_text(value, f"{path}.{key}")]
    if isinstance(part, list):
        return [found for n, value in enumerate(part) for found in numbers_as_text(value, f"{path}[{n}]")]
    return [path] if isinstance(part, str) and re.fullmatch(r"[-+]?\d+(\.\d+)?( conversions)?", part) else []


def test_every_number_of_the_json_is_a_number_and_unrounded(store):
    out = json.loads(budgeteer(store, "--as-of", "2026-03-16", "--total", "220", "--json").stdout)
    assert numbers_as_text(out) == []
    plan = out["recommendation"]
    assert plan["expected"]["low"] < plan["expected"]["mid"] < plan["expected"]["high"]
    assert round(plan["expected"]["mid"], 2) != plan["expected"]["mid"]
    assert all(isinstance(fact["value"], float) for fact in plan["why"])
    (table,) = out["tables"]
    assert table["columns"][4:6] == ["Low", "High"]
    assert all(row[4] < row[3] < row[5] for row in table["rows"] if row[3] is not None)


def test_another_total_is_told_with_what_it_costs_and_what_is_left(store):
    done = budgeteer(store, "--as-of", "2026-03-16", "--total", "220")
    out = json.loads(budgeteer(store, "--as-of", "2026-03-16", "--total", "220", "--json").stdout)
    plan = out["recommendation"]
    spent = 30 * sum(c["after"] - c["before"] for c in plan["changes"])
    left = plan["expected"]["mid"] - spent
    assert f"Spend over 30 days: +€{float(f'{spent:.3g}'):,.0f}\n" in done.stdout
    assert f"Net: revenue less spend +€{float(f'{left:.3g}'):,.0f}, likely" in done.stdout
    net = next(f for f in out["facts"] if f["label"] == "expected revenue less spend a month, mean")
    assert net["value"] == pytest.approx(left)
    assert " net, likely between " in out["answer"]


@pytest.mark.parametrize("as_of", ["2025-10-20", "2025-10-30", "2025-11-10", "2026-10-05"])
def test_too_few_days_are_a_reasoned_refusal(store, as_of):
    done = budgeteer(store, "--as-of", as_of)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No recommendation: ")


def test_a_total_far_below_todays_says_what_today_is_and_how_far_it_may_go(store):
    said = json.loads(budgeteer(store, "--as-of", "2026-03-16", "--total", "1", "--json").stdout)["refused"]
    assert said.startswith("a total of 1.00 a day cannot be met: today it is ")
    assert "no budget may change by more than 50 % in one step; the nearest total that can be met is " in said
    assert "-" not in said


def test_on_old_data_the_refusal_names_the_last_day_and_the_option(store):
    out = budgeteer(store).stdout
    if "No recommendation" not in out:
        pytest.skip("the day of this run lies within the data")
    assert "--as-of 2026-03-16" in out


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
        (("--as-of", "16.3.2026"), "--as-of '16.3.2026' is not a date; write YYYY-MM-DD"),
        (("--as-of", "20260316"), "--as-of '20260316' is not a date; write YYYY-MM-DD"),
        (("--total", "200.001", "--as-of", "2026-03-16"), "in steps of 0.01"),
    ],
)
def test_a_persons_mistake_is_exit_2_with_an_empty_stdout(store, arguments, words):
    done = budgeteer(store, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_an_empty_store_is_exit_3_and_says_what_to_do(tmp_path):
    done = budgeteer({**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"})
    assert (done.returncode, done.stdout) == (3, "")
    assert "budgeteer import" in done.stderr


def test_pacing_spends_what_the_months_plan_leaves_evenly_over_the_days_left(store, tmp_path):
    plan = tmp_path / "plan.csv"
    plan.write_text("month,pool,account,currency,budget\n2026-03,All,Acme,EUR,6000\n")
    loaded = command_line.run("plan", "import", str(plan), env=store)
    assert loaded.returncode == 0, loaded.stderr
    out = json.loads(budgeteer(store, "--pace", "--as-of", "2026-03-16", "--json").stdout)
    spent = sum(
        round(100.0 * (1 + 0.4 * (((n + phase) // 10) % 3 - 1)), 6) for n in range(15) for phase in (0, 5)
    )  # of 1 to 15 March
    after = {c["entity_name"]: float(c["after"]) for c in out["recommendation"]["changes"]}
    assert set(after) == {"Strong", "Weak"}
    assert sum(after.values()) == pytest.approx((6000 - spent) / 16, abs=0.01)


def test_a_cut_a_target_and_limits_are_asked_for_by_options(store):
    cut = json.loads(budgeteer(store, "--as-of", "2026-03-16", "--cut", "15%", "--json").stdout)
    plan = {c["entity_name"]: (c["before"], c["after"]) for c in cut["recommendation"]["changes"]}
    table = {row[0]: row[1:3] for row in cut["tables"][0]["rows"]}
    now, then = (sum(row[n] for row in table.values()) for n in (0, 1))
    assert now * 0.85 == pytest.approx(then, abs=0.01)
    assert plan["Weak"][1] < plan["Weak"][0]
    assert "with the least loss" in cut["answer"]
    roas = budgeteer(store, "--as-of", "2026-03-16", "--target-roas", "3.5")
    assert re.search(r"ROAS over the account would be 3\.[5-9].*, 90 % interval .*; today it is", roas.stdout)
    held = budgeteer(store, "--as-of", "2026-03-16", "--freeze", "Strong", "--bound", "Weak=..90", "--json")
    assert "it was asked to stay (Strong)" in json.loads(held.stdout)["refused"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cut", "15"], "--cut 15"),
        (["--cut", "100%"], "--cut 100%"),
        (["--cut", "5%", "--target-cpa", "3"], "--cut and --target-cpa: give one of them"),
        (["--bound", "Strong"], "--bound Strong"),
        (["--bound", "Strong=5..nan"], "--bound Strong=5..nan"),
        (["--total", "nan"], "nan is no finite number"),
        (["--bound", "Nowhere=5.."], "no budget is called Nowhere"),
        (["--bound", "brand=acme=5.."], "no campaign of Acme carries the label brand=acme"),
        (["--cut", "5%", "--total", "90"], "settles the total itself"),
    ],
)
def test_options_that_contradict_or_name_nothing_are_refused_with_their_value(store, options, words):
    done = budgeteer(store, "--as-of", "2026-03-16", *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
