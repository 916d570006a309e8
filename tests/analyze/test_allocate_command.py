"""``budgeteer analyze allocate`` as a person or a program runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.analyze_command import command
from domain.errors import BadInput

ROOTS = [
    {"name": name, "family": "power", "params": {"a": a, "b": 0.5}, "current": now}
    for name, a, now in (("Brand", 3, 30), ("Search", 4, 30), ("Display", 5, 40))
]


def run(tmp_path: Path, content: object, *more: str) -> str:
    file = tmp_path / "curves.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    done = CliRunner().invoke(command, ["allocate", "--curves", str(file), *more], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(tmp_path: Path, content: object, *more: str) -> dict:
    return json.loads(run(tmp_path, content, *more, "--json"))


def spend(said: dict) -> list[float]:
    return [row["spend"] for row in said["allocation"]]


def test_the_analytic_optimum_comes_with_its_proof(tmp_path):
    said = told(tmp_path, ROOTS, "--budget", "100")
    assert spend(said) == pytest.approx([18, 32, 50], abs=1e-9)
    assert said["value"] == pytest.approx(70.7107, abs=5e-5)
    assert [row["marginal"] for row in said["allocation"]] == pytest.approx([1.5 / 18**0.5] * 3)
    assert set(said["certificate"]) == {"kkt_residual", "duality_gap", "budget_residual"}
    assert all(abs(v) < 1e-12 for v in said["certificate"].values())
    shown = run(tmp_path, ROOTS, "--budget", "100")
    assert "Display   50.00  35.36     0.3536" in shown
    assert "Value 70.7107 for 100.00 (now 69.9634 for 100.00)" in shown


def test_groups_without_bounds_are_labels_that_bound_nothing(tmp_path):
    labelled = [{**curve, "group": "search"} for curve in ROOTS]
    assert told(tmp_path, labelled, "--budget", "100") == told(tmp_path, ROOTS, "--budget", "100")
    assert spend(told(tmp_path, {"curves": labelled}, "--budget", "100")) == pytest.approx([18, 32, 50])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6, 1e12])
@pytest.mark.parametrize("family", ["linear", "power", "log", "hill"])
def test_the_budget_is_spent_whole_also_where_all_that_is_left_to_spend_it_on_brings_nothing(tmp_path, scale, family):
    params = {"linear": {}, "power": {"b": 0.5}, "log": {"b": 3}, "hill": {"k": 4, "s": 1.5}}[family]
    paying = {"name": "A", "family": family, "params": {"a": scale, **params}, "max": 5}
    idle = {"name": "B", "family": family, "params": {"a": 0, **params}}
    said = told(tmp_path, [paying, idle], "--budget", "10")
    assert spend(said) == pytest.approx([5, 5])
    assert said["price"] == said["allocation"][1]["marginal"] == 0
    assert said["certificate"] == pytest.approx({"kkt_residual": 0, "duality_gap": 0, "budget_residual": 0}, abs=1e-9)


def test_curves_that_bring_nothing_at_all_have_a_proof_of_that(tmp_path):
    idle = [{"name": name, "family": "power", "params": {"a": 0, "b": 0.5}} for name in "AB"]
    said = told(tmp_path, idle, "--budget", "10")
    assert (sum(spend(said)), said["value"], said["price"]) == (10, 0, 0)
    assert set(said["certificate"].values()) == {0}


def test_the_next_unit_of_budget_is_worth_what_another_budget_shows(tmp_path):
    steep = [{"name": name, "family": "hill", "params": {"a": 100, "k": 50, "s": 3}} for name in "AB"]
    straight = [{"name": name, "family": "linear", "params": {"a": a}} for name, a in (("A", 2), ("B", 1))]
    capped = [{**straight[0], "max": 10}, straight[1]]
    for curves, budget in ((ROOTS, 100), (steep, 60), (straight, 10), (capped, 10)):
        said, more = (told(tmp_path, curves, "--budget", str(b)) for b in (budget, budget + 1e-5))
        assert (more["value"] - said["value"]) / 1e-5 == pytest.approx(said["price"], rel=1e-4)
    assert told(tmp_path, ROOTS, "--budget", "0")["price"] is None
    assert "the next unit of budget is worth more than any number" in run(tmp_path, ROOTS, "--budget", "0")


def test_every_family_and_groups_in_one_file(tmp_path):
    curves = [
        {"name": "A", "family": "hill", "params": {"a": 90, "k": 40, "s": 0.8}, "min": 5, "group": "search"},
        {"name": "B", "family": "log", "params": {"a": 30, "b": 20}, "max": 60, "group": "search"},
        {"name": "C", "family": "power", "params": {"a": 4, "b": 0.6}, "group": None},
        {"name": "D", "family": "linear", "params": {"a": 0.2}, "min": None},
    ]
    said = told(tmp_path, {"curves": curves, "groups": [{"name": "search", "max": 50}]}, "--budget", "120")
    a, b, c, d = spend(said)
    assert a + b == pytest.approx(50)
    assert a + b + c + d == pytest.approx(120)
    assert said["allocation"][0]["marginal"] == pytest.approx(said["allocation"][1]["marginal"])
    assert said["certificate"]["kkt_residual"] < 1e-9


def test_straight_curves_that_tie_share_by_the_width_of_their_bounds(tmp_path):
    tie = [
        {"name": "A", "family": "linear", "params": {"a": 2}, "max": 100},
        {"name": "B", "family": "power", "params": {"a": 2, "b": 1}, "max": 300},
    ]
    assert spend(told(tmp_path, tie, "--budget", "200")) == pytest.approx([50, 150])


def test_an_s_curve_is_not_starved_by_where_it_starts_and_its_gap_is_the_true_one(tmp_path):
    curves = [
        {"name": "S", "family": "hill", "params": {"a": 100, "k": 50, "s": 4}},
        {"name": "L", "family": "log", "params": {"a": 20, "b": 10}},
    ]
    said = told(tmp_path, curves, "--budget", "100")
    best = max(
        100 * x**4 / (50**4 + x**4) + 20 * _log1p((100 - x) / 10) for x in (n / 1000 for n in range(100_001))
    )  # fmt: skip
    assert said["value"] == pytest.approx(best, rel=1e-8)
    assert said["value"] >= best
    assert 0 <= said["certificate"]["duality_gap"] <= 1e-9


def _log1p(x: float) -> float:
    from math import log1p

    return log1p(x)


def test_an_infinite_marginal_is_null_with_a_reason(tmp_path):
    said = told(tmp_path, [{**ROOTS[0], "max": 0}, ROOTS[1]], "--budget", "50")
    assert said["allocation"][0]["marginal"] is None
    assert "without bound" in said["allocation"][0]["reason"]


def test_targets_and_a_flexible_budget_settle_what_is_spent(tmp_path):
    assert spend(told(tmp_path, ROOTS, "--flexible", "--budget", "500")) == pytest.approx([2.25, 4, 6.25])
    assert spend(told(tmp_path, ROOTS, "--objective", "profit", "--budget", "5")) == pytest.approx([0.9, 1.6, 2.5])
    assert spend(told(tmp_path, ROOTS, "--target-roas", "0.5", "--budget", "900")) == pytest.approx([36, 64, 100])
    assert spend(told(tmp_path, ROOTS, "--target-cpa", "2", "--budget", "900")) == pytest.approx([36, 64, 100])


def test_changes_are_limited_frozen_and_stepped_as_asked(tmp_path):
    near = spend(told(tmp_path, ROOTS, "--budget", "100", "--max-change", "10%"))
    assert near == pytest.approx([27, 29, 44])
    kept = spend(told(tmp_path, ROOTS, "--budget", "100", "--freeze", "Brand", "--min-step", "20%"))
    assert kept == pytest.approx([30, 24, 46]) or kept == pytest.approx([30, 30, 40])
    assert sum(a != pytest.approx(b) for a, b in zip(kept, (30, 30, 40), strict=True)) in (0, 2)
    few = spend(told(tmp_path, ROOTS, "--budget", "100", "--max-changes", "2"))
    assert sum(a != pytest.approx(b) for a, b in zip(few, (30, 30, 40), strict=True)) == 2


@pytest.mark.parametrize(
    ("curves", "options", "words", "nearest"),
    [
        (ROOTS, ["--budget", "200", "--max-change", "10%"], "upper bounds sum to 110.00.*--max-change 10%", 110),
        ([{**ROOTS[0], "min": 60}, *ROOTS[1:]], ["--budget", "50"], "lower bounds sum to 60.00", 60),
        ([{**ROOTS[0], "min": 60}, *ROOTS[1:]], ["--budget", "50", "--freeze", "Brand"], "frozen it gets 30.00", None),
        (ROOTS, ["--budget", "9", "--target-roas", "50", "--max-change", "50%"], "lower bounds sum to 50.00", None),
        (
            [{**ROOTS[0], "params": {"a": 3, "b": 2}}, *ROOTS[1:]],
            ["--budget", "50", "--target-roas", "3"], '"Brand" is an S-curve', None,
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_met_is_a_reasoned_refusal_with_the_nearest_budget(tmp_path, curves, options, words, nearest):
    said = told(tmp_path, curves, *options)
    assert said["allocation"] == []
    assert said["value"] is None
    assert said["nearest_budget"] == nearest
    assert _found(words, said["refused"])
    assert run(tmp_path, curves, *options).startswith("No allocation: ")
    if nearest is not None:
        assert told(tmp_path, curves, "--budget", str(nearest), *options[2:])["refused"] is None


def _found(words: str, text: str) -> bool:
    import re

    return re.search(words, text) is not None


CURVE = {"name": "A", "family": "log", "params": {"a": 1, "b": 2}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([{**CURVE, "family": "sine"}], 'family "sine" is not known; there are power, log, hill, linear'),
        ([{**CURVE, "params": {"a": 1}}], "parameters a, b: b missing"),
        ([{**CURVE, "params": {"a": 1, "b": 2, "c": 3}}], '"c" unknown'),
        ([{**CURVE, "params": {"a": -1, "b": 2}}], "a is -1; give 0 or more"),
        ([{**CURVE, "params": {"a": 1, "b": 0}}], "b is 0; give more than 0"),
        ([{**CURVE, "params": {"a": "1", "b": 2}}], 'a is "1", which is no number'),
        ([{**CURVE, "params": {"a": True, "b": 2}}], "a is true, which is no number"),
        ('[{"name": "A", "family": "log", "params": {"a": NaN, "b": 2}}]', "NaN is no number"),
        ('[{"name": "A", "family": "log", "params": {"a": 1e999, "b": 2}}]', "give a number up to"),
        ([CURVE, CURVE], 'two curves are called "A"'),
        ('[{"name": "A", "name": "B", "family": "log", "params": {}}]', 'two keys of one object are called "name"'),
        ([{**CURVE, "min": 5, "max": 4}], "min 5 is more than max 4"),
        ([{**CURVE, "current": -3}], "current is -3"),
        ([{**CURVE, "maximum": 4}], '"maximum" is not known'),
        ([{**CURVE, "name": " "}], 'the name " " is no text'),
        ({"curves": [{**CURVE, "group": "search"}], "groups": []}, 'the group "search" of a curve is not among groups'),
        ({"curves": [CURVE], "groups": [{"name": "search"}]}, 'the group "search" has no members'),
        ({"curves": [{**CURVE, "group": "g"}], "groups": [{"name": "g", "min": 5, "max": 1}]}, "min 5 is more than"),
        ({"groups": []}, "give a list of curves"),
        ([], "has no curves"),
        ("{", "is not JSON"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_trusted_is_refused_with_its_value(tmp_path, content, words):
    with pytest.raises(BadInput) as refusal:
        run(tmp_path, content, "--budget", "10")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give --budget"),
        (["--budget", "nan"], "--budget nan"),
        (["--budget", "-1"], "--budget -1"),
        (["--budget", "9", "--max-change", "30"], "--max-change 30"),
        (["--budget", "9", "--freeze", "Nowhere"], "--freeze Nowhere"),
        (["--budget", "9", "--min-step", "-2"], "--min-step -2"),
        (["--budget", "9", "--target-cpa", "1", "--target-roas", "1"], "not both"),
        (["--budget", "9", "--target-cpa", "0"], "--target-cpa 0"),
        (["--budget", "9", "--flexible", "--min-step", "2"], "go with a fixed --budget"),
        (["--flexible"], '"A" has no max'),
        (["--budget", "9", "--max-change", "30%"], 'what "A" spends now'),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_its_value(tmp_path, options, words):
    with pytest.raises(BadInput) as refusal:
        run(tmp_path, [CURVE], *options)
    assert words in str(refusal.value)
