"""``budgeteer plan scenarios`` and its kin as a person and a pipe see them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from emulators.market.world import Market
from store.engine import open_engine
from tests import command_line
from tests.tools.test_recommend import fill

TODAY = ("--as-of", "2026-03-16")
MOVE = "3000 a month from Shopping Bestsellers to Generic Search DE"


@pytest.fixture(scope="module")
def env(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One store for all: the tests leave behind nothing but what they name themselves."""
    path = tmp_path_factory.mktemp("plans") / "store.db"
    copyfile(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    fill(engine, Market(seed=7))
    engine.dispose()
    return {**os.environ, "DATABASE_URL": f"sqlite:///{path}"}


def plan(env: dict[str, str], *arguments: str) -> Any:
    return command_line.run("plan", *arguments, env=env)


def test_a_plan_is_shown_saved_compared_proposed_and_forgotten(env: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "curves.png"
    done = plan(env, "scenarios", *TODAY, "--move", MOVE, "--save", "to search", "--chart", str(picture), "--json")
    assert done.returncode == 0, done.stderr
    out = json.loads(done.stdout)
    (account,) = out["accounts"]
    own = next(p for p in account["plans"] if p["key"] == "own")
    assert {a["name"]: a["amount"] for a in own["amounts"] if a["amount"] != a["now"]} == {
        "Generic Search DE": 740.0, "Shopping Bestsellers": 740.0,
    }  # fmt: skip
    assert own["expected"]["low"] < own["expected"]["mid"] < own["expected"]["high"]
    assert "Brand Search" in account["held"]
    assert "{{" not in out["answer"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert [s["name"] for s in out["saved"]] == ["to search"]
    listed = plan(env, "saved").stdout
    assert "to search: Acme EU, €2,820.00 a day (Generic Search DE €640.00 -> €740.00, " in listed
    assert "the figures are the same still" in plan(env, "compare", "TO SEARCH", *TODAY).stdout
    first, again = (json.loads(plan(env, "propose", "to search", *TODAY, "--json").stdout) for _ in range(2))
    assert first["proposed"][0]["stored"] == again["proposed"][0]["stored"] is not None
    assert first["proposed"][0]["recommendation"]["expected"]["mid"] == pytest.approx(own["expected"]["mid"])
    assert f"proposed as {first['proposed'][0]['stored']}" in plan(env, "saved").stdout
    assert plan(env, "forget", "to search").stdout == "Forgotten: 'to search' of Acme EU\n"
    assert plan(env, "saved").stdout.startswith("No plan is saved.")


def test_an_unclear_rate_is_said_and_nothing_is_saved(env: dict[str, str]) -> None:
    done = plan(env, "scenarios", *TODAY, "--move", "500 from Shopping Bestsellers to Generic Search DE")
    assert done.returncode == 0
    assert done.stdout.startswith("No plans: Is €500.00 meant a day or a month?")
    assert "'10000 a month'" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--move", "lots from A to B"), "cannot be read; write '10000 from NAME to NAME'"),
        (("--move", "5 from Nobody to Brand Search"), "nothing here is called 'Nobody'; there is Acme EU"),
        (("--set", "Brand Search"), "cannot be read; write 'NAME=120'"),
        (("--set", "Brand Search=ten"), "is no amount"),
        (("--total", "15%"), "write how it changes, such as +10% or -15%"),
        (("--total", "+10%", "--total", "900"), "write each as +10% or -15%"),
        (("--total", "-5"), "give a positive amount"),
        (("--more", "some"), "is no amount; write 5000"),
        (("--more", "5", "--total", "9"), "one wish at a time"),
        (("--account", "Nobody"), "no account is called 'Nobody'"),
        (("--as-of", "soon"), "is not a date"),
    ],
)
def test_what_cannot_be_read_says_how_it_is_written(env: dict[str, str], arguments: tuple[str, ...], said: str) -> None:
    done = plan(env, "scenarios", *(() if "--as-of" in arguments else TODAY), *arguments)
    assert said in (done.stderr or done.stdout), done
    assert done.returncode in (0, 2)
    assert (done.returncode == 2) == (done.stdout == "")


def test_a_name_with_a_to_in_it_is_read_where_both_ends_are_known(env: dict[str, str]) -> None:
    done = plan(env, "scenarios", *TODAY, "--move", "3k a month from Shopping Bestsellers to to Generic Search DE")
    assert "nothing here is called" in done.stderr
    assert done.returncode == 2


def test_several_totals_stand_side_by_side(env: dict[str, str]) -> None:
    out = json.loads(plan(env, "scenarios", *TODAY, "--total", "+5%", "--total", "-5%", "--json").stdout)
    assert [p["total"] for p in out["accounts"][0]["plans"]] == [2820, 2820, 2961, 2679]
