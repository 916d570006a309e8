"""``budgeteer analyze mmm`` as a person or a program runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from app.cli.analyze_command import command
from domain.errors import BadInput, CannotAnswer, NotConfigured

CHANNELS = ("tv", "search")


def write(file: Path, n: int = 120, *, start: str = "2023-01-02", step: int = 7, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    at = np.datetime64(start, "D") + step * np.arange(n)
    spend = np.repeat(rng.uniform(100, 900, (n // 4 + 1, 2)), 4, axis=0)[:n].round(2)
    promo = (rng.random(n) < 0.1).astype(int)
    outcome = 4000 + 2.5 * spend[:, 0] ** 0.8 + 4 * spend[:, 1] ** 0.8 + 600 * promo + rng.normal(0, 60, n)
    word = np.where(promo == 1, "sale", "none yet")
    rows = [f"{d},{y:.2f},{a},{b},{w}" for d, y, (a, b), w in zip(at, outcome, spend, word, strict=True)]
    rng.shuffle(rows)
    file.write_text("week,revenue,tv,search,promo\n" + "\n".join(rows) + "\n")


def run(file: Path, *more: str, channels: str = "tv,search") -> Result:
    given = ["mmm", "--data", str(file), "--date", "week", "--target", "revenue", "--channels", channels]
    return CliRunner().invoke(command, [*given, "--draws", "50", *more], catch_exceptions=False)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("mmm") / "weeks.csv"
    write(path)
    return path


def test_the_json_has_the_keys_that_programs_rely_on(file):
    told = json.loads(run(file, "--controls", "promo", "--json").stdout)
    assert [c["channel"] for c in told["channels"]] == list(CHANNELS)
    for channel in told["channels"]:
        assert channel["adstock"]["family"] == "geometric"
        assert 0 <= channel["adstock"]["alpha"] < 0.5
        assert channel["saturation"]["lam"] > 0
        low, high = channel["roas_interval"]
        assert low <= channel["roas"] <= high
        assert channel["marginal_roas"] > 0
        assert channel["contribution"] > 0
    assert told["fit"]["r2"] > 0.9
    assert told["fit"]["later"]["error"] < 0.1
    assert "promo sale" in told["fit"]["held_fixed"]
    assert told["refused"] is None


def test_the_same_seed_gives_the_same_figures_and_another_other_ranges(file):
    first, again, other = (json.loads(run(file, "--seed", s, "--json").stdout) for s in ("1", "1", "2"))
    assert first == again
    assert first["channels"][0]["roas_interval"] != other["channels"][0]["roas_interval"]


def test_a_person_reads_ranges_checks_and_what_was_held_fixed(file):
    shown = run(file, "--controls", "promo").stdout
    assert "marginal ROAS" in shown
    assert "Checks:" in shown
    assert "Held fixed: level, trend that may bend once a year, time of the year, promo sale." in shown
    assert "the first 7 periods only feed the carryover" in shown
    assert "nan" not in shown


def test_conversions_are_not_called_roas(file):
    assert "ROAS" not in run(file, "--kind", "conversions").stdout.split("\n\n")[1]


def test_rows_without_a_calendar_are_periods_without_a_season(tmp_path):
    write(tmp_path / "w.csv")
    lines = (tmp_path / "w.csv").read_text().splitlines()
    numbered = [lines[0], *(f"{n},{line.partition(',')[2]}" for n, line in enumerate(sorted(lines[1:]), start=1))]
    (tmp_path / "n.csv").write_text("\n".join(numbered) + "\n")
    told = json.loads(run(tmp_path / "n.csv", "--json").stdout)
    assert "the rows have no calendar: no season is held fixed" in told["notes"]
    assert "time of the year" not in told["fit"]["held_fixed"]


def test_an_experiment_calibrates_and_is_compared(file, tmp_path):
    lifts = tmp_path / "lifts.csv"
    lifts.write_text(
        "name,channels,first_day,last_day,spend,incremental,low,high,level\n"
        "geo test,tv,2024-01-01,2024-02-25,2000,9000,8500,9500,0.9\n"
    )
    plain, told = (json.loads(run(file, "--json", *more).stdout) for more in ((), ("--lifts", str(lifts))))
    assert told["channels"][0]["roas"] > plain["channels"][0]["roas"]
    assert any(c["check"] == "lift" and "geo test" in c["said"] for c in told["checks"])


def test_sampling_without_its_extra_says_what_to_install(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymc_marketing", None)
    monkeypatch.setitem(sys.modules, "pymc_marketing.mmm", None)
    with pytest.raises(NotConfigured, match=r"budgeteer\[mmm\]"):
        run(file, "--engine", "bayes")


def test_too_few_periods_are_a_reasoned_refusal_and_nothing_stands_as_zero(tmp_path):
    write(tmp_path / "w.csv", 30)
    told = json.loads(run(tmp_path / "w.csv", "--json").stdout)
    assert told["channels"] == []
    assert "30 periods; 47 are needed" in told["refused"]
    with pytest.raises(CannotAnswer, match="47 are needed"):
        run(tmp_path / "w.csv")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2024-01-01,", "2024-01-02,", "goes from"),
        ("2024-01-01,", "2023-12-25,", "2 rows"),
        ("2024-01-01,", "2024-01-01 06:00,", "give dates only"),
    ],
)
def test_dates_without_one_step_are_refused_with_the_place(tmp_path, old, new, words):
    write(tmp_path / "w.csv")
    text = (tmp_path / "w.csv").read_text()
    (tmp_path / "b.csv").write_text(text.replace(f"\n{old}", f"\n{new}"))
    with pytest.raises(BadInput, match=words):
        run(tmp_path / "b.csv")


def test_a_blank_spend_is_not_taken_for_nothing_spent(tmp_path):
    write(tmp_path / "w.csv")
    lines = (tmp_path / "w.csv").read_text().splitlines()
    cells = lines[5].split(",")
    lines[5] = ",".join([*cells[:2], "", *cells[3:]])
    (tmp_path / "b.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(BadInput, match="row 6: tv is blank, which is not 0"):
        run(tmp_path / "b.csv")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--group", "video=tv,print"), "print is none of the channels"),
        (("--group", "video"), "write NAME=A,B"),
        (("--holidays", "ZZ"), "no holidays are known"),
    ],
)
def test_options_that_name_nothing_are_refused(file, more, words):
    with pytest.raises(BadInput, match=words):
        run(file, *more)


def test_the_public_examples_are_judged_as_a_person_would(reference_data):
    robyn = reference_data / "mmm_robyn" / "dt_simulated_weekly.csv"
    given = ["mmm", "--data", str(robyn), "--date", "DATE", "--target", "revenue", "--draws", "60", "--json",
             "--channels", "tv_S,ooh_S,print_S,facebook_S,search_S",
             "--controls", "competitor_sales_B,events,newsletter"]  # fmt: skip
    told = json.loads(CliRunner().invoke(command, given, catch_exceptions=False).stdout)
    assert all(c["roas_interval"][1] > c["roas_interval"][0] for c in told["channels"])
    later = next(c for c in told["checks"] if c["check"] == "later_data")
    assert not later["ok"], "on its last months this data set is told better without media"


@pytest.mark.parametrize(
    ("channels", "more", "words"),
    [
        ("tv,week", (), "'week' is --date too"),
        ("tv,revenue", (), "'revenue' is --target too"),
        ("tv,search", ("--controls", "promo,tv"), "'tv' is --channels too"),
        ("tv,search", ("--controls", "revenue"), "'revenue' is --target too"),
    ],
)
def test_a_column_with_two_uses_is_refused_for_it_would_explain_itself(file, channels, more, words):
    with pytest.raises(BadInput, match=words):
        run(file, *more, channels=channels)
