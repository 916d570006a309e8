"""Cards in a terminal: everything that Slack shows, boxed, at any usual width and without colour."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.slack.answers import render
from app.slack.cards import card
from demo.terminal import as_text
from domain.evidence import Table as DomainTable
from tests.activation.world import NOW, change, recommendation
from tests.slack.office import an_answer, fact
from tests.slack.test_cards import a_view

PEOPLE = {"U0ANA0000": "Ana"}


@pytest.mark.parametrize("width", [80, 92, 100])
def test_a_card_shows_its_facts_and_buttons_within_the_width(width: int) -> None:
    text, blocks = card(a_view(recommendation(1, change("b1"), change("b2", "200", "150"))), NOW)
    shown = as_text({"bot_id": "B", "ts": "1", "text": text, "blocks": blocks}, PEOPLE, width=width)
    for part in (
        "Approve budget change",
        "@Ana",
        "€400.00/day",
        "Budget b2",
        "[ Approve ]",
        "[ Reject… ]",
        "[ Details ]",
        "[ … ]",
    ):
        assert part in shown, part
    assert max(len(line) for line in shown.splitlines()) <= width
    assert "\x1b" not in shown
    assert "<!date" not in shown


@pytest.mark.parametrize("width", [80, 92])
def test_a_wide_table_stays_in_its_box_breaks_between_words_and_never_a_figure(width: int) -> None:
    name = "DE Search Generic Exact Autumn Promotion Phase Two"
    columns = ("Campaign", "2026-03-09 to 2026-03-15", "2026-03-02 to 2026-03-08", "Change")
    rows = tuple((f"{name} {n}", 12345.5, 23456.5, -11111.0) for n in range(4))
    shown = tuple((r[0], "€12,345.50", "€23,456.50", "-€11,111.00") for r in rows)
    text, blocks = render(an_answer("Spend fell.", tables=(DomainTable("Spend", columns, rows, shown=shown),)))
    drawn = as_text({"bot_id": "B", "ts": "1", "text": text, "blocks": blocks}, PEOPLE, width=width)
    lines = drawn.splitlines()
    assert max(map(len, lines)) <= width
    assert drawn.count("€12,345.50") == drawn.count("-€11,111.00") == 4
    assert all(drawn.count(word) >= 4 for word in name.split())
    inside = [line.strip("│ ") for line in lines[1:-1]]
    assert ("", "") not in list(pairwise(inside))  # no double blank line


def test_names_are_shown_as_they_are_called() -> None:
    text, blocks = render(an_answer("Spend of A & <B> was €1.50.", facts=tuple(fact(f"{n}.5", n=n) for n in range(5))))
    shown = as_text({"bot_id": "B", "ts": "1", "text": text, "blocks": blocks}, PEOPLE)
    assert "A & <B>" in shown
    assert "answered without AI" in shown


def test_a_person_is_a_line_with_their_name() -> None:
    assert as_text({"user": "U0ANA0000", "ts": "1", "text": "spend?"}, PEOPLE).startswith("Ana  spend?")
