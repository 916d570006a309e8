"""A Slack message as a PNG, drawn with Pillow: for the README, without a browser.

``python -m demo.picture out.png < message.json`` draws a message as Slack's Web API returns it;
``python -m demo.picture --demo`` draws an answer and a card that the last ``make demo`` produced.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont

from demo.terminal import label as label_of
from demo.terminal import mrkdwn

WIDTH, RIGHT, SIZE, LINE = 1400, 40, 24, 35
LEFT, AVATAR = 118, 60  # text starts right of the sender's picture
INK, DIM, RULE, LINK, GREEN = "#1d1c1d", "#616061", "#dddddd", "#1264a3", "#007a5a"
_FILL = {"primary": (GREEN, "white"), "danger": ("white", "#e01e5a")}
MESSAGES, IMAGES = Path("var/demo/messages.json"), Path("docs/images")
PEOPLE = {"U0ANA0000": "Ana"}
Font = ImageFont.FreeTypeFont
Block = Mapping[str, Any]
People = Mapping[str, str]
Word = tuple[str, bool, str]  # text, bold, colour


def picture(said: Mapping[str, Any], people: People) -> Image.Image:
    """The message on white, as wide as a Slack column."""
    sheet = _Sheet(people)
    sheet.sender()
    for block in said.get("blocks") or [{"type": "section", "text": {"text": said["text"]}}]:
        sheet.block(block)
    return sheet.image.crop((0, 0, WIDTH, sheet.y + 24))


class _Sheet:
    """A growing page: ``y`` is where the next line goes."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.image = Image.new("RGB", (WIDTH, 6000), "white")
        self.draw = ImageDraw.Draw(self.image)
        self.y = 24

    def sender(self) -> None:
        """Budgeteer's picture, name and the mark of an app."""
        self.draw.rounded_rectangle((LEFT - AVATAR - 20, self.y, LEFT - 20, self.y + AVATAR), 12, fill=GREEN)
        middle = (LEFT - 20 - AVATAR / 2, self.y + AVATAR / 2)
        self.draw.text(middle, "B", font=_font(36, True), fill="white", anchor="mm")
        self.draw.text((LEFT, self.y), "Budgeteer", font=_font(SIZE, True), fill=INK)
        x = LEFT + _font(SIZE, True).getlength("Budgeteer") + 12
        self.draw.rounded_rectangle((x, self.y + 3, x + 48, self.y + 27), 4, fill="#e8e8e8")
        self.draw.text((x + 24, self.y + 15), "APP", font=_font(15, True), fill=DIM, anchor="mm")
        self.y += LINE + 4

    def block(self, block: Block) -> None:
        match block["type"]:
            case "header":
                self.y += 4
                self.words([(block["text"]["text"], True, INK)], LEFT, WIDTH - RIGHT, size=SIZE + 5)
                self.y += 8
            case "section":
                self._section(block)
            case "context":
                for element in block["elements"]:
                    self.text(element["text"], LEFT, WIDTH - RIGHT, size=SIZE - 5, colour=DIM)
                self.y += 6
            case "actions":
                self._buttons([(label_of(e), e.get("style", "")) for e in block["elements"]])
            case "context_actions":
                e = block["elements"][0]
                self._buttons([(e[s]["text"]["text"], "") for s in ("positive_button", "negative_button")])
            case "table":
                self._table([[cell["text"] for cell in row] for row in block["rows"]], block["column_settings"])

    def text(self, source: str, left: int, right: int, *, size: int = SIZE, colour: str = INK) -> None:
        """Slack's markup, line by line; a bullet's further lines stand under its words."""
        for line in source.split("\n"):
            rich = mrkdwn(line, self.people)
            words: list[Word] = []
            for i, character in enumerate(rich.plain):
                styles = " ".join(str(s.style) for s in rich.spans if s.start <= i < s.end)
                words.append((character, "bold" in styles, LINK if "cyan" in styles else colour))
            hang = round(_font(size, False).getlength("• ")) if line.startswith("• ") else 0
            self.words(words, left, right, size=size, hang=hang)

    def words(self, pieces: list[Word], left: int, right: int, *, size: int = SIZE, hang: int = 0) -> None:
        """Draw pieces, wrapped between ``left`` and ``right``; lines after the first start ``hang`` further in."""
        x, start, line_height = float(left), float(left), round(size * LINE / SIZE)
        for word in _joined(pieces):
            width = sum(_font(size, bold).getlength(t) for t, bold, _ in word)
            if x > start and x + width > right:
                x = start = float(left + hang)
                self.y += line_height
            for t, bold, colour in word:
                if not (x == start and t == " "):
                    self.draw.text((x, self.y), t, font=_font(size, bold), fill=colour)
                    x += _font(size, bold).getlength(t)
        self.y += line_height

    def _section(self, block: Block) -> None:
        if "text" in block:
            self.text(block["text"]["text"], LEFT, WIDTH - RIGHT)
        fields, middle = block.get("fields", []), (LEFT + WIDTH) // 2
        for i in range(0, len(fields), 2):
            top = bottom = self.y
            columns = ((LEFT, middle - 30), (middle, WIDTH - RIGHT))
            for field, (left, right) in zip(fields[i : i + 2], columns, strict=False):
                self.y = top
                self.text(field["text"], left, right)
                bottom = max(bottom, self.y)
            self.y = bottom + 10
        self.y += 10

    def _buttons(self, labels: list[tuple[str, str]]) -> None:
        x, self.y, font = float(LEFT), self.y + 8, _font(SIZE - 3, True)
        for label, style in labels:
            fill, ink = _FILL.get(style, ("white", INK))
            width = font.getlength(label) + 36
            edge = ink if fill == "white" and style else "#bbbbbb" if fill == "white" else fill
            self.draw.rounded_rectangle((x, self.y, x + width, self.y + 46), 8, fill=fill, outline=edge, width=2)
            self.draw.text((x + width / 2, self.y + 23), label, font=font, fill=ink, anchor="mm")
            x += width + 14
        self.y += 56

    def _table(self, rows: list[list[str]], settings: list[Block]) -> None:
        """A grid as Slack draws it: ruled, figures flush right, words wrapped where the page ends."""
        size, pad, top = SIZE - 4, 14, self.y + 4
        right = [i < len(settings) and settings[i].get("align") == "right" for i in range(len(rows[0]))]
        widths = _widths(rows, right, WIDTH - RIGHT - LEFT, size, pad)
        self.y = top
        lines = [top]
        for n, row in enumerate(rows):
            bottom, x = self.y, LEFT
            for cell, width, flush in zip(row, widths, right, strict=True):
                y = self.y + 9
                for part in _wrapped(cell, _font(size, n == 0), width - 2 * pad):
                    at = x + width - pad - _font(size, n == 0).getlength(part) if flush else x + pad
                    self.draw.text((at, y), part, font=_font(size, n == 0), fill=INK)
                    y += size + 8
                bottom, x = max(bottom, y + 5), x + width
            self.y = bottom
            lines.append(bottom)
        for y in lines[1:-1]:
            self.draw.line((LEFT, y, LEFT + sum(widths), y), fill=RULE, width=2)
        for i in range(1, len(widths)):
            x = LEFT + sum(widths[:i])
            self.draw.line((x, top, x, self.y), fill=RULE, width=2)
        self.draw.rounded_rectangle((LEFT, top, LEFT + sum(widths), self.y), 8, outline=RULE, width=2)
        self.y += 18


