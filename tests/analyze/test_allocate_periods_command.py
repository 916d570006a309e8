"""``budgeteer analyze allocate-periods``: seasons and carry-over against solvers of the test's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.optimize import minimize

from app.cli.analyze_command import command
from domain.errors import BadInput

CURVES = [
    {"name": "Search", "family": "log", "params": {"a": 100, "b": 200}, "current": 300},
    {"name": "Video", "family": "power", "params": {"a": 5, "b": 0.5}, "current": 100, "max": 600},
]
SEASONS = np.array([1.0, 1.0, 1.4, 0.8])


def run(file: Path, *options: str) -> str:
    asked = ["allocate-periods", "--curves", str(file), *options]
    done = CliRunner().invoke(command, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "curves.json"
    found.write_text(json.dumps(CURVES))
    return found


def best_by_slsqp(carry: float, after: int, total: float) -> float:
    """The value of the best split, by a general solver from several starts."""
    now = np.array([300.0, 100.0])
    seasons = np.append(SEASONS, np.repeat(SEASONS[-1], after))

    def value(flat: np.ndarray) -> float:
        pressure, worth = now, 0.0
        for season, spent in zip(seasons, [*flat.reshape(4, 2), *[now] * after], strict=True):
            pressure = (1 - carry) * spent + carry * pressure
            worth += season * (100 * np.log1p(pressure[0] / 200) + 5 * np.sqrt(max(pressure[1], 0.0)))
        return worth

    bounds = [(0, total), (0, 600)] * 4
    starts = [np.full(8, total / 8), np.tile([total / 6, total / 12], 4)]
    equal = {"type": "eq", "fun": lambda flat: flat.sum() / total - 1}
    found = [
        minimize(lambda f: -value(f), s, bounds=bounds, constraints=equal, options={"maxiter": 500, "ftol": 1e-12})
        for s in starts
    ]
    return max(-float(f.fun) for f in found)


@pytest.mark.parametrize(("carry", "after"), [(0.0, 0), (0.4, 2)])
def test_nothing_better_is_found_by_a_general_solver(file: Path, carry: float, after: int) -> None:
    options = ["--seasons", "1,1,1.4,0.8", "--budget", "2000", "--carryover", str(carry), "--after", str(after)]
    told = json.loads(run(file, *options, "--json"))
    assert told["value"] == pytest.approx(best_by_slsqp(carry, after, 2000.0), rel=2e-6)
    assert told["spend"] == pytest.approx(2000)
    assert told["certificate"]["exact"] == (carry == 0)
    assert 0 <= told["certificate"]["duality_gap"] < 1e-6
    assert all(a["spend"] <= 600 + 1e-6 for p in told["periods"] for a in p["allocation"] if a["name"] == "Video")


def test_each_periods_own_budget_is_spent(file: Path) -> None:
    told = json.loads(run(file, "--seasons", "1,2", "--budgets", "500,1000", "--json"))
    assert [p["spend"] for p in told["periods"]] == pytest.approx([500, 1000])
    assert "proved to the last digits" in run(file, "--seasons", "1,2", "--budgets", "500,1000")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seasons", "1,2", "--budgets", "500"], "--budgets has 1 periods and --seasons 2"),
        (["--seasons", "1,-2", "--budget", "3"], "--seasons 1,-2"),
        (["--seasons", "0,0", "--budget", "3"], "no period brings anything"),
        (["--seasons", "1"], "not both"),
        (["--seasons", "1", "--budget", "nan"], "--budget nan"),
        (["--seasons", "1", "--budget", "3", "--carryover", "1"], "--carryover 1"),
    ],
)
def test_bad_options_are_refused_with_their_value(file: Path, options: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(file, *options)


def test_what_is_not_offered_is_refused_with_the_reason(file: Path) -> None:
    file.write_text(json.dumps([{"name": "S", "family": "hill", "params": {"a": 1, "k": 1, "s": 2}}]))
    assert '"S" is an S-curve' in json.loads(run(file, "--seasons", "1,1", "--budget", "3", "--json"))["refused"]
    file.write_text(json.dumps([{**CURVES[1], "min": 500}]))
    assert "lower bounds" in run(file, "--seasons", "1,1", "--budget", "3")
