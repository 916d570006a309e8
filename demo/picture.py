"""A Slack message as a PNG, drawn with Pillow: for the README, without a browser.

``python -m demo.picture out.png < message.json`` draws a message as Slack's Web API returns it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from demo.terminal import mrkdwn

WIDTH, MARGIN, SIZE, LINE = 1120, 40, 24, 34
INK, DIM, RULE, LINK = "#1d1c1d", "#616061", "#dddddd", "#1264a3"
_FILL = {"primary": ("#007a5a", "white"), "danger": ("white", "#e01e5a")}
Font = ImageFont.FreeTypeFont
Block = Mapping[str, Any]
People = Mapping[str, str]
Word = tuple[str, bool, str]  # text, bold, colour


def picture(said: Mapping[str, Any], people: People) -> Image.Image:
    """The message on white, as wide as a Slack column."""
    sheet = _Sheet(people)
    sheet.words([("Budgeteer", True, INK), (" APP", False, DIM)], MARGIN, WIDTH - MARGIN)
    for block in said.get("blocks") or [{"type": "section", "text": {"text": said["text"]}}]:
        sheet.block(block)
    return sheet.image.crop((0, 0, WIDTH, sheet.y + MARGIN // 2))


class _Sheet:
    """A growing page: ``y`` is where the next line goes."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.image = Image.new("RGB", (WIDTH, 6000), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.y = MARGIN // 2

    def block(self, block: Block) -> None:
        match block["type"]:
            case "header":
                self.y += 6
                self.words([(block["text"]["text"], True, INK)], MARGIN, WIDTH - MARGIN, size=SIZE + 6)
                self.y += 6
            case "section":
                self._section(block)
            case "context":
                for element in block["elements"]:
                    self.text(element["text"], MARGIN, WIDTH - MARGIN, size=SIZE - 5, colour=DIM)
            case "actions":
                self._buttons([(e["text"]["text"], e.get("style", "")) for e in block["elements"]])
            case "context_actions":
                e = block["elements"][0]
                self._buttons([(e[s]["text"]["text"], "") for s in ("positive_button", "negative_button")])
            case "table":
                self._table([[cell["text"] for cell in row] for row in block["rows"]], block["column_settings"])

    def text(self, source: str, left: int, right: int, *, size: int = SIZE, colour: str = INK) -> None:
        """Slack's markup, line by line."""
        for line in source.split("\n"):
            rich = mrkdwn(line, self.people)
            words: list[Word] = []
            for i, character in enumerate(rich.plain):
                styles = " ".join(str(s.style) for s in rich.spans if s.start <= i < s.end)
                words.append((character, "bold" in styles, LINK if "cyan" in styles else colour))
            self.words(words, left, right, size=size)

    def words(self, pieces: list[Word], left: int, right: int, *, size: int = SIZE) -> None:
        """Draw pieces, wrapped between ``left`` and ``right``."""
        x, line_height = float(left), round(size * LINE / SIZE)
        for word in _joined(pieces):
            width = sum(_font(size, bold).getlength(t) for t, bold, _ in word)
            if x > left and x + width > right:
                x, self.y = float(left), self.y + line_height
            for t, bold, colour in word:
                if not (x == left and t == " "):
                    self.draw.text((x, self.y), t, font=_font(size, bold), fill=colour)
                    x += _font(size, bold).getlength(t)
        self.y += line_height

    def _section(self, block: Block) -> None:
        if "text" in block:
            self.text(block["text"]["text"], MARGIN, WIDTH - MARGIN)
        fields, middle = block.get("fields", []), WIDTH // 2
        for i in range(0, len(fields), 2):
            top = bottom = self.y
            for field, left, right in zip(
                fields[i : i + 2], (MARGIN, middle), (middle - 20, WIDTH - MARGIN), strict=False
            ):
                self.y = top
                self.text(field["text"], left, right)
                bottom = max(bottom, self.y)
            self.y = bottom + 8
        self.y += 8

    def _buttons(self, labels: list[tuple[str, str]]) -> None:
        x, self.y = float(MARGIN), self.y + 10
        for label, style in labels:
            fill, ink = _FILL.get(style, ("white", INK))
            width = _font(SIZE - 2, True).getlength(label) + 36
            edge = ink if fill == "white" and style else "#bbbbbb" if fill == "white" else fill
            self.draw.rounded_rectangle((x, self.y, x + width, self.y + 46), 8, fill=fill, outline=edge, width=2)
            self.draw.text((x + 18, self.y + 9), label, font=_font(SIZE - 2, True), fill=ink)
            x += width + 14
        self.y += 60

    def _table(self, rows: list[list[str]], settings: list[Block]) -> None:
        size, columns = SIZE - 3, range(len(rows[0]))
        widths = [max(_font(size, n == 0).getlength(r[i]) for n, r in enumerate(rows)) + 32 for i in columns]
        for n, row in enumerate(rows):
            x = float(MARGIN)
            for i in columns:
                font = _font(size, n == 0)
                right = i < len(settings) and settings[i].get("align") == "right"
                shift = widths[i] - 16 - font.getlength(row[i]) if right else 12
                self.draw.text((x + shift, self.y + 6), row[i], font=font, fill=INK)
                x += widths[i]
            self.y += 40
            self.draw.line((MARGIN, self.y, min(x, WIDTH - MARGIN), self.y), fill=RULE, width=2)
        self.y += 14


def _joined(pieces: list[Word]) -> list[list[Word]]:
    """Pieces of text as words that must not be split, spaces apart."""
    words: list[list[Word]] = [[]]
    for text, bold, colour in pieces:
        for character in text:
            if character == " ":
                words += [[(" ", bold, colour)], []]
            elif words[-1] and words[-1][-1][1:] == (bold, colour):
                words[-1][-1] = (words[-1][-1][0] + character, bold, colour)
            else:
                words[-1].append((character, bold, colour))
    return [word for word in words if word]


def _font(size: int, bold: bool) -> Font:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / name), size)


def save(said: Mapping[str, Any], people: People, path: Path) -> None:
    """Draw one message into ``path``."""
    picture(said, people).save(path, optimize=True)


if __name__ == "__main__":
    save(json.load(sys.stdin), {}, Path(sys.argv[1]))
