"""Documentation is true: links resolve, settings and commands are the ones that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli import COMMANDS
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _words(text: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", text.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_local_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        goal = (page.parent / name).resolve() if name else page
        if not goal.exists():
            broken.append(target)
        elif anchor and goal.suffix == ".md":
            headings = {_words(h) for h in re.findall(r"^#+ (.*)$", goal.read_text(), re.M)}
            if anchor not in headings:
                broken.append(target)
    assert broken == []


def _example_settings() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return {m[1]: m[2] for m in (re.match(r"# ([A-Z0-9_]+)=(.*)$", line) for line in lines) if m}


def test_the_example_environment_lists_every_setting_and_no_other() -> None:
    assert set(_example_settings()) == {name.upper() for name in Settings.model_fields}


def test_the_example_environment_uncommented_is_the_same_as_none(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    written = [line[2:] if re.match(r"# [A-Z_]+=", line) else line for line in lines]
    (tmp_path / ".env").write_text("\n".join(written))
    assert Settings(_env_file=tmp_path / ".env") == Settings(_env_file=None)


def test_the_example_environment_states_the_true_defaults() -> None:
    for name, value in Settings.model_construct().model_dump().items():
        shown = _example_settings()[name.upper()]
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        expected = (
            {None: "", True: "true", False: "false"}.get(plain, str(plain)) if not isinstance(plain, str) else plain
        )
        assert shown == expected, name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    unknown = [f"make {m}" for m in re.findall(r"`make ([a-z]+)", text) if m not in made]
    unknown += [
        f"budgeteer {c}" for c in re.findall(r"`(?:\.venv/bin/)?budgeteer ([a-z][a-z-]*)", text) if c not in COMMANDS
    ]
    assert unknown == []
