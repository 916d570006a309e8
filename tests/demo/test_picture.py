"""A card as a PNG: as tall as what it says, inked where something is said."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from app.slack.cards import card
from demo.picture import WIDTH, save
from tests.activation.world import NOW, change, recommendation
from tests.slack.test_cards import a_view


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
