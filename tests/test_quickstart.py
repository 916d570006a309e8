"""The quickstart's commands print what it shows, in order on a clean store.

To bring it up to date: ``python -m tests.test_quickstart``.
"""

from __future__ import annotations

from datetime import date

from emulators.market.exports import meta_csv, orders_csv
from emulators.market.world import Market
from tests.shown import ROOT, commands, rendered

PAGE = ROOT / "docs" / "quickstart.md"
EXAMPLES = ROOT / "docs" / "examples"
START, END = date(2026, 1, 1), date(2026, 3, 15)


def test_the_quickstart_shows_what_its_commands_print() -> None:
    page = PAGE.read_text()
    for needed in ("init ", "import ", "plan import", "labels ", "ask ", "digest ", "channel "):
        assert any(command.startswith(needed) for command in commands(page)), needed
    assert rendered(page) == page


def test_the_example_files_are_the_emulated_markets() -> None:
    assert (EXAMPLES / "meta-report.csv").read_bytes().decode() == meta_csv(Market(seed=11), START, END)
    assert (EXAMPLES / "orders.csv").read_bytes().decode() == orders_csv(Market(), date(2026, 3, 1), END)


if __name__ == "__main__":
    (EXAMPLES / "meta-report.csv").write_bytes(meta_csv(Market(seed=11), START, END).encode())
    (EXAMPLES / "orders.csv").write_bytes(orders_csv(Market(), date(2026, 3, 1), END).encode())
    PAGE.write_text(rendered(PAGE.read_text()))
