"""The page on questions shows what its commands print. To bring it up to date: python -m tests.test_questions_page."""

from __future__ import annotations

from tests.shown import ROOT, commands, rendered

PAGE = ROOT / "docs" / "questions.md"


def test_the_page_on_questions_shows_what_its_commands_print() -> None:
    assert len(commands(PAGE.read_text())) >= 4
    assert rendered(PAGE.read_text()) == PAGE.read_text()


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text()))
