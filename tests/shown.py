"""Pages whose console blocks show what their commands print: run them in order on one empty store, and compare."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"```console\n\$ budgeteer (?P<command>[^\n]+)\n(?P<output>.*?)```", re.S)


def commands(page: str) -> list[str]:
    """The commands that the page shows, in their order."""
    return [m["command"] for m in BLOCK.finditer(page)]


def rendered(page: str) -> str:
    """The page with the output of each command below it, all run in order on one empty store."""
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SLACK_", "GOOGLE_"))}
        env["DATABASE_URL"] = f"sqlite:///{folder}/page.db"

        def run(block: re.Match[str]) -> str:
            command = [sys.executable, "-m", "app", *shlex.split(block["command"])]
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
            return f"```console\n$ budgeteer {block['command']}\n{done.stdout.rstrip()}\n```"

        return BLOCK.sub(run, page)
