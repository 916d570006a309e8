"""Commands as a person runs them, each in a process of its own, forked from one that has already imported the program.

What starting Python costs is shown once, in ``tests/app/test_command_line.py``; a page with twenty commands need not
pay it twenty times. ``run`` starts the parent when it is first asked; it ends with the tests.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
IMPORTED = ("agent.graph", "agent.planner.rules", "agent.digest", "alembic.command", "sqlite3", "tools.drafting")
"""Beside every command's own module: what commands import while they run."""


def run(*arguments: str, env: Mapping[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """``budgeteer ARGUMENTS`` with exactly this environment: its exit code, stdout and stderr."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        asked = {"argv": arguments, "env": dict(env), "cwd": str(cwd), "out": str(out), "err": str(err)}
        parent = _parent()
        parent.stdin.write(json.dumps(asked) + "\n")  # type: ignore[union-attr]
        parent.stdin.flush()  # type: ignore[union-attr]
        status = int(parent.stdout.readline())  # type: ignore[union-attr]
        return subprocess.CompletedProcess(["budgeteer", *arguments], status, out.read_text(), err.read_text())


@cache
def _parent() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.command_line"]
    started = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(started.communicate)  # its stdin ends, and so does it
    return started


def _serve() -> None:
    """Fork a process for each line of stdin, and answer with its exit code."""
    import app.cli

    for name in app.cli.COMMANDS:
        importlib.import_module(f"app.cli.{name.replace('-', '_')}_command")
    for module in IMPORTED:
        importlib.import_module(module)
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            _become(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(asked: Mapping[str, Any]) -> NoReturn:
    status = 70
    try:
        os.environ.clear()
        os.environ.update(asked["env"])
        os.chdir(asked["cwd"])
        for path, number, flags in (
            (os.devnull, 0, os.O_RDONLY),
            (asked["out"], 1, os.O_WRONLY | os.O_CREAT),
            (asked["err"], 2, os.O_WRONLY | os.O_CREAT),
        ):
            os.dup2(os.open(path, flags), number)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.argv = ["budgeteer", *asked["argv"]]
        importlib.import_module("app.cli").main()
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
