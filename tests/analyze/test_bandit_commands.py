"""``budgeteer analyze bandit`` and ``off-policy`` as a person or a program runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.analyze_command import command
from domain.errors import BadInput, CannotAnswer

ADS = "day,ad,shown,clicks\n" + "".join(
    f"2026-10-{d:02d},{ad},1000,{clicks}\n" for d in range(1, 8) for ad, clicks in (("A", 10), ("B", 20))
)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(command, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def ads(tmp_path: Path) -> list[object]:
    file = tmp_path / "ads.csv"
    file.write_text(ADS)
    return ["bandit", "--data", file, "--arm", "ad", "--trials", "shown", "--rewards", "clicks"]


def test_the_better_ad_gets_all_but_the_floor_and_the_text_says_it_is_no_test(ads: list[object]) -> None:
    told = json.loads(run(*ads, "--json"))
    assert [(a["arm"], a["share"]) for a in told["arms"]] == [
        ("B", pytest.approx(0.95, abs=1e-5)),
        ("A", pytest.approx(0.05, abs=1e-5)),
    ]
    assert told["arms"][0]["rewards"] == 140
    text = run(*ads)
    assert text.startswith("B: 95% of the next impressions")
    assert "not an A/B test" in text


def test_late_rewards_count_by_what_has_arrived(ads: list[object]) -> None:
    told = json.loads(run(*ads, "--time", "day", "--arrived", "0.5,1", "--json"))
    assert {a["matured_trials"] for a in told["arms"]} == {6500}


def test_amounts_are_judged_a_row_a_trial(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "ad,revenue\n" + "".join(f"{ad},{value + n % 5}\n" for ad, value in (("A", 10), ("B", 20)) for n in range(40))
    )
    told = json.loads(run("bandit", "--data", file, "--arm", "ad", "--amount", "revenue", "--json"))
    assert [(a["arm"], a["mean"]) for a in told["arms"]] == [("B", 22), ("A", 12)]


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        ("2026-10-08,A,,1\n", [], "row 16: shown is blank"),
        ("2026-10-08,,5,1\n", [], "row 16: ad is blank"),
        ("soon,A,5,1\n", ["--time", "day"], "row 16: day is 'soon'"),
        ("", ["--arrived", "1"], "--time"),
        ("", ["--time", "day", "--arrived", "x"], "--arrived is 'x'"),
        ("", ["--amount", "clicks"], "--amount is for one trial a row"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(
    ads: list[object], row: str, options: list[str], said: str
) -> None:
    file = ads[2]
    assert isinstance(file, Path)
    file.write_text(ADS + row)
    with pytest.raises(BadInput, match=said.replace("(", r"\(")):
        run(*ads, *options)


def test_more_clicks_than_shown_is_refused_in_words_and_in_json(ads: list[object]) -> None:
    file = ads[2]
    assert isinstance(file, Path)
    file.write_text(ADS + "2026-10-08,A,5,6\n")
    with pytest.raises(CannotAnswer, match="A has 6 rewards of 5 trials"):
        run(*ads, "--time", "day")
    assert "A has 6" in json.loads(run(*ads, "--time", "day", "--json"))["refused"]


def test_on_the_open_bandit_logs_the_estimates_hold_what_the_policy_really_earned(
    reference_data: Path, tmp_path: Path
) -> None:
    import duckdb

    folder = reference_data / "bandit_open_bandit"
    rows = duckdb.sql(
        f"SELECT position, item_id, count(*) FROM '{folder / 'bts_all.parquet'}' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    earned = duckdb.sql(f"SELECT avg(click) FROM '{folder / 'bts_all.parquet'}'").fetchall()[0][0]
    total = {p: sum(n for q, _, n in rows if q == p) for p in (1, 2, 3)}
    chance = {(p, item): n / total[p] for p, item, n in rows}
    policy, uniform = tmp_path / "policy.csv", tmp_path / "uniform.csv"
    lines = [f"{p},{item},{chance.get((p, item), 0)!r}" for p in total for item in range(80)]
    policy.write_text("position,item_id,probability\n" + "\n".join(lines))
    uniform.write_text("item_id,probability\n" + "\n".join(f"{item},0.0125" for item in range(80)))
    log = ["off-policy", "--data", folder / "random_all.parquet", "--arm", "item_id", "--reward", "click",
           "--propensity", "propensity_score"]  # fmt: skip
    told = json.loads(run(*log, "--policy", policy, "--within", "position", "--json"))
    assert told["logged"] == pytest.approx(0.0038)
    assert [e["method"] for e in told["estimates"]] == ["ips", "snips", "dr"]
    assert all(e["low"] < earned < e["high"] for e in told["estimates"])
    same = json.loads(run(*log, "--policy", uniform, "--json"))
    assert [e["value"] for e in same["estimates"][:2]] == pytest.approx([0.0038, 0.0038])
    assert "No method can tell it from what was logged" in run(*log, "--policy", uniform)


def test_a_policy_that_does_not_fit_the_log_is_refused(tmp_path: Path) -> None:
    log, policy = tmp_path / "log.csv", tmp_path / "policy.csv"
    log.write_text("ad,click,p\n" + "A,1,0.5\nB,0,0.5\n" * 100)
    asked = ["off-policy", "--data", log, "--arm", "ad", "--reward", "click", "--propensity", "p", "--policy", policy]
    for text, said in (
        ("A,0.5\nB,0.4\n", "sum to 0.9"),
        ("A,1\n", "does not name the arm 'B'"),
        ("A,0.5\nA,0.5\n", "comes twice"),
        ("A,1.5\nB,-0.5\n", "between 0 and 1"),
    ):
        policy.write_text("ad,probability\n" + text)
        with pytest.raises(BadInput, match=said):
            run(*asked)
