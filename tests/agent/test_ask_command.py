"""``budgeteer ask`` as a person types it: its own process, a store of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import pytest
from sqlalchemy import Engine

from domain.scope import Scope
from emulators.openai.behaviours import Fail
from emulators.openai.server import OpenAIEmulator

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    """One database is enough here: the subject is the command line."""
    copyfile(migrated_sqlite, tmp_path / "store.db")
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    def go(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SLACK_", "GOOGLE_ADS_"))}
        program = "import sys; from app.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", program, *args],
            env={**clean, "DATABASE_URL": database_url, "PYTHONPATH": str(Path(__file__).parents[2]), **env},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return go


def test_json_has_every_field_and_numbers_are_numbers(run: Run, scope: Scope) -> None:
    done = run("ask", "roas google ads march 2024", "--as-of", "2024-04-01", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert {"answer", "facts", "freshness", "planner", "tool_calls", "clarify", "refused", "tables"} <= set(answer)
    (fact,) = answer["facts"]
    assert fact["value"] == pytest.approx(475 / 150)
    assert fact["window"] == {"start": "2024-03-01", "end": "2024-03-31", "timezone": "UTC"}
    assert answer["freshness"] == {"google_ads": "2024-03-31"}
    assert answer["planner"] == "rules"


def test_a_person_reads_the_number_first_and_where_it_comes_from(run: Run, scope: Scope) -> None:
    lines = run("ask", "roas google ads march 2024", "--as-of", "2024-04-01").stdout.splitlines()
    assert lines[0].startswith("3.17 ROAS")
    assert lines[-1] == "data through Google Ads 2024-03-31 · USD · UTC · answered without AI"


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--as-of", "01.07.2024"), 2, "YYYY-MM-DD"),
        (("--account", "Nobody"), 2, "Acme"),
    ],
)
def test_a_mistake_is_one_line_on_stderr(run: Run, scope: Scope, args: tuple[str, ...], code: int, says: str) -> None:
    done = run("ask", "spend last month", *args)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_store_says_what_to_do_first(run: Run, engine: Engine) -> None:
    done = run("ask", "spend last month")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("budgeteer: no data yet")
    assert len(done.stderr.splitlines()) == 1


def test_a_refusal_is_an_answer(run: Run, scope: Scope) -> None:
    done = run("ask", "what will our competitors spend", "--as-of", "2024-04-01", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["refused"]


def test_a_chart_is_saved_where_it_was_asked_for(run: Run, scope: Scope, tmp_path: Path) -> None:
    file = tmp_path / "spend.png"
    done = run("ask", "trend of spend in march 2024 by day", "--as-of", "2024-04-01", "--chart", str(file))
    assert done.stdout.splitlines()[-1] == f"chart saved to {file}"
    assert file.read_bytes().startswith(b"\x89PNG")


def test_without_a_key_no_model_library_is_loaded(run: Run, scope: Scope, database_url: str) -> None:
    program = (
        "import sys; sys.argv = ['budgeteer', 'ask', 'spend last month']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('loaded:', sorted({'langchain_openai', 'openai', 'matplotlib', 'numpy', 'alembic'} & set(sys.modules)))"
    )
    env = {**os.environ, "DATABASE_URL": database_url, "OPENAI_API_KEY": ""}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_a_key_and_a_base_url_are_all_it_takes_to_use_a_model(run: Run, scope: Scope, openai: OpenAIEmulator) -> None:
    env = {"OPENAI_API_KEY": openai.key, "OPENAI_BASE_URL": openai.url}
    question = "ponder whether our roas on meta pleases the board"
    answer = json.loads(run("ask", question, "--as-of", "2024-04-01", "--json", **env).stdout)
    assert answer["planner"] == "model"
    assert answer["facts"][0]["value"] == pytest.approx(2.0)
    openai.queue(Fail(500))
    failed = run("ask", question, "--as-of", "2024-04-01", **env)
    assert "answered without AI: the model's server failed (500)" in failed.stdout
    assert openai.key not in failed.stdout + failed.stderr
