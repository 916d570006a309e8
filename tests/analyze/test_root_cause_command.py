"""``budgeteer analyze root-cause`` as a person or a program runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.analyze_command import command
from domain.errors import BadInput, CannotAnswer

BEFORE = "device,region,revenue,orders\nPC,north,30,3\nPC,south,20,2\nmobile,north,25,5\ntablet,south,25,5\n"
AFTER = "device,region,revenue,orders\nPC,north,30,3\nPC,south,19,2\nmobile,north,1,5\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    before.write_text(BEFORE)
    after.write_text(AFTER)
    return before, after


def run(files: tuple[Path, Path], *more: str) -> str:
    arguments = ["root-cause", "--before", str(files[0]), "--after", str(files[1]), *more]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_best_explanation_comes_with_every_values_figures(files: tuple[Path, Path]) -> None:
    told = json.loads(run(files, "--dimensions", "region,device", "--measure", "revenue", "--json"))
    assert (told["dimension"], set(told["elements"])) == ("device", {"mobile", "tablet"})
    assert told["explanatory_power"] == pytest.approx(0.98)
    assert {v["element"]: (v["before"], v["after"]) for v in told["values"]} == {
        "PC": (50, 49), "mobile": (25, 1), "tablet": (25, 0),
    }  # fmt: skip
    assert "device = tablet, mobile (98.0% of the change" in run(
        files, "--dimensions", "region,device", "--measure", "revenue"
    )


def test_a_ratios_rate_and_mix_add_up_to_its_change(files: tuple[Path, Path]) -> None:
    told = json.loads(run(files, "--dimensions", "device", "--ratio", "revenue/orders", "--json"))
    net = sum(v["net"] for v in told["values"])
    assert net == pytest.approx(told["after"] - told["before"], abs=1e-12)
    assert told["elements"] == ["mobile"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dimensions", "planet", "--measure", "revenue"], "planet"),
        (["--dimensions", "device"], "--measure"),
        (["--dimensions", " , ", "--measure", "revenue"], "--dimensions"),
        (["--dimensions", "device", "--ratio", "revenue"], "NUM/DEN"),
        (["--dimensions", "device", "--measure", "region"], "not a number"),
        (["--dimensions", "device", "--measure", "device"], "dimension"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(files: tuple[Path, Path], options: list[str], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        run(files, *options)


def test_a_blank_figure_and_an_empty_file_are_refused_not_taken_for_nothing(files: tuple[Path, Path]) -> None:
    files[1].write_text(AFTER + "tablet,south,,5\n")
    with pytest.raises(BadInput, match="row 5: revenue is blank"):
        run(files, "--dimensions", "device", "--measure", "revenue")
    files[1].write_text("device,region,revenue,orders\n")
    with pytest.raises(BadInput, match="no rows"):
        run(files, "--dimensions", "device", "--measure", "revenue")
    files[1].write_text("device,region,revenue,orders\nPC,north,0,0\n")
    with pytest.raises(CannotAnswer, match="0 in total"):
        run(files, "--dimensions", "device", "--measure", "revenue")


def test_a_program_is_told_why_nothing_can_be_explained(files: tuple[Path, Path]) -> None:
    files[1].write_text("device,region,revenue,orders\nPC,north,0,0\n")
    told = json.loads(run(files, "--dimensions", "device", "--measure", "revenue", "--json"))
    assert "0 in total" in told["refused"]
    assert (told["dimension"], told["elements"], told["candidates"]) == (None, [], [])


def test_a_dimension_that_moved_as_a_whole_is_no_explanation(tmp_path: Path) -> None:
    rows = [(d, c, n) for d, n in (("PC", 100), ("mobile", 110), ("tablet", 90)) for c in ("DE", "FR", "US")]
    before, halved, all_down = tmp_path / "before.csv", tmp_path / "halved.csv", tmp_path / "all_down.csv"
    for file, of in (
        (before, {}),
        (halved, {"mobile": 0.5}),
        (all_down, dict.fromkeys(("PC", "mobile", "tablet"), 0.8)),
    ):
        file.write_text("device,country,revenue\n" + "".join(f"{d},{c},{n * of.get(d, 1)}\n" for d, c, n in rows))
    asked = ("--dimensions", "device,country", "--measure", "revenue")
    said = run((before, halved), *asked)
    assert "Best explanation: device = mobile (100.0%" in said
    assert "country: its values moved with the total, none of them apart." in said
    assert "Also:" not in said
    assert "-0.0%" not in said
    assert [c["spread"] for c in json.loads(run((before, halved), *asked, "--json"))["candidates"]] == [False, True]
    assert "Nothing looked at explains it" in run((before, all_down), *asked)
