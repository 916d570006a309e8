"""A plan beside the two real exports: money, pace and a move, against what pandas computes from the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.acceptance.test_real_exports import GOOGLE, META, exports, run, store, sums  # noqa: F401 - fixtures

MID_JUNE = "2024-06-19"
PLAN = f"""\
Month,Account,Budget (USD),Target ROAS,Margin
June 2024,{GOOGLE},"180,000",3.0,35%
06/2024,{META},60k,8,35%
Total,,240000,,
"""


@pytest.fixture(scope="module")
def planned(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    file = tmp_path_factory.mktemp("plan") / "plan.csv"
    file.write_text(PLAN)
    done = run(store, "plan", "import", str(file), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows_loaded"] == 2
    return store


def ask(path: Path, question: str, as_of: str = "2024-07-01") -> dict[str, Any]:
    answered = run(path, "ask", question, "--as-of", as_of, "--json")
    assert answered.returncode == 0, answered.stderr
    return json.loads(answered.stdout)  # type: ignore[no-any-return]


def facts(answer: dict[str, Any], entity: str | None = None) -> dict[str, float]:
    return {f["label"]: f["value"] for f in answer["facts"] if entity in (None, f["entity"])}


def test_google_lost_money_in_june_at_35_percent(planned: Path, exports: pd.DataFrame) -> None:  # noqa: F811
    for question in ("did google make money in june at 35% margin?", "did google make money in june?"):
        answer = ask(planned, question)
        found, truth = facts(answer), sums(exports, "2024-06-01", "2024-06-30", platform="google_ads")
        assert found["Contribution"] == pytest.approx(truth["revenue"] * 0.35 - truth["spend"], abs=1e-6)
        assert round(found["Contribution"], 2) == -2383.53
        assert round(found["Break-even ROAS"], 4) == 2.8571
        assert round(found["ROAS"], 4) == 2.8095
        assert found["Margin"] == 0.35
        assert answer["answer"].startswith("No: -$2,383.53")
        assert any("claims for itself" in c for c in answer["caveats"])


def test_contribution_by_campaign_adds_up(planned: Path, exports: pd.DataFrame) -> None:  # noqa: F811
    answer = ask(planned, "profit by campaign june at 30% margin")
    june = exports[exports.day.between("2024-06-01", "2024-06-30")].groupby("campaign")[["revenue", "spend"]].sum()
    truth = (june.revenue * 0.3 - june.spend).to_dict()
    (table,) = answer["tables"]
    assert {row[0]: row[1] for row in table["rows"]} == pytest.approx(truth)
    assert answer["facts"][0]["value"] == pytest.approx(sum(truth.values()))


def test_a_month_without_a_margin_asks_for_it_and_takes_the_answer(
    planned: Path,
    exports: pd.DataFrame,  # noqa: F811
) -> None:
    def said(question: str) -> dict[str, Any]:
        done = run(planned, "ask", question, "--as-of", "2024-07-01", "--thread", "margin", "--json")
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    asked = said("did google make money in may?")
    assert asked["refused"] is None
    assert "What is the margin? The plan has none in May 2024." in asked["answer"]
    assert "budgeteer plan import" in asked["answer"]
    assert asked["clarify"]["choices"] == ["at 30% margin", "at 35% margin", "at 40% margin"]
    found, truth = facts(said("35%")), sums(exports, "2024-05-01", "2024-05-31", platform="google_ads")
    assert found["Contribution"] == pytest.approx(truth["revenue"] * 0.35 - truth["spend"], abs=1e-6)


def test_spend_stands_against_the_plan_of_a_month_that_is_over(planned: Path, exports: pd.DataFrame) -> None:  # noqa: F811
    answer = ask(planned, "spend vs budget june")
    for account, platform, budget, target in ((GOOGLE, "google_ads", 180_000, 3.0), (META, "meta", 60_000, 8.0)):
        found, truth = facts(answer, account), sums(exports, "2024-06-01", "2024-06-30", platform=platform)
        assert found["Spend"] == pytest.approx(truth["spend"])
        assert found["Spend against the budget"] == pytest.approx(truth["spend"] - budget)
        assert (found["ROAS"], found["Target ROAS"]) == (pytest.approx(truth["roas"]), target)


def test_a_running_month_is_told_to_date_and_lands_in_a_range(planned: Path, exports: pd.DataFrame) -> None:  # noqa: F811
    found = facts(ask(planned, "are we on track on google", MID_JUNE), GOOGLE)
    spent = sums(exports, "2024-06-01", "2024-06-18", platform="google_ads")["spend"]
    assert found["Spend to date"] == pytest.approx(spent)
    assert found["Planned to date"] == pytest.approx(180_000 * 18 / 30)
    assert found["Left of the budget"] == pytest.approx(180_000 - spent)
    assert found["Left per day"] == pytest.approx((180_000 - spent) / 12)
    google = exports[(exports.platform == "google_ads") & exports.day.between("2024-05-22", "2024-06-18")]
    daily = google.groupby("day").spend.sum()
    weekdays = daily.groupby(daily.index.weekday).mean()
    coming = sum(weekdays[d.weekday()] for d in pd.date_range("2024-06-19", "2024-06-30"))
    assert found["Expected landing"] == pytest.approx(spent + coming)
    final = sums(exports, "2024-06-01", "2024-06-30", platform="google_ads")["spend"]
    assert found["Landing, low"] < final < found["Landing, high"]


def test_budgets_of_the_question_stand_for_that_answer_only(planned: Path) -> None:
    answer = ask(planned, "where do we land, finance gave 100k google / 4k meta", MID_JUNE)
    assert [facts(answer, e)["Budget"] for e in ("Google Ads", "Meta")] == [100_000, 4_000]
    assert any("nothing was saved" in c for c in answer["caveats"])
    assert facts(ask(planned, "where do we land", MID_JUNE), GOOGLE)["Budget"] == 180_000


def test_a_move_to_meta_is_refused_as_a_forecast_with_a_test(planned: Path, exports: pd.DataFrame) -> None:  # noqa: F811
    answer = ask(planned, "meta roas is 31, move 20k a month from google to meta?", MID_JUNE)
    refused, found = answer["refused"], facts(answer)
    meta = sums(exports, "2024-05-22", "2024-06-18", platform="meta")
    assert found["Spend per day"] == pytest.approx(meta["spend"] / 28)
    assert found["ROAS"] == pytest.approx(meta["roas"])
    assert found["Spend per day in the test"] <= meta["spend"] / 28 * 1.5 + 0.005
    assert found["Amount a day"] == pytest.approx(20_000 / 30)
    for words in ("that is a forecast", "Test it instead", "never moves between pools", GOOGLE, META):
        assert words in refused
    assert (
        "pools" not in ask(planned, "what if we move 20k a month from google to meta?")["refused"]
    )  # July has no plan
