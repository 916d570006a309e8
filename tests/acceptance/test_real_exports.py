"""Two real platform exports in, right answers out: every figure equals what pandas computes from the files, no others.

The command line runs as a person runs it, in its own process; the oracle below knows nothing of our code.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import command_line

AS_OF = "2024-07-01"
GOOGLE, META = "Acme Google", "Acme Meta"
NAMES = {
    "Cost": "spend",
    "Impressions": "impressions",
    "Clicks": "clicks",
    "Conversions": "conversions",
    "Revenue": "revenue",
}


def run(store: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SLACK_", "GOOGLE_"))}
    env["DATABASE_URL"] = f"sqlite:///{store}"
    return command_line.run(*args, env=env)


@pytest.fixture(scope="module")
def exports(reference_data: Path) -> pd.DataFrame:
    folder = reference_data / "seed_netelixir"
    google = pd.read_csv(folder / "googleads-performance.csv", parse_dates=["Date"])
    meta = pd.read_csv(folder / "metaads-performance.csv", parse_dates=["Date"])
    google = google.rename(columns={"Campaign type": "campaign"}).assign(platform="google_ads")
    meta = meta.assign(platform="meta", campaign=META).drop(columns="Reach")
    return pd.concat([google, meta]).rename(columns={"Date": "day", **NAMES})


@pytest.fixture(scope="module")
def store(reference_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("acceptance") / "store.db"
    folder = reference_data / "seed_netelixir"
    for platform, account, name in (("google_ads", GOOGLE, "googleads"), ("meta", META, "metaads")):
        file = str(folder / f"{name}-performance.csv")
        loaded = run(path, "import", file, "--platform", platform, "--account", account, "--currency", "USD", "--json")
        assert loaded.returncode == 0, loaded.stderr
    return path


def ask(store: Path, question: str) -> dict[str, Any]:
    answered = run(store, "ask", question, "--as-of", AS_OF, "--json")
    assert answered.returncode == 0, answered.stderr
    return json.loads(answered.stdout)  # type: ignore[no-any-return]


def sums(rows: pd.DataFrame, start: str, end: str, **where: str) -> Mapping[str, float]:
    chosen = rows[(rows.day >= start) & (rows.day <= end)]
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    s = chosen[list(NAMES.values())].sum()
    ratios = {"roas": s.revenue / s.spend, "cpa": s.spend / s.conversions if s.conversions else math.nan}
    return {**s.to_dict(), **ratios}


def values(answer: Mapping[str, Any]) -> list[float]:
    return [f["value"] for f in answer["facts"] if f["value"] is not None]


def assert_exactly(answer: Mapping[str, Any], required: list[float], allowed: list[float] = ()) -> None:  # type: ignore[assignment]
    got = values(answer)
    missing = [r for r in required if not any(math.isclose(r, g, rel_tol=1e-9) for g in got)]
    stray = [g for g in got if not any(math.isclose(g, a, rel_tol=1e-9, abs_tol=1e-9) for a in [*required, *allowed])]
    assert (missing, stray) == ([], []), answer["answer"]


def test_the_totals_of_both_exports_are_those_of_their_source(
    store: Path, exports: pd.DataFrame, reference_data: Path
) -> None:
    folder = reference_data / "seed_netelixir"
    again = run(store, "import", str(folder / "googleads-performance.csv"), "--platform", "google_ads",
                "--account", GOOGLE, "--currency", "USD", "--json")  # fmt: skip
    report = json.loads(again.stdout)
    assert (report["rows_read"], report["rows_unchanged"], report["rows_loaded"], report["rows_updated"]) == (
        714,
        714,
        0,
        0,
    )
    assert (report["first_day"], report["last_day"]) == ("2024-01-01", "2024-06-30")
    expected = {
        "spend": 852805.3,
        "impressions": 73719993,
        "clicks": 477218,
        "conversions": 13954.2,
        "revenue": 3127598.4,
    }
    assert report["totals"] == pytest.approx(expected, rel=1e-12)


def test_one_metric_of_one_platform_and_month(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "What was ROAS on Google Ads in March 2024?")
    assert_exactly(answer, [sums(exports, "2024-03-01", "2024-03-31", platform="google_ads")["roas"]])
    assert answer["facts"][0]["window"] == {"start": "2024-03-01", "end": "2024-03-31", "timezone": "UTC"}
    assert answer["planner"] == "rules"


def test_a_breakdown_by_platform(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "Spend by platform in Q1 2024")
    each = [sums(exports, "2024-01-01", "2024-03-31", platform=p)["spend"] for p in ("google_ads", "meta")]
    assert_exactly(answer, each)
    assert {f["currency"] for f in answer["facts"]} == {"USD"}


def test_last_month_is_the_month_before_as_of(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "how much did we spend on meta last month")
    assert_exactly(answer, [sums(exports, "2024-06-01", "2024-06-30", platform="meta")["spend"]])


def test_the_worst_campaign_is_the_dearest_one_that_converts(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "Which campaign had the worst CPA last month?")
    cpas = {c: sums(exports, "2024-06-01", "2024-06-30", campaign=c)["cpa"] for c in exports.campaign.unique()}
    worst = max((c for c in cpas if not math.isnan(cpas[c])), key=lambda c: cpas[c])
    assert_exactly(answer, [cpas[worst]])
    assert worst in answer["answer"]


def test_why_a_ratio_changed_adds_up(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "Why did CPA change in June compared with May?")
    june, may = (sums(exports, f"2024-{m}-01", f"2024-{m}-{d}")["cpa"] for m, d in (("06", "30"), ("05", "31")))
    for expected in (june, may):
        assert any(math.isclose(v, expected, rel_tol=1e-9) for v in values(answer)), answer["answer"]
    named = [f["entity"] for f in answer["facts"]]
    assert any(c in entity for entity in named for c in exports.campaign.unique())


def test_two_platforms_side_by_side(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "Compare Meta and Google conversions in May 2024")
    meta, google = (
        sums(exports, "2024-05-01", "2024-05-31", platform=p)["conversions"] for p in ("meta", "google_ads")
    )
    assert_exactly(answer, [meta, google], [google - meta, meta - google, google / meta - 1, meta / google - 1])


def test_a_synonym_and_a_campaign_by_its_name(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "cost per conversion of search network, last 7 days")
    assert_exactly(answer, [sums(exports, "2024-06-24", "2024-06-30", campaign="Search Network")["cpa"]])


def test_the_last_week_against_the_one_before(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "how did we do last wk vs wk before")
    now, before = sums(exports, "2024-06-24", "2024-06-30"), sums(exports, "2024-06-17", "2024-06-23")
    asked = ("spend", "conversions", "cpa", "revenue", "roas")
    pairs = [v for m in asked for v in (now[m], before[m])]
    changes = [v for m in asked for v in (now[m] - before[m], now[m] / before[m] - 1)]
    assert_exactly(answer, pairs, changes)


def test_a_year_that_is_not_in_the_data_is_unknown_and_not_zero(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "june roas vs LY")
    assert_exactly(answer, [sums(exports, "2024-06-01", "2024-06-30")["roas"]])
    unknown = [f for f in answer["facts"] if f["value"] is None]
    assert unknown
    assert all(f["reason"] for f in unknown)
    assert "2024-01-01" in " ".join(f["reason"] for f in unknown)


BURST = ("2024-02-12", "2024-02-18")


def test_the_days_that_a_month_is_really_about_are_named_unasked(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "meta roas march vs feb")
    march, feb = (sums(exports, f"2024-{m}-01", f"2024-{m}-{d}", platform="meta") for m, d in (("03", 31), ("02", 29)))
    week = sums(exports, *BURST, platform="meta")
    share = week["revenue"] / feb["revenue"]
    rest = (feb["revenue"] - week["revenue"]) / (feb["spend"] - week["spend"])
    now, before = march["roas"], feb["roas"]
    assert_exactly(answer, [now, before, now - before, now / before - 1, share, 7 / 29, rest])
    assert "2024-02-12 to 2024-02-18" in answer["answer"]


def test_days_left_out_turn_the_comparison_and_are_said(store: Path, exports: pd.DataFrame) -> None:
    answer = ask(store, "meta roas march vs feb ex 12 to 18 february")
    march, feb = (sums(exports, f"2024-{m}-01", f"2024-{m}-{d}", platform="meta") for m, d in (("03", 31), ("02", 29)))
    week = sums(exports, *BURST, platform="meta")
    rest = (feb["revenue"] - week["revenue"]) / (feb["spend"] - week["spend"])
    now = march["roas"]
    assert_exactly(answer, [now, rest, now - rest, now / rest - 1])
    assert now / rest - 1 == pytest.approx(1.068, abs=0.0005)
    assert "+106.8 %" in answer["answer"]
    assert "without 2024-02-12 to 2024-02-18" in answer["answer"]


def test_a_thread_inherits_names_the_week_unasked_and_leaves_it_out(store: Path, exports: pd.DataFrame) -> None:
    """Each question in a process of its own."""
    said = {}
    for question in ("google roas march vs feb", "and meta?", "ex that week", "in eur", "and google?", "start over"):
        done = run(store, "ask", question, "--as-of", AS_OF, "--thread", "monday", "--json")
        assert done.returncode == 0, done.stderr
        said[question] = json.loads(done.stdout)
    months = (("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29"))
    google, meta = ([sums(exports, *m, platform=p)["roas"] for m in months] for p in ("google_ads", "meta"))
    assert values(said["google roas march vs feb"])[:2] == pytest.approx(google)
    assert values(said["and meta?"])[:2] == pytest.approx(meta)
    assert "2024-02-12 to 2024-02-18 hold" in said["and meta?"]["answer"]
    assert "Read as: ROAS of Meta, March 2024 against February 2024." in said["and meta?"]["notes"]
    assert "+106.8 %" in said["ex that week"]["answer"]
    assert "without 2024-02-12 to 2024-02-18" in said["ex that week"]["answer"]
    assert said["in eur"]["refused"]
    assert values(said["and google?"])[0] == pytest.approx(google[0])
    assert said["start over"]["clarify"]


@pytest.mark.parametrize("whose", ["google", "meta", ""])
def test_no_other_month_is_said_to_be_about_a_few_days(store: Path, exports: pd.DataFrame, whose: str) -> None:
    months = [("february", "january"), ("april", "march"), ("june", "may")]
    said = {a: ask(store, f"{whose} roas {a} vs {b}")["answer"] for a, b in months}
    named = {month for month, answer in said.items() if "of its days" in answer}
    assert named == ({"february"} if whose == "meta" else set())


def test_a_cost_per_nothing_is_undefined(store: Path, exports: pd.DataFrame) -> None:
    assert sums(exports, "2024-01-01", "2024-03-31", campaign="Display Network")["conversions"] == 0
    answer = ask(store, "cpa display q1")
    assert values(answer) == []
    assert answer["facts"][0]["value"] is None
    assert "conversion" in answer["facts"][0]["reason"]
