"""What a wrong command line, a full disk and an absent database say: one clear line, and a status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def budgeteer(*arguments: str, out: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *arguments]
    stdout = subprocess.PIPE if out is None else os.open(out, os.O_WRONLY)
    return subprocess.run(command, env={**os.environ, **env}, stdout=stdout, stderr=subprocess.PIPE, text=True,
                          cwd=ROOT, check=False)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("import", "x.csv"), "budgeteer: x.csv is not there; name an exported file; nothing was loaded"),
        (("import",), "budgeteer import: missing argument 'FILE'; see budgeteer import --help"),
        (("ask",), "budgeteer ask: missing argument 'QUESTION'; see budgeteer ask --help"),
        (("nope",), "budgeteer: no such command 'nope'; see budgeteer --help"),
        (("ask", "spend", "--as-of", "2024-02-30"),
         "budgeteer: --as-of '2024-02-30' is not a date; write YYYY-MM-DD, such as 2024-07-01"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_one_line_and_exit_2(arguments: tuple[str, ...], line: str) -> None:
    done = budgeteer(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


def test_help_names_the_program_however_it_was_started() -> None:
    assert budgeteer("--help").stdout.startswith("Usage: budgeteer [OPTIONS] COMMAND")


def test_a_full_disk_is_one_line_and_exit_1() -> None:
    done = budgeteer("--help", out="/dev/full")
    assert (done.returncode, done.stderr) == (1, "budgeteer: cannot write: No space left on device\n")


def test_an_absent_database_is_named_without_its_password() -> None:
    done = budgeteer("ask", "spend", DATABASE_URL="postgresql://u:hush@127.0.0.1:1/x")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("budgeteer: the database at 127.0.0.1:1 (DATABASE_URL) cannot be opened: ")
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr


def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    done = budgeteer("ask", "spend", DATABASE_URL=f"sqlite:///{tmp_path}")
    assert (done.returncode, done.stdout) == (3, "")
    assert str(tmp_path) in done.stderr
