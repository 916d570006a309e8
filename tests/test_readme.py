"""The README's commands print what the README shows. To bring it up to date: ``python tests/test_readme.py``."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from emulators.market.exports import google_ads_csv
from emulators.market.world import Market

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
EXAMPLE = ROOT / "docs" / "examples" / "google-ads-report.csv"
BLOCK = re.compile(r"```console\n\$ budgeteer (?P<command>[^\n]+)\n(?P<output>.*?)```", re.S)


def rendered(readme: str) -> str:
    """The README with the output of each command below it, all run in order on one empty store."""
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SLACK_", "GOOGLE_"))}
        env["DATABASE_URL"] = f"sqlite:///{folder}/readme.db"

        def run(block: re.Match[str]) -> str:
            command = [sys.executable, "-m", "app", *shlex.split(block["command"])]
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
            return f"```console\n$ budgeteer {block['command']}\n{done.stdout.rstrip()}\n```"

        return BLOCK.sub(run, readme)


def test_the_readme_shows_what_its_commands_print() -> None:
    assert len(BLOCK.findall(README.read_text())) >= 4
    assert rendered(README.read_text()) == README.read_text()


def test_the_example_export_is_the_emulated_markets() -> None:
    expected = google_ads_csv(Market(), date(2026, 1, 1), date(2026, 3, 15))
    assert EXAMPLE.read_bytes().decode() == expected


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))
