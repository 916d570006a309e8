"""Block Kit: the one place that knows Slack's limits and escaping.

Everything that comes from data goes through ``data`` before it meets mrkdwn; what a
function here returns is never refused for its size.
Source: docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

Block = dict[str, Any]
Mention = Callable[[str], str]

MAX_BLOCKS = 50
MAX_ALL = 8_000  # characters of JSON; Slack fails near 12-13 k
MAX_WHOLE = 11_000  # the same for what has to be shown whole
MAX_TABLE = 4_500  # characters of JSON of one table, so that the rest of a message finds room
MAX_TEXT = 3_900  # the plain fallback; Slack truncates beyond 4,000 in some clients
SECTION, HEADER, FIELD, BUTTON, VALUE = 3_000, 150, 2_000, 75, 2_000
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
MODAL_TITLE, METADATA, INPUT = 24, 3_000, 3_000
OPTION_VALUE, LABEL = 150, 150
TABLE_ROWS, TABLE_COLUMNS, CELL = 100, 20, 200
NAME = 120  # characters of one name from outside
PAGE = 3_500  # characters of one of several messages

SHORTENED = "Shortened to fit a Slack message; Details has the rest."

_MARKS = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
_EDGE_OF_A_WORD = re.compile(r"(?<!\w)_|_(?!\w)|(?<=_)_|_(?=_)")  # the only places where an underscore is markup
_ENTITIES = re.compile(r"&[a-z]*$")  # an entity cut short: every ampersand here begins one


def data(text: object, limit: int = NAME) -> str:
    """Text from outside, fit for mrkdwn: one line, no control or bidirectional characters, capped, escaped.

    A campaign named ``<!channel>`` pings no one, and one named ``Brand* from`` ends no bold text.
    """
    return escape(neutral(clean(text, limit)))


def neutral(text: str) -> str:
    """Slack's own marks as look-alikes that mark nothing; an underscore inside a word is none and stays."""
    return _EDGE_OF_A_WORD.sub("\uff3f", text.translate(_MARKS))


def clean(text: object, limit: int = NAME) -> str:
    """As ``data`` but not escaped: for plain_text objects and table cells, where Slack reads no markup."""
    spaced = re.sub(r"\s+", " ", str(text)[: 4 * limit + 16])
    # category C: control, format (bidirectional overrides among them), surrogate, private, unassigned
    kept = "".join(c for c in spaced if not unicodedata.category(c).startswith("C") or c == "\u200d").strip()
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def prose(text: str) -> str:
    """Text of several lines, fit for mrkdwn: each line without control or bidirectional characters, escaped."""
    return "\n".join(data(line, SECTION) for line in text.splitlines())


def escape(text: str) -> str:
    """``& < >`` as Slack wants them; line breaks stay."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(mrkdwn: str, limit: int) -> str:
    """Escaped text cut to ``limit`` without splitting an entity."""
    if len(mrkdwn) <= limit:
        return mrkdwn
    return _ENTITIES.sub("", mrkdwn[: limit - 1]) + "…"


def person(user: str) -> str:
    """A mention where ``user`` is a Slack id, else the name as data."""
    return f"<@{user}>" if re.fullmatch(r"[UW][A-Z0-9]{2,}", user) else data(user)


def header(text: str) -> Block:
    """A header; plain text, cut to its limit."""
    return {"type": "header", "text": plain(text or " ", HEADER)}


def section(mrkdwn: str) -> Block:
    """A section of mrkdwn that links and pings nothing by itself (verbatim)."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": clip(mrkdwn, SECTION) or " ", "verbatim": True}}


def paragraphs(mrkdwn: str) -> list[Block]:
    """As many sections as the text needs, split between lines."""
    parts, current = [], ""
    for line in mrkdwn.split("\n"):
        line = clip(line, SECTION)
        if current and len(current) + 1 + len(line) > SECTION:
            parts.append(current)
            current = line
        else:
            current = f"{current}\n{line}" if current else line
    return [section(part) for part in [*parts, current] if part.strip()]


