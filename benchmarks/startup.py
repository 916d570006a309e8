"""What a whole command costs, from the shell to its answer, against starting Python and importing the frameworks.

Processor seconds of the user, the median of several runs: they hardly depend on what else the machine does.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

RUNS = 7
DAYS, CAMPAIGNS = 180, 10
PYTHON = sys.executable
BUDGETEER = (PYTHON, "-m", "app")
QUESTION = "What was ROAS on Google Ads in March 2024?"


def run(runs: int = RUNS) -> list[str]:
    """Report lines: seconds per command and the ratio to both baselines."""
    with TemporaryDirectory() as folder:
        export = _export(Path(folder))
        env = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/bench.db", "OPENAI_API_KEY": ""}
        load = (
            *BUDGETEER,
            "import",
            str(export),
            "--platform",
            "google_ads",
            "--account",
            "Bench",
            "--currency",
            "USD",
        )
        ask = (*BUDGETEER, "ask", QUESTION, "--as-of", "2024-07-01")
        commands: dict[str, Sequence[str]] = {
            "python -c pass": (PYTHON, "-c", "pass"),
            "import langgraph.graph, sqlalchemy.orm": (PYTHON, "-c", "import langgraph.graph, sqlalchemy.orm"),
            "budgeteer --help": (*BUDGETEER, "--help"),
            f"budgeteer import, {DAYS * CAMPAIGNS:,} rows": load,
            "budgeteer ask": ask,
        }
        for command in commands.values():  # writes byte code and the store
            _user_seconds(command, env)
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs):  # in turn, so that a slow minute touches all alike
            for name, command in commands.items():
                taken[name].append(_user_seconds(command, env))
    python, frameworks = (median(times) for times in list(taken.values())[:2])
    return [
        f"{name}: {median(times):.2f} s, {median(times) / python:.0f} times bare Python, "
        f"{median(times) / frameworks:.1f} times the frameworks' import"
        for name, times in taken.items()
    ]


def _export(folder: Path) -> Path:
    first = date(2024, 1, 1)
    rows = [
        f"{first + timedelta(days=day)},Campaign {campaign},{10 + day % 7}.50,1000,{20 + campaign},2.5,43.10"
        for day in range(DAYS)
        for campaign in range(CAMPAIGNS)
    ]
    path = folder / "export.csv"
    path.write_text("Day,Campaign,Cost,Impr.,Clicks,Conversions,Conv. value\n" + "\n".join(rows) + "\n")
    return path


def _user_seconds(command: Sequence[str], env: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, env=env, check=True, capture_output=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
