"""Slack messages in a terminal: Block Kit in, boxed text out. Reads well at 80 to 100 columns and without colour."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

Block = Mapping[str, Any]
People = Mapping[str, str]
_TOKEN = re.compile(
    r"<!date\^(\d+)\^[^|>]*\|?([^>]*)>|<@([A-Z0-9]+)>|\*([^*\n]+)\*|`([^`\n]+)`|<https://[^|>]+\|([^>]+)>"
)
BOT = "Budgeteer"


def message(said: Mapping[str, Any], people: People, *, width: int = 92) -> RenderableType:
    """One message as Slack shows it: who, then the text of a person or the blocks of the bot."""
    bot = "bot_id" in said
    who = BOT if bot else people.get(str(said.get("user")), str(said.get("user")))
    indent = 4 if "thread_ts" in said and said["thread_ts"] != said["ts"] else 0
    if files := said.get("files"):
        body: RenderableType = Group(*[Text(f"[picture] {f['title']}: {f.get('alt_txt') or ''}") for f in files])
    elif said.get("blocks"):
        body = blocks(said["blocks"], people)
    else:
        body = mrkdwn(said["text"], people)
    if not bot:
        line = Text.assemble((f"{who}  ", "bold"), mrkdwn(said["text"], people))
        return _indented(line, indent)
    card = any(b.get("type") == "header" for b in said.get("blocks", []))
    style = "green" if card else "blue"
    panel = Panel(body, title=f"[bold]{who}[/]", title_align="left", box=box.ROUNDED, width=width - indent,
                  border_style=style, padding=(0, 1))  # fmt: skip
    return _indented(panel, indent)


def blocks(shown: list[Block], people: People) -> RenderableType:
    """The inside of a message."""
    parts: list[RenderableType] = []
    for block in shown:
        draw = _DRAW.get(block["type"])
        parts.append(draw(block, people) if draw else Text(f"[{block['type']}]", style="dim"))
    return Group(*parts)


def mrkdwn(text: str, people: People) -> Text:
    """Slack's markup as styled text: bold, code, mentions, dates, links; entities as characters."""
    result, at = Text(), 0
    for match in _TOKEN.finditer(text):
        result.append(html.unescape(text[at : match.start()]))
        stamp, fallback, user, bold, code, link = match.groups()
        if stamp:
            result.append(fallback or f"{datetime.fromtimestamp(int(stamp), UTC):%b %-d, %H:%M} UTC")
        elif user:
            result.append(f"@{people.get(user, user)}", style="bold cyan")
        elif bold:
            inner = mrkdwn(bold, people)
            inner.stylize("bold")
            result.append_text(inner)
        elif link:
            result.append(html.unescape(link), style="bold cyan")
        else:
            result.append(html.unescape(code), style="cyan")
        at = match.end()
    result.append(html.unescape(text[at:]))
    return result


def _indented(what: RenderableType, indent: int) -> RenderableType:
    from rich.padding import Padding

    return Padding(what, (0, 0, 0, indent)) if indent else what


def _header(block: Block, _people: People) -> RenderableType:
    return Group(Text(block["text"]["text"], style="bold"), Rule(style="dim"))


def _section(block: Block, people: People) -> RenderableType:
    parts: list[RenderableType] = []
    if "text" in block:
        parts += [mrkdwn(block["text"]["text"], people), Text()]
    fields = block.get("fields", [])
    if fields:
        grid = Table.grid(padding=(0, 3), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(ratio=1)
        cells = [mrkdwn(f["text"], people) for f in fields] + [Text()] * (len(fields) % 2)
        for left, right in zip(cells[::2], cells[1::2], strict=True):
            grid.add_row(left, right)
            grid.add_row("", "")  # one empty line after each
        parts.append(grid)
    return Group(*parts)


def _context(block: Block, people: People) -> RenderableType:
    lines = [mrkdwn(e["text"], people) for e in block["elements"] if "text" in e]
    for line in lines:
        line.stylize("dim")
    return Group(*lines)


def label(element: Block) -> str:
    """What stands on a button; a menu shows three dots."""
    return str(element["text"]["text"]) if "text" in element else "…"


def _actions(block: Block, _people: People) -> RenderableType:
    row = Text("\n")
    styles = {"primary": "bold white on green", "danger": "bold red"}
    for element in block["elements"]:
        row.append(f"[ {label(element)} ]", style=styles.get(element.get("style", ""), "bold"))
        row.append("  ")
    return row


def _feedback(block: Block, _people: People) -> RenderableType:
    labels = [e[s]["text"]["text"] for e in block["elements"] for s in ("positive_button", "negative_button")]
    return Text("  ".join(f"[ {label} ]" for label in labels), style="dim")


def _table(block: Block, _people: People) -> RenderableType:
    head, *rows = [[cell["text"] for cell in row] for row in block["rows"]]
    settings = block.get("column_settings", [])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, name in enumerate(head):
        right = i < len(settings) and settings[i].get("align") == "right"
        whole = max((len(row[i]) for row in rows), default=0) if right else None  # a figure is never broken
        table.add_column(name, justify="right" if right else "left", overflow="fold", min_width=whole)
    for row in rows:
        table.add_row(*[Text(cell) for cell in row])
    return Group(table, Text())


def _divider(_block: Block, _people: People) -> RenderableType:
    return Rule(style="dim")


_DRAW = {
    "header": _header, "section": _section, "context": _context, "actions": _actions, "table": _table,
    "divider": _divider, "context_actions": _feedback,
}  # fmt: skip


def show(said: Mapping[str, Any], people: People, console: Console | None = None) -> None:
    """Print one message, with an empty line after it."""
    out = console or Console()
    out.print(message(said, people, width=min(out.width, 100)))
    out.print()


def as_text(said: Mapping[str, Any], people: People, *, width: int = 92) -> str:
    """The message as plain text without colour."""
    console = Console(width=width, color_system=None, force_terminal=False, record=True, file=io.StringIO())
    console.print(message(said, people, width=width))
    return console.export_text()