def _widths(rows: list[list[str]], right: list[bool], room: int, size: int, pad: int) -> list[int]:
    """Each column as wide as its cells; where that is too much, the widest give way."""
    widths = [
        round(max(_font(size, n == 0).getlength(row[i]) for n, row in enumerate(rows))) + 2 * pad + 2
        for i in range(len(right))
    ]
    while sum(widths) > room:
        widest = max(range(len(widths)), key=widths.__getitem__)
        widths[widest] -= min(10, sum(widths) - room)
    return widths


def _wrapped(text: str, font: Font, width: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line


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
    picture(said, people).quantize(64).save(path, optimize=True)


def save_demo(messages: Path = MESSAGES, folder: Path = IMAGES) -> list[Path]:
    """Draw the demo's last answer with a table, and its approval card, into ``folder``."""
    if not messages.exists():
        raise SystemExit(f"{messages} is not there: run `make demo` first")
    said = json.loads(messages.read_text())
    tabled = [m for m in said if any(b["type"] == "table" for b in m.get("blocks", []))]
    cards = [m for m in said if any(b["type"] == "header" for b in m.get("blocks", []))]
    answers = [m for m in tabled if m not in cards and "recommend" not in m["text"]]
    folder.mkdir(parents=True, exist_ok=True)
    save(answers[0], PEOPLE, folder / "answer.png")
    save(cards[-1], PEOPLE, folder / "card.png")
    return [folder / "answer.png", folder / "card.png"]


if __name__ == "__main__":
    if sys.argv[1:] == ["--demo"]:
        print(*save_demo(), sep="\n")
    else:
        save(json.load(sys.stdin), {}, Path(sys.argv[1]))