def fields(pairs: Sequence[tuple[str, str]]) -> list[Block]:
    """Labels and mrkdwn values in two columns, ten a section."""
    cells = [{"type": "mrkdwn", "text": clip(f"*{k}*\n{v}", FIELD), "verbatim": True} for k, v in pairs]
    return [{"type": "section", "fields": cells[i : i + 10]} for i in range(0, len(cells), 10)]


def context(*lines: str) -> Block:
    """Small print; mrkdwn lines, empty ones left out."""
    texts = [line for line in lines if line][:10]
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": clip(t, 1_000), "verbatim": True} for t in texts or [" "]],
    }


def divider() -> Block:
    """A rule."""
    return {"type": "divider"}


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def button(label: str, action_id: str, value: str, style: str | None = None, confirm: Block | None = None) -> Block:
    """A button. ``value`` must be an id of ours: a value too long to be one is a bug, not something to cut."""
    if len(value) > VALUE:
        raise ValueError(f"a button's value has {len(value)} characters, at most {VALUE} are allowed")
    made: Block = {"type": "button", "text": plain(label, BUTTON), "action_id": action_id, "value": value}
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    return made


def of_slack(url: str) -> bool:
    """Whether an address is Slack's own, of any workspace."""
    return re.match(r"https://(?:[\w-]+\.)+slack(?:-gov)?\.com/", url) is not None


def link(label: str, action_id: str, url: str) -> Block:
    """A button that opens an address of Slack's own; anything else is a bug, since no text may choose an address."""
    if not of_slack(url):
        raise ValueError(f"{url[:60]!r} is no address of Slack")
    return {"type": "button", "text": plain(label, BUTTON), "action_id": action_id, "url": url}


def confirm(title: str, text: str, yes: str, no: str = "Cancel") -> Block:
    """A confirm dialog; plain text, in which no name can mark anything."""
    return {
        "title": plain(title, CONFIRM_TITLE),
        "text": plain(text, CONFIRM_TEXT),
        "confirm": plain(yes, CONFIRM_BUTTON),
        "deny": plain(no, CONFIRM_BUTTON),
    }


def feedback(value: str) -> Block:
    """Thumbs for an answer."""
    sides = {"positive_button": ("Helpful", "up"), "negative_button": ("Not helpful", "down")}
    made: Block = {"type": "feedback_buttons", "action_id": "answer_feedback"}
    for side, (label, verdict) in sides.items():
        made[side] = {"text": plain(label, BUTTON), "accessibility_label": label, "value": f"{verdict}:{value}"[:VALUE]}
    return {"type": "context_actions", "elements": [made]}


def pages(lines: Sequence[str], limit: int = PAGE) -> list[str]:
    """All of ``lines`` as texts of at most ``limit`` characters, nothing cut: split between lines, then in them."""
    result = [""]
    for line in lines:
        while len(line) > limit:
            at = line.rfind(" ", 1, limit)
            head, line = (line[:at], line[at + 1 :]) if at > 0 else (line[:limit], line[limit:])
            result += [head, ""]
        if result[-1] and len(result[-1]) + 1 + len(line) > limit:
            result.append("")
        result[-1] = f"{result[-1]}\n{line}" if result[-1] else line
    return [page for page in result if page.strip()]


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], room: int = MAX_TABLE) -> Block:
    """A table block; cells are plain text. Its ``rows`` may be fewer than given: say so beside it."""
    width = min(len(columns), TABLE_COLUMNS)
    settings = [{"align": "right"} if r else {"is_wrapped": True} for r in right[:width]]
    made: Block = {"type": "table", "column_settings": settings, "rows": []}
    for row in [columns, *rows][:TABLE_ROWS]:
        cells = [{"type": "raw_text", "text": clean(cell, CELL) or "-"} for cell in row[:width]]
        room -= size(cells)
        if room < 0 and made["rows"]:
            break
        made["rows"].append(cells)
    return made


