"""``budgeteer analyze anomalies`` as a person or a program runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from app.cli.analyze.anomalies import METRICS
from app.cli.analyze_command import command
from domain.errors import BadInput

WEEK = np.array([100.0, 105, 110, 100, 95, 60, 50])


def run(file: Path, *more: str) -> str:
    arguments = ["anomalies", "--data", str(file), "--time", "day", "--value", "spend", "--series", "campaign", *more]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(file: Path, *more: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(file, *more, "--json"))
    return answer


@pytest.fixture
def rows(tmp_path: Path) -> list[list[str]]:
    """Four campaigns over 120 days from 2026-01-01: one that jumps on day 100, one that stops, one quiet, one young."""
    rng = np.random.default_rng(2)
    days = np.datetime64("2026-01-01") + np.arange(120)
    rows = []
    for name, first in (("jumps", 0), ("stops", 0), ("quiet", 0), ("young", 105)):
        values = np.round(WEEK[np.arange(120) % 7] * np.exp(rng.normal(0, 0.08, 120)), 2)
        if name == "jumps":
            values[100] *= 3
        if name == "stops":
            values[110:] = 0
        rows += [[str(day), name, str(value)] for day, value in zip(days[first:], values[first:], strict=True)]
    rows[50][2] = ""
    return [rows[i] for i in rng.permutation(len(rows))]


@pytest.fixture
def file(rows: list[list[str]], tmp_path: Path) -> Path:
    path = tmp_path / "days.csv"
    path.write_text("day,campaign,spend\n" + "\n".join(",".join(row) for row in rows) + "\n")
    return path


def test_each_anomaly_says_what_was_expected_and_in_which_direction_it_went(file: Path) -> None:
    found = {(a["series"], a["time"]): a for a in told(file)["anomalies"]}
    jump = found.pop(("jumps", "2026-04-11"))
    assert (jump["direction"], jump["kind"]) == ("up", "spike")
    assert jump["expected"] == pytest.approx(WEEK[100 % 7], rel=0.15)
    assert jump["low"] < jump["expected"] < jump["high"] < jump["value"]
    assert 0.5 <= jump["score"] < 1
    stop = found[("stops", "2026-04-21")]
    assert (stop["direction"], stop["kind"], stop["value"]) == ("down", "zero", 0)
    assert {series for series, _ in found} == {"stops"}
    assert max(time for _, time in found) <= "2026-04-24"  # one incident, and then the new level


def test_scores_has_a_score_for_every_row_in_the_order_of_the_file(file: Path, rows: list[list[str]]) -> None:
    scores = told(file, "--scores")["scores"]
    assert [(s["time"], s["series"]) for s in scores] == [(row[0], row[1]) for row in rows]
    assert all(0 <= s["score"] <= 1 for s in scores)
    flagged = {(a["series"], a["time"]) for a in told(file)["anomalies"]}
    assert {(s["series"], s["time"]) for s in scores if s["score"] >= 0.5} == flagged
    assert {s["reason"] for s in scores if s["series"] == "young"} == {"history too short"}
    assert all(s["score"] == 0 for s in scores if "reason" in s)


def test_what_could_not_be_judged_is_counted_with_the_reason(file: Path) -> None:
    answer = told(file)
    assert answer["looked_at"] == {"series": 4, "values": 375, "judged": 3 * (120 - 21) - 1}
    assert answer["not_judged"] == [
        {"reason": "no value", "values": 1, "series": 1},
        {"reason": "history too short", "values": 3 * 21 + 15, "series": 4},
    ]


def test_a_person_reads_a_table_and_what_was_looked_at(file: Path) -> None:
    lines = run(file).splitlines()
    assert lines[0].split() == ["series", "time", "value", "expected", "ordinary", "score", "what"]
    assert lines[1].startswith("jumps   2026-04-11")
    assert lines[1].endswith("above")
    assert "below, nothing at all" in lines[2]
    assert lines[-3].endswith("of 296 values judged are unusual, in 4 series with 375 values.")
    assert lines[-2] == "Not judged: 1 value (no value); 78 values (history too short)."
    assert lines[-1] == "Nothing of young could be judged."


def test_the_metric_says_which_direction_matters_more(file: Path) -> None:
    score = {m: {a["series"]: a["score"] for a in told(file, "--metric", m)["anomalies"]} for m in ("cpa", "roas")}
    assert score["cpa"]["jumps"] > score["roas"]["jumps"]


def test_the_metrics_offered_are_those_that_have_weights() -> None:
    from analytics.anomaly import WEIGHTS

    assert tuple(WEIGHTS) == METRICS


def test_a_repeated_time_in_a_long_stream_is_judged_like_the_row_that_has_it(file: Path, rows: list[list[str]]) -> None:
    day, name, _ = next(row for row in rows if row[:2] == ["2026-04-06", "quiet"])
    with file.open("a") as more:
        more.write(f"{day},{name},900\n{day},{name},{WEEK[95 % 7]}\n")
    answer = told(file, "--scores")
    assert [s["time"] for s in answer["scores"][-2:]] == ["2026-04-06", "2026-04-06"]
    assert answer["scores"][-2]["score"] >= 0.5 > answer["scores"][-1]["score"]
    assert [a["value"] for a in answer["anomalies"] if a["series"] == "quiet"] == [900]
    assert answer["repeated"] == [{"series": "quiet", "time": "2026-04-06"}] * 2
    assert answer["looked_at"]["values"] == 377
    assert "2 rows with a time that another row has, such as 2026-04-06" in run(file)


def test_a_file_of_many_repeats_is_refused_by_row(file: Path) -> None:
    text = file.read_text()
    file.write_text(text + "\n".join(text.splitlines()[1:20]) + "\n")
    with pytest.raises(BadInput, match=r"rows \d+ and \d+ have one time"):
        run(file)


def test_scores_without_json_is_refused(file: Path) -> None:
    bad = CliRunner().invoke(
        command, ["anomalies", "--data", str(file), "--time", "day", "--value", "spend", "--scores"]
    )
    assert bad.exit_code == 2
    assert "add --json" in bad.output
