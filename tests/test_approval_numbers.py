"""docs/approval.md names the tests that show each number of the contract: they exist, and each number is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def _named() -> dict[int, list[str]]:
    page = (ROOT / "docs" / "approval.md").read_text()
    return {int(number): re.findall(r"`([^`]+)`", tests) for number, tests in ROW.findall(page)}


def _written() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        found |= {n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)}
    return found


def test_every_number_of_the_contract_names_tests_that_exist() -> None:
    named, written = _named(), _written()
    assert sorted(named) == list(range(1, 27))
    for number, tests in named.items():
        assert tests, number
        assert set(tests) <= written, (number, set(tests) - written)