def modal(title: str, callback_id: str, metadata: str, submit: str, blocks: list[Block]) -> Block:
    """A modal view. ``metadata`` comes back from the outside: put an id there, nothing to be believed."""
    if len(metadata) > METADATA:
        raise ValueError(f"private_metadata has {len(metadata)} characters, at most {METADATA} are allowed")
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": metadata,
        "title": plain(title, MODAL_TITLE),
        "submit": plain(submit, MODAL_TITLE),
        "close": plain("Cancel", MODAL_TITLE),
        "blocks": blocks,
    }


def text_input(block_id: str, label: str, placeholder: str, optional: bool) -> Block:
    """A multi-line input of a modal; its action id is ``text``."""
    element = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": 1_000,
        "placeholder": plain(placeholder, 150),
    }
    return {
        "type": "input",
        "block_id": block_id,
        "optional": optional,
        "label": plain(label, FIELD),
        "element": element,
    }


def amount_input(block_id: str, label: str, now: str, hint: str) -> Block:
    """A one-line input of a modal that holds an amount; its action id is ``text``."""
    element = {"type": "plain_text_input", "action_id": "text", "max_length": 40, "initial_value": now}
    made: Block = {"type": "input", "block_id": block_id, "label": plain(label, LABEL), "element": element}
    return made | {"hint": plain(hint, LABEL)}


def radio(block_id: str, label: str, choices: Sequence[tuple[str, str]], first: str) -> Block:
    """One choice of several (value, text) in a modal; its action id is ``option``."""
    options = [option(text, value) for value, text in choices]
    chosen = next(o for o in options if o["value"] == first)
    element = {"type": "radio_buttons", "action_id": "option", "options": options, "initial_option": chosen}
    return {"type": "input", "block_id": block_id, "label": plain(label, LABEL), "element": element}


def checkboxes(block_id: str, label: str, choices: Sequence[tuple[str, str]]) -> Block:
    """Boxes (value, text) of a modal, all of them checked; its action id is ``options``. None checked is an answer."""
    options = [option(text, value) for value, text in choices]
    element = {"type": "checkboxes", "action_id": "options", "options": options, "initial_options": options}
    return {
        "type": "input", "block_id": block_id, "optional": True, "label": plain(label, LABEL), "element": element,
    }  # fmt: skip


def overflow(action_id: str, choices: Sequence[tuple[str, str]]) -> Block:
    """A menu of (value, text)."""
    return {"type": "overflow", "action_id": action_id, "options": [option(text, value) for value, text in choices]}


def select(action_id: str, placeholder: str, choices: Sequence[tuple[str, str]]) -> Block:
    """A menu of (value, text) that shows what it is for."""
    made: Block = {"type": "static_select", "action_id": action_id, "placeholder": plain(placeholder, LABEL)}
    return made | {"options": [option(text, value) for value, text in choices]}


def option(text: str, value: str) -> Block:
    """One choice. ``value`` must be ours: one too long is a bug, not something to cut."""
    if len(value) > OPTION_VALUE:
        raise ValueError(f"an option's value has {len(value)} characters, at most {OPTION_VALUE} are allowed")
    return {"text": plain(text, BUTTON), "value": value}


def plain(text: str, limit: int) -> Block:
    """A plain_text object: Slack reads no markup in it."""
    cleaned = clean(text, limit)
    return {"type": "plain_text", "text": cleaned or " ", "emoji": True}


def fit(blocks: Sequence[Block], *, keep_first: int = 0, keep_last: int = 0, rest: str = SHORTENED) -> list[Block]:
    """Blocks within the limits of one message.

    The first ``keep_first`` and the last ``keep_last`` (context, buttons) always stay; between them as many as
    there is room for, then ``rest``: a line that says that something was left out.
    """
    split = len(blocks) - keep_last
    kept, head, tail = list(blocks[:keep_first]), blocks[keep_first:split], list(blocks[split:])
    room = MAX_ALL - size(tail) - size(kept)
    for block in head:
        room -= size([block])
        if room < 0 or len(kept) + len(tail) >= MAX_BLOCKS - 1:
            return [*kept, context(rest), *tail]
        kept.append(block)
    return [*kept, *tail]


def size(blocks: object) -> int:
    """Characters of JSON, by which Slack measures."""
    return len(json.dumps(blocks, ensure_ascii=False))
