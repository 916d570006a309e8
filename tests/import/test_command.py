"""``budgeteer import`` as a person runs it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from app import wiring
from app.cli import main
from store.engine import read as reading
from store.tables import Account, DailyMetric, ImportRun, MetricRevision

Import = Callable[..., Result]


@pytest.fixture
def importing(engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Import]:
    """Runs the command on a store of its own; ``content`` becomes the file."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    wiring.settings.cache_clear()

    def run(content: str | bytes | Path, *options: str, platform: str = "google_ads", currency: str = "USD") -> Result:
        path = content if isinstance(content, Path) else tmp_path / "export.csv"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        required = ["--platform", platform, "--currency", currency]
        account = [] if "--account" in options else ["--account", "Shop"]
        monkeypatch.setattr(sys, "argv", ["budgeteer", "import", str(path), *required, *account, *options])
        return _as_process()

    yield run
    wiring.settings.cache_clear()


def _as_process() -> Result:
    import click

    @click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    def entry() -> None:
        main()

    return CliRunner().invoke(entry, [])


def contents(engine: Engine) -> list[object]:
    with reading(engine) as session:
        rows = select(DailyMetric.__table__).order_by(DailyMetric.campaign_id, DailyMetric.day)
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Account, ImportRun, MetricRevision)]
        return [*session.execute(rows).all(), *counts]


