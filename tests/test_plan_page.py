"""The page on plans shows what its commands print. To bring it up to date: python -m tests.test_plan_page."""

from __future__ import annotations

from tests.shown import ROOT, commands, rendered

PAGE = ROOT / "docs" / "plan.md"


def test_the_page_on_plans_shows_what_its_commands_print() -> None:
    shown = commands(PAGE.read_text())
    assert [c for c in shown if c.startswith("plan ")] != []
    assert len([c for c in shown if c.startswith("ask ")]) >= 5
    assert rendered(PAGE.read_text()) == PAGE.read_text()


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text()))
