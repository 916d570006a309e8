"""``budgeteer analyze forecast`` as a person or a program runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from app.cli.analyze_command import command
from domain.errors import CannotAnswer


def write_days(file: Path, series: dict[str, np.ndarray], start: str = "2026-01-01", step: str = "1D") -> None:
    unit = {"1D": "D", "7D": "W"}[step]
    at = np.datetime64(start, "D") + np.arange(len(next(iter(series.values())))) * (7 if unit == "W" else 1)
    rows = [
        f"{day},{name},{'' if np.isnan(v) else v}" for name, vs in series.items() for day, v in zip(at, vs, strict=True)
    ]
    file.write_text("day,campaign,spend\n" + "\n".join(rows) + "\n")


def run(file: Path, *more: str) -> str:
    arguments = ["forecast", "--data", str(file), "--time", "day", "--value", "spend", "--series", "campaign", *more]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    week = np.tile([80.0, 90, 100, 100, 110, 140, 80], 20)
    gaps = week * np.exp(rng.normal(0, 0.1, 140))
    gaps[[5, 50, 139]] = np.nan
    write_days(tmp_path / "d.csv", {"steady": week * np.exp(rng.normal(0, 0.1, 140)), "gaps": gaps,
                                    "paused": np.zeros(140), "empty": np.full(140, np.nan)})  # fmt: skip
    return tmp_path / "d.csv"


def test_every_step_of_every_series_has_a_value_in_a_range_and_no_unknown_is_a_number(file: Path) -> None:
    told = json.loads(run(file, "--horizon", "14", "--json"))
    assert len(told["forecast"]) == 3 * 14
    assert {f["series"] for f in told["forecast"]} == {"steady", "gaps", "paused"}
    assert all(f["lo"] <= f["value"] <= f["hi"] for f in told["forecast"])
    first = told["forecast"][0]
    assert first["time"] == "2026-05-21"
    assert told["left_out"] == [{"series": "empty", "reason": "no value is known"}]
    assert [n["series"] for n in told["notes"]] == ["paused"]
    assert told["backtest"]["mase"] < told["backtest"]["naive_mase"]
    assert 0.7 < told["backtest"]["coverage"] <= 1
    assert told["backtest_reason"] is None
    assert next(s for s in told["backtest"]["series"] if s["series"] == "empty")["mase"] is None


def test_a_higher_level_is_a_wider_range(file: Path) -> None:
    narrow, wide = (json.loads(run(file, "--json", "--level", level))["forecast"][0] for level in ("0.6", "0.95"))
    assert narrow["hi"] - narrow["lo"] < wide["hi"] - wide["lo"]


def test_the_table_says_how_good_it_was_and_what_was_left_out(file: Path) -> None:
    shown = run(file, "--horizon", "14")
    assert "steady  2026-05-21" in shown
    assert "Tested on 3 earlier stretches of 14: MASE 0." in shown
    assert "inside a range meant for 90 %." in shown
    assert "empty: no value is known" in shown
    assert "nan" not in shown


def test_many_steps_are_shown_as_a_sum_a_series(file: Path) -> None:
    assert "sum of 28" in run(file, "--horizon", "28")


def test_weeks_are_forecast_by_week_and_too_few_are_not_tested(tmp_path: Path) -> None:
    write_days(tmp_path / "w.csv", {"a": np.linspace(90, 130, 12) + [1, -2] * 6}, start="2026-01-05", step="7D")
    told = json.loads(run(tmp_path / "w.csv", "--horizon", "8", "--json"))
    assert [f["time"] for f in told["forecast"]][:2] == ["2026-03-30", "2026-04-06"]
    assert told["backtest"] is None
    assert told["backtest_reason"] == "12 times are too few to test 8 steps ahead; 16 are needed"


def test_a_file_of_which_nothing_can_be_forecast_is_refused(tmp_path: Path) -> None:
    write_days(tmp_path / "n.csv", {"a": np.full(9, np.nan)})
    with pytest.raises(CannotAnswer, match="no series can be forecast: no value is known"):
        run(tmp_path / "n.csv")
    told = json.loads(run(tmp_path / "n.csv", "--json"))
    assert told["forecast"] == []
    assert told["backtest"] is None
    assert told["refused"] == "no series can be forecast: no value is known"


def test_times_with_an_offset_are_told_with_one_and_others_as_they_came(tmp_path: Path) -> None:
    """Midnight in Berlin is not midnight anywhere near UTC: a bare 23:00 the evening before would be read as local."""
    file = tmp_path / "offsets.csv"
    at = np.datetime64("2026-01-01T00:00") + np.arange(240) * np.timedelta64(1, "h")
    for offset in ("", "+01:00"):
        rows = [f"{t}{offset},a,{100 + n % 24}" for n, t in enumerate(at)]
        file.write_text("day,campaign,spend\n" + "\n".join(rows) + "\n")
        first = json.loads(run(file, "--horizon", "3", "--json"))["forecast"][0]["time"]
        assert first == ("2026-01-10T23:00:00+00:00" if offset else "2026-01-11T00:00:00")


def test_a_name_that_steers_a_terminal_or_breaks_the_table_is_shown_without_it(tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    days = np.datetime64("2026-01-01") + np.arange(60)
    rows = [f'{day},"a\x1b[31m\nb",{100 + n % 7}' for n, day in enumerate(days)]
    file.write_text("day,campaign,spend\n" + "\n".join(rows) + "\n")
    said = run(file, "--horizon", "2")
    assert "\x1b" not in said
    assert any(line.startswith("a [31m b ") for line in said.splitlines())
    assert json.loads(run(file, "--horizon", "2", "--json"))["forecast"][0]["series"] == "a\x1b[31m\nb"


def test_the_hour_that_comes_twice_in_autumn_counts_once_and_is_said(tmp_path: Path) -> None:
    utc = np.datetime64("2024-10-14T00") + np.arange(24 * 21)
    offset = np.where(utc < np.datetime64("2024-10-27T01"), 2, 1)  # Berlin's clock
    local = utc + offset
    values = 100 + 20 * np.sin(np.arange(len(local)) * 2 * np.pi / 24)
    again = list(local).index(np.datetime64("2024-10-27T02")) + 1
    assert local[again] == local[again - 1]
    values[again] = 9e9  # it would show wherever it counted
    path = tmp_path / "hours.csv"
    path.write_text("at,spend\n" + "\n".join(f"{t},{v}" for t, v in zip(local, values, strict=True)) + "\n")
    arguments = ["forecast", "--data", str(path), "--time", "at", "--value", "spend", "--horizon", "24"]
    told = json.loads(CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert told["repeated"] == [{"series": "", "time": "2024-10-27T02"}]
    assert 70 < min(f["value"] for f in told["forecast"]) < max(f["value"] for f in told["forecast"]) < 130
    said = CliRunner().invoke(command, arguments, catch_exceptions=False).stdout
    assert "1 row with a time that an earlier row has, such as 2024-10-27T02; the first counts." in said