def test_the_json_object_adds_up_and_has_unrounded_numbers(importing: Import, good: str) -> None:
    result = importing(good, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert answer["rows_read"] == 4
    assert (answer["rows_loaded"], answer["rows_updated"], answer["rows_unchanged"], answer["rows_skipped"]) == (
        4,
        0,
        0,
        [],
    )
    assert (answer["first_day"], answer["last_day"]) == ("2024-01-01", "2024-01-13")
    assert answer["totals"] == {
        "spend": 41.75, "impressions": 4100, "clicks": 71, "conversions": 3.5, "revenue": 73.1,
    }  # fmt: skip
    assert (answer["account"], answer["platform"], answer["currency"]) == ("Shop", "google_ads", "USD")


def test_again_changes_nothing_and_a_newer_file_updates_without_deleting(importing: Import, good: str) -> None:
    first = json.loads(importing(good, "--json").stdout)
    again = json.loads(importing(good, "--json").stdout)
    assert (again["rows_loaded"], again["rows_updated"], again["rows_unchanged"]) == (0, 0, 4)
    newer = good.replace("11.00", "12.00").replace("2024-01-13", "2024-01-14") + "Total: Account,,42.75,,,,\n"
    later = json.loads(importing(newer, "--json").stdout)
    assert (later["rows_read"], later["rows_loaded"], later["rows_updated"], later["rows_unchanged"]) == (5, 1, 1, 2)
    assert later["rows_skipped"] == [{"row": 6, "reason": "totals row (Total: Account): the rows add up to it"}]
    assert later["matches_total_row"] == 6
    assert later["run"] > first["run"]


def test_a_figure_the_file_does_not_have_is_null(importing: Import) -> None:
    answer = json.loads(importing("Day,Campaign,Cost,Clicks\n2024-01-01,A,1.50,--\n", "--json").stdout)
    assert answer["totals"] == {
        "spend": 1.5, "impressions": None, "clicks": None, "conversions": None, "revenue": None,
    }  # fmt: skip


def test_a_person_reads_what_came_in_and_what_to_do_next(importing: Import, good: str) -> None:
    result = importing(good + "Total,,41.75,,,,\n", "--account", "My Shop")
    assert result.exit_code == 0
    for part in ("4 new", "2024-01-01 to 2024-01-13", "41.75 USD", "match the file's own total (row 6)",
                 "budgeteer ask", "'My Shop'", "--as-of 2024-01-14"):  # fmt: skip
        assert part in result.stdout


def test_a_file_without_campaigns_is_kept_under_the_accounts_stored_name(importing: Import) -> None:
    text = "Date,Cost\n2024-01-01,1.50\n"
    importing(text, "--account", "Shop")
    answer = json.loads(importing(text, "--account", "SHOP", "--json").stdout)
    assert (answer["account"], answer["rows_unchanged"]) == ("Shop", 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--timezone", "Mars/Olympus"], "unknown time zone 'Mars/Olympus'"),
        (["--timezone", "Europe/Berlin"], "--timezone UTC"),
        (["--dates", "dmy"], "--dates ymd"),
        (["--dates", "ydm"], "'ydm'"),
        (["--account", " "], "account name"),
    ],
)
def test_options_that_are_wrong_or_contradict_the_store_load_nothing(
    importing: Import, engine: Engine, good: str, options: list[str], message: str
) -> None:
    importing(good)
    before = contents(engine)
    result = importing(good, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert contents(engine) == before


@pytest.mark.parametrize("currency", ["EURO", "", "XYZ", "EUR"])
def test_a_currency_that_is_unknown_or_not_the_accounts_loads_nothing(
    importing: Import, engine: Engine, good: str, currency: str
) -> None:
    importing(good)
    before = contents(engine)
    result = importing(good, currency=currency)
    assert (result.exit_code, result.stdout) == (2, "")
    assert contents(engine) == before


def test_a_day_after_tomorrow_loads_nothing(importing: Import, engine: Engine, good: str) -> None:
    result = importing(good.replace("2024-01-13", "2090-01-13"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "row 5: day '2090-01-13' lies in the future" in result.stderr


def damaged(good: str) -> Iterator[tuple[str, bytes]]:
    """Every way we know to spoil a good file, at every place where it can happen."""
    lines = good.splitlines()
    rng = random.Random(7)
    for number in range(1, len(lines)):
        for column, title in enumerate(lines[0].split(",")):
            bad_values = {"Day": ["", "x", "2024-13-01", "01/02/2024"], "Campaign": [""]}.get(
                title, ["-1", "NaN", "inf", "1.2.3", "x", "1e3", "€1"]
            )
            if title == "Cost":
                bad_values.extend(["", "--"])
            for bad in bad_values:
                cells = lines[number].split(",")
                cells[column] = bad
                text = "\n".join([*lines[:number], ",".join(cells), *lines[number + 1 :], ""])
                yield f"row {number + 1} {title} {bad!r}", text.encode()
        yield (
            f"row {number + 1} short",
            "\n".join([*lines[:number], lines[number][:14], *lines[number + 1 :], ""]).encode(),
        )
        yield (
            f"row {number + 1} long",
            "\n".join([*lines[:number], lines[number] + ",1", *lines[number + 1 :], ""]).encode(),
        )
        yield f"row {number + 1} twice", "\n".join([*lines, lines[number], ""]).encode()
    header, last = good.index("\n"), good.rindex("\n", 0, -1)
    for cut in rng.sample(range(last + 1, len(good) - 6), 12):
        yield f"cut at {cut}", good[:cut].encode()
    for cut in range(1, header):
        yield f"cut in the header at {cut}", good[:cut].encode()
    yield "cut in UTF-16", good.encode("utf-16")[:-3]
    for place in rng.sample(range(len(good)), 6):
        yield f"a zero byte at {place}", (good[:place] + "\x00" + good[place:]).encode()
    yield "random bytes", rng.randbytes(5000)


def test_no_damaged_file_loads_anything(sqlite_engine: Engine, good: str, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", sqlite_engine.url.render_as_string())
    monkeypatch.chdir(tmp_path)
    wiring.settings.cache_clear()
    path = tmp_path / "export.csv"
    monkeypatch.setattr(
        sys, "argv",
        ["budgeteer", "import", str(path), "--platform", "google_ads", "--account", "Shop", "--currency", "USD"],
    )  # fmt: skip
    path.write_text(good)
    assert _as_process().exit_code == 0
    before = contents(sqlite_engine)
    wrong = []
    for what, content in damaged(good):
        path.write_bytes(content)
        result = _as_process()
        if (result.exit_code, result.stdout) != (2, "") or "nothing was loaded" not in result.stderr:
            wrong.append((what, result.exit_code, result.stdout, result.stderr))
    assert wrong == []
    assert contents(sqlite_engine) == before
    wiring.settings.cache_clear()


def test_a_real_process_exits_2_with_one_line_on_stderr_and_an_empty_stdout(tmp_path: Path, good: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(good.replace("20.25", "-20.25"))
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", str(path),
               "--platform", "google_ads", "--account", "Shop", "--currency", "USD", "--json"]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "budgeteer: export.csv: row 3: spend '-20.25' is negative or not a number; nothing was loaded\n"
    )


def test_the_real_exports_load_through_the_command(importing: Import, reference_data: Path) -> None:
    folder = reference_data / "seed_netelixir"
    google = json.loads(importing(folder / "googleads-performance.csv", "--json").stdout)
    meta = json.loads(importing(folder / "metaads-performance.csv", "--json", platform="meta").stdout)
    assert (google["rows_read"], google["rows_loaded"], google["totals"]["spend"]) == (714, 714, 852_805.3)
    assert (meta["rows_read"], meta["rows_loaded"], meta["totals"]["revenue"]) == (182, 182, 498_445.7)
