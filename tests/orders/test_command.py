"""``budgeteer import`` with a shop's orders, as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import command_line


@pytest.fixture
def budgeteer(tmp_path: Path) -> Any:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return command_line.run(*args, env=env, cwd=tmp_path)

    return run


def test_a_shop_is_imported_whole_and_counts_its_rows(
    budgeteer: Any, tmp_path: Path, shopify_file: Any, make_order: Any, make_item: Any
) -> None:
    rows = (make_order("#1"), make_item("#1"), make_order("#2", Financial_Status="pending"),
            make_order("#3", Cancelled_at="2024-06-02 08:00:00 -0400"))  # fmt: skip
    (tmp_path / "orders.csv").write_text(shopify_file(*rows))
    wrong = budgeteer("import", "orders.csv", "--account", "Acme Shop")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "settle it with --timezone America/New_York" in wrong.stderr
    options = ("--account", "Acme Shop", "--timezone", "America/New_York")
    done = budgeteer("import", "orders.csv", *options)
    assert done.returncode == 0, done.stderr
    assert "Imported orders.csv into Acme Shop (shopify, USD, America/New_York)" in done.stdout
    assert "rows       4 read: 2 new, 0 updated, 0 unchanged, 2 skipped" in done.stdout
    assert ("orders     1 sold, 1 cancelled (kept, not counted as sold), 1 not paid (skipped), 1 further lines of "
            "orders") in done.stdout  # fmt: skip
    again = json.loads(budgeteer("import", "orders.csv", *options, "--json").stdout)
    assert again["rows_read"] == again["rows_unchanged"] + len(again["rows_skipped"]) == 4
    assert again["orders"] == {"sold": 1, "cancelled": 1, "unpaid": 1, "tests": 0}
    assert again["totals"]["gross"] == 37.38
