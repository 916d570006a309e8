"""A card as a PNG: as tall as what it says, inked where something is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from app.slack.answers import render
from app.slack.cards import card
from demo.picture import WIDTH, save, save_demo
from domain.evidence import Table
from tests.activation.world import NOW, change, recommendation
from tests.slack.office import an_answer
from tests.slack.test_cards import a_view


def test_the_pictures_of_the_readme_are_an_answer_and_a_card_of_the_demo(tmp_path: Path) -> None:
    _, drawn_card = card(a_view(recommendation(1)), NOW)
    table = Table("Spend", ("Campaign", "Spend"), tuple((f"C{n}", n + 0.5) for n in range(5)))
    said = [render(an_answer("By campaign:", tables=(table,)))[1], render(an_answer())[1], drawn_card]
    (tmp_path / "messages.json").write_text(json.dumps([{"text": "x", "blocks": blocks} for blocks in said]))
    made = save_demo(tmp_path / "messages.json", tmp_path / "images")
    assert [path.name for path in made] == ["answer.png", "card.png"]
    sizes = []
    for path in made:
        with Image.open(path) as drawn:
            sizes.append(drawn.size)
    assert sizes[0][0] == sizes[1][0] == WIDTH
    assert sizes[1][1] > sizes[0][1]
    with pytest.raises(SystemExit, match="make demo"):
        save_demo(tmp_path / "none.json", tmp_path)


def test_a_larger_card_is_a_taller_picture(tmp_path: Path) -> None:
    heights = []
    for n in (1, 4):
        _, blocks = card(a_view(recommendation(1, *[change(f"b{i}") for i in range(n)])), NOW)
        save({"text": "", "blocks": blocks}, {"U0ANA0000": "Ana"}, tmp_path / "card.png")
        with Image.open(tmp_path / "card.png") as drawn:
            assert drawn.width == WIDTH
            assert len(drawn.getcolors(100_000) or []) > 20
            heights.append(drawn.height)
    assert heights[1] > heights[0] + 100
