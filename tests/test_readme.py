"""The README's commands print what the README shows. To bring it up to date: ``python -m tests.test_readme``."""

from __future__ import annotations

from datetime import date

from emulators.market.exports import google_ads_csv
from emulators.market.world import Market
from tests.shown import ROOT, commands, rendered

README = ROOT / "README.md"
EXAMPLE = ROOT / "docs" / "examples" / "google-ads-report.csv"


def test_the_readme_shows_what_its_commands_print() -> None:
    assert len(commands(README.read_text())) >= 4
    assert rendered(README.read_text()) == README.read_text()


def test_the_example_export_is_the_emulated_markets() -> None:
    expected = google_ads_csv(Market(), date(2026, 1, 1), date(2026, 3, 15))
    assert EXAMPLE.read_bytes().decode() == expected


if __name__ == "__main__":
    README.write_text(rendered(README.read_text()))
