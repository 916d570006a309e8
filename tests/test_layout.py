"""The house stands as drawn: every room resolves here, the wheel lists them, and the rooms' rules hold."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
ROOMS = [*SHIPPED, "emulators", "demo", "evals", "benchmarks"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_resolves_to_this_checkout(room: str) -> None:
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_no_other_distribution_provides_a_room() -> None:
    owners = importlib.metadata.packages_distributions()
    taken = {room: owners[room] for room in ROOMS if set(owners.get(room, [])) - {"budgeteer"}}
    assert taken == {}


def test_no_top_level_folder_takes_the_name_slack() -> None:
    assert not (ROOT / "slack").exists()


def test_every_shipped_folder_is_in_the_wheel_and_nothing_else_is() -> None:
    folders = {p.parent.name for p in ROOT.glob("*/__init__.py")}
    assert folders - {"emulators", "demo", "evals", "benchmarks"} == set(SHIPPED)


def test_the_rooms_import_only_what_they_may() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("room", "planted"),
    [
        ("tools/define.py", "from store.deciding import decide"),
        ("tools/define.py", "from store.switches import set_kill_switch"),
        ("tools/define.py", "import connectors.base"),
        ("agent/planner/rules.py", "import agent.activation"),
        ("agent/context.py", "import connectors.google_ads"),
        ("emulators/market/world.py", "import store.tables"),
    ],
)
def test_a_forbidden_import_breaks_the_contracts(room: str, planted: str, tmp_path: Path) -> None:
    for name in [*ROOMS, "pyproject.toml"]:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    with (tmp_path / room).open("a") as file:
        file.write(f"\n{planted}\n")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."})
    assert run.returncode == 1, run.stdout + run.stderr
    assert "BROKEN" in run.stdout


HEAVY = {
    "pandas",
    "numpy",
    "scipy",
    "sklearn",
    "econml",
    "ortools",
    "matplotlib",
    "google.ads",
    "langgraph",
    "slack_bolt",
}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['budgeteer', '--help']\n"
        "from app.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split("LOADED", 1)[1].split())
    assert loaded & (HEAVY | {"sqlalchemy", "pydantic"}) == set()


@pytest.mark.parametrize("secret", ["/work/", "pypi.org", "files.pythonhosted.org", "--index-url", "--extra-index-url"])
def test_no_file_names_a_machine_or_a_registry(secret: str) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    named = []
    for name in filter(None, listed):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        if secret in path.read_bytes().decode(errors="ignore"):
            named.append(name)
    assert named == []
