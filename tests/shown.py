"""Pages whose console blocks show what their commands print: run them in order on one empty store, and compare."""

from __future__ import annotations

import os
import re
import shlex
import tempfile

from tests import command_line

ROOT = command_line.ROOT
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
            done = command_line.run(*shlex.split(block["command"]), env=env)
            done.check_returncode()
            return f"```console\n$ budgeteer {block['command']}\n{done.stdout.rstrip()}\n```"

        return BLOCK.sub(run, page)
