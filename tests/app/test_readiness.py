"""What ``doctor`` says cannot be answered is refused by the planner, and answered once the file is loaded."""

from __future__ import annotations

import os
from pathlib import Path

from tests import command_line

EXAMPLES = "docs/examples/"
ASKED = {
    "plan": "are we on track",
    "margin": "did we make money this month",
    "orders": "how many new customers did we buy this month",
}


def test_each_gap_is_refused_before_and_answered_after_its_file(tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/s.db"}

    def run(*arguments: str) -> str:
        done = command_line.run(*arguments, env=env)
        return done.stdout + done.stderr

    def parts() -> set[str]:
        return {line.split()[1] for line in run("doctor", "--missing").splitlines() if line.startswith("--")}

    assert parts() == {"figures"}
    run("init", "--file", f"{EXAMPLES}team.yaml")
    assert set(ASKED) <= parts()
    before = {part: run("ask", asked, "--as-of", "2026-03-16") for part, asked in ASKED.items()}
    assert all("data through" not in said for said in before.values()), before
    run("plan", "import", f"{EXAMPLES}plan.csv")
    run("import", f"{EXAMPLES}orders.csv", "--platform", "orders", "--account", "S", "--timezone", "Europe/Berlin")
    assert not {"margin", "orders"} & parts()
    after = {part: run("ask", asked, "--as-of", "2026-03-16") for part, asked in ASKED.items()}
    assert all("data through" in said for said in after.values()), after
